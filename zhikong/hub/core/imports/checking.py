"""From an uploaded table to a staged one: every row read, checked against its columns and the database, and sorted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import files
from ..errors import Refused
from ..models import User
from . import staging
from .kinds import Column, Kind, Row, State, Unacceptable, folded, in_every_language, presentable
from .rows import Heading, opened

ERRORS_HEADING = gettext_lazy("检查出的错误（再传时不读）")  # the last column of the table given back
CHUNK = 1000  # rows compared with the database at a time
GIVEN = 200  # characters of a bad cell that the preview repeats
T = TypeVar("T")


@dataclass(slots=True)
class Tally:
    """How many rows of each state, and what should be known beside them."""

    counts: dict[State, int] = field(default_factory=lambda: dict.fromkeys(State, 0))
    notes: list[str] = field(default_factory=list)


def check(path: Path, kind: Kind, batch_pk: UUID, *, by: User, told: Callable[..., None]) -> Tally:
    """Read, compare and stage the table. Refused when it cannot be read, or its headings are not the kind's."""
    tally = Tally()
    first_rows: dict[str, int] = {}
    with opened(path) as (heading, lines), files.writing_scratch():
        columns = match_columns(heading, kind)
        tally.notes += _notes(heading, kind)
        with staging.Writer(batch_pk) as out:
            done = 0
            for chunk in chunks((_read(number, cells, columns) for number, cells in lines), CHUNK):
                for row in chunk:
                    _refuse_repeats(row, kind, first_rows)
                kind.compare([row for row in chunk if not row.errors], by=by)
                for row in chunk:
                    if row.errors:
                        row.state = State.BAD
                    tally.counts[row.state] += 1
                    out.add(row)
                done += len(chunk)
                told(
                    done=done,
                    total=max(done, heading.total),
                    good=done - tally.counts[State.BAD],
                    bad=tally.counts[State.BAD],
                )
            if not done:
                raise Refused(_("文件里只有表头，没有要导入的行。"))
            out.finish({"columns": [column.name for column in columns if column], "notes": tally.notes})
    return tally


def match_columns(heading: Heading, kind: Kind) -> list[Column | None]:
    """The kind's columns in the order of the table; None passes one over. Refused when unknown, repeated, missing."""
    known = {label: column for column in kind.columns for label in column.labels()}
    found = [known.get(folded(label)) for label in heading.labels]
    passed_over = in_every_language(ERRORS_HEADING)
    problems = []
    strange = (label for label, column in zip(heading.labels, found, strict=True) if column is None)
    unknown = [presentable(label) or _("（空列名）") for label in strange if folded(label) not in passed_over]
    if unknown:
        problems.append(_("不认识的列：%(names)s。") % {"names": _("、").join(label[:40] for label in unknown[:20])})
    present = [column for column in found if column is not None]
    names = {column.name for column in present}
    if len(names) < len(present):
        repeated = sorted({str(column.label) for column in present if present.count(column) > 1})
        problems.append(_("重复的列：%(names)s。") % {"names": _("、").join(repeated)})
    missing = [str(column.label) for column in kind.columns if column.required and column.name not in names]
    if missing:
        problems.append(_("缺少必填的列：%(names)s。") % {"names": _("、").join(missing)})
    template = heading.template
    if template and template[0] != kind.code:
        problems.insert(0, _("这是另一种表的模板，不是“%(kind)s”。") % {"kind": kind.label})
    elif problems and template and template[1] != kind.version:
        problems.insert(0, _("这份表用的是旧版模板。请下载新模板，把数据贴过去。"))
    if problems:
        raise Refused("".join(problems))
    return found


def _notes(heading: Heading, kind: Kind) -> list[str]:
    notes = []
    if heading.template and heading.template[1] != kind.version:
        notes.append(_("这份表用的是旧版模板，列名仍然一致，已照常检查。下次请下载新模板。"))
    if heading.sheets > 1:
        notes.append(
            _("工作簿有 %(count)d 张表，只读取了第一张“%(name)s”。") % {"count": heading.sheets, "name": heading.sheet}
        )
    if heading.encoding == "gb18030":
        notes.append(_("文件按 GB18030 编码读取。如果汉字不对，请另存为 .xlsx 后再传。"))
    return notes


def _read(number: int, cells: list[Any], columns: list[Column | None]) -> Row:
    row = Row(number)
    given = iter(cells)
    for column in columns:
        raw = next(given, None)
        if column is None:
            continue
        try:
            row.values[column.name] = column.read(raw)
        except Unacceptable as problem:
            row.fail(column.name, str(problem))
            row.given[column.name] = _shown(raw)
    if row.errors:
        for column, raw in zip(columns, cells, strict=False):
            if column is not None and column.name not in row.given and raw is not None:
                row.given[column.name] = _shown(raw)
    return row


def _shown(raw: Any) -> str:
    if isinstance(raw, dict):
        raw = next(iter(raw.values()))
    return "" if raw is None else presentable(str(raw)[:GIVEN])


def _refuse_repeats(row: Row, kind: Kind, first_rows: dict[str, int]) -> None:
    for key in () if row.errors else kind.keys(row.values):
        first = first_rows.setdefault(key, row.number)
        if first != row.number:
            row.fail("", _("与第 %(number)d 行重复") % {"number": first})
            return


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` (itertools.batched is younger than Python 3.11)."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
