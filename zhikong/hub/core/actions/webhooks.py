"""The addresses of other systems that receive copies of notifications."""

import secrets
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import audit, webhooks
from ..errors import Refused
from ..models import Delivery, Duty, Notification, User, WebhookEndpoint

ADDED = audit.verb("webhook added", gettext_lazy("登记网络回调"))
CHANGED = audit.verb("webhook changed", gettext_lazy("修改网络回调"))
RENEWED = audit.verb("webhook secret renewed", gettext_lazy("更换网络回调密钥"))


@audit.action
def add_webhook(*, name: str, url: str, by: User, at: datetime) -> WebhookEndpoint:
    """Register an address, with a new secret. Refused for a name in use and for a forbidden address.

    The form has resolved the host's name before; each delivery resolves and checks it again.
    """
    _require_system(by)
    _require_free_name(name)
    webhooks.check_spelling(url)
    endpoint = WebhookEndpoint.objects.create(name=name, url=url, secret=_new_secret(), created_at=at)
    audit.record(ADDED, endpoint, by=by, at=at, facts={"url": url})
    return endpoint


@audit.action
def change_webhook(endpoint: WebhookEndpoint, *, name: str, url: str, is_active: bool, by: User, at: datetime) -> None:
    """Rename, move, switch on or off. Refused like `add_webhook`."""
    _require_system(by)
    _require_free_name(name, but=endpoint)
    webhooks.check_spelling(url)
    endpoint.name, endpoint.url, endpoint.is_active = name, url, is_active
    endpoint.save(update_fields=["name", "url", "is_active"])
    audit.record(CHANGED, endpoint, by=by, at=at, facts={"url": url, "is_active": is_active})


@audit.action
def renew_webhook_secret(endpoint: WebhookEndpoint, *, by: User, at: datetime) -> None:
    """Replace the secret; deliveries from now on are signed with the new one."""
    _require_system(by)
    endpoint.secret = _new_secret()
    endpoint.save(update_fields=["secret"])
    audit.record(RENEWED, endpoint, by=by, at=at)


@audit.action
def try_webhook(endpoint: WebhookEndpoint, *, by: User, at: datetime) -> None:
    """Queue one delivery that says nothing, to see whether it arrives. Refused while the address is switched off."""
    _require_system(by)
    if not endpoint.is_active:
        raise Refused(_("这个地址已停用，启用后再试。"))
    notification = Notification.objects.create(
        recipient=by,
        kind="webhook test",
        title=_("试发：%(name)s") % {"name": endpoint.name},
        created_at=at,
        read_at=at,
    )
    Delivery.objects.create(
        notification=notification, channel=Delivery.Channel.WEBHOOK, endpoint=endpoint, next_attempt_at=at
    )


def _require_system(by: User) -> None:
    if by.duty != Duty.SYSTEM:
        raise Refused(_("只有系统管理员可以管理网络回调。"))


def _require_free_name(name: str, but: WebhookEndpoint | None = None) -> None:
    if WebhookEndpoint.objects.filter(name=name).exclude(pk=but and but.pk).exists():
        raise Refused(_("已有同名的网络回调，请换一个名称。"))


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
