"""Backup, an empty place, restore, compare: as an operator does it, with the real command, on both databases."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

pytestmark = [pytest.mark.faults]
ONE_FILE = """
from django.utils import timezone
from zhikong.hub.core.actions import store_file
store_file([b"kept"], name="a.txt", by=None, at=timezone.now())
"""


def run(home, database, *arguments, code=0):
    environment = {**os.environ, "ZHIKONG_HOME": str(home), "ZHIKONG_DATABASE": database}
    done = subprocess.run(
        [sys.executable, "-m", "zhikong.cli", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def databases(tmp_path):
    """An empty database to fill and another to restore into, of the engine under test."""
    if connection.vendor == "sqlite":
        yield from (f"sqlite:///{tmp_path / name}.sqlite3" for name in ("first", "second"))
        return
    import psycopg

    url = urlsplit(os.environ["ZHIKONG_DATABASE"])
    with psycopg.connect(urlunsplit(url._replace(path="/postgres")), autocommit=True) as server:
        for name in ("zhikong_backup_first", "zhikong_backup_second"):
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            server.execute(f"CREATE DATABASE {name}")
            yield urlunsplit(url._replace(path=f"/{name}"))


def test_restored_is_what_was_backed_up(tmp_path):
    assert settings.SECRET_KEY
    first, second = databases(tmp_path)
    run(tmp_path / "one", first, "init")
    run(tmp_path / "one", first, "manage", "shell", "-c", ONE_FILE)
    assert "1 files" in run(tmp_path / "one", first, "backup", str(tmp_path / "copy"))
    assert "as in the manifest" in run(tmp_path / "two", second, "restore", str(tmp_path / "copy"))
    run(tmp_path / "two", second, "check", "ledger", "--rows")
    kept = [path.read_bytes() for path in Path(tmp_path / "two" / "files").rglob("*") if path.is_file()]
    assert kept == [b"kept"]


MEANWHILE = """
from unittest import mock
from django.utils import timezone
from zhikong.hub.core import backup
from zhikong.hub.core.actions import store_file
real = backup.file_hashes
def hashes(folder):
    store_file([b"later"], name="b.txt", by=None, at=timezone.now())
    return real(folder)
with mock.patch.object(backup, "file_hashes", hashes):
    print(backup.backup(__import__("pathlib").Path({target!r})))
"""


def test_work_goes_on_while_the_backup_is_made(tmp_path):
    first, second = databases(tmp_path)
    run(tmp_path / "one", first, "init")
    run(tmp_path / "one", first, "manage", "shell", "-c", MEANWHILE.format(target=str(tmp_path / "copy")))
    assert "as in the manifest" in run(tmp_path / "two", second, "restore", str(tmp_path / "copy"))


def test_restore_into_a_full_database_is_refused(tmp_path):
    first, _ = databases(tmp_path)
    run(tmp_path / "one", first, "init")
    run(tmp_path / "one", first, "backup", str(tmp_path / "copy"))
    run(tmp_path / "one", first, "restore", str(tmp_path / "copy"), code=1)
