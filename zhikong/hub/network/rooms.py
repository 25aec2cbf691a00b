"""What this area puts into the frame of every page."""

from zhikong.hub.core import passwords, shell, signin

from .models import Region
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


def works_for_a_province_or_city(user) -> bool:
    wide = [Region.Level.PROVINCE, Region.Level.CITY]
    keys = [reach.region_id for reach in reaches(user) if reach.region_id]
    return bool(keys) and Region.objects.visible_to(user).filter(pk__in=keys, level__in=wide).exists()


def names_of_places(user) -> list[str]:
    """Words that must not stand in a password."""
    if user.pk is None:
        return []
    grants = user.grants.select_related("region", "institution")
    return [
        name
        for grant in grants
        for name in ([grant.region.short_name] if grant.region else [grant.institution.name])
        if name
    ]


def register() -> None:
    signin.add_mfa_rule(works_for_a_province_or_city)
    passwords.add_context_words(names_of_places)
    shell.add_scope(scope_name)
