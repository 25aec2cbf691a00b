"""A file to a Notice: head, stated facts of the prose, and the annex tables, every value with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .division import parts_of
from .files import Row, Rows, read_rows
from .prose import Prose, narrow, read_rankings, read_totals
from .records import CityRow, Level, Notice, NoticeError, PartTotal, Place, StatedTotal, Text
from .tables import Table, centre_rows, city_rows, find_tables, header_roles

# The head of a notice is a dozen lines; further down a line that ends in a colon is no list of addressees.
HEAD_LINES = 60
# Henan's notice has 297 names; a province of 200 counties that lacked every specialty would have 11,000.
MOST_NAMES = 12_000

_NUMBER_OF_DOCUMENT = re.compile(r"[\u3400-\u9fff]{1,12}[〔\[［（(【][0-9]{4}[〕\]］）)】]第?[0-9]{1,5}号")
_DATE = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")
_ISSUER = re.compile(r"(?:委员会|委|局|厅|办公室|政府|中心)(?:办公室)?(?:文件|公文)?$")
_HAN_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_MUNICIPALITY = re.compile(r"^(?:关于)?(?:北京|天津|上海|重庆)市")


def read_notice(source: str | Path | bytes, filename: str | None = None) -> Notice:
    """Read a notice from a path or from bytes. Raises NoticeError with a sentence for the user, nothing else."""
    if isinstance(source, bytes):
        data, name = source, filename or ""
    else:
        path = Path(source)
        name = filename or path.name
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            raise NoticeError(f"打不开文件“{name}”。请检查文件名和权限。") from error
    read = read_rows(data, name, lambda row: header_roles(row) is not None)
    tables, prose_rows = find_tables(read.rows)
    lists = [centre_rows(table) for table in tables if table.kind == "centres"]
    centres = [row for rows, _ in lists for row in rows]
    # Of several lists nobody says whether a total row adds up its own or all.
    totals = lists[0][1] if len(lists) == 1 else []
    cities, city_totals = _read_cities([table for table in tables if table.kind == "cities"])
    names = len(centres) + sum(1 + sum(len(parts_of(run)) for run in row.missing) for row in cities)
    if names > MOST_NAMES:
        raise NoticeError(f"附表共有 {names} 个名称，超过 {MOST_NAMES} 个，不像一份通报。请只上传通报的附表。")
    if not centres and not cities:
        raise NoticeError(_no_table(read, bool(tables)))
    graded = next((row for row in centres if row.grade is not None), None)
    if graded is not None and graded.grade is not None:
        raise NoticeError(
            f"这是质控中心评估结果表（{graded.grade.place.label()}有评估等次），不是组建情况通报，这里不核对。"
            "请上传含“省辖市、已成立数量”或“质控中心名称、责任单位”附表的通报。"
        )
    pieces = [(cell, row.place(index)) for row in prose_rows for index, cell in enumerate(_cells(row), 1) if cell]
    head = _read_head(pieces)
    is_municipality = any(text and _MUNICIPALITY.match(text.value) for text in (head.issuer, head.title))
    of_counties = is_municipality or any(table.is_of_counties() for table in tables if table.kind == "cities")
    rows_level: Level = "county" if of_counties else "city"
    prose = Prose.of(pieces)
    stated, several = read_totals(prose, rows_level)
    if is_municipality:
        stated, several = ([_of_municipality(total) for total in found] for found in (stated, several))
    in_tables = [
        StatedTotal(rows_level, total.figure, in_table=True) for total in city_totals if _is_whole(total, cities)
    ]
    return Notice(
        filename=name,
        form=read.form,
        title=head.title,
        number=head.number,
        issuer=head.issuer,
        addressees=head.addressees,
        issued_on=head.issued_on,
        totals=(*stated, *totals, *in_tables),
        rankings=tuple(read_rankings(prose, [row.city.value for row in cities])),
        centres=tuple(centres),
        cities=tuple(cities),
        rows_level=rows_level,
        part_totals=tuple(total for total in city_totals if not _is_whole(total, cities)),
        open_totals=tuple(several),
        hidden_sheets=read.hidden_sheets,
        hidden_rows=read.hidden_rows,
        hidden_row_count=read.hidden_row_count,
    )


def _read_cities(tables: Sequence[Table]) -> tuple[list[CityRow], list[PartTotal]]:
    cities: list[CityRow] = []
    totals: list[PartTotal] = []
    for table in tables:
        found, in_table = city_rows(table, len(cities))
        cities += found
        totals += in_table
    return cities, totals


def _is_whole(total: PartTotal, cities: Sequence[CityRow]) -> bool:
    """Whether a total row can only mean all cities."""
    return total.table == 0 and total.end == len(cities) and not (total.is_part and total.group)


def _of_municipality(total: StatedTotal) -> StatedTotal:
    """市级 is the highest level there: its centres are those of the list, not the sum of the districts'."""
    return replace(total, level="province") if total.level == "city" else total


def _cells(row: Row) -> Sequence[str]:
    return [" ".join(row.cells).strip()] if row.form == "text" else [cell.strip() for cell in row.cells]


def _no_table(read: Rows, has_header: bool) -> str:
    rows = len(read.rows)
    where = {"text": f"全文 {rows} 行", "csv": f"全部 {rows} 行", "xlsx": f"各工作表共 {rows} 行"}[read.form]
    if read.hidden_sheets:
        where = f"隐藏的工作表（{'、'.join(read.hidden_sheets)}）没有读入，如要核对请取消隐藏。{where}"
    if has_header:
        return f"{where}中只有表头，表头下没有数据。请把附表各行一起上传。"
    remedy = "请从通报附件复制表格（连同表头），存为 .xlsx、CSV 或以制表符分列的文本后再上传。"
    return f"{where}中没有找到可核对的附表：缺少“省辖市、已成立数量”或“质控中心名称、责任单位”这样的表头。{remedy}"


@dataclass(frozen=True, slots=True)
class Head:
    title: Text | None = None
    number: Text | None = None
    issuer: Text | None = None
    addressees: tuple[Text, ...] = ()
    issued_on: Text | None = None


def _read_head(pieces: Sequence[tuple[str, Place]]) -> Head:
    """Issuer, number, title, addressees, in this order; each may be absent."""
    lines = [(narrow(text), place) for text, place in pieces]
    number_at = addressees_at = None
    for index, (text, _) in enumerate(lines[:HEAD_LINES]):
        compact = "".join(text.split())
        if number_at is None and _NUMBER_OF_DOCUMENT.fullmatch(compact):
            number_at = index
        if addressees_at is None and compact.endswith(("：", ":")) and "。" not in compact:
            addressees_at = index
    dated = [(match, place) for text, place in lines if (match := _DATE.fullmatch("".join(text.split())))]
    issued_on = next((Text(_iso(match), place) for match, place in dated if _iso(match)), None)
    number = None if number_at is None else Text("".join(lines[number_at][0].split()), lines[number_at][1])
    before = lines[: number_at or 0]
    issuer = next((Text(_joined([text]), place) for text, place in before if _ISSUER.search(_joined([text]))), None)
    start = 0 if number_at is None else number_at + 1
    title_lines = lines[start:addressees_at] if addressees_at is not None else lines[start : start + 1]
    title = Text(_joined([text for text, _ in title_lines]), title_lines[0][1]) if title_lines else None
    addressees: tuple[Text, ...] = ()
    if addressees_at is not None:
        line, place = lines[addressees_at]
        names = re.split(r"[，,、；;]", "".join(line.split()).rstrip("：:"))
        addressees = tuple(Text(name, place) for name in names if name)
    return Head(title, number, issuer, addressees, issued_on)


def _iso(match: re.Match[str]) -> str:
    year, month, day = (int(part) for part in match.groups())
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _joined(lines: Sequence[str]) -> str:
    return _HAN_SPACE.sub("", " ".join(line.strip() for line in lines))
