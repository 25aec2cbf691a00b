"""The coverage matrix, its tile map, and the drawer of one cell."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from zhikong.hub.core import exports

from .. import coverage, roles
from ..boundaries import outlines
from ..coverage_cell import open_cell
from ..models import Notice, NoticeDiscrepancy, Region, Specialty
from ..reminding import recipients_of
from ..roles import Ability
from .answering import exported

CELL_CLASSES = {
    coverage.ESTABLISHED: "",
    coverage.MISSING: "g",
    coverage.UNCERTAIN: "q",
    coverage.SETTING_UP: "h",
    coverage.PARTIAL: "p",
    coverage.NO_DATA: "e",
    coverage.HIDDEN: "e",
}
BLOCK = 6  # a thin line after every sixth column: the eye counts by it
BAR = 44  # width of the bar in a row head, in the units of its drawing
SHADES = 4


@dataclass(frozen=True, slots=True)
class ShownCell:
    css: str
    href: str
    label: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    specialty: Specialty
    lacking: int
    css: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the address asks for."""

    province: Region
    place: Region | None
    level: str
    sort: str
    show: str
    view: str
    cell: str

    def query(self, **changes: str) -> str:
        """The same page with some things changed."""
        values = {
            "region": self.place.code if self.place else "",
            "level": self.level,
            "sort": self.sort,
            "show": self.show,
            "view": self.view,
            "cell": self.cell,
            **changes,
        }
        standard = {"sort": "gap", "show": "all", "view": "matrix"}
        return "?" + urlencode({name: value for name, value in values.items() if value and standard.get(name) != value})


def _ask(request) -> Question:
    """The question, or 404 for a place that this person does not see."""
    user, get = request.user, request.GET
    code = get.get("region", "")
    place = None
    if code:
        place = get_object_or_404(Region.objects.visible_to(user).select_related("parent"), code=code)
    province = coverage.province_of(user, place.code if place and place.level == Region.Level.PROVINCE else "")
    if province is None:
        raise Http404
    if place is not None and place.level == Region.Level.PROVINCE:
        place = None
    if place is not None and not province.contains(place):
        province = get_object_or_404(Region, level=Region.Level.PROVINCE, order__lte=place.order, last__gte=place.order)
    level = get.get("level", "")
    if level not in (coverage.CITY, coverage.COUNTY):
        level = coverage.COUNTY if place else ""
    return Question(
        province=province,
        place=place,
        level=level,
        sort=get["sort"] if get.get("sort") in coverage.SORTS else "gap",
        show=get["show"] if get.get("show") in coverage.SHOWS else "all",
        view=get["view"] if get.get("view") == "tiles" else "matrix",
        cell=get.get("cell", ""),
    )


def _matrix(user, question: Question) -> tuple[coverage.Matrix, Question]:
    """The matrix asked for. Without a level: cities for those who see any, counties for those who do not."""
    seen = Region.objects.visible_to(user).subtree(question.place or question.province)
    specialties = list(coverage.provincial_specialties(question.province))
    sight = coverage.Sight.of(user)
    named = sight.specialties()
    if named is not None:
        specialties = [specialty for specialty in specialties if specialty.pk in named]
    options = {"sort": question.sort, "show": question.show}
    cities = list(seen.filter(level=Region.Level.CITY))
    level = question.level or (coverage.CITY if cities else coverage.COUNTY)
    question = _with(question, level=level)
    if level == coverage.CITY:
        return coverage.build(cities, specialties, level, sight, **options), question
    counties = list(seen.filter(level=Region.Level.COUNTY))
    if len(cities) == 1 and question.place is None:
        question = _with(question, place=cities[0])
    if question.place is None and cities:
        return coverage.build_summary(cities, counties, specialties, sight, **options), question
    own = _counties_with_something(counties) or cities  # a city without counties is its own one county
    return coverage.build(own, specialties, level, sight, **options), question


def _with(question: Question, **changes: Any) -> Question:
    return Question(**{name: changes.get(name, getattr(question, name)) for name in Question.__slots__})


def _counties_with_something(counties: list[Region]) -> list[Region]:
    """Functional areas have no health authority of their own; they are counted with the county round them."""
    return [county for county in counties if county.kind != Region.Kind.FUNCTIONAL]


@roles.requires(Ability.READ_NETWORK)
def coverage_matrix(request):
    """Specialty x city (or county): who has not set up yet. `?cell=` opens one cell beside it."""
    question = _ask(request)
    asked = _asked_cell(request.user, question) if question.cell else None
    if request.htmx and request.htmx.target == "cell" and not request.htmx.history_restore_request:
        opened = open_cell(request.user, *asked, asked[0].level) if asked else None
        response = render(request, "network/coverage_cell.html", _cell_context(request, question, opened))
        patch_vary_headers(response, ["HX-Request"])
        return response
    matrix, question = _matrix(request.user, question)
    if request.GET.get("export") in exports.FORMATS:
        return _export(request, matrix, question)
    opened = None
    if asked:
        region, specialty = asked
        shown = matrix.cell(region.pk, specialty.pk) if matrix.level == region.level and not matrix.summary else None
        opened = open_cell(request.user, region, specialty, region.level, shown)
    context = {
        "question": question,
        "matrix": matrix,
        "heads": _heads(matrix, opened),
        "rows": _rows(matrix, question, opened),
        "heading": _heading(matrix, question),
        "notices": list(
            Notice.objects.visible_to(request.user)
            .filter(pk__in=[basis.notice_id for basis in matrix.bases if basis.notice_id])
            .only("pk")
        ),
        "links": _links(question, matrix),
        "may_remind": roles.may(request.user, Ability.REMIND, region=question.place or question.province),
        **_cell_context(request, question, opened),
    }
    context["contradictions"] = (
        NoticeDiscrepancy.objects.visible_to(request.user)
        .filter(
            notice__in=context["notices"],
            severity=NoticeDiscrepancy.Severity.CONTRADICTION,
            handling__in=[NoticeDiscrepancy.Handling.OPEN, NoticeDiscrepancy.Handling.SENT_BACK],
        )
        .count()
    )
    if question.view == "tiles":
        context |= _map_context(matrix, question)
    response = render(request, "network/coverage_matrix.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


# ---- one cell -------------------------------------------------------------------------------------------------------
def _asked_cell(user, question: Question) -> tuple[Region, Specialty]:
    """The cell of `?cell=4113.SP009`; 404 unless place and specialty are this person's to see."""
    code, _dot, specialty_code = question.cell.partition(".")
    region = get_object_or_404(
        Region.objects.visible_to(user)
        .filter(level__in=[Region.Level.CITY, Region.Level.COUNTY])
        .select_related("parent"),
        code=code,
    )
    specialty = get_object_or_404(Specialty.objects.visible_to(user), code=specialty_code)
    if not coverage.Sight.of(user).cell(coverage.Place.of(region), specialty.pk):
        raise Http404
    return region, specialty


def _cell_context(request, question: Question, opened) -> dict[str, Any]:
    if opened is None:
        return {"opened": None, "question": question, "close": question.query(cell="")}
    may_remind = opened.region.parent is not None and roles.may(
        request.user, Ability.REMIND, region=opened.region.parent
    )
    people = recipients_of([opened.region], opened.specialty)[opened.region.pk] if may_remind else []
    return {
        "opened": opened,
        "question": question,
        "close": question.query(cell=""),
        "counties_url": f"?{urlencode({'region': opened.region.code, 'level': 'county', 'show': question.show})}",
        "may_remind": may_remind and opened.is_gap,
        "may_found": opened.is_gap
        and roles.may(request.user, Ability.MANAGE_CENTRES, region=opened.region, specialty=opened.specialty),
        "recipients": "、".join(person.name for person in people),
        "found_url": f"{reverse('network:register_centre')}?{urlencode(_new_centre(opened))}",
        "reminder_days": settings.REMINDER_DAYS,
        "form_key": secrets.token_hex(16),
    }


def _new_centre(opened) -> dict[str, str]:
    return {"level": opened.level, "region": opened.region.code, "specialty": opened.specialty.code}


# ---- what the template draws ----------------------------------------------------------------------------------------
def _heads(matrix: coverage.Matrix, opened) -> list[Head]:
    chosen = opened.specialty.pk if opened else None
    return [
        Head(
            column.specialty,
            column.lacking,
            _css("", index, column.specialty.pk == chosen),
        )
        for index, column in enumerate(matrix.columns)
    ]


def _css(kind: str, index: int, chosen: bool, *more: str) -> str:
    return " ".join(filter(None, (kind, "b" if index % BLOCK == 0 else "", "x" if chosen else "", *more)))


def _rows(matrix: coverage.Matrix, question: Question, opened) -> list[dict[str, Any]]:
    base = question.query(cell="")
    joint = "&" if len(base) > 1 else ""
    chosen_row = opened.region.pk if opened else None
    chosen_column = opened.specialty.pk if opened else None
    labels = {state: str(label) for state, label in coverage.STATE_LABELS.items()}
    rows = []
    for row in matrix.rows:
        cells = []
        in_row = row.place.pk == chosen_row
        for index, (cell, column) in enumerate(zip(row.cells, matrix.columns, strict=True)):
            in_column = column.specialty.pk == chosen_column
            label = f"{row.place.short_name} {column.specialty.short_name} {labels[cell.state]}"
            text, href = "", f"{base}{joint}cell={row.place.code}.{column.specialty.code}"
            if matrix.summary:
                # A summary has no cell of its own to open: it leads to the counties of that city.
                href = question.query(region=row.place.code, cell="")
                if cell.state in (coverage.ESTABLISHED, coverage.PARTIAL):
                    text = str(cell.counties)
                    label = f"{label} {cell.counties}/{cell.of}"
            if cell.state == coverage.HIDDEN:
                href = ""
            css = _css(CELL_CLASSES[cell.state], index, in_row or in_column, "sel" if in_row and in_column else "")
            cells.append(ShownCell(css, href, label, text))
        rows.append(
            {
                "row": row,
                "cells": cells,
                "bar": f"{row.share * BAR:.1f}",
                "url": ""
                if matrix.level == coverage.COUNTY and not matrix.summary
                else question.query(region=row.place.code, level=coverage.COUNTY, cell=""),
                "chosen": in_row,
                "basis": basis_text(row.basis),
            }
        )
    return rows


def basis_text(basis: coverage.Basis) -> str:
    """On what a figure rests, in words."""
    if basis.notice_id is None:
        return _("登记")
    if basis.since:
        return _("%(number)s 写明 %(stated)d，此后登记 %(since)+d") % {
            "number": basis.number or _("来文"),
            "stated": basis.stated,
            "since": basis.since,
        }
    return _("%(number)s 写明") % {"number": basis.number or _("来文")}


def _heading(matrix: coverage.Matrix, question: Question) -> str:
    columns = matrix.total_columns
    if len(matrix.rows) == 1:
        return _("%(place)s × %(columns)d 专业：还有哪些没有建") % {
            "place": matrix.rows[0].place.name,
            "columns": columns,
        }
    if matrix.summary:
        return _("%(rows)d 市的县级 × %(columns)d 专业：谁还没有建") % {"rows": len(matrix.rows), "columns": columns}
    if matrix.level == coverage.CITY:
        return _("%(rows)d 市 × %(columns)d 专业：谁还没有建") % {"rows": len(matrix.rows), "columns": columns}
    return _("%(place)s %(rows)d 县 × %(columns)d 专业：谁还没有建") % {
        "place": question.place.short_name if question.place else "",
        "rows": len(matrix.rows),
        "columns": columns,
    }


def _links(question: Question, matrix: coverage.Matrix) -> dict[str, Any]:
    levels = [(coverage.CITY, _("市级")), (coverage.COUNTY, _("县级"))]
    sorts = [("gap", _("按缺口")), ("established", _("按已建")), ("directory", _("按目录"))]
    views = [("matrix", _("矩阵")), ("tiles", _("地图"))]
    shows = [
        ("all", _("全部 %(count)d 个") % {"count": matrix.total_columns}),
        ("gaps", _("只看有缺口的")),
        ("key", _("国家重点")),
        ("tcm", _("中医")),
        ("not_tcm", _("非中医")),
        *[(value, label) for value, label in Specialty.Category.choices],
    ]

    def links(name: str, choices) -> list[dict[str, Any]]:
        now = getattr(question, name)
        return [{"url": question.query(**{name: value, "cell": ""}), "label": label, "current": value == now}
                for value, label in choices]  # fmt: skip

    return {
        "levels": links("level", levels),
        "sorts": links("sort", sorts),
        "views": links("view", views),
        "shows": [{"value": value, "label": label, "current": value == question.show} for value, label in shows],
    }


def _export(request, matrix: coverage.Matrix, question: Question):
    labels = {state: str(label) for state, label in coverage.STATE_LABELS.items()}
    columns = [_("区划代码"), exports.Column(_("地区"), 18), _("已建（个）"), _("名次"), _("缺（个）"),
               exports.Column(_("依据"), 32), *[column.specialty.name for column in matrix.columns]]  # fmt: skip

    def cell_text(cell: coverage.Cell) -> str:
        return f"{cell.counties}/{cell.of}" if matrix.summary and cell.of else labels[cell.state]

    rows = (
        [row.place.code, row.place.name, row.established, row.rank, row.gaps, basis_text(row.basis),
         *[cell_text(cell) for cell in row.cells]]
        for row in matrix.rows
    )  # fmt: skip
    return exported(request, _("专业覆盖"), columns, rows, question.query(cell=""))


def _map_context(matrix: coverage.Matrix, question: Question) -> dict[str, Any]:
    """Tiles, or outlines where the deployer has given boundaries. The darker, the more is missing; figures say it."""
    most = max((row.gaps for row in matrix.rows), default=0)
    places = []
    width = max((row.place.tile_column or 0 for row in matrix.rows), default=0)
    placed = width and all(row.place.tile_row and row.place.tile_column for row in matrix.rows)
    for index, row in enumerate(sorted(matrix.rows, key=lambda row: row.place.code)):
        places.append(
            {
                "row": row,
                "tile_row": row.place.tile_row if placed else index // 8 + 1,
                "tile_column": row.place.tile_column if placed else index % 8 + 1,
                "shade": 0 if not row.gaps else min(SHADES, 1 + (row.gaps - 1) * SHADES // max(most, 1)),
                "url": question.query(region=row.place.code, level=coverage.COUNTY, view="", cell=""),
            }
        )
    drawn = outlines({place["row"].place.code for place in places})
    if drawn is not None:
        for place in places:
            code = place["row"].place.code
            place["path"] = drawn.paths[code]
            place["x"], place["y"] = drawn.labels[code]
    return {"places": places, "outlines": drawn}
