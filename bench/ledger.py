"""Build a ledger of a million entries with one row change each, then verify it. Target: 30 seconds on each database.

    python bench/ledger.py [--entries 1000000] [--database postgres://...]

Without --database it builds a SQLite file in a temporary folder.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def rows(count):
    """Entries and changes as the actions and triggers write them."""
    from zhikong.hub.core import audit

    digest = audit.GENESIS
    new = (
        '{"id":%d,"username":"person%d","name":"某某某","email":"","phone":"","duty":"none","language":"zh-hans",'
        '"is_active":1,"must_change_password":0,'
        '"password_changed_at":"2026-11-23 09:00:00","date_joined":"2026-11-23 09:00:00"}'
    )
    for seq in range(1, count + 1):
        token = f"{seq:016x}{seq * 2654435761 % 2**64:016x}"
        after = new % (seq, seq)
        changes = audit.ChangesDigest()
        changes.add("core_user", str(seq), "insert", None, after)
        body = audit.canonical(
            {
                "action": "account created", "at": "2026-11-23T09:00:00+00:00", "by": 1, "by_name": "系统管理员",
                "changes": 1, "changes_digest": changes.hexdigest(), "facts": {}, "origin": "web", "reason": "",
                "seq": seq, "subject": "某某某（person）", "subject_pk": str(seq), "subject_table": "core_user",
                "token": token,
            }
        )  # fmt: skip
        digest = audit.chained(digest, body)
        yield (
            (seq, token, "2026-11-23 09:00:00+00:00", 1, "account created", "core_user", str(seq), body, digest),
            (token, "core_user", str(seq), "insert", None, after),
        )


ENTRY = "core_ledgerentry (seq, token, at, by_id, action, subject_table, subject_pk, body, digest)"
CHANGE = "core_rowchange (token, table_name, row_pk, operation, old, new)"


def build(connection, count):
    batch = []
    for pair in rows(count):
        batch.append(pair)
        if len(batch) == 20_000:
            insert(connection, batch)
            batch = []
    insert(connection, batch)


def insert(connection, batch):
    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table, index in ((ENTRY, 0), (CHANGE, 1)):
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for pair in batch:
                        copy.write_row(pair[index])
        else:
            for table, index, width in ((ENTRY, 0, 9), (CHANGE, 1, 6)):
                values = ", ".join(["%s"] * width)
                data = [pair[index] for pair in batch]
                if index == 0:  # SQLite keeps moments in UTC without saying so
                    data = [(*row[:2], row[2][:19], *row[3:]) for row in data]
                cursor.executemany(f"INSERT INTO {table} VALUES ({values})", data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; it is filled")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZHIKONG_HOME"] = folder
        os.environ["ZHIKONG_DATABASE"] = options.database or f"sqlite:///{folder}/bench.sqlite3"
        os.environ.setdefault("ZHIKONG_SECRET_KEY", "only-for-the-benchmark-" + "x" * 40)
        os.environ.setdefault("ZHIKONG_LOG_LEVEL", "ERROR")
        os.environ["DJANGO_SETTINGS_MODULE"] = "zhikong.hub.config.settings"
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from zhikong.hub.core import ledger

        call_command("migrate", verbosity=0)
        start = time.perf_counter()
        build(connection, options.entries)
        built = time.perf_counter() - start
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE core_ledgerentry")
                cursor.execute("ANALYZE core_rowchange")
        start, worked = time.perf_counter(), time.process_time()
        report = ledger.check()
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
        print("| database | entries | built (s) | verified (s) | of it own CPU (s) | target (s) | ratio | faults |")
        print("|---|---|---|---|---|---|---|---|")
        print(
            f"| {connection.vendor} | {report.entries:,} | {built:.1f} | {seconds:.1f} | {worked:.1f} | 30 | {seconds / 30:.2f}"
            f" | {len(report.faults)} |"
        )
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print("\n".join(str(fault) for fault in report.faults[:5]))
        return int(bool(report.faults) or seconds > 30)


if __name__ == "__main__":
    sys.exit(main())
