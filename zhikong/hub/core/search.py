"""Search over what a person may see: areas register what can be found, core shows it.

Everything is found by code, by a part of the name, and by 拼音首字母 (the first letters of the syllables).
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

LONGEST = 64  # no name that could be found is longer, and nobody types more


@dataclass(frozen=True, slots=True)
class Hit:
    name: str
    url: str
    code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The first hits of one kind, and how many there are in all. `more_url` lists them."""

    title: Any
    hits: list[Hit]
    total: int
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be found. `exact` answers the address of the one row with this very code."""

    title: Any
    shown_to: Callable[[Any], bool]
    find: Callable[[Any, str, int], Found]
    exact: Callable[[Any, str], str]


_kinds: list[Kind] = []


def add_kind(kind: Kind) -> None:
    _kinds.append(kind)


def kinds_for(user: Any) -> list[Kind]:
    return [kind for kind in _kinds if kind.shown_to(user)]


def cleaned(text: str) -> str:
    """What a person meant: full-width letters made plain, and nothing in it that a database refuses."""
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text[: LONGEST * 4])
    return " ".join(unicodedata.normalize("NFKC", kept).split())[:LONGEST]


def initials_of(name: str, longest: int = 128) -> str:
    """拼音首字母: 伏牛山医院 gives fnsyy, 3D打印 gives 3ddy. To be stored beside the name at every write."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a moment to load; readers need none

    def others(run: str) -> str:
        return "".join(each for each in run.lower() if each.isascii() and each.isalnum())

    parts = lazy_pinyin(unicodedata.normalize("NFKC", name), style=Style.FIRST_LETTER, errors=others)
    return "".join(parts).lower()[:longest]


def matching(rows: QuerySet, text: str, names: Iterable[str] = ("name",)) -> QuerySet:
    """Rows where every word is in a name, begins the code, or is in the initials; the likeliest first."""
    words = text.split()
    for word in words:
        # Han characters have no case, and folding it costs PostgreSQL more than the whole search.
        fold = "i" if any(each.isascii() and each.isalpha() for each in word) else ""
        condition = Q(**{f"code__{fold}startswith": word})
        for name in names:
            condition |= Q(**{f"{name}__{fold}contains": word})
        if word.isascii() and word.isalpha():
            # One letter is in nearly every name: only the first counts.
            condition |= Q(**{"initials__contains" if len(word) > 1 else "initials__startswith": word.lower()})
        rows = rows.filter(condition)
    if not words:
        return rows
    first = words[0]
    rank = Case(
        When(code=text, then=Value(0)),
        When(name=text, then=Value(1)),
        When(name__startswith=first, then=Value(2)),
        When(initials__startswith=first.lower(), then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    return rows.order_by(rank, *rows.model._meta.ordering)
