"""Imports of 1,000 and 100,000 institutions of 20 columns, done by a real worker. All rows are synthetic.

    python bench/imports.py                                   SQLite, in a temporary file
    ZHIKONG_BENCH_PG=postgres://user@host:5432/name ...       PostgreSQL as well, in a database made for it
    ZHIKONG_BENCH_ROWS=10000                                  instead of 100,000

Targets: 100,000 rows from upload to written in 120 s, 1,000 rows in 5 s, worker and reading child under 300 MB each.
"""

import datetime as dt
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

LARGE = int(os.environ.get("ZHIKONG_BENCH_ROWS", "100000"))
SECONDS = {1000: 5, 100_000: 120}
MEGABYTES = 300
LEVELS, KINDS = ["三级", "二级", "一级", "未定级"], ["综合医院", "专科医院", "乡镇卫生院", "村卫生室"]


def make(path, rows, counties, *, extra_beds=0):
    """A workbook as Excel writes it: texts in one table of shared strings."""
    import xlsxwriter

    from zhikong.hub.core.imports import kinds

    columns = kinds.of_code("institutions").columns
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, [str(column.label) for column in columns])
        for n in range(1, rows + 1):
            sheet.write_row(
                n, 0,
                [f"4199{n:08}", f"12{n:016}", f"第{n}示例医院", f"示例{n}", counties[n % len(counties)], KINDS[n % 4],
                 LEVELS[n % 4], "甲等", "公立", f"第{n % 300}主管部门", f"示例路{n}号", f"{450000 + n % 9999}",
                 f"0371-{n:08}", f"https://example.org/{n}"],
            )  # fmt: skip
            sheet.write_datetime(n, 14, dt.datetime(1980, 1, 1) + dt.timedelta(days=n % 15_000), date)  # noqa: DTZ001
            sheet.write_row(n, 15, [n % 900 + extra_beds, n % 700, n % 300, n % 400, "是" if n % 2 else "否"])


class Watch(threading.Thread):
    """The highest resident memory of a process and of each of its children, read from /proc."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.worker, self.child, self.over = pid, 0.0, 0.0, threading.Event()

    def run(self):
        while not self.over.wait(0.1):
            self.worker = max(self.worker, resident(self.pid))
            for child in children(self.pid):
                self.child = max(self.child, resident(child))


def resident(pid):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def processor_seconds(pid):
    """Of the process and of its children that have ended: what the work takes where nobody else is on the machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def measure(engine):
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from zhikong.hub.core import actions, files
    from zhikong.hub.core.models import ImportBatch, User
    from zhikong.hub.network.actions.regions import load_regions
    from zhikong.hub.network.models import Grant, Region, Role

    call_command("migrate", verbosity=0)
    load_regions("41", by=None, at=timezone.now())
    user = User.objects.create_user("province", None, name="province")
    Grant.objects.create(
        user=user, role=Role.OFFICE, starts_on=dt.date(2025, 1, 1), region=Region.objects.get(code="410000")
    )
    counties = list(Region.objects.filter(level="county", code__startswith="41").values_list("code", flat=True))
    folder = Path(os.environ["ZHIKONG_HOME"])
    cases = [("1,000 new", 1000, 0), (f"{LARGE:,} new", LARGE, 0), (f"{LARGE:,} again", LARGE, 0)]
    cases.append((f"{LARGE:,} changed", LARGE, 1))
    print(
        f"{engine:24}{'check s':>9}{'write s':>9}{'total s':>9}{'target':>8}{'CPU s':>7}"
        f"{'worker MB':>11}{'child MB':>10}  outcome"
    )
    missed = []
    make(folder / "one.xlsx", 1, counties)

    def start_import(path):
        placed = files.place(path)
        return actions.start_import("institutions", placed, name=path.name, by=user, at=timezone.now())

    for title, rows, extra in cases:
        path = folder / "table.xlsx"
        make(path, rows, counties, extra_beds=extra)
        worker = subprocess.Popen([sys.executable, "-m", "zhikong.cli", "worker"])
        watch = Watch(worker.pid)
        watch.start()

        def until(batch, *states):
            while True:
                found = ImportBatch.objects.get(pk=batch.pk)
                if found.state in states:
                    return found
                assert worker.poll() is None, "the worker ended"  # noqa: B023
                time.sleep(0.05)

        try:
            until(start_import(folder / "one.xlsx"), "ready")  # a worker is running when a user uploads
            start, used = time.perf_counter(), processor_seconds(worker.pid)
            batch = until(start_import(path), "ready", "has_errors", "refused")
            checked = time.perf_counter()
            if batch.new_rows + batch.changed_rows:
                actions.begin_commit(batch, by=user, at=timezone.now())
                batch = until(batch, "written", "stale")
            written, busy = time.perf_counter(), processor_seconds(worker.pid) - used
        finally:
            watch.over.set()
            watch.join()
            worker.terminate()
            worker.wait()
        target = SECONDS.get(rows, 0)
        total = written - start
        print(
            f"{title:24}{checked - start:9.1f}{written - checked:9.1f}{total:9.1f}{target:8}{busy:7.1f}"
            f"{watch.worker:11.0f}{watch.child:10.0f}  {batch.state}: {batch.counts_sentence} {batch.message}",
            flush=True,
        )
        if (target and total > target) or max(watch.worker, watch.child) > MEGABYTES:
            missed.append(title)
    return missed


def run(engine, url, home):
    environment = {
        **os.environ,
        "ZHIKONG_DATABASE": url,
        "ZHIKONG_HOME": home,
        "ZHIKONG_SECRET_KEY": "only-for-the-benchmark",
        "ZHIKONG_LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "zhikong.hub.config.settings",
    }
    return subprocess.run([sys.executable, __file__, engine], env=environment, check=False).returncode


def with_postgres(url, home):
    import psycopg

    parts = urlsplit(url)
    name = parts.path[1:]
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            return run("PostgreSQL", url, home)
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def main():
    if len(sys.argv) > 1:
        missed = measure(sys.argv[1])
        print(f"missed: {', '.join(missed)}" if missed else "every target is met", end="\n\n")
        return 1 if missed else 0
    with tempfile.TemporaryDirectory() as home:
        code = run("SQLite", f"sqlite:///{Path(home) / 'bench.sqlite3'}", home)
    if url := os.environ.get("ZHIKONG_BENCH_PG"):
        with tempfile.TemporaryDirectory() as home:
            code = with_postgres(url, home) or code
    return code


if __name__ == "__main__":
    sys.exit(main())
