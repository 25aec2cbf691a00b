"""What each role may do. Who may see what is the matter of `visible_to`; this is the other half.

An ability held over a region reaches its whole subtree. Centre roles act only for centres of their own region and
specialty: they read below, and write at home.
"""

from enum import StrEnum, auto
from typing import Any

from django.utils.translation import gettext as _

from zhikong.hub.core.access import Access
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User

from .models import Centre, Institution, Region, Role, Specialty
from .models.scope import reaches


class Ability(StrEnum):
    """Each is asked by at least one action."""

    READ_NETWORK = auto()
    MANAGE_CENTRES = auto()  # set up, formalise, rename, rehost, merge, close
    KEEP_CENTRE = auto()  # members, plans, duties, sub-specialty groups of a centre
    FILE_CHANGES = auto()
    RECEIVE_FILINGS = auto()
    MANAGE_INSTITUTIONS = auto()
    KEEP_INSTITUTION = auto()  # the quality committee of one institution
    MANAGE_DICTIONARY = auto()  # specialties and aliases, groups of cities, targets
    REMIND = auto()
    TAKE_IN_NOTICES = auto()
    IMPORT = auto()


_A = Ability
AUTHORITY = frozenset(_A) - {_A.KEEP_INSTITUTION}
ABILITIES: dict[str, frozenset[Ability]] = {
    Role.COMMISSION: AUTHORITY,
    Role.OFFICE: AUTHORITY,
    Role.DIRECTOR: frozenset({_A.READ_NETWORK, _A.KEEP_CENTRE, _A.FILE_CHANGES}),
    Role.SECRETARY: frozenset({_A.READ_NETWORK, _A.KEEP_CENTRE, _A.FILE_CHANGES}),
    Role.EXPERT: frozenset({_A.READ_NETWORK}),
    Role.QUALITY_OFFICE: frozenset({_A.READ_NETWORK, _A.KEEP_INSTITUTION}),
    Role.TECHNICIAN: frozenset({_A.READ_NETWORK}),
}
CENTRE_ROLES = frozenset({Role.DIRECTOR, Role.SECRETARY, Role.EXPERT})


def may(user: User, ability: Ability, *, region: Region | None = None, institution: Institution | None = None,
        specialty: Specialty | None = None) -> bool:  # fmt: skip
    """Whether any grant in force gives the ability here; without a place, anywhere at all."""
    for reach in reaches(user):
        if ability not in ABILITIES[reach.role]:
            continue
        if region is None and institution is None:
            return True
        if reach.institution_id is not None:
            if institution is not None and institution.pk == reach.institution_id:
                return True
            continue
        place = region or (institution.region if institution else None)
        assert place is not None
        if not reach.order <= place.order <= reach.last:
            continue
        if reach.specialty_id is None:
            return True
        if specialty is not None and specialty.pk == reach.specialty_id and place.pk == reach.region_id:
            return True
    return False


def may_for_centre(user: User, ability: Ability, centre: Centre) -> bool:
    return may(user, ability, region=centre.region, specialty=centre.specialty)


def require(user: User | None, ability: Ability, **place: Any) -> None:
    """Refused unless `may`. Nobody (None) is the operator at the command line, who may do everything."""
    if user is not None and not may(user, ability, **place):
        raise Refused(_("您没有办理这件事的权限。如有需要，请联系安全管理员。"))


class Requires(Access):
    """Opens a view for whoever holds the ability anywhere; the action asks again for the very place."""

    def __init__(self, ability: Ability) -> None:
        self.ability = ability

    def allows(self, user: Any) -> bool:
        return may(user, self.ability)


requires = Requires
