from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .scope import RegionalQuerySet, any_of, reaches, within


class DiscrepancyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of a notice one sees, and those about one's own regions."""
        own = any_of(within(r, "region") for r in reaches(user) if r.region_id)
        return self.filter(models.Q(notice__in=Notice.objects.visible_to(user)) | own)


class OwnRegionQuerySet(RegionalQuerySet):
    """Statements about a region: seen by those whose grants reach that region."""


class Notice(models.Model):
    """A published document with annex tables (通报), taken in and checked for contradictions."""

    class State(models.TextChoices):
        CHECKED = "checked", _("已核对，待确认")
        TAKEN_IN = "taken_in", _("已采用")
        SET_ASIDE = "set_aside", _("不采用")

    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="notices")
    title = models.CharField(_("标题"), max_length=200)
    number = models.CharField(_("文号"), max_length=100, blank=True)
    issued_on = models.DateField(_("发文日期"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.CHECKED)
    file = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(_("读出的内容"))
    decisions = models.JSONField(_("对名称的认定"), default=dict)
    checked_facts = models.JSONField(_("对得上的"), default=list)
    read_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField(_("读入时间"))
    taken_in_at = models.DateTimeField(_("采用时间"), null=True)
    is_synthetic = models.BooleanField(_("示例数据"), default=False)

    objects = RegionalQuerySet.as_manager()
    ledgered = True
    ledger_omits = ("content",)  # the stored file is the original; its digest is in the ledger

    class Meta:
        ordering = ["-read_at"]
        verbose_name = _("通报")

    def __str__(self):
        return f"{self.title} {self.number}".strip()


class NoticeDiscrepancy(models.Model):
    """A contradiction, doubt or hint that the check found in a notice, and what was done about it."""

    class Severity(models.TextChoices):
        CONTRADICTION = "contradiction", _("矛盾")
        DOUBT = "doubt", _("存疑")
        HINT = "hint", pgettext_lazy("severity", "提示")

    class Handling(models.TextChoices):
        OPEN = "open", _("未处理")
        SENT_BACK = "sent_back", _("已发回核实")
        ACCEPTED = "accepted", _("按名单采用")
        CONFIRMED = "confirmed", _("已确认别名")
        NOTED = "noted", _("已阅")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="discrepancies")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=64)
    severity = models.CharField(_("级别"), max_length=16, choices=Severity.choices)
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, null=True, related_name="+")
    place = models.CharField(_("在哪里"), max_length=200)
    stated = models.CharField(_("来文写"), max_length=200, blank=True)
    computed = models.CharField(_("名单有"), max_length=200, blank=True)
    message = models.TextField(_("说明"))
    details = models.JSONField(default=dict)
    handling = models.CharField(_("处理"), max_length=16, choices=Handling.choices, default=Handling.OPEN)
    handled_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)
    handling_note = models.CharField(_("处理说明"), max_length=300, blank=True)

    objects = DiscrepancyQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["position"]
        verbose_name = _("来文核对")

    def __str__(self):
        return f"{self.place} {self.message}"


class StatedCount(models.Model):
    """How many centres of a level a notice states for a region."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="stated_counts")
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="stated_counts")
    level = models.CharField(max_length=16)
    established = models.PositiveIntegerField(_("写明已建"))
    missing = models.PositiveIntegerField(_("写明未建"), null=True)
    listed = models.PositiveIntegerField(_("名单列出"), null=True)
    unmatched = models.PositiveIntegerField(_("名称待核"), default=0)
    place = models.CharField(max_length=100, blank=True)

    objects = OwnRegionQuerySet.as_manager()
    ledgered = True

    class Meta:
        verbose_name = _("来文写明的数")
        constraints = [models.UniqueConstraint(fields=["notice", "region", "level"], name="stated_count_once")]


class StatedStatus(models.Model):
    """What a notice says of one specialty in one region."""

    class Status(models.TextChoices):
        ESTABLISHED = "established", _("已建")
        MISSING = "missing", _("未建")
        UNCERTAIN = "uncertain", _("名称待核")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="stated_statuses")
    region = models.ForeignKey("network.Region", on_delete=models.PROTECT, related_name="stated_statuses")
    specialty = models.ForeignKey("network.Specialty", on_delete=models.PROTECT, related_name="stated_statuses")
    level = models.CharField(max_length=16)
    status = models.CharField(max_length=16, choices=Status.choices)
    printed_name = models.CharField(max_length=64, blank=True)

    objects = OwnRegionQuerySet.as_manager()
    ledgered = True

    class Meta:
        verbose_name = _("来文写明的情况")
        indexes = [models.Index(fields=["level", "region", "specialty"], name="stated_cell")]
        constraints = [
            models.UniqueConstraint(fields=["notice", "region", "specialty", "level"], name="stated_status_once")
        ]
