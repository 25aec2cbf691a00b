"""Reminders (催报): sent down, read, answered."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.actions.notifications import notify
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Notification, User

from .. import roles
from ..models import Region, Reminder, Specialty
from ..reminding import recipients_of
from ..roles import Ability

REMINDED = audit.verb("reminder sent", gettext_lazy("催报"))
READ = audit.verb("reminder read", gettext_lazy("已阅催报"))
ANSWERED = audit.verb("reminder answered", gettext_lazy("回复催报"))
KIND = "coverage reminder"


@audit.action
def remind(
    regions: Sequence[Region],
    *,
    level: str,
    text: str,
    due_on: date,
    by: User,
    at: datetime,
    specialty: Specialty | None = None,
    missing: dict[int, str] | None = None,
) -> list[Reminder]:
    """One reminder to each region, into the inboxes of its commission and office; `missing` lists each region's gaps.

    A region without anybody is recorded as such. Refused unless `by` may remind over the region above each of them.
    """
    if not regions:
        raise Refused(_("没有选定要催报的地区。"))
    if due_on < timezone.localdate(at):
        raise Refused(_("回复期限不能早于今天。"))
    if not text.strip():
        raise Refused(_("请填写催报内容。"))
    for region in regions:
        if region.parent is None:
            raise Refused(_("省级没有上一级可以催报。"))
        roles.require(by, Ability.REMIND, region=region.parent)
    people = recipients_of(regions, specialty)
    lists = missing or {}
    sent = []
    for region in regions:
        recipients = people[region.pk]
        reminder = Reminder.objects.create(
            region=region,
            specialty=specialty,
            level=level,
            text="\n".join(filter(None, (text.strip(), lists.get(region.pk, "")))),
            sent_by=by,
            sent_at=at,
            due_on=due_on,
            recipients=len(recipients),
        )
        sent.append(reminder)
        _tell(recipients, reminder, by, at)
    facts = {"regions": [region.code for region in regions], "recipients": sum(each.recipients for each in sent)}
    audit.record(REMINDED, sent[0], by=by, at=at, reason=text.strip(), facts=facts)
    return sent


def _tell(recipients: Iterable[User], reminder: Reminder, by: User, at: datetime) -> None:
    about = reminder.specialty.name if reminder.specialty else _("专业覆盖缺口")
    notify(
        recipients,
        kind=KIND,
        title=_("催报：%(region)s %(about)s") % {"region": reminder.region.name, "about": about},
        text=reminder.text,
        url=reverse("network:reminder", args=[reminder.pk]),
        urgency=str(Notification.Urgency.SOON),
        due_at=timezone.make_aware(datetime.combine(reminder.due_on, time.max)),
        by=by,
        at=at,
    )


def _addressed(reminder: Reminder, by: User) -> Reminder:
    """The reminder, locked, for somebody of the region it was sent to."""
    fresh = (
        Reminder.objects.select_for_update(of=("self",))
        .select_related("region", "specialty", "sent_by", "answered_by")
        .get(pk=reminder.pk)
    )
    if by not in recipients_of([fresh.region], fresh.specialty)[fresh.region_id]:
        raise Refused(_("只有收到催报的地区可以阅复。"))
    return fresh


@audit.action
def read_reminder(reminder: Reminder, *, by: User, at: datetime) -> None:
    """Say that it has been read: the sender sees the first moment. Refused for people of other regions."""
    reminder = _addressed(reminder, by)
    if reminder.read_at is not None:
        return
    reminder.read_at = at
    reminder.save(update_fields=["read_at"])
    _clear_inbox(reminder, by, at)
    audit.record(READ, reminder, by=by, at=at)


@audit.action
def answer_reminder(
    reminder: Reminder, *, answer: str, by: User, at: datetime, expected_on: date | None = None
) -> Reminder:
    """Say how things stand and when they will be done; the sender is told. Refused for other regions, and twice."""
    reminder = _addressed(reminder, by)
    if reminder.answered_at is not None:
        raise Refused(
            _("%(name)s 已回复过这条催报。如有新情况，请上级再催报一次。")
            % {"name": reminder.answered_by.name if reminder.answered_by else ""}
        )
    if not answer.strip():
        raise Refused(_("请填写回复。"))
    reminder.answer, reminder.expected_on = answer.strip(), expected_on
    reminder.answered_by, reminder.answered_at = by, at
    reminder.read_at = reminder.read_at or at
    reminder.save(update_fields=["answer", "expected_on", "answered_by", "answered_at", "read_at"])
    _clear_inbox(reminder, by, at)
    notify(
        [reminder.sent_by],
        kind=KIND,
        title=_("已回复：%(reminder)s") % {"reminder": reminder},
        text=reminder.answer,
        url=reverse("network:reminder", args=[reminder.pk]),
        by=by,
        at=at,
    )
    audit.record(ANSWERED, reminder, by=by, at=at, reason=reminder.answer)
    return reminder


def _clear_inbox(reminder: Reminder, by: User, at: datetime) -> None:
    """Whoever has dealt with the reminder need not open its notification as well."""
    Notification.objects.visible_to(by).unread().filter(
        kind=KIND, url=reverse("network:reminder", args=[reminder.pk])
    ).update(read_at=at)
