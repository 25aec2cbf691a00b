import uuid

from django.db import models
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
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.CHECKING)
    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT, related_name="+")
    outcome = models.ForeignKey("core.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey("core.Job", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("上传时间"))
    written_at = models.DateTimeField(_("写入时间"), null=True)
    new_rows = models.PositiveIntegerField(_("新增"), default=0)
    changed_rows = models.PositiveIntegerField(_("改动"), default=0)
    same_rows = models.PositiveIntegerField(_("相同"), default=0)
    bad_rows = models.PositiveIntegerField(_("有错"), default=0)
    message = models.TextField(blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("导入")

    def __str__(self):
        return self.source.name
