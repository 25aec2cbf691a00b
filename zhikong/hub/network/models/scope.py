"""What a user's grants reach, as query conditions. Every `visible_to` of this area is made here.

A region's subtree is a range of whole numbers (`order` to `last`, counted depth first), which both databases search by
an ordinary index; text prefixes need different indexes on each.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Reach:
    """One grant in force: a subtree of regions or one institution, perhaps limited to one specialty."""

    role: str
    region_id: int | None
    order: int | None
    last: int | None
    institution_id: int | None
    specialty_id: int | None


def reaches(user) -> list[Reach]:
    """The grants in force of one user, read once per request."""
    if not user.is_authenticated or not user.is_active or user.is_administrator:
        return []
    today: date = timezone.localdate()
    cached = getattr(user, "_reaches", None)
    if cached is None or cached[0] != today:
        grants = user.grants.in_force(today).values_list(
            "role", "region_id", "region__order", "region__last", "institution_id", "specialty_id"
        )
        cached = (today, [Reach(*row) for row in grants])
        user._reaches = cached
    return cached[1]


def within(reach: Reach, prefix: str) -> Q:
    """Rows whose region, at `prefix`, lies in the reach's subtree."""
    dot = f"{prefix}__" if prefix else ""
    return Q(**{f"{dot}order__range": (reach.order, reach.last)})


def any_of(conditions) -> Q:
    """The union of conditions; of none, nothing."""
    total = Q(pk__in=[])
    for condition in conditions:
        total |= condition
    return total


class RegionalQuerySet(QuerySet):
    """Rows that lie in a region: seen by grants over that region, whatever their specialty."""

    region_field = "region"

    def visible_to(self, user):
        return self.filter(any_of(within(r, self.region_field) for r in reaches(user) if r.region_id))
