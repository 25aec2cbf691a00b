"""Who receives a reminder (催报), and what it says unless the sender writes otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from zhikong.hub.core.models import User

from . import coverage
from .models import Grant, Region, Role, Specialty


def recipients_of(regions: Iterable[Region], specialty: Specialty | None) -> dict[int, list[User]]:
    """Region -> the people of the commission and the office of that very region."""
    regions = list(regions)
    found: dict[int, list[User]] = {region.pk: [] for region in regions}
    of_specialty = Q(specialty__isnull=True) | Q(specialty=specialty)
    grants = (
        Grant.objects.in_force(timezone.localdate())
        .filter(of_specialty, region__in=regions, role__in=[Role.COMMISSION, Role.OFFICE], user__is_active=True)
        .select_related("user")
        .order_by("user__username")
    )
    for grant in grants:
        if grant.user not in found[grant.region_id]:
            found[grant.region_id].append(grant.user)
    return found


def standard_due_on() -> date:
    """The number of days is our convention (REMINDER_DAYS); no source document sets one."""
    return timezone.localdate() + timedelta(days=settings.REMINDER_DAYS)


def standard_text(specialty: Specialty | None, level: str) -> str:
    kind = _("县级质控中心（组）") if level == coverage.COUNTY else _("市级质控中心")
    if specialty is not None:
        return _("贵地尚未组建%(specialty)s专业%(kind)s，请说明进展和预计完成时间；已组建的请登记并备案。") % {
            "specialty": specialty.name,
            "kind": kind,
        }
    return _("对照省级目录，贵地尚有下列专业未组建%(kind)s，请说明进展和预计完成时间；已组建的请登记并备案。") % {
        "kind": kind
    }


@dataclass(slots=True)
class Plan:
    """Whom a reminder would go to, and about what."""

    level: str
    specialty: Specialty | None = None
    regions: list[Region] = field(default_factory=list)
    missing: dict[int, list[str]] = field(default_factory=dict)  # region -> names of what it lacks
    recipients: dict[int, list[User]] = field(default_factory=dict)

    @property
    def lists(self) -> dict[int, str]:
        """What is added to the text for each region."""
        if self.specialty is not None:
            return {}
        return {pk: _("未建：%(names)s") % {"names": "、".join(names)} for pk, names in self.missing.items()}


def plan_cell(user, region: Region, specialty: Specialty) -> Plan | None:
    """One cell, or None where it is not this person's to see."""
    if not coverage.Sight.of(user).cell(coverage.Place.of(region), specialty.pk):
        return None
    return Plan(region.level, specialty, [region], {region.pk: [specialty.name]}, recipients_of([region], specialty))


def plan_gaps(user, above: Region, level: str) -> Plan:
    """Every region of the level, at or below `above`, that lacks something of the provincial list."""
    regions = list(
        Region.objects.visible_to(user)
        .subtree(above)
        .filter(level=level)
        .exclude(kind=Region.Kind.FUNCTIONAL)
        .select_related("parent")
    )
    province = coverage.province_of(user)
    plan = Plan(level)
    if province is None:
        return plan
    by_pk = {region.pk: region for region in regions}
    specialties = list(coverage.provincial_specialties(province))
    matrix = coverage.build(regions, specialties, level, coverage.Sight.of(user), sort="directory")
    for row in matrix.rows:
        names = [c.specialty.name for c, cell in zip(matrix.columns, row.cells, strict=True) if cell.is_gap]
        unclear = {name for cell in row.cells if cell.state == coverage.UNCERTAIN
                   for name in cell.printed.split(coverage.NAME_SEPARATOR)}  # fmt: skip
        names += [_("%(name)s（名称待核）") % {"name": name} for name in sorted(unclear)]
        if row.gaps:
            plan.regions.append(by_pk[row.place.pk])
            plan.missing[row.place.pk] = names
    plan.recipients = recipients_of(plan.regions, None)
    return plan
