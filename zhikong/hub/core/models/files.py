import uuid

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own uploads. A file that belongs to a record is opened through `may_be_opened_by`, which asks the record."""
        return self.filter(uploaded_by=user) if user.is_authenticated else self.none()


def storage_name(stored_file, _name):
    """Nothing of the user's name reaches the disk."""
    return f"{stored_file.pk.hex[:2]}/{stored_file.pk.hex}"


class StoredFile(models.Model):
    """An uploaded or produced file. Served only through a view that checks who asks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("文件名"), max_length=255)
    content = models.FileField(upload_to=storage_name, max_length=64)
    size = models.BigIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("上传时间"))
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, related_name="+")
    subject_pk = models.CharField(max_length=64, blank=True)
    subject = GenericForeignKey("subject_type", "subject_pk")

    objects = StoredFileQuerySet.as_manager()
    ledgered = True

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name = _("文件")
        indexes = [models.Index(fields=["subject_type", "subject_pk"], name="file_subject")]

    def __str__(self):
        return self.name

    def may_be_opened_by(self, user):
        """The uploader may, and whoever sees the record that the file belongs to."""
        if not user.is_authenticated:
            return False
        if self.uploaded_by_id == user.pk:
            return True
        if self.subject_type_id is None:
            return False
        model = self.subject_type.model_class()
        return model.objects.visible_to(user).filter(pk=self.subject_pk).exists()
