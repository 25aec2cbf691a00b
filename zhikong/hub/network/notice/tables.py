"""Rows to the tables of a notice. Whatever is in no table is prose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .cells import figure, gap_figure, has_count, is_total, read_list, serial, split_hosts
from .files import Row
from .names import normalise
from .records import CentreRow, CityRow, Figure, NoticeError, PartTotal, StatedTotal, Text, column_letters

__all__ = ["Table", "centre_rows", "city_rows", "find_tables", "header_roles", "split_hosts"]

Role = Literal["number", "city", "established", "missing", "stated", "name", "host", "grade"]
TableKind = Literal["cities", "centres"]

_COLUMNS: dict[Role, str] = {
    "number": "序号 编号 no no. number index",
    "city": "省辖市 市 地区 城市 市州 州市 地市 市地 地市州 市州地 地州市 州市地 市州盟 盟市 市盟 设区市 设区的市 各地 各市 市县 "
    "城市名称 地区名称 省辖市名称 行政区 行政区划 区 各区 区县 县区 县市区 市县区 县市 区市县 city",
    "established": "已成立数量 已成立数 已成立 已成立个数 已建 已建数量 已建数 已建个数 已建立数量 组建数量 组建数 组建个数 "
    "已组建数量 已组建数 已组建 已组建个数 成立数量 建立数量 已成立质控中心数量 已成立质控中心数 已成立质控中心个数 "
    "已组建质控中心数量 已建立质控中心数量 已建质控中心数量 已建质控中心数 质控中心数量 质控中心数 质控中心个数 "
    "市级质控中心数量 市级质控中心数 established",
    "missing": "未成立质控中心的专业 未成立质控中心专业 未成立的专业 未成立专业 未组建质控中心的专业 未组建质控中心专业 "
    "未组建专业 未组建的专业 未建专业 未建立质控中心的专业 未建立专业 未设立质控中心的专业 尚未成立质控中心的专业 "
    "尚未成立的专业 尚未成立专业 缺少的专业 缺少专业 缺口专业 未成立专业名称 "
    "未成立质控中心的专业名称 专业名称 listed_missing_specialties missing",
    "stated": "数量 个数 未成立数量 未成立数 未成立个数 未组建数量 未组建数 未建数量 未建数 缺口 缺口数 缺口数量 stated_missing",
    "name": "质控中心名称 质控中心 中心名称 省级质控中心名称 省级质控中心 专业质控中心名称 名称 name centre",
    "host": "责任单位 挂靠单位 挂靠医院 挂靠机构 承担单位 依托单位 依托医院 牵头单位 host hosts",
    "grade": "评估结果 评估等次 等次 grade",
}
_ROLES: dict[str, Role] = {name: role for role, names in _COLUMNS.items() for name in names.split()}
_COUNTY_HEADS = frozenset(("区", "各区", "区县", "县区", "县市区", "市县区", "县市", "区市县"))
_COUNTY_ENDING = re.compile(
    r"(?<!示范)(?<!新)(?<!林)(?<!矿)(?<!特)(?<!开发)(?<!港)(?<!实验)(?<!高新)(?<!管理)(?<!合作)区$|[县旗]$"
)
# Only these go on over several rows. A figure never does: 60 above 3 is not 603.
_CONTINUED = ("missing", "host")
_PAGE_NUMBER = re.compile(r"\d{1,4}")
_SERIAL = re.compile(r"[0-9]{1,4}[.、]?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of data by its roles. `part` tells the stretches between headers and headings, which may count anew."""

    row: Row
    values: dict[Role, str]
    part: int


@dataclass(slots=True)
class Table:
    kind: TableKind
    roles: dict[int, Role]
    has_blank_heads: bool
    header: Row
    rows: list[Entry] = field(default_factory=list)

    def column(self, role: Role) -> int | None:
        return next((index for index, found in self.roles.items() if found == role), None)

    def is_of_counties(self) -> bool:
        """Whether the rows are districts or counties: the header says so, or most names do."""
        city = self.column("city")
        if city is not None and _head(self.header.cell(city)) in _COUNTY_HEADS:
            return True
        names = [normalise(entry.values.get("city", "")) for entry in self.rows]
        counties = sum(len(name) > 2 and bool(_COUNTY_ENDING.search(name)) for name in names)
        return 2 * counties > len(names)


def _head(cell: str) -> str:
    """地（州、市） and 地州市 are one head."""
    return normalise(cell).replace("、", "").replace("/", "")


def header_roles(row: Row) -> tuple[TableKind, dict[int, Role]] | None:
    """The roles of a header row, or None when the row is no header of a table we know."""
    roles: dict[int, Role] = {}
    for index, cell in enumerate(row.cells):
        role = _ROLES.get(_head(cell))
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
    part = 0
    interrupted = False
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
            if table is not None and table.kind == kind and not (interrupted and row.form == "text"):
                table.roles, table.has_blank_heads, table.header = roles, blank, row
            else:
                table = Table(kind, roles, blank, row)
                tables.append(table)
            part, interrupted = part + 1, False
        elif _is_page_number(row):
            continue
        elif any(_ROLES.get(_head(cell)) == "number" for cell in row.cells):
            prose.append(row)  # the header of a table that we do not know; its rows are not the last one's
            table = None
        elif table is not None and (not interrupted or _resumes(table, row)) and _take(table, row, part):
            interrupted = False
        else:
            prose.append(row)
            part += 1
            interrupted = row.form == "text"
            if _begins_another(row):
                table = None
    return tables, prose


def _begins_another(row: Row) -> bool:
    """In a text, a line that ends the table before it for good: the title of an annex, or the head of another table."""
    filled = [cell for cell in row.cells if cell.strip()]
    return row.form == "text" and (len(filled) > 1 or "".join(filled[:1]).strip().startswith("附件"))


def _resumes(table: Table, row: Row) -> bool:
    """In a text, whether a row goes on with the table behind a heading or a note: it is numbered and fits."""
    filled = {index: cell for index, cell in enumerate(row.cells) if cell.strip()}
    number = table.column("number")
    return (
        len(filled) > 1
        and number is not None
        and _SERIAL.fullmatch(normalise(row.cell(number))) is not None
        and all(index in table.roles for index in filled)
    )


def _is_page_number(row: Row) -> bool:
    return (
        row.form == "text"
        and len(row.cells) == 1
        and bool(_PAGE_NUMBER.fullmatch(row.cells[0].strip(" \t\u3000-—–－")))
    )


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


def _take(table: Table, row: Row, part: int) -> bool:
    """Take the row into the table: as a second header row, a row of data, or the rest of the row before."""
    if row.form == "text" and len(row.cells) == 1:
        return _take_loose_line(table, row)
    filled = {index: cell for index, cell in enumerate(row.cells) if cell.strip()}
    if not table.rows or table.has_blank_heads:
        below = {index: _ROLES.get(_head(cell)) for index, cell in filled.items()}
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
        return _continue(table, row, values)
    numbered = _SERIAL.fullmatch(normalise(values.get("number", ""))) is not None
    if not numbered and len(values) < 2:
        return False
    table.rows.append(Entry(row, values, part))
    return True


def _continue(table: Table, row: Row, values: dict[Role, str]) -> bool:
    """A row without a number and a name belongs to the row before: its lists and hosts go on, as under merged cells."""
    last = table.rows[-1]
    for role, cell in values.items():
        if role in _CONTINUED and not (role == "missing" and has_count(last.values.get("missing", ""))):
            continue
        if len(values) == 1 and role not in _CONTINUED and figure(cell, row.place()).value is None:
            return False  # a word in a column of figures, such as a unit: a note
        raise NoticeError(_second_value(table, row, role, cell))
    for role, cell in values.items():
        before = last.values.get(role, "")
        last.values[role] = before + ("" if not before or before.endswith(("、", "，", ",")) else "\n") + cell
    return True


def _second_value(table: Table, row: Row, role: Role, cell: str) -> str:
    column = table.column(role) or 0
    key: Role = "city" if table.kind == "cities" else "name"
    last = table.rows[-1]
    before = f"{last.values.get(key, '')}”（{last.row.place((table.column(key) or 0) + 1).label()}"
    what = "写明个数的名单之后又有名单" if role == "missing" else "有内容"
    return (
        f"{row.place(column + 1).label()}{what}“{cell}”，但这一行没有名称，不能和上一行“{before}）相连。"
        "请取消合并的单元格，把同一处的内容并成一行，或补上名称，再上传。"
    )


def _take_loose_line(table: Table, row: Row) -> bool:
    """A line without tabs belongs to the list before it when that list is visibly unfinished."""
    if not table.rows or table.kind != "cities" or "missing" not in table.roles.values():
        return False
    line, values = row.cells[0].strip(), table.rows[-1].values
    before = values.get("missing", "")
    unfinished = bool(before) and not has_count(before)
    if not unfinished or "。" in line or not (before.endswith("、") or "、" in line or has_count(line)):
        return False
    values["missing"] = before + line
    return True


def centre_rows(table: Table) -> tuple[list[CentreRow], list[StatedTotal]]:
    """The rows of the list of centres, and the number of a total row, if there is one."""
    found: list[CentreRow] = []
    totals: list[StatedTotal] = []
    name, host, grade, number = (table.column(role) for role in ("name", "host", "grade", "number"))
    for entry in table.rows:
        row, values = entry.row, entry.values
        if is_total(values.get("number", "")) or is_total(values.get("name", "")):
            figures = [figure(values.get("name", ""), row.place((name or 0) + 1))]
            figures += [figure(values.get("host", ""), row.place((host or 0) + 1))]
            totals += [StatedTotal("province", item, in_table=True) for item in figures if item.value is not None][:1]
            continue
        found.append(
            CentreRow(
                number=serial(values["number"], row.place((number or 0) + 1)) if "number" in values else None,
                name=Text("".join(values.get("name", "").split()), row.place((name or 0) + 1)),
                hosts=split_hosts(values.get("host", "")),
                hosts_place=row.place((host or 0) + 1),
                grade=Text(values["grade"], row.place((grade or 0) + 1)) if "grade" in values else None,
                part=entry.part,
            )
        )
    return found, totals


def city_rows(table: Table, first: int = 0) -> tuple[list[CityRow], list[PartTotal]]:
    """The rows of the table of cities, and its total rows. `first`: how many cities the tables before it have."""
    found: list[CityRow] = []
    totals: list[PartTotal] = []
    columns = {role: (table.column(role) or 0) + 1 for role in set(table.roles.values())}
    since = first
    for entry in table.rows:
        row, values = entry.row, entry.values
        established = (
            figure(values.get("established", ""), row.place(columns["established"]))
            if "established" in columns
            else None
        )
        label = next((values.get(role, "") for role in ("city", "number") if is_total(values.get(role, " "))), None)
        if label is not None:
            end = first + len(found)
            if established is not None and established.value is not None:
                totals.append(PartTotal(established, first, since, end, is_part="小计" in normalise(label)))
            since = end
            continue
        found.append(_city_row(entry, columns, established))
    return found, totals


def _city_row(entry: Entry, columns: dict[Role, int], established: Figure | None) -> CityRow:
    row, values = entry.row, entry.values
    missing_place = row.place(columns["missing"]) if "missing" in columns else None
    listed = read_list(values.get("missing", "") if missing_place else "", missing_place or row.place())
    stated = gap_figure(values["stated"], row.place(columns["stated"])) if "stated" in values else None
    return CityRow(
        number=serial(values["number"], row.place(columns["number"])) if "number" in values else None,
        city=Text("".join(values.get("city", "").split()), row.place(columns["city"])),
        established=established,
        missing=listed.names,
        missing_place=missing_place,
        stated_missing=listed.stated or stated,
        stated_in_column=stated if listed.stated else None,
        brackets=listed.brackets,
        unfinished=listed.unfinished,
        part=entry.part,
    )
