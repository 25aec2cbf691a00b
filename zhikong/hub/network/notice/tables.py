"""Bytes to rows (text, CSV, workbook), and rows to the tables of a notice. Whatever is in no table is prose."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .names import normalise
from .records import CentreRow, CityRow, Figure, NoticeError, Place, StatedTotal, Text, column_letters

Form = Literal["text", "csv", "xlsx"]
Role = Literal["number", "city", "established", "missing", "stated", "name", "host", "grade"]
TableKind = Literal["cities", "centres"]

# A notice with its annexes has some hundred lines. The limits keep a wrong upload from being read to its end.
MOST_BYTES = 20_000_000
MOST_CHARACTERS = 1_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 64

_COLUMNS: dict[Role, str] = {
    "number": "序号 编号 no no. number index",
    "city": "省辖市 市 地区 城市 市州 地市 市地 设区市 各地 市县 city",
    "established": "已成立数量 已成立数 已成立 已建 已建数量 已建数 组建数量 组建数 已组建数量 已组建数 已组建 "
    "已成立质控中心数量 已成立质控中心数 established",
    "missing": "未成立质控中心的专业 未成立质控中心专业 未成立的专业 未成立专业 未组建质控中心的专业 未组建专业 "
    "未建专业 未成立质控中心的专业名称 专业名称 listed_missing_specialties missing",
    "stated": "数量 个数 未成立数量 未成立数 未组建数量 未建数量 未建数 缺口 stated_missing",
    "name": "质控中心名称 质控中心 中心名称 省级质控中心名称 名称 name centre",
    "host": "责任单位 挂靠单位 承担单位 依托单位 host hosts",
    "grade": "评估结果 评估等次 等次 grade",
}
_ROLES: dict[str, Role] = {normalise(name): role for role, names in _COLUMNS.items() for name in names.split()}
_TOTAL_WORDS = frozenset(("合计", "总计", "共计", "全省", "全省合计", "total"))
_NOTHING = frozenset(("", "无", "-", "—", "——", "/", "0", "none"))
_SEPARATORS = re.compile(r"[、，,；;\n]+")
_TRAILING_COUNT = re.compile(r"([（(])\s*([^（()）]*?)\s*[个项]?\s*([）)])\s*$")
_COUNT_LIKE = re.compile(r"[（(][^（()）]*(?:\d|[一二三四五六七八九十]|个)[^（()）]*[）)]\s*$")
_WHOLE_HOST = re.compile(r"(?:医院|中心|保健院|研究院|研究所|总院|分院|血站|公司|局|站|院|所)$")
_BRANCH = re.compile(r"^(?:第[一二三四五六七八九十\d]+|附属)")
_PAGE_NUMBER = re.compile(r"^\s*[-—–－ ]*\s*\d{1,4}\s*[-—–－ ]*\s*$")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a text or one row of a sheet. `sheet` is empty but for workbooks."""

    form: Form
    index: int
    cells: tuple[str, ...]
    sheet: str = ""

    def place(self, column: int = 1) -> Place:
        if self.form == "text":
            return Place(line=self.index)
        return Place(sheet=self.sheet if self.form == "xlsx" else None, row=self.index, column=column)

    def cell(self, column: int | None) -> str:
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""


@dataclass(slots=True)
class Table:
    kind: TableKind
    roles: dict[int, Role]
    has_blank_heads: bool
    header: Row
    rows: list[tuple[Row, dict[Role, str]]] = field(default_factory=list)

    def column(self, role: Role) -> int | None:
        return next((index for index, found in self.roles.items() if found == role), None)


def read_rows(data: bytes, filename: str) -> tuple[Form, list[Row]]:
    """Rows of a file. What the file is, its content says; the name only tells CSV from text."""
    if len(data) > MOST_BYTES:
        raise NoticeError(f"文件超过 {MOST_BYTES // 1_000_000} MB，不像一份通报。请只上传通报正文和附表。")
    if not data.strip():
        raise NoticeError("文件是空的。请重新导出后再上传。")
    if data.startswith(b"PK\x03\x04"):
        return "xlsx", _workbook_rows(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise NoticeError("这是旧版 .xls 或加了密码的文件，无法读取。请去掉密码，另存为 .xlsx 后再上传。")
    if data.startswith(b"%PDF"):
        raise NoticeError("这是 PDF 文件。请把附表复制到 Excel 存为 .xlsx，或另存为文本文件后再上传。")
    text = _decode(data)
    if len(text) > MOST_CHARACTERS:
        raise NoticeError(f"文件超过 {MOST_CHARACTERS // 10_000} 万字，不像一份通报。请只上传通报正文和附表。")
    if filename.lower().endswith((".csv", ".tsv")):
        return "csv", _csv_rows(text)
    lines = re.split(r"\r\n|\r|\n", text)
    if len(lines) > MOST_ROWS:
        raise NoticeError(f"文件超过 {MOST_ROWS} 行，不像一份通报。请只上传通报正文和附表。")
    return "text", [Row("text", number, tuple(line.split("\t"))) for number, line in enumerate(lines, 1)]


def _decode(data: bytes) -> str:
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise NoticeError("文件不是可读的文字：编码不是 UTF-8 或 GB18030。请另存为 UTF-8 文本、CSV 或 .xlsx 后再上传。")


def _csv_rows(text: str) -> list[Row]:
    best: list[Row] = []
    for delimiter in (",", "\t"):
        rows = []
        try:
            for index, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
                rows.append(Row("csv", index, tuple(cells)))
                if index > MOST_ROWS:
                    raise NoticeError(f"文件超过 {MOST_ROWS} 行，不像一份通报。请只上传通报的附表。")
        except csv.Error as error:
            place = f"CSV 第 {len(rows) + 1} 行"
            raise NoticeError(f"{place}无法读取。请用 Excel 打开检查该行的引号，另存后再上传。") from error
        if any(header_roles(row) for row in rows):
            return rows
        best = best or rows
    return best


def _workbook_rows(data: bytes) -> list[Row]:
    from openpyxl import load_workbook

    rows: list[Row] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that a notice does not need
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            for sheet in book.worksheets:
                # The stated size may lie (WPS states whole columns); without it only cells that exist cost anything.
                sheet.reset_dimensions()
                for index, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                    texts = tuple(_cell_text(value) for value in cells)
                    if not any(texts):
                        continue
                    if index > MOST_ROWS or any(texts[MOST_COLUMNS:]):
                        raise NoticeError(
                            f"工作表“{sheet.title}”超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列，不像一份通报。"
                            "请只保留附表。"
                        )
                    rows.append(Row("xlsx", index, texts, sheet.title))
            book.close()
    except NoticeError:
        raise
    except Exception as error:  # a broken workbook makes openpyxl raise nearly anything
        raise NoticeError(
            "工作簿已损坏或不是 Excel 文件，无法打开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"
        ) from error
    return rows


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def figure(raw: str, place: Place) -> Figure:
    """A whole number in any width, with or without thousands separators and spaces; else a figure without value."""
    text = normalise(raw).replace(",", "").replace("−", "-").removesuffix("个")
    value = int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else None
    return Figure(raw.strip(), value, place)


def header_roles(row: Row) -> tuple[TableKind, dict[int, Role]] | None:
    """The roles of a header row, or None when the row is no header of a table we know."""
    roles: dict[int, Role] = {}
    for index, cell in enumerate(row.cells):
        role = _ROLES.get(normalise(cell))
        if role is not None:
            roles[index] = role
    found = set(roles.values())
    if "city" in found and found & {"established", "missing", "stated"}:
        if not found & {"established", "missing"}:
            roles = {index: "established" if role == "stated" else role for index, role in roles.items()}
        return "cities", roles
    names_centres = any("中心" in row.cells[index] for index, role in roles.items() if role == "name")
    if "name" in found and "city" not in found and (found & {"host", "grade"} or (names_centres and "number" in found)):
        return "centres", roles
    return None


def find_tables(rows: Iterable[Row]) -> tuple[list[Table], list[Row]]:
    """Tables, each going on over repeated page headers, and the rows of prose around them."""
    tables: list[Table] = []
    prose: list[Row] = []
    table: Table | None = None
    sheet = ""
    for row in rows:
        if row.sheet != sheet:
            sheet, table = row.sheet, None
        if not any(cell.strip() for cell in row.cells):
            continue
        header = header_roles(row)
        if header:
            kind, roles = header
            _refuse_strange_columns(row, roles)
            blank = any(not cell.strip() for cell in row.cells)
            if table is not None and table.kind == kind:
                table.roles, table.has_blank_heads, table.header = roles, blank, row
            else:
                table = Table(kind, roles, blank, row)
                tables.append(table)
        elif _is_page_number(row):
            continue
        elif table is None or not _take(table, row):
            prose.append(row)
            if row.form == "text":
                table = None
    return tables, prose


def _is_page_number(row: Row) -> bool:
    return row.form == "text" and len(row.cells) == 1 and bool(_PAGE_NUMBER.match(row.cells[0]))


def _refuse_strange_columns(row: Row, roles: dict[int, Role]) -> None:
    strange = [index for index, cell in enumerate(row.cells) if cell.strip() and index not in roles]
    doubled = [index for index, role in roles.items() if list(roles.values()).count(role) > 1]
    if strange:
        names = "、".join(f"“{row.cells[index].strip()}”（{_column_label(row, index)}）" for index in strange)
        raise NoticeError(f"不认识的列：{names}。请删去该列，或改成通报附表的列名后再上传。")
    if doubled:
        names = "、".join(f"“{row.cells[index].strip()}”（{_column_label(row, index)}）" for index in doubled)
        raise NoticeError(f"有几列表示同一内容：{names}。请只保留其中一列后再上传。")


def _column_label(row: Row, index: int) -> str:
    if row.form == "xlsx":
        return f"工作表“{row.sheet}” {column_letters(index + 1)}{row.index}"
    return f"第 {row.index} 行第 {index + 1} 列"


def _take(table: Table, row: Row) -> bool:
    """Take the row into the table: as a second header row, a row of data, or the rest of the row before."""
    if row.form == "text" and len(row.cells) == 1:
        return _take_loose_line(table, row)
    filled = {index: cell for index, cell in enumerate(row.cells) if cell.strip()}
    if not table.rows or table.has_blank_heads:
        below = {index: _ROLES.get(normalise(cell)) for index, cell in filled.items()}
        if all(below.values()):
            table.roles.update({index: role for index, role in below.items() if role})
            return True
    values: dict[Role, str] = {}
    for index, cell in filled.items():
        role = table.roles.get(index)
        if role is None:
            if len(filled) == 1 and row.form != "text":
                return False
            raise NoticeError(f"{_column_label(row, index)}有内容，但这一列没有列名。请补上列名或清空该列后再上传。")
        values[role] = cell.strip()
    key: Role = "city" if table.kind == "cities" else "name"
    if not values.get("number") and not values.get(key) and table.rows:
        for role, cell in values.items():
            table.rows[-1][1][role] = table.rows[-1][1].get(role, "") + cell
        return True
    numbered = figure(values.get("number", ""), row.place()).value is not None
    if not numbered and len(values) < 2:
        return False
    table.rows.append((row, values))
    return True


def _take_loose_line(table: Table, row: Row) -> bool:
    """A line without tabs belongs to the list before it when that list is visibly unfinished."""
    if not table.rows or table.kind != "cities" or "missing" not in table.roles.values():
        return False
    line, values = row.cells[0].strip(), table.rows[-1][1]
    before = values.get("missing", "")
    unfinished = bool(before) and not _COUNT_LIKE.search(before)
    if not unfinished or "。" in line or not (before.endswith("、") or "、" in line or _COUNT_LIKE.search(line)):
        return False
    values["missing"] = before + line
    return True


def centre_rows(table: Table) -> list[CentreRow]:
    found = []
    name, host, grade, number = (table.column(role) for role in ("name", "host", "grade", "number"))
    for row, values in table.rows:
        printed = "".join(values.get("name", "").split())
        found.append(
            CentreRow(
                number=figure(values["number"], row.place((number or 0) + 1)) if "number" in values else None,
                name=Text(printed, row.place((name or 0) + 1)),
                hosts=split_hosts(values.get("host", "")),
                hosts_place=row.place((host or 0) + 1),
                grade=Text(values["grade"], row.place((grade or 0) + 1)) if "grade" in values else None,
            )
        )
    return found


def split_hosts(text: str) -> tuple[str, ...]:
    """Hosts part at 、 and ；; at a space only between whole names, for PDF text breaks names at spaces too."""
    hosts: list[str] = []
    for part in re.split(r"[、；;/／\n]+", text):
        open_name = ""
        for word in part.split():
            if open_name and (not _WHOLE_HOST.search(open_name) or _BRANCH.match(word)):
                open_name += word
            else:
                hosts += [open_name] if open_name else []
                open_name = word
        hosts += [open_name] if open_name else []
    return tuple(hosts)


def city_rows(table: Table) -> tuple[list[CityRow], list[StatedTotal]]:
    """The rows of the table of cities, and the totals of a total row, if there is one."""
    found: list[CityRow] = []
    totals: list[StatedTotal] = []
    columns = {role: (table.column(role) or 0) + 1 for role in set(table.roles.values())}
    for row, values in table.rows:
        established = (
            figure(values.get("established", ""), row.place(columns["established"]))
            if "established" in columns
            else None
        )
        if normalise(values.get("city") or values.get("number", "")) in _TOTAL_WORDS:
            if established is not None and established.value is not None:
                totals.append(StatedTotal("city", established, in_table=True))
            continue
        names: tuple[str, ...] = ()
        bracketed: Figure | None = None
        brackets: Literal["full", "half", "mixed"] | None = None
        missing_place = row.place(columns["missing"]) if "missing" in columns else None
        if missing_place is not None:
            names, bracketed, brackets = split_missing(values.get("missing", ""), missing_place)
        stated = figure(values["stated"], row.place(columns["stated"])) if "stated" in values else None
        found.append(
            CityRow(
                number=figure(values["number"], row.place(columns["number"])) if "number" in values else None,
                city=Text("".join(values.get("city", "").split()), row.place(columns["city"])),
                established=established,
                missing=names,
                missing_place=missing_place,
                stated_missing=bracketed or stated,
                stated_in_column=stated if bracketed else None,
                brackets=brackets,
            )
        )
    return found, totals


def split_missing(
    text: str, place: Place
) -> tuple[tuple[str, ...], Figure | None, Literal["full", "half", "mixed"] | None]:
    """The names of a list, and the count that stands in brackets behind it."""
    stated: Figure | None = None
    brackets: Literal["full", "half", "mixed"] | None = None
    found = _TRAILING_COUNT.search(text)
    if found and _COUNT_LIKE.search(found.group()):
        stated = figure(found.group(2), place)
        widths = {found.group(1) == "（", found.group(3) == "）"}
        brackets = "mixed" if len(widths) == 2 else "full" if widths == {True} else "half"
        text = text[: found.start()]
    names = ["".join(name.split()) for name in _SEPARATORS.split(text)]
    return tuple(name for name in names if normalise(name) not in _NOTHING), stated, brackets
