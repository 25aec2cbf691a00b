"""JSON for machines: the registers to read, and the filing of a centre's change. Same `visible_to`, same action.

One path, one operation, each with its permission: `@reads` and `@writes` tell the default deny of core under the
operation's URL name, so that a walk over the site's addresses meets these like any view. Whoever calls is signed in by
session, and writes carry the CSRF token. Pages of documentation would load scripts from elsewhere: there are none.
"""

import datetime as dt
import functools
from collections.abc import Callable
from typing import Annotated, Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Query, Schema
from ninja.security import SessionAuth
from pydantic import AfterValidator, Field

from zhikong.hub.core import access, limits, search
from zhikong.hub.core.errors import Refused

from . import actions, roles
from .models import Centre, CentreChange, CentreHost, Institution, Region, Specialty
from .roles import Ability

api = NinjaAPI(
    title="zhikong", version="1", docs_url=None, openapi_url="/openapi.json", auth=SessionAuth(), urls_namespace="api"
)
access.declare(access.signed_in, "api:openapi-json", "api:api-root")


class Problem(Schema):
    detail: str


class TooMany(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


PROBLEMS = dict.fromkeys((401, 403, 404, 409, 429), Problem)


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return api.create_response(request, {"detail": str(refusal)}, status=409)


@api.exception_handler(TooMany)
def too_many(request: HttpRequest, problem: TooMany) -> HttpResponse:
    response = api.create_response(request, {"detail": _("请求太多，请稍后再试。")}, status=429)
    response["Retry-After"] = str(problem.seconds)
    return response


def reads(path: str, response: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return _operation(api.get, path, roles.requires(Ability.READ_NETWORK), response)


def writes(path: str, ability: Ability, response: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return _operation(api.post, path, roles.requires(ability), response)


def _operation(method: Any, path: str, kind: access.Access, response: Any) -> Callable[..., Any]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if seconds := limits.spent("api", f"user:{request.user.pk}"):
                raise TooMany(seconds)
            return function(request, *args, **kwargs)

        access.declare(kind, f"api:{function.__name__}")
        registered: Callable[..., Any] = method(path, response={200: response, **PROBLEMS}, url_name=function.__name__)(
            limited
        )
        return registered

    return decorate


def _plain(text: str) -> str:
    if "\x00" in text:
        raise ValueError(_("里面有无法保存的字符。"))
    return text


Text = Annotated[str, Field(max_length=100), AfterValidator(_plain)]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Listing(Schema):
    """Which page, of how many rows. `q` searches code, name and initials."""

    q: Text = ""
    page: Annotated[int, Field(ge=1, le=2**31)] = 1
    size: Annotated[int, Field(ge=1, le=settings.API_PAGE_LIMIT)] = 100

    def page_of(self, rows: QuerySet[Any]) -> dict[str, Any]:
        start = (self.page - 1) * self.size
        return {"count": rows.order_by().count(), "page": self.page, "results": list(rows[start : start + self.size])}

    def searched(self, rows: QuerySet[Any], names: tuple[str, ...] = ("name",)) -> QuerySet[Any]:
        return search.matching(rows, search.cleaned(self.q), names)


class Page(Schema):
    count: int
    page: int


class RegionOut(Schema):
    code: str
    name: str
    short_name: str
    level: str
    kind: str
    parent: str | None = Field(None, alias="parent.code")


class Regions(Page):
    results: list[RegionOut]


class RegionListing(Listing):
    level: Text = ""
    parent: Text = ""


class SpecialtyOut(Schema):
    code: str
    name: str
    short_name: str
    category: str
    is_tcm: bool
    is_key: bool
    is_active: bool
    aliases: list[str]

    @staticmethod
    def resolve_aliases(row: Specialty) -> list[str]:
        return [alias.name for alias in row.aliases.all()]


class Specialties(Page):
    results: list[SpecialtyOut]


class InstitutionOut(Schema):
    code: str
    credit_code: str
    name: str
    short_name: str
    region: str = Field(alias="region.code")
    kind: str
    level: str
    grade: str
    ownership: str
    beds: int | None
    is_active: bool
    is_synthetic: bool


class Institutions(Page):
    results: list[InstitutionOut]


class InstitutionListing(Listing):
    region: Text = ""
    kind: Text = ""
    level: Text = ""


class CentreOut(Schema):
    code: str
    name: str
    level: str
    state: str
    specialty: str = Field(alias="specialty.code")
    region: str = Field(alias="region.code")
    hosts: list[str]
    founded_on: dt.date | None
    capability: str
    merged_into: str | None = Field(None, alias="merged_into.code")
    is_synthetic: bool

    @staticmethod
    def resolve_hosts(row: Any) -> list[str]:
        return [host.institution.code for host in row.present_hosts]


class Centres(Page):
    results: list[CentreOut]


class CentreListing(Listing):
    region: Text = ""
    level: Text = ""
    state: Text = ""
    specialty: Text = ""


class ChangeOut(Schema):
    id: int
    kind: str
    happened_on: dt.date
    detail: str
    due_on: dt.date
    filed_on: dt.date | None
    document: str
    received_on: dt.date | None


class DutyOut(Schema):
    position: int
    text: str
    document: str


class PlanOut(Schema):
    kind: str
    title: str
    starts_on: dt.date
    ends_on: dt.date


class CentreDetail(CentreOut):
    mandate: str
    covers_inpatients: bool
    covers_day_cases: bool
    covers_outpatients: bool
    covers_emergency: bool
    duties: list[DutyOut]
    plans: list[PlanOut]
    changes: list[ChangeOut]


class FilingIn(Schema):
    document: Annotated[Text, Field(min_length=1)]
    filed_on: dt.date


HOSTS = Prefetch(
    "hosts", CentreHost.objects.filter(ended_on__isnull=True).select_related("institution"), to_attr="present_hosts"
)


def _below(rows: QuerySet[Any], user: Any, code: str) -> QuerySet[Any]:
    """Rows in the subtree of the region of this code; of an unknown or invisible one, none."""
    if not code:
        return rows
    region = Region.objects.visible_to(user).filter(code=code).first()
    return rows.filter(region__order__range=(region.order, region.last)) if region else rows.none()


def _narrowed(rows: QuerySet[Any], **conditions: str) -> QuerySet[Any]:
    return rows.filter(**{name: value for name, value in conditions.items() if value})


@reads("/regions", Regions)
def regions(request, listing: Query[RegionListing]):
    """Regions one sees, in the order of the tree."""
    rows = Region.objects.visible_to(request.user).select_related("parent")
    return listing.page_of(listing.searched(_narrowed(rows, level=listing.level, parent__code=listing.parent)))


@reads("/regions/{code}", RegionOut)
def region(request, code: Text):
    return get_object_or_404(Region.objects.visible_to(request.user).select_related("parent"), code=code)


@reads("/specialties", Specialties)
def specialties(request, listing: Query[Listing]):
    """The canonical list of specialties with their aliases."""
    rows = Specialty.objects.visible_to(request.user).prefetch_related("aliases")
    return listing.page_of(listing.searched(rows, ("name", "short_name")))


@reads("/specialties/{code}", SpecialtyOut)
def specialty(request, code: Text):
    return get_object_or_404(Specialty.objects.visible_to(request.user).prefetch_related("aliases"), code=code)


@reads("/institutions", Institutions)
def institutions(request, listing: Query[InstitutionListing]):
    """Institutions one sees; `region` narrows to a subtree."""
    rows = Institution.objects.visible_to(request.user).select_related("region")
    rows = _below(_narrowed(rows, kind=listing.kind, level=listing.level), request.user, listing.region)
    return listing.page_of(listing.searched(rows, ("name", "short_name")))


@reads("/institutions/{code}", InstitutionOut)
def institution(request, code: Text):
    return get_object_or_404(Institution.objects.visible_to(request.user).select_related("region"), code=code)


def _centres(user: Any) -> QuerySet[Any]:
    rows = Centre.objects.visible_to(user).select_related("region", "specialty", "merged_into")
    return rows.prefetch_related(HOSTS)


@reads("/centres", Centres)
def centres(request, listing: Query[CentreListing]):
    """Centres one sees, of every state; `region` narrows to a subtree."""
    rows = _narrowed(
        _centres(request.user), level=listing.level, state=listing.state, specialty__code=listing.specialty
    )
    return listing.page_of(listing.searched(_below(rows, request.user, listing.region)))


@reads("/centres/{code}", CentreDetail)
def centre(request, code: Text):
    """One centre with its duties, plans and changes."""
    rows = _centres(request.user).prefetch_related("duties", "plans", "changes")
    return get_object_or_404(rows, code=code)


@writes("/centre-changes/{change_id}/filing", Ability.FILE_CHANGES, ChangeOut)
def file_centre_change(request, change_id: Key, filing: FilingIn):
    """File a change one level up. 409 when it was filed before, or the dates do not fit."""
    change = get_object_or_404(CentreChange.objects.visible_to(request.user), pk=change_id)
    return actions.file_change(
        change, by=request.user, at=timezone.now(), document=filing.document, filed_on=filing.filed_on
    )
