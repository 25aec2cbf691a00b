"""Verification of the ledger: nothing in it was changed, removed or put in another order, and nothing went past it.

    report = check()            # chain, columns, row changes, exported heads
    report = check(rows=True)   # and the tables as they stand against their last recorded change

One pass in batches, whatever the length. After a fault the pass goes on from the stored digest, so that each fault is
named once. What was cut off at the end shows by the heads that were exported before.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from . import audit, capture

BATCH = 5_000
COLUMNS = ("seq", "token", "by", "action", "subject_table", "subject_pk", "at")
LEFT_OVER_AT_ONCE = 500
_said = itemgetter(*COLUMNS)
NOTHING = (0, "")  # count and digest of the row changes of an entry that covers none
HEADS = "ledger-heads"


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str  # chain, body, column, gap, changes, no entry, outside, row, head
    where: str  # the entry, change or row
    message: str


@dataclass(slots=True)
class Report:
    entries: int = 0
    changes: int = 0
    rows: int | None = None
    head: str = audit.GENESIS
    faults: list[Fault] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        lines = [f"{fault.kind}  {fault.where}  {fault.message}" for fault in self.faults]
        compared = "" if self.rows is None else _("，核对现有数据 %(rows)s 行") % {"rows": f"{self.rows:,}"}
        found = _("发现 %(count)s 处问题") % {"count": f"{len(self.faults):,}"} if self.faults else _("没有发现问题")
        summary = _("操作记录 %(entries)s 条，数据变更 %(changes)s 处%(compared)s：%(found)s。末尾 %(head)s") % {
            "entries": f"{self.entries:,}",
            "changes": f"{self.changes:,}",
            "compared": compared,
            "found": found,
            "head": self.head,
        }
        return "\n".join([*lines, summary])


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry at some moment. Kept on another machine, it proves that the ledger up to it is whole."""

    seq: int
    digest: str
    at: str

    def line(self) -> str:
        return f"{self.at} {self.seq} {self.digest}\n"


def check(*, rows: bool = False) -> Report:
    report = Report()
    _entries(report)
    report.faults.extend(_heads())
    if rows:
        report.rows = 0
        for model in capture.ledgered_models():
            _rows(model, report)
    return report


def head() -> Head | None:
    """The last entry, or None of an empty ledger."""
    found = _fetch("SELECT seq, digest FROM core_ledgerentry ORDER BY seq DESC LIMIT 1")
    if not found:
        return None
    return Head(found[0][0], found[0][1], datetime.now(UTC).isoformat(timespec="seconds"))


def export_head() -> Path | None:
    """Add today's head to the folder of heads; one file a day, one line an export."""
    last = head()
    if last is None:
        return None
    folder = Path(settings.HOME) / HEADS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{timezone.localtime(datetime.fromisoformat(last.at)):%Y-%m-%d}.txt"
    with path.open("a") as file:
        file.write(last.line())
    return path


def _fetch(statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or [])
        return cursor.fetchall()


class _Changes:
    """The row changes in the order in which they were made, handed out by entry.

    One scan beside the one over the entries: both stand in nearly the same order, so that little is kept. A join would
    cost PostgreSQL more than all the hashing.
    """

    def __init__(self) -> None:
        self.read = 0
        self.left: dict[str, audit.ChangesDigest] = {}
        self._after, self._is_over = -(2**62), False

    def of(self, token: str, count: int) -> tuple[int, str]:
        """Count and digest of a token's changes; reads on until there are as many as the entry says, or no more."""
        digest = self.left.get(token)
        while count and (digest is None or digest.count < count) and not self._is_over:
            self._read_on()
            digest = self.left.get(token)
        if digest is None:
            return NOTHING
        del self.left[token]
        return digest.count, digest.hexdigest()

    def read_to_the_end(self) -> None:
        while not self._is_over:
            self._read_on()

    def _read_on(self) -> None:
        rows = _fetch(
            "SELECT id, token, table_name, row_pk, operation, old, new FROM core_rowchange"
            " WHERE id > %s ORDER BY id LIMIT %s",
            [self._after, BATCH],
        )
        left = self.left
        for _id, token, table, row_pk, operation, old, new in rows:
            digest = left.get(token)
            if digest is None:
                digest = left[token] = audit.ChangesDigest()
            digest.add(table, row_pk, operation, old, new)
        self.read += len(rows)
        if rows:
            self._after = rows[-1][0]
        else:
            self._is_over = True


def _entries(report: Report) -> None:
    """The chain, the columns that repeat the body, and the row changes that each entry covers."""
    # Only what stood at the beginning: its changes are committed, whatever is written meanwhile.
    last = _fetch("SELECT max(seq) FROM core_ledgerentry")[0][0]
    changes, digest, expected = _Changes(), audit.GENESIS, 1
    unread: set[str] = set()
    after = -(2**62)
    # As text on SQLite: a moment spoilt on purpose must not stop the check.
    at = "at" if connection.vendor == "postgresql" else "CAST(at AS TEXT)"
    while last is not None and after < last:
        batch = _fetch(
            f"SELECT seq, token, by_id, action, subject_table, subject_pk, {at}, body, digest FROM core_ledgerentry"  # noqa: S608
            " WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s",
            [after, last, BATCH],
        )
        for row in batch:
            seq, text = row[0], row[7]
            where = f"#{seq}"
            if seq != expected:
                report.faults.append(
                    Fault("gap", where, _("前一条应是 #%(expected)s，缺了或次序被改") % {"expected": seq - 1})
                )
            if audit.chained(digest, text) != row[8]:
                report.faults.append(Fault("chain", where, _("内容或摘要被改过，或与前一条接不上")))
            try:
                body = json.loads(text)
                said, declared = _said(body), (body["changes"], body["changes_digest"])
                covered = changes.of(row[1], declared[0])
            except (ValueError, KeyError, TypeError):
                report.faults.append(Fault("body", where, _("内容读不出来")))
                unread.add(row[1])
            else:
                if (*row[:6], _moment(row[6])) != said:
                    report.faults.extend(_columns(where, row, said))
                if covered != declared:
                    report.faults.append(_changed(where, declared[0], covered[0]))
            digest, expected = row[8], seq + 1
        report.entries += len(batch)
        after = batch[-1][0]
    report.head = digest
    changes.read_to_the_end()
    report.changes = changes.read
    report.faults.extend(_left_over([token for token in changes.left if token not in unread], last or 0))


def _columns(where: str, row: tuple[Any, ...], said: tuple[Any, ...]) -> Iterator[Fault]:
    for name, stored, told in zip(COLUMNS, (*row[:6], _moment(row[6])), said, strict=True):
        if stored != told:
            values = {"name": name, "stored": stored, "told": told}
            yield Fault("column", where, _("%(name)s 栏是 %(stored)s，内容里是 %(told)s") % values)


def _changed(where: str, count: int, found: int) -> Fault:
    values = {"count": count, "found": found}
    return Fault("changes", where, _("它的数据变更被改过：应有 %(count)s 处，现有 %(found)s 处") % values)


def _moment(stored: Any) -> str:
    """The column as the body writes it. SQLite keeps UTC without saying so."""
    if isinstance(stored, datetime):
        return stored.astimezone(UTC).isoformat()
    return str(stored).replace(" ", "T", 1) + "+00:00"


def _left_over(tokens: list[str], last: int) -> Iterator[Fault]:
    """Changes that no entry took: made outside every action, robbed of their entry, or pushed under another one."""
    named: set[int] = set()
    for begin in range(0, len(tokens), LEFT_OVER_AT_ONCE):
        part = tokens[begin : begin + LEFT_OVER_AT_ONCE]
        marks = ", ".join(["%s"] * len(part))
        rows = _fetch(
            "SELECT c.id, c.token, c.table_name, c.row_pk, c.operation, e.seq FROM core_rowchange c"  # noqa: S608
            f" LEFT JOIN core_ledgerentry e ON e.token = c.token WHERE c.token IN ({marks}) ORDER BY c.id",
            part,
        )
        for key, token, table, row_pk, operation, seq in rows:
            values = {"id": key, "operation": operation}
            if seq is not None and seq <= last and seq not in named:
                named.add(seq)
                yield Fault("changes", f"#{seq}", _("它名下多出了数据变更"))
            elif seq is None and token:
                yield Fault("no entry", f"{table} {row_pk}", _("变更 %(id)s（%(operation)s）的操作记录不见了") % values)
            elif seq is None:
                yield Fault(
                    "outside", f"{table} {row_pk}", _("变更 %(id)s（%(operation)s）不是由任何操作做的") % values
                )


def _heads() -> Iterator[Fault]:
    """Every exported head must still stand where it stood."""
    folder = Path(settings.HOME) / HEADS
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else []:
        for line in path.read_text().splitlines():
            parts = line.split()
            if len(parts) != 3 or not parts[1].isdigit():
                yield Fault("head", path.name, _("这一行读不出来：%(line)s") % {"line": line})
                continue
            found = _fetch("SELECT digest FROM core_ledgerentry WHERE seq = %s", [int(parts[1])])
            if not found:
                yield Fault("head", path.name, _("当时有 #%(seq)s，现在没有：末尾被截断") % {"seq": parts[1]})
            elif found[0][0] != parts[2]:
                yield Fault("head", path.name, _("#%(seq)s 的摘要与当时导出的不同") % {"seq": parts[1]})


# ---- the tables as they stand ---------------------------------------------------------------------------------------


def _rows(model: type[models.Model], report: Report) -> None:
    """Rows whose content is not what the last change left: edited, added or removed with the triggers off."""
    table, key = model._meta.db_table, model._meta.pk.column
    if connection.vendor == "sqlite":
        now, text = capture.row_text(model, "t"), f'CAST(t."{key}" AS TEXT)'
        differs = f"c.new IS NOT {now}"
    else:
        omitted = {each.name: each.column for each in model._meta.local_concrete_fields}
        names = ",".join(omitted[name] for name in getattr(model, "ledger_omits", ()))
        now, text = f"(to_jsonb(t) - '{{{names}}}'::text[])", f't."{key}"::text'
        differs = f"{now} IS DISTINCT FROM c.new::jsonb"
        now = f"{now}::text"
    last = (
        "(SELECT row_pk, operation, new FROM core_rowchange WHERE id IN"
        " (SELECT max(id) FROM core_rowchange WHERE table_name = %s GROUP BY row_pk))"
    )
    report.rows = (report.rows or 0) + _fetch(f'SELECT count(*) FROM "{table}"')[0][0]  # noqa: S608  our own table names
    for pk, stands, recorded in _fetch(
        f'SELECT {text}, {now}, c.new FROM "{table}" t LEFT JOIN {last} c ON c.row_pk = {text} WHERE {differs}',  # noqa: S608
        [table],
    ):
        if recorded is None:
            report.faults.append(Fault("row", f"{table} {pk}", _("没有记录过它是怎么来的")))
            continue
        names = _different(model, json.loads(stands), json.loads(recorded))
        if names:
            said = _("与最后一次记录的不同：%(names)s") % {"names": ", ".join(names)}
            report.faults.append(Fault("row", f"{table} {pk}", said))
    for (pk,) in _fetch(
        f'SELECT c.row_pk FROM {last} c LEFT JOIN "{table}" t ON c.row_pk = {text}'  # noqa: S608
        f" WHERE c.operation <> 'delete' AND t.\"{key}\" IS NULL",
        [table],
    ):
        report.faults.append(Fault("row", f"{table} {pk}", _("被删除而没有记录")))


def _different(model: type[models.Model], stands: dict[str, Any], recorded: dict[str, Any]) -> list[str]:
    """Columns that differ. One that is new since the record was made, or gone, says nothing."""
    moments = {f.column for f in model._meta.local_concrete_fields if isinstance(f, models.DateTimeField)}
    return [
        name
        for name in stands.keys() & recorded.keys()
        if stands[name] != recorded[name]
        and not (name in moments and _instant(stands[name]) == _instant(recorded[name]) is not None)
    ]


def _instant(text: str | None) -> datetime | None:
    moment = parse_datetime(text) if text else None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
