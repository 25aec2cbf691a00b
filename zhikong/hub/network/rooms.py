"""What this area puts into the frame of every page."""

import datetime as dt

from django.conf import settings
from django.db.models import Count, Q
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhikong.hub.core import passwords, readers, shell, signin
from zhikong.hub.core.models import Duty

from . import actions, roles
from .actions.reminders import KIND as REMINDER_KIND
from .models import Centre, CentreChange, Notice, NoticeDiscrepancy, Region, Reminder
from .models.scope import any_of, reaches
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


def reminder_opened(notification, by, at):
    """Whoever opens the notification of a reminder has read the reminder."""
    match = resolve(notification.url) if notification.url else None
    if match is None or match.view_name != "network:reminder":
        return
    found = Reminder.objects.addressed_to(by).filter(pk=match.kwargs["reminder_id"]).first()
    if found is not None:
        actions.read_reminder(found, by=by, at=at)


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


def _own_places(user, ability, specialty=""):
    """Conditions for centres of one's own region, and specialty where the grant names one: not of all below it."""
    for reach in reaches(user):
        if reach.region_id and ability in roles.ABILITIES[reach.role]:
            place = Q(**{f"{specialty}region": reach.region_id})
            yield place & Q(**{f"{specialty}specialty": reach.specialty_id}) if reach.specialty_id else place


def unfiled_changes(user):
    """Changes of one's own centres that are to be filed, late ones first (ORG-10)."""
    own = any_of(_own_places(user, Ability.FILE_CHANGES, "centre__"))
    today = timezone.localdate()
    unfiled = CentreChange.objects.visible_to(user).filter(own).unfiled()
    counts = unfiled.aggregate(
        late=Count("pk", filter=Q(due_on__lt=today)), due=Count("pk", filter=Q(due_on__gte=today))
    )
    url = reverse("network:filings")
    yield shell.Task(_("变更逾期未备案"), counts["late"], f"{url}?stage=overdue", "late")
    yield shell.Task(_("变更待备案"), counts["due"], f"{url}?stage=due", "soon")


def unfiled_below(user):
    """What the regions below have not filed in time: the level above is to know, and to urge (ORG-10)."""
    if not any(reach.region_id and Ability.RECEIVE_FILINGS in roles.ABILITIES[reach.role] for reach in reaches(user)):
        return
    own = any_of(_own_places(user, Ability.FILE_CHANGES, "centre__"))
    late = CentreChange.objects.visible_to(user).exclude(own).unfiled().filter(due_on__lt=timezone.localdate())
    yield shell.Task(_("下级变更逾期未备案"), late.count(), f"{reverse('network:filings')}?stage=overdue", "late")


def filings_to_receive(user):
    """Filed from one level below; a province's own, which go to the national level, are noted by its office."""
    conditions = [
        Q(centre__region__parent=reach.region_id)
        | Q(centre__region=reach.region_id, centre__region__parent__isnull=True)
        for reach in reaches(user)
        if reach.region_id and Ability.RECEIVE_FILINGS in roles.ABILITIES[reach.role]
    ]
    count = CentreChange.objects.visible_to(user).filter(any_of(conditions)).to_receive().count() if conditions else 0
    yield shell.Task(_("备案待签收"), count, f"{reverse('network:filings')}?stage=filed")


def centres_falling_due(user):
    """Own centres that lack a plan for this year (EVA-17), and whose term ends."""
    own = any_of(_own_places(user, Ability.KEEP_CENTRE))
    today = timezone.localdate()
    centres = Centre.objects.visible_to(user).filter(own)
    lacking = centres.lacking_plans(today.year).count()
    yield shell.Task(_("质控中心缺计划"), lacking, reverse("network:missing_plans"))
    limit = today + dt.timedelta(days=settings.TERM_WARNING_DAYS)
    ending = centres.standing().last_terms().filter(term_ends_on__lte=limit).count()
    yield shell.Task(_("委托期将满"), ending, reverse("network:ending_terms"), "soon")


def register() -> None:
    shell.add_room(shell.Room("network:coverage_matrix", gettext_lazy("覆盖"), "c", 1, over_a_region))
    shell.add_room(shell.Room("network:notices", gettext_lazy("通报核对"), "t", 1, over_a_region))
    shell.add_room(shell.Room("network:centres", pgettext_lazy("list", "质控中心"), "z", 1, in_network))
    shell.add_room(shell.Room("network:institutions", pgettext_lazy("list", "机构"), "j", 1, in_network))
    shell.add_room(shell.Room("network:specialties", pgettext_lazy("list", "专业"), "s", 1, in_network))
    shell.add_room(shell.Room("network:regions", gettext_lazy("地区联盟"), "r", 1, in_network))
    shell.add_room(
        shell.Room("network:grants", pgettext_lazy("list", "授权"), "a", 1, lambda user: user.duty == Duty.SECURITY)
    )
    shell.add_tasks(unfiled_changes)
    shell.add_tasks(unfiled_below)
    shell.add_tasks(filings_to_receive)
    shell.add_tasks(centres_falling_due)
    readers.when_read(REMINDER_KIND, reminder_opened)
    shell.add_tasks(waiting_reminders)
    shell.add_tasks(open_contradictions)
    signin.add_mfa_rule(works_for_a_province_or_city)
    passwords.add_context_words(names_of_places)
    shell.add_scope(scope_name)
