from django.conf import settings
from django.http import JsonResponse

from zhikong.hub.core import limits
from zhikong.hub.core.search import cleaned

from .. import roles, search
from ..models import Centre, Region


def _answer(request, noun, **conditions):
    rows = noun.matching(request.user, cleaned(request.GET.get("q", ""))).filter(**conditions)
    found = [
        {"id": row.pk, "code": row.code, "name": row.name, "note": noun.note(row)}
        for row in rows[: settings.PICKER_SHOWN]
    ]
    return JsonResponse({"results": found}, headers={"Cache-Control": "private, no-store"})


def _level(request, choices):
    """?level= narrows what is offered; an unknown one narrows nothing."""
    levels = [level for level in request.GET.getlist("level") if level in choices]
    return {"level__in": levels} if levels else {}


@roles.requires(roles.Ability.READ_NETWORK)
@limits.rate("pickers")
def pick_institution(request):
    """Institutions for a picker, by code, name or initials."""
    return _answer(request, search.INSTITUTION)


@roles.requires(roles.Ability.READ_NETWORK)
@limits.rate("pickers")
def pick_centre(request):
    """Centres that still stand."""
    standing = [Centre.State.SETTING_UP, Centre.State.FORMAL]
    return _answer(request, search.CENTRE, state__in=standing, **_level(request, Centre.Level.values))


@roles.requires(roles.Ability.READ_NETWORK)
@limits.rate("pickers")
def pick_region(request):
    """Regions; `?level=city` and the like narrow them."""
    return _answer(request, search.REGION, **_level(request, Region.Level.values))


@roles.requires(roles.Ability.READ_NETWORK)
@limits.rate("pickers")
def pick_specialty(request):
    """Specialties in use."""
    return _answer(request, search.SPECIALTY)
