from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .grants import Role
from .scope import RegionalQuerySet, any_of, reaches, within


class Target(models.Model):
    """A number that a plan sets: so many centres of a level, or every key specialty covered (ORG-01 to ORG-05)."""

    class Kind(models.TextChoices):
        CENTRES = "centres", _("质控中心数量")
        KEY_COVERAGE = "key_coverage", _("重点专业覆盖率")

    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="targets")
    kind = models.CharField(_("类别"), max_length=16, choices=Kind.choices)
    level = models.CharField(
        _("层级"), max_length=16, choices=[("province", _("省级")), ("city", _("市级")), ("county", _("县级"))]
    )
    only_tcm = models.BooleanField(_("只计中医"), default=False)
    minimum = models.DecimalField(_("不少于"), max_digits=8, decimal_places=1)
    due_on = models.DateField(_("完成期限"))
    source = models.CharField(_("来源"), max_length=200)
    ended_on = models.DateField(_("停用日期"), null=True, blank=True)

    objects = RegionalQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["region__order", "due_on", "level", "only_tcm"]
        verbose_name = _("目标")
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind", "level", "only_tcm", "due_on"],
                condition=models.Q(ended_on__isnull=True),
                name="target_once",
            ),
            models.CheckConstraint(condition=models.Q(minimum__gt=0), name="target_is_positive"),
        ]


class ReminderQuerySet(RegionalQuerySet):
    def in_state(self, state):
        """The query behind `Reminder.state`."""
        return {
            "answered": self.filter(answered_at__isnull=False),
            "read": self.filter(answered_at__isnull=True, read_at__isnull=False),
            "unread": self.filter(answered_at__isnull=True, read_at__isnull=True, recipients__gt=0),
            "nobody": self.filter(answered_at__isnull=True, read_at__isnull=True, recipients=0),
            "overdue": self.filter(answered_at__isnull=True, due_on__lt=timezone.localdate()),
        }.get(state, self)

    def visible_to(self, user):
        """Those about one's regions (of one's specialty, where the grant names one), and those one sent."""
        conditions = [models.Q(sent_by=user)]
        for reach in reaches(user):
            if reach.region_id:
                condition = within(reach, "region")
                if reach.specialty_id:
                    condition &= models.Q(specialty=reach.specialty_id)
                conditions.append(condition)
        return self.filter(any_of(conditions)) if user.is_authenticated else self.none()

    def addressed_to(self, user):
        """Those sent to the very regions whose commission or office one belongs to."""
        conditions = []
        for reach in reaches(user):
            if reach.region_id and reach.role in (Role.COMMISSION, Role.OFFICE):
                condition = models.Q(region=reach.region_id)
                if reach.specialty_id:
                    condition &= models.Q(specialty=reach.specialty_id)
                conditions.append(condition)
        return self.filter(any_of(conditions))


class Reminder(models.Model):
    """A call (催报) to one region about a missing centre, or about all its gaps, and what came back."""

    class State(models.TextChoices):
        NOBODY = "nobody", _("无人接收")
        UNREAD = "unread", _("未读")
        READ = "read", _("已读未复")
        ANSWERED = "answered", _("已回复")

    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="reminders")
    specialty = models.ForeignKey(
        "network.Specialty", on_delete=models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    level = models.CharField(max_length=16)
    text = models.TextField(_("内容"))
    sent_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("催报时间"))
    due_on = models.DateField(_("回复期限"))
    recipients = models.PositiveIntegerField(_("收件人数"), default=0)
    read_at = models.DateTimeField(_("首次阅读"), null=True)
    answer = models.TextField(_("回复"), blank=True)
    answered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("回复时间"), null=True)
    expected_on = models.DateField(_("预计完成"), null=True, blank=True)

    objects = ReminderQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["-sent_at", "-id"]
        verbose_name = pgettext_lazy("record", "催报")
        indexes = [models.Index(fields=["region", "specialty", "level"], name="reminder_cell")]

    def __str__(self):
        return f"{self.region} {self.specialty or ''}".strip()

    @property
    def state(self):
        if self.answered_at:
            return self.State.ANSWERED
        if self.read_at:
            return self.State.READ
        return self.State.UNREAD if self.recipients else self.State.NOBODY

    @property
    def is_overdue(self):
        return self.answered_at is None and self.due_on < timezone.localdate()

    @property
    def look(self):
        """Status class, icon and word."""
        kind, icon = {
            self.State.NOBODY: ("warn", "warn"),
            self.State.UNREAD: ("", "open"),
            self.State.READ: ("", "half"),
            self.State.ANSWERED: ("good", "done"),
        }[self.state]
        return ("bad", "late", self.state.label) if self.is_overdue else (kind, icon, self.state.label)
