"""What this area puts into the frame of every page."""

from django.utils.translation import gettext_lazy as _

from zhikong.hub.core import shell

from .models.scope import reaches


def in_network(user) -> bool:
    return bool(reaches(user))


def over_a_region(user) -> bool:
    return any(reach.region_id for reach in reaches(user))


def scope_name(user) -> str:
    """The first region or institution of one's grants."""
    grant = next(iter(user.grants.select_related("region", "institution").order_by("pk")[:1]), None)
    if grant is None:
        return ""
    return str(grant.region or grant.institution)


def register() -> None:
    shell.add_scope(scope_name)
