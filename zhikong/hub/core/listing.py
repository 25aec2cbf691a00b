"""Lists: one page of a queryset with its total, and the tabs above it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

SIZES = (25, 100)
NEIGHBOURS = 2  # page numbers shown on each side of the current one


@dataclass(frozen=True, slots=True)
class PageLink:
    """A number of the pager; a gap has no number."""

    number: int | None
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class SizeLink:
    size: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The rows shown, and what `core/pager.html` needs. It iterates over its rows."""

    rows: list[Any]
    number: int
    size: int
    total: int
    pages: int
    links: list[PageLink]
    sizes: list[SizeLink]
    previous_url: str
    next_url: str

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True, slots=True)
class Tab:
    label: Any
    url: str
    current: bool = False
    count: int | None = field(default=None)


def page_of(
    request: HttpRequest, queryset: QuerySet | list, sizes: tuple[int, ...] = SIZES, name: str = "page"
) -> Page:
    """One page, by `?page=` and `?size=`: two queries whatever the number of rows. Junk numbers give the nearest page.

    A second list on the same page takes another `name`; its size parameter is then `<name>_size`.
    """
    size_name = "size" if name == "page" else f"{name}_size"
    size = _whole(request.GET.get(size_name), sizes[0])
    if size not in sizes:
        size = sizes[0]
    total = len(queryset) if isinstance(queryset, list) else queryset.count()
    pages = max(1, -(-total // size))
    number = min(max(1, _whole(request.GET.get(name), 1)), pages)
    start = (number - 1) * size
    rows = list(queryset[start : start + size]) if total else []

    def url(**changes: int | None) -> str:
        query = request.GET.copy()
        for key, value in changes.items():
            if value is None:
                query.pop(key, None)
            else:
                query[key] = str(value)
        return f"?{query.urlencode()}"

    return Page(
        rows=rows,
        number=number,
        size=size,
        total=total,
        pages=pages,
        links=[
            PageLink(shown, url(**{name: shown}) if shown else "", shown == number) for shown in _numbers(number, pages)
        ],
        sizes=[SizeLink(each, url(**{size_name: each, name: None}), each == size) for each in sizes],
        previous_url=url(**{name: number - 1}) if number > 1 else "",
        next_url=url(**{name: number + 1}) if number < pages else "",
    )


def _whole(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default


def _numbers(number: int, pages: int) -> list[int | None]:
    """First, last and the neighbours; None where numbers are left out."""
    shown = sorted({1, pages, *range(max(1, number - NEIGHBOURS), min(pages, number + NEIGHBOURS) + 1)})
    found: list[int | None] = []
    for each in shown:
        if found and found[-1] is not None and each - found[-1] > 1:
            found.append(None)
        found.append(each)
    return found
