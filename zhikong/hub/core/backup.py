"""A backup is a folder: the database, the files, and a manifest that the restore compares with what it brought back."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from zhikong import __version__

from .models import LedgerEntry

FORMAT = 1


class BackupError(Exception):
    """The backup cannot be made or brought back; the text says why and what to do."""


def files_folder() -> Path:
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"])


def file_hashes(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def describe(cursor: Any, tables: Sequence[str]) -> dict[str, Any]:
    """Rows of each table and the ledger's head, as the cursor sees them."""
    rows = {}
    for table in sorted(tables):
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  a table's own name
        rows[table] = cursor.fetchone()[0]
    cursor.execute(f"SELECT seq, digest FROM {LedgerEntry._meta.db_table} ORDER BY seq DESC LIMIT 1")  # noqa: S608
    last = cursor.fetchone()
    return {"ledger_head": {"seq": last[0], "digest": last[1]} if last else None, "rows": rows}


def _copy_sqlite(database: Path, tables: Sequence[str]) -> dict[str, Any]:
    with closing(sqlite3.connect(database)) as copy:
        connection.connection.backup(copy)
        return describe(copy.cursor(), tables)


def _copy_postgres(database: Path, tables: Sequence[str]) -> dict[str, Any]:
    """The dump and the counting look at one snapshot: people go on working meanwhile."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        _postgres("pg_dump", "--format=custom", f"--file={database}", f"--snapshot={cursor.fetchone()[0]}")
        return describe(cursor, tables)


def backup(target: Path) -> str:
    """Write a backup into a folder that does not exist yet. Files come after the database, so that none is missing.

    The manifest describes the copy and not the site, on which people go on working.
    """
    if target.exists():
        raise BackupError(f"{target} exists already: name a new folder")
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.mkdir(parents=True)
    tables = connection.introspection.table_names()
    copy = _copy_sqlite if connection.vendor == "sqlite" else _copy_postgres
    described = copy(unfinished / "database", tables)
    if files_folder().exists():
        shutil.copytree(files_folder(), unfinished / "files")
    else:
        (unfinished / "files").mkdir()
    manifest = {
        "format": FORMAT,
        "zhikong": __version__,
        "engine": connection.vendor,
        "made_at": timezone.now().isoformat(),
        **described,
        "files": file_hashes(unfinished / "files"),
    }
    (unfinished / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
    unfinished.rename(target)
    return f"{target}: {sum(manifest['rows'].values())} rows, {len(manifest['files'])} files"


def restore(source: Path) -> list[str]:
    """Bring a backup into an empty installation. Returns what differs from the manifest; nothing, if all is well."""
    try:
        manifest = json.loads((source / "manifest.json").read_text())
    except FileNotFoundError:
        raise BackupError(f"{source} has no manifest.json: it is not a finished backup") from None
    if manifest["engine"] != connection.vendor:
        raise BackupError(f"this backup is of {manifest['engine']}, and ZHIKONG_DATABASE names {connection.vendor}")
    if connection.introspection.table_names():
        raise BackupError("the database is not empty: restore into a new one")
    if files_folder().exists() and any(files_folder().iterdir()):
        raise BackupError(f"{files_folder()} is not empty: restore into a new ZHIKONG_HOME")
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(source / "database")) as copy:
            copy.backup(connection.connection)
    else:
        _postgres("pg_restore", "--no-owner", "--exit-on-error", str(source / "database"), database_flag=True)
    files_folder().parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source / "files", files_folder(), dirs_exist_ok=True)
    with connection.cursor() as cursor:
        now = describe(cursor, connection.introspection.table_names(cursor)) | {"files": file_hashes(files_folder())}
    return [
        f"{part}: {key}: the manifest says {manifest[part].get(key)}, restored is {now[part].get(key)}"
        for part in ("rows", "files")
        for key in sorted({*manifest[part], *now[part]})
        if manifest[part].get(key) != now[part].get(key)
    ] + (["the ledger's head differs"] if manifest["ledger_head"] != now["ledger_head"] else [])


def _postgres(program: str, *arguments: str, database_flag: bool = False) -> None:
    database = settings.DATABASES["default"]
    environment = {
        **os.environ,
        "PGHOST": str(database["HOST"]),
        "PGPORT": str(database["PORT"] or 5432),
        "PGUSER": str(database["USER"]),
        "PGPASSWORD": str(database["PASSWORD"]),
        "PGDATABASE": str(database["NAME"]),
    }
    # pg_restore writes SQL to its output unless it is told the database by name.
    named = [f"--dbname={database['NAME']}"] if database_flag else []
    done = subprocess.run(  # noqa: S603  a fixed program
        [program, *named, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
