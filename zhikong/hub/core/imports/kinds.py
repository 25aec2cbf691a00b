"""What may be imported. An area declares a Kind with its columns and registers it; core knows none of them by name.

class Institutions(kinds.Kind):
    code, label, columns, key = "institutions", _("机构"), (kinds.code("code", _("机构编码"), required=True), ...), ...
    def allows(self, user): ...
    def compare(self, rows, *, by): ...
    def write(self, rows, *, by, at): ...

kinds.register(Institutions())
"""

import datetime as dt
import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from ..models import User

INTEGER_LIMIT = 2_147_483_647  # what PostgreSQL's integer holds
EXACT_DIGITS = 10**15  # Excel keeps fifteen digits of a number and makes the rest zeros
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Controls, bidi and zero-width marks, surrogates. Private use stays: rare surnames live there in older systems.
INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
EDGES = " \t\r\n\u3000\u00a0\u200b\ufeff"
DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))$")
YES = {"是", "有", "y", "yes", "true", "1", "√"}
NO = {"否", "无", "n", "no", "false", "0", "×"}


class Unacceptable(ValueError):
    """What is wrong with a cell, as a sentence for whoever filled it in."""

    def __init__(self, sentence: str) -> None:
        super().__init__(presentable(sentence))


def presentable(text: str) -> str:
    """What a page and a workbook can show: lone surrogates and control characters become a mark."""
    return INVISIBLE.sub("\ufffd", text)


class State(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    BAD = "bad"


@dataclass(slots=True)
class Row:
    """One row of the table: what it says, and how it stands to the database."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    state: State = State.NEW
    old: dict[str, Any] = field(default_factory=dict)  # of a changed row, per changed column
    errors: list[tuple[str, str]] = field(default_factory=list)  # column, or "" for the whole row, and sentence
    given: dict[str, str] = field(default_factory=dict)  # of a bad row: what the cells held
    found: Any = None  # the record in the database, while comparing and writing

    def fail(self, column: str, sentence: str) -> None:
        self.errors.append((column, sentence))
        self.state = State.BAD


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind: its heading, how a cell is read, and what the template says of it."""

    name: str
    label: Any
    type: str = "text"  # text, code, integer, date, choice, yes_no
    required: bool = False
    longest: int = 0
    choices: tuple[tuple[str, Any], ...] = ()
    empty: Any = ""  # what a blank cell means
    note: Any = ""
    width: int = 14

    def read(self, raw: Any) -> Any:
        """The value of a cell. Unacceptable says what is wrong with it."""
        if isinstance(raw, dict):
            raw = self._special(raw)
        if isinstance(raw, str):
            raw = raw.strip(EDGES)
        if raw is None or raw == "":
            if self.required:
                raise Unacceptable(_("必填"))
            return self.empty
        return getattr(self, f"_{self.type}")(raw)

    def shown(self, value: Any) -> str:
        """The value as people read it."""
        if value is None or value == "":
            return _("（空）")
        if self.type == "choice":
            return str(dict(self.choices).get(value, value))
        if self.type == "yes_no":
            return _("是") if value else _("否")
        if self.type == "integer":
            return f"{value:,}"
        return str(value)

    def load(self, value: Any) -> Any:
        """Back from JSON."""
        return dt.date.fromisoformat(value) if self.type == "date" and value else value

    def labels(self) -> set[str]:
        """Every heading that means this column: its label in each language, and its name."""
        return {folded(self.name)} | in_every_language(self.label)

    def _special(self, raw: dict[str, str]) -> Any:
        if "e" in raw:
            if raw["e"] == "formula":
                raise Unacceptable(_("公式没有计算结果，请粘贴为数值"))
            raise Unacceptable(_("单元格是错误值 %(value)s") % {"value": raw["e"]})
        if "t" in raw and self.type == "date":
            raise Unacceptable(_("“%(value)s”带有时间，只要日期") % {"value": raw["t"][:40]})
        return raw.get("d") or raw.get("t")

    def _text(self, raw: Any) -> str:
        value = _as_text(raw)
        if INVISIBLE.search(value):
            raise Unacceptable(_("含有换行或不可见字符，请删除后重新输入"))
        if self.longest and len(value) > self.longest:
            raise Unacceptable(
                _("超过 %(limit)d 个字（现有 %(count)d 个）") % {"limit": self.longest, "count": len(value)}
            )
        return value

    def _code(self, raw: Any) -> str:
        value = self._text(raw).translate(FULL_WIDTH)
        if not value.isascii() or " " in value or not value.isprintable():
            raise Unacceptable(_("“%(value)s”应只有字母、数字和符号，中间没有空格") % {"value": value[:40]})
        return value

    def _integer(self, raw: Any) -> int:
        if isinstance(raw, str):
            plain = raw.translate(FULL_WIDTH)
            if not re.fullmatch(r"\d{1,3}(,\d{3})+|\d+", plain, re.ASCII):
                raise Unacceptable(_("“%(value)s”不是整数") % {"value": raw[:40]})
            raw = int(plain.replace(",", "")[:20])
        if isinstance(raw, bool) or (isinstance(raw, float) and not (math.isfinite(raw) and raw.is_integer())):
            raise Unacceptable(_("“%(value)s”不是整数") % {"value": raw})
        if not 0 <= raw <= INTEGER_LIMIT:
            raise Unacceptable(_("“%(value)s”不在 0 到 %(limit)d 之间") % {"value": raw, "limit": INTEGER_LIMIT})
        return int(raw)

    def _date(self, raw: Any) -> dt.date:
        text = str(raw).translate(FULL_WIDTH) if isinstance(raw, str) else str(raw)
        match = DATE.match(text.replace(" ", "").removesuffix("00:00:00"))
        if match is None or isinstance(raw, float | bool):
            raise Unacceptable(_("“%(value)s”不是日期，应如 2026-01-31") % {"value": text[:40]})
        year, month, day = (int(part) for part in match.groups() if part is not None)
        try:
            return dt.date(year, month, day)
        except ValueError:
            raise Unacceptable(_("“%(value)s”不是日历上有的日期") % {"value": text[:40]}) from None

    def _choice(self, raw: Any) -> str:
        options = _options_of(self)
        found = options.get(raw) if isinstance(raw, str) else None
        if found is None:
            found = options.get(folded(_as_text(raw)))
        if found is not None:
            return found
        shown = _("、").join(str(label) for _value, label in self.choices)
        raise Unacceptable(_("“%(value)s”不在可选项中：%(options)s") % {"value": _as_text(raw)[:40], "options": shown})

    def _yes_no(self, raw: Any) -> bool:
        text = folded(_as_text(raw))
        if isinstance(raw, bool) or text in YES | NO:
            return raw if isinstance(raw, bool) else text in YES
        raise Unacceptable(_("“%(value)s”应填是或否") % {"value": text[:40]})


def _as_text(raw: Any) -> str:
    if isinstance(raw, bool):
        return _("是") if raw else _("否")
    if isinstance(raw, float):
        if not math.isfinite(raw):
            raise Unacceptable(_("“%(value)s”不是文字") % {"value": raw})
        raw = int(raw) if raw.is_integer() else raw
    if isinstance(raw, int) and raw >= EXACT_DIGITS:
        raise Unacceptable(_("表格软件把它当作数存了，末位已失真。请把这一列设为“文本”格式再填"))
    return str(raw)


_options: dict[int, dict[str, str]] = {}


def _options_of(column: Column) -> dict[str, str]:
    """What may be written for each choice: its label in each language, or its value."""
    key = id(column)  # columns live as long as the program
    if key not in _options:
        found = {folded(value): value for value, _label in column.choices if value}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found |= {folded(str(label)): value for value, label in column.choices}
        _options[key] = found
    return _options[key]


def in_every_language(label: Any) -> set[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(folded(str(label)))
    return found


def folded(text: str) -> str:
    """For comparing headings and choices: width, case, spaces and line breaks do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold().strip("*")


def text(name: str, label: Any, longest: int, **options: Any) -> Column:
    return Column(name, label, "text", longest=longest, **options)


def code(name: str, label: Any, longest: int, **options: Any) -> Column:
    return Column(name, label, "code", longest=longest, **options)


def integer(name: str, label: Any, **options: Any) -> Column:
    return Column(name, label, "integer", empty=None, **options)


def date(name: str, label: Any, **options: Any) -> Column:
    return Column(name, label, "date", empty=None, **options)


def choice(name: str, label: Any, choices: Iterable[tuple[str, Any]], **options: Any) -> Column:
    return Column(name, label, "choice", choices=tuple(choices), **options)


def yes_no(name: str, label: Any, **options: Any) -> Column:
    return Column(name, label, "yes_no", empty=False, **options)


class Kind:
    """One kind of table. `version` changes with the columns, and each template carries it."""

    code: str
    label: Any
    explanation: Any = ""  # what will happen, for the page where a file is chosen
    columns: tuple[Column, ...]
    title: str  # the column that names a row to people
    result_url_name: str = ""  # the list on which the rows are found afterwards

    def allows(self, user: User) -> bool:
        """Whether the person may import this at all; which rows is the matter of `compare`."""
        raise NotImplementedError

    def keys(self, values: dict[str, Any]) -> list[str]:
        """Everything of which the table may hold one row only."""
        raise NotImplementedError

    def compare(self, rows: Sequence[Row], *, by: User) -> None:
        """Set each row's state, old values and errors, from the database as it is now. No writes.

        Rows outside the person's scope fail with the same sentence whether or not their codes exist elsewhere.
        Inside a write, lock the records that rows will change.
        """
        raise NotImplementedError

    def write(self, rows: Sequence[Row], *, by: User, at: dt.datetime) -> None:
        """Write rows that `compare` has just found new or changed. Runs inside the action that records it."""
        raise NotImplementedError

    @property
    def version(self) -> str:
        shape = "|".join(
            f"{c.name},{c.type},{c.required},{';'.join(value for value, _label in c.choices)}" for c in self.columns
        )
        return hashlib.sha256(shape.encode()).hexdigest()[:8]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    assert _kinds.setdefault(kind.code, kind) is kind, f"two kinds of import are called {kind.code!r}"


def of_code(code: str) -> Kind | None:
    return _kinds.get(code)


def allowed_to(user: User) -> list[Kind]:
    return [kind for kind in _kinds.values() if kind.allows(user)]
