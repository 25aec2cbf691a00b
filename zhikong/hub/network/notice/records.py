"""What was read from a notice and what was found in it: frozen records that go to JSON and back."""

from __future__ import annotations

import dataclasses
import types
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Level = Literal["province", "city", "county"]
End = Literal["top", "bottom"]
Severity = Literal["contradiction", "doubt", "hint"]
Value = int | str | None
Param = int | str | tuple[str, ...]

SEVERITIES: tuple[Severity, ...] = ("contradiction", "doubt", "hint")


class NoticeError(Exception):
    """The file cannot be read as a notice. The text is for the user: it names the place and the way out."""


def column_letters(column: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a text; a sheet and cell of a workbook; a row and column of a CSV. All count from 1."""

    line: int | None = None
    sheet: str | None = None
    row: int | None = None
    column: int | None = None

    @property
    def cell(self) -> str | None:
        """Only a workbook has cells, such as D8."""
        if self.sheet is None or self.row is None or self.column is None:
            return None
        return f"{column_letters(self.column)}{self.row}"

    def label(self, language: str = "zh") -> str:
        chinese = language == "zh"
        if self.line is not None:
            return f"第 {self.line} 行" if chinese else f"line {self.line}"
        if self.sheet is not None:
            return f"{self.sheet}!{self.cell}"
        if self.row is not None and self.column is not None:
            return f"第 {self.row} 行第 {self.column} 列" if chinese else f"row {self.row}, column {self.column}"
        return "全文" if chinese else "whole file"

    def short(self) -> dict[str, int | str]:
        """As machines want it: only what is known, and the cell by its name."""
        if self.sheet is not None and self.cell is not None:
            return {"sheet": self.sheet, "cell": self.cell}
        known = {"line": self.line, "row": self.row, "column": self.column}
        return {name: value for name, value in known.items() if value is not None}

    def order(self) -> tuple[str, int, int]:
        return (self.sheet or "", self.line or self.row or 0, self.column or 0)


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as printed. `value` is None when what is printed is not a whole number."""

    raw: str
    value: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class CentreRow:
    """One row of the list of provincial centres. `part`: the stretch of the table, each of which may count from 1."""

    number: Figure | None
    name: Text
    hosts: tuple[str, ...]
    hosts_place: Place
    grade: Text | None = None
    part: int = 0


@dataclass(frozen=True, slots=True)
class CityRow:
    """One row of the table of cities. A notice may state the missing count twice: in brackets and in a column.

    `missing` as separators part it; `division` parts it further, with the dictionary. `unfinished`: it ends in 等.
    """

    number: Figure | None
    city: Text
    established: Figure | None
    missing: tuple[str, ...]
    missing_place: Place | None
    stated_missing: Figure | None = None
    stated_in_column: Figure | None = None
    brackets: Literal["full", "half", "mixed"] | None = None
    unfinished: bool = False
    part: int = 0


@dataclass(frozen=True, slots=True)
class StatedTotal:
    """A total the notice gives for one level, in its prose or in a total row (`in_table`)."""

    level: Level
    figure: Figure
    in_table: bool = False


@dataclass(frozen=True, slots=True)
class PartTotal:
    """A total row of the table of cities: of the rows from `table` or, after another total row, from `group` to `end`."""

    figure: Figure
    table: int
    group: int
    end: int
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class RankedCity:
    city: Text
    figure: Figure


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list such as the five cities with most centres, in the order of the prose."""

    level: Level
    end: End
    cities: tuple[RankedCity, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Notice:
    """What was read. `rows_level`: of what the rows of the table of cities are, cities or districts and counties.

    `open_totals`: totals of one level that differ, so that none can be held against the rows.
    """

    filename: str
    form: Literal["text", "csv", "xlsx"]
    title: Text | None = None
    number: Text | None = None
    issuer: Text | None = None
    addressees: tuple[Text, ...] = ()
    issued_on: Text | None = None
    totals: tuple[StatedTotal, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    centres: tuple[CentreRow, ...] = ()
    cities: tuple[CityRow, ...] = ()
    rows_level: Level = "city"
    part_totals: tuple[PartTotal, ...] = ()
    open_totals: tuple[StatedTotal, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    hidden_rows: tuple[str, ...] = ()
    hidden_row_count: int = 0

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Notice:
        return _decode_record(cls, data)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A specialty or city that an unknown name may mean. Nothing is mapped until a person says so."""

    code: str | None
    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the notice that does not fit, with the arithmetic kept in `params`."""

    kind: str
    severity: Severity
    place: Place
    subject: str
    stated: Value = None
    computed: Value = None
    template: str = ""
    params: dict[str, Param] = field(default_factory=dict)
    related: tuple[Place, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    @property
    def difference(self) -> int | None:
        if isinstance(self.stated, int) and isinstance(self.computed, int):
            return self.computed - self.stated
        return None

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        return _decode_record(cls, data)


@dataclass(frozen=True, slots=True)
class Checked:
    """A fact that was checked and agrees, or (`done` false) that could not be checked and why."""

    kind: str
    place: Place
    params: dict[str, Param] = field(default_factory=dict)
    done: bool = True

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Checked:
        return _decode_record(cls, data)


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]
    checked: tuple[Checked, ...]

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        return _decode_record(cls, data)


RecordType = TypeVar("RecordType")


def _decode_record(cls: type[RecordType], data: dict[str, Any]) -> RecordType:
    hints = get_type_hints(cls)
    return cls(**{name: _decode(hints[name], value) for name, value in data.items()})


def _decode(hint: Any, value: Any) -> Any:
    """JSON has lists where the records have tuples, and mappings where they have records."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        records = [choice for choice in get_args(hint) if dataclasses.is_dataclass(choice)]
        if isinstance(value, dict) and records:
            return _decode(records[0], value)
        return tuple(value) if isinstance(value, list) else value
    if origin is tuple:
        return tuple(_decode(get_args(hint)[0], item) for item in value)
    if origin is dict:
        return {name: _decode(get_args(hint)[1], item) for name, item in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _decode_record(hint, value)
    return value
