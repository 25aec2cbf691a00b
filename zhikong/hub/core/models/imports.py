import uuid

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()


class ImportBatch(models.Model):
    """One uploaded table on its way in: read and checked first, then written whole or not at all."""

    class State(models.TextChoices):
        CHECKING = "checking", _("检查中")
        READY = "ready", _("待写入")
        HAS_ERRORS = "has_errors", _("有错")
        WRITING = "writing", _("写入中")
        WRITTEN = "written", _("已写入")
        REFUSED = "refused", _("无法读取")
        STALE = "stale", _("须重新检查")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.CHECKING)
    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT, related_name="+")
    outcome = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey("core.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("上传时间"))
    written_at = models.DateTimeField(_("写入时间"), null=True)
    new_rows = models.PositiveIntegerField(_("新增"), default=0)
    changed_rows = models.PositiveIntegerField(_("改动"), default=0)
    same_rows = models.PositiveIntegerField(_("相同"), default=0)
    bad_rows = models.PositiveIntegerField(_("有错"), default=0)
    message = models.TextField(blank=True)

    not_ledgered = "a table on its way; what it writes is one entry of the ledger, with its counts and the file's hash"

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = pgettext_lazy("one", "导入")

    def __str__(self):
        return self.source.name

    @property
    def counts_sentence(self):
        """新增 12，改动 3，相同 981，有错 2"""
        return gettext("新增 %(new)s，改动 %(changed)s，相同 %(same)s，有错 %(bad)s") % {
            "new": f"{self.new_rows:,}",
            "changed": f"{self.changed_rows:,}",
            "same": f"{self.same_rows:,}",
            "bad": f"{self.bad_rows:,}",
        }

    @property
    def is_at_work(self):
        """The worker has it, or will."""
        return self.state in {self.State.CHECKING, self.State.WRITING} and not self.is_stranded

    @property
    def is_stranded(self):
        """Its job ended without bringing it on: cancelled, or given up after errors."""
        return self.state in {self.State.CHECKING, self.State.WRITING} and (self.job is None or self.job.is_over)
