"""What can be found here: institutions, centres, regions, specialties; by the search page and by the pickers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhikong.hub.core import search

from .models import Centre, Institution, Region, Specialty
from .models.scope import reaches


@dataclass(frozen=True, slots=True)
class Noun:
    title: Any
    rows: Callable[[Any], QuerySet]
    names: tuple[str, ...]
    note: Callable[[Any], str]
    page: str
    list_page: str

    def matching(self, user: Any, text: str) -> QuerySet:
        return search.matching(self.rows(user), text, self.names)


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


INSTITUTION = Noun(
    pgettext_lazy("list", "机构"),
    lambda user: Institution.objects.visible_to(user).filter(is_active=True).select_related("region"),
    ("name", "short_name"),
    lambda row: _joined(row.region.name, row.get_level_display()),
    "network:institution",
    "network:institutions",
)
CENTRE = Noun(
    pgettext_lazy("list", "质控中心"),
    lambda user: Centre.objects.visible_to(user).select_related("region"),
    ("name",),
    lambda row: _joined(row.region.name, row.get_level_display(), row.get_state_display()),
    "network:centre",
    "network:centres",
)
REGION = Noun(
    pgettext_lazy("list", "地区"),
    lambda user: Region.objects.visible_to(user).select_related("parent"),
    ("name",),
    lambda row: _joined(row.parent, row.get_level_display()),
    "network:region",
    "network:regions",
)
SPECIALTY = Noun(
    pgettext_lazy("list", "专业"),
    lambda user: Specialty.objects.visible_to(user).filter(is_active=True),
    ("name", "short_name"),
    lambda row: _joined(row.get_category_display(), _("中医") if row.is_tcm else ""),
    "network:specialty",
    "network:specialties",
)
NOUNS = (INSTITUTION, CENTRE, REGION, SPECIALTY)


def kind_of(noun: Noun) -> search.Kind:
    def find(user: Any, text: str, limit: int) -> search.Found:
        rows = noun.matching(user, text)
        hits = [
            search.Hit(name=row.name, code=row.code, note=noun.note(row), url=reverse(noun.page, args=[row.pk]))
            for row in rows[:limit]
        ]
        total = len(hits) if len(hits) < limit else rows.order_by().count()
        return search.Found(noun.title, hits, total)

    def exact(user: Any, text: str) -> str:
        # Two spellings instead of iexact: that one would read the whole table.
        row = noun.rows(user).filter(code__in={text, text.upper()}).first()
        return reverse(noun.page, args=[row.pk]) if row else ""

    return search.Kind(noun.title, lambda user: bool(reaches(user)), find, exact)


def register() -> None:
    for noun in NOUNS:
        search.add_kind(kind_of(noun))
