"""What this area puts into the frame of every page."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import passwords, shell, signin

from . import roles
from .models import Notice, NoticeDiscrepancy, Region, Reminder
from .models.scope import reaches
from .roles import Ability


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


def waiting_reminders(user):
    """Reminders sent to one's own region and not answered yet."""
    if not over_a_region(user):
        return
    open_ones = Reminder.objects.addressed_to(user).filter(answered_at__isnull=True)
    yield shell.Task(
        title=_("催报待回复"),
        count=open_ones.count(),
        url=f"{reverse('network:reminders')}?box=received",
        urgency="late" if open_ones.in_state("overdue").exists() else "soon",
    )


def open_contradictions(user):
    """Contradictions in notices that nobody has dealt with."""
    if not roles.may(user, Ability.TAKE_IN_NOTICES):
        return
    open_ones = NoticeDiscrepancy.objects.filter(
        notice__in=Notice.objects.visible_to(user),
        severity=NoticeDiscrepancy.Severity.CONTRADICTION,
        handling=NoticeDiscrepancy.Handling.OPEN,
    ).exclude(notice__state=Notice.State.SET_ASIDE)
    yield shell.Task(title=_("来文矛盾未处理"), count=open_ones.count(), url=reverse("network:notices"))


def register() -> None:
    shell.add_room(shell.Room("network:coverage_matrix", gettext_lazy("覆盖"), "c", 1, over_a_region))
    shell.add_room(shell.Room("network:notices", gettext_lazy("通报核对"), "t", 1, over_a_region))
    shell.add_tasks(waiting_reminders)
    shell.add_tasks(open_contradictions)
    signin.add_mfa_rule(works_for_a_province_or_city)
    passwords.add_context_words(names_of_places)
    shell.add_scope(scope_name)
