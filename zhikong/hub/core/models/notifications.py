import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .user import Duty


class OwnQuerySet(models.QuerySet):
    """Rows that belong to one person."""

    owner_field = "user"

    def visible_to(self, user):
        return self.filter(**{self.owner_field: user}) if user.is_authenticated else self.none()


class NotificationQuerySet(OwnQuerySet):
    owner_field = "recipient"

    def unread(self):
        return self.filter(read_at__isnull=True)

    def sent_by(self, user):
        """What this person sent: whom it reached, and since when it is read."""
        return self.filter(sender=user).select_related("recipient")


class Notification(models.Model):
    """Something a person should know or do, in their inbox; mail and webhook carry copies."""

    class Urgency(models.TextChoices):
        ORDINARY = "ordinary", _("一般")
        SOON = "soon", _("需处理")
        LATE = "late", _("逾期")

    recipient = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=64)
    urgency = models.CharField(max_length=16, choices=Urgency.choices, default=Urgency.ORDINARY)
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("内容"), blank=True)
    url = models.CharField(max_length=300, blank=True)
    sender = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("时间"))
    due_at = models.DateTimeField(_("期限"), null=True)
    read_at = models.DateTimeField(_("已读"), null=True)

    not_ledgered = "a copy of what a ledgered action did, for one reader"

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("通知")
        indexes = [
            models.Index(fields=["recipient", "read_at", "-created_at"], name="notification_inbox"),
            models.Index(fields=["sender", "-created_at"], name="notification_sent"),
        ]

    def __str__(self):
        return self.title


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.is_authenticated:
            return self.none()
        if user.duty == Duty.SYSTEM:
            return self
        return self.filter(notification__recipient=user)

    def due(self, at):
        return self.filter(state=Delivery.State.WAITING, next_attempt_at__lte=at)


class Delivery(models.Model):
    """A copy of a notification on its way out by mail or webhook, retried with growing pauses, given up visibly."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("邮件")
        WEBHOOK = "webhook", _("网络回调")

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已送达")
        GIVEN_UP = "given_up", _("发送失败")
        NOT_NEEDED = "not_needed", _("已在站内阅读")

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(_("渠道"), max_length=16, choices=Channel.choices)
    endpoint = models.ForeignKey("core.WebhookEndpoint", on_delete=models.CASCADE, null=True, related_name="+")
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    in_digest = models.BooleanField(default=False)
    error = models.CharField(_("原因"), max_length=300, blank=True)

    not_ledgered = "the postman's book-keeping"

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="delivery_queue")]


class NotificationSettings(models.Model):
    """How one person wants to be told."""

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="notification_settings")
    by_mail = models.BooleanField(_("同时发邮件"), default=True)
    daily_digest = models.BooleanField(_("每天一封汇总"), default=False)
    quiet_from = models.TimeField(_("免打扰开始"), null=True, blank=True)
    quiet_until = models.TimeField(_("免打扰结束"), null=True, blank=True)

    not_ledgered = "a person's own preference"

    objects = OwnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            ),
        ]

    def mail_at(self, at):
        """When a mail about something of this moment may leave, in the site's time zone."""
        local = timezone.localtime(at)
        if self.daily_digest:
            local = _next(dt.time(settings.NOTIFICATION_DIGEST_HOUR), local)
        if self._is_quiet(local.time()):
            local = _next(self.quiet_until, local)
        return local

    def _is_quiet(self, time):
        if self.quiet_from is None:
            return False
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= time < self.quiet_until
        return time >= self.quiet_from or time < self.quiet_until  # over midnight


def _next(time, local):
    """The next moment with this time of day."""
    day = local.date() if local.time() < time else local.date() + dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(day, time))


class WebhookEndpointQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_authenticated and user.duty == Duty.SYSTEM else self.none()


class WebhookEndpoint(models.Model):
    """An address of another system that receives copies of notifications, signed with a shared secret."""

    name = models.CharField(_("名称"), max_length=64, unique=True)
    url = models.URLField(_("地址"), max_length=300)
    secret = models.CharField(_("签名密钥"), max_length=128)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"))

    ledgered = True
    ledger_omits = ("secret",)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("网络回调")

    def __str__(self):
        return self.name

    def last_delivery(self):
        return Delivery.objects.filter(endpoint=self).order_by("-pk").first()
