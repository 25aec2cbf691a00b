"""The postman: takes deliveries that are due, sends them, tries again with growing pauses, gives up visibly.

A delivery is held by moving its `next_attempt_at` ahead before it is sent. If the worker dies in between, it is sent
again: mail and webhooks arrive at least once, with the same message number at every attempt, so that the other side
can drop a repetition.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import webhooks
from .models import Delivery, User

log = logging.getLogger(__name__)
BATCH = 50


def send_due(*, now: Callable[[], datetime] = timezone.now, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Send everything that is due, and say how many deliveries were tried."""
    tried = 0
    silent: dict[int | None, Exception] = {}  # who did not answer in this round: None is the mail server
    while not is_stopping() and (batch := _take(now())):
        tried += len(batch)
        batch = _without_read_mail(batch)
        mails = [delivery for delivery in batch if delivery.channel == Delivery.Channel.MAIL]
        calls = [delivery for delivery in batch if delivery.channel == Delivery.Channel.WEBHOOK]
        _send_mails(mails, silent, now)
        for call in calls:
            _send_call(call, silent, now)
    return tried


def _take(at: datetime) -> list[Delivery]:
    due = Delivery.objects.due(at)
    if not due.exists():  # asked first without a lock: an idle worker disturbs nobody
        return []
    # Longer than a batch can take when everything in it runs into its time limit.
    until = at + timedelta(seconds=settings.DELIVERY_TIMEOUT_SECONDS * (BATCH + 10) * 2)
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True, of=("self",)).select_related(
            "notification__recipient", "endpoint"
        )
        first = list(rows.order_by("next_attempt_at", "pk")[:BATCH])
        # A digest leaves whole, or its reader gets several.
        readers = [row.notification.recipient_id for row in first if row.in_digest]
        digests = rows.filter(in_digest=True, notification__recipient__in=readers) if readers else []
        batch = {row.pk: row for row in [*first, *digests]}
        Delivery.objects.filter(pk__in=list(batch)).update(next_attempt_at=until)
    for row in batch.values():
        row.next_attempt_at = until
    return sorted(batch.values(), key=lambda row: (row.channel, row.endpoint_id or 0, row.pk))


def _without_read_mail(batch: list[Delivery]) -> list[Delivery]:
    """Who has read it here, or may not sign in any more, needs no mail about it."""
    idle = [
        row
        for row in batch
        if row.channel == Delivery.Channel.MAIL
        and (row.notification.read_at or not row.notification.recipient.is_active)
    ]
    _held(idle).update(state=Delivery.State.NOT_NEEDED)
    return [row for row in batch if row not in idle]


def _held(rows: Iterable[Delivery]):  # type: ignore[no-untyped-def]
    """These rows, unless another worker has taken them since."""
    rows = list(rows)
    found = Delivery.objects.filter(pk__in=[row.pk for row in rows], state=Delivery.State.WAITING)
    return found.filter(next_attempt_at=rows[0].next_attempt_at) if rows else found


def _send_mails(rows: list[Delivery], silent: dict[int | None, Exception], now: Callable[[], datetime]) -> None:
    letters = [[row] for row in rows if not row.in_digest]
    digests = sorted((row for row in rows if row.in_digest), key=lambda row: row.notification.recipient_id)
    letters += [list(group) for _, group in groupby(digests, key=lambda row: row.notification.recipient_id)]
    if not letters:
        return
    connection = get_connection()
    if None not in silent:
        try:
            connection.open()  # one connection for the batch
        except Exception as trouble:
            silent[None] = trouble
    if None in silent:  # a server that is down costs one time limit a round, however much waits
        _failed(rows, silent[None], now())
        return
    for letter in letters:
        try:
            _letter(letter, connection).send()
        except Exception as trouble:  # whatever the mail backend raises: it must not end the round
            _failed(letter, trouble, now())
            connection.close()  # after an error the session is in doubt; the next letter opens a new one
        else:
            _sent(letter, now())
    connection.close()


def _letter(rows: list[Delivery], connection: BaseEmailBackend) -> EmailMessage:
    reader: User = rows[0].notification.recipient
    with translation.override(reader.language):
        parts = []
        for row in rows:
            notification = row.notification
            due = notification.due_at and _("期限：%(when)s") % {
                "when": timezone.localtime(notification.due_at).strftime("%Y-%m-%d %H:%M")
            }
            link = settings.ORIGIN.rstrip("/") + notification.url if notification.url else ""
            parts.append("\n".join(filter(None, [notification.title, notification.text, due, link])))
        subject = parts[0].partition("\n")[0]
        if rows[0].in_digest:
            subject = ngettext("质控通知汇总：%(count)s 条", "质控通知汇总：%(count)s 条", len(rows)) % {
                "count": len(rows)
            }
        foot = _("这封邮件由系统发出，不用回复。通知设置：%(url)s") % {
            "url": settings.ORIGIN.rstrip("/") + "/inbox/settings/"
        }
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return EmailMessage(
        subject=" ".join(subject.split()),  # a line break in a header is refused by the backend
        body="\n\n".join([*parts, "-- \n" + foot]),
        to=[reader.email],
        headers={"Message-ID": f"<delivery-{rows[0].pk}@{domain}>", "Auto-Submitted": "auto-generated"},
        connection=connection,
    )


def _send_call(row: Delivery, silent: dict[int | None, Exception], now: Callable[[], datetime]) -> None:
    endpoint, notification = row.endpoint, row.notification
    if not endpoint.is_active:
        _held([row]).update(state=Delivery.State.GIVEN_UP, error=_("地址已停用"))
        return
    if endpoint.pk in silent:
        _failed([row], silent[endpoint.pk], now())
        return
    # The text stays inside: whoever receives this has an account, and the link.
    payload = {
        "delivery": row.pk,
        "kind": notification.kind,
        "urgency": notification.urgency,
        "title": notification.title,
        "url": settings.ORIGIN.rstrip("/") + notification.url if notification.url else "",
        "recipient": notification.recipient.username,
        "created_at": notification.created_at.isoformat(),
        "due_at": notification.due_at.isoformat() if notification.due_at else None,
    }
    stamp = int(now().timestamp())
    try:
        webhooks.post(endpoint.url, payload, secret=endpoint.secret, delivery=str(row.pk), timestamp=stamp)
    except webhooks.DeliveryFailed as trouble:
        if isinstance(trouble, webhooks.NoAnswer):
            silent[endpoint.pk] = trouble
        _failed([row], trouble, now())
    else:
        _sent([row], now())


def _sent(rows: list[Delivery], at: datetime) -> None:
    _held(rows).update(state=Delivery.State.SENT, sent_at=at, error="")


def _failed(rows: list[Delivery], trouble: Exception, at: datetime) -> None:
    log.warning("deliveries %s: %s", [row.pk for row in rows], trouble)
    for attempts, group in groupby(sorted(rows, key=lambda row: row.attempts), key=lambda row: row.attempts):
        held = _held(list(group))
        error = (str(trouble) or type(trouble).__name__)[:300]
        if attempts + 1 >= settings.DELIVERY_ATTEMPTS:
            held.update(state=Delivery.State.GIVEN_UP, attempts=attempts + 1, error=error)
            continue
        pause = min(settings.DELIVERY_RETRY_SECONDS * 2**attempts, settings.DELIVERY_RETRY_LIMIT_SECONDS)
        held.update(attempts=attempts + 1, error=error, next_attempt_at=at + timedelta(seconds=pause))
