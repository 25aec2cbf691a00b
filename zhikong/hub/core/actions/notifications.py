"""Tell people, mark as read, choose how to be told, try failed deliveries again."""

from collections.abc import Iterable
from datetime import datetime, time

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .. import audit, readers
from ..errors import Refused
from ..models import Delivery, Duty, Notification, NotificationSettings, User, WebhookEndpoint


@audit.action
def notify(
    recipients: Iterable[User],
    *,
    kind: str,
    title: str,
    text: str = "",
    url: str = "",
    urgency: str = "ordinary",
    due_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> list[Notification]:
    """Put it into each active recipient's inbox, and queue the copies by mail and webhook. Nothing is sent here.

    `url` is a path of this site. `by` sees through `read_at` who has read it.
    """
    assert not url or (url.startswith("/") and not url.startswith(("//", "/\\"))), f"not a path of this site: {url!r}"
    people = {user.pk: user for user in recipients if user.is_active}
    notifications = Notification.objects.bulk_create(
        Notification(
            recipient=user, kind=kind, urgency=urgency, title=title[:200], text=text, url=url, sender=by,
            created_at=at, due_at=due_at,
        )
        for user in people.values()
    )  # fmt: skip
    deliveries = [
        Delivery(notification=notification, channel=Delivery.Channel.WEBHOOK, endpoint=endpoint, next_attempt_at=at)
        for endpoint in WebhookEndpoint.objects.filter(is_active=True)
        for notification in notifications
    ]
    if settings.MAIL_IS_ON:
        wishes = NotificationSettings.objects.in_bulk(list(people), field_name="user_id")
        for notification in notifications:
            user = people[notification.recipient_id]
            wish = wishes.get(user.pk) or NotificationSettings(user=user)
            if user.email and wish.by_mail:
                deliveries.append(
                    Delivery(
                        notification=notification,
                        channel=Delivery.Channel.MAIL,
                        next_attempt_at=wish.mail_at(at),
                        in_digest=wish.daily_digest,
                    )
                )
    Delivery.objects.bulk_create(deliveries)
    return notifications


@audit.action
def read_notification(notification: Notification, *, by: User, at: datetime) -> None:
    """Mark as read, once: the sender sees the first moment. Refused for others' notifications."""
    if notification.recipient_id != by.pk:
        raise Refused(_("只能标记自己的通知。"))
    if Notification.objects.unread().filter(pk=notification.pk).update(read_at=at):
        readers.tell(notification, by, at)


@audit.action
def read_all_notifications(*, by: User, at: datetime) -> int:
    """Mark everything unread in one's own inbox as read."""
    return int(Notification.objects.visible_to(by).unread().update(read_at=at))


@audit.action
def choose_notification_settings(
    *, by: User, at: datetime, by_mail: bool, daily_digest: bool, quiet_from: time | None, quiet_until: time | None
) -> None:
    """Say how to be told. Refused with only one end of the quiet hours, or none between them."""
    if (quiet_from is None) != (quiet_until is None):
        raise Refused(_("免打扰的开始和结束要么都填，要么都不填。"))
    if quiet_from is not None and quiet_from == quiet_until:
        raise Refused(_("免打扰的开始和结束不能相同。"))
    NotificationSettings.objects.update_or_create(
        user=by,
        defaults={
            "by_mail": by_mail,
            "daily_digest": daily_digest,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )


@audit.action
def retry_deliveries(deliveries: QuerySet, *, by: User, at: datetime) -> int:
    """Send what was given up once more, with all attempts anew. Refused unless `by` is a system administrator."""
    if by.duty != Duty.SYSTEM:
        raise Refused(_("只有系统管理员可以重新发送。"))
    given_up = deliveries.filter(state=Delivery.State.GIVEN_UP)  # only these: what was sent must not go out twice
    return int(given_up.update(state=Delivery.State.WAITING, attempts=0, next_attempt_at=at, error=""))
