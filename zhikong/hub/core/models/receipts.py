from django.db import models
from django.utils.translation import gettext_lazy as _

from .notifications import OwnQuerySet


class FormReceipt(models.Model):
    """A form that was sent and acted on, and where it led: the same form sent again leads there and does nothing."""

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=32)
    url = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(_("时间"))

    objects = OwnQuerySet.as_manager()
    not_ledgered = "it only remembers for two days that a form was sent; what the form did is in the ledger"

    class Meta:
        verbose_name = _("表单回执")
        indexes = [models.Index(fields=["sent_at"], name="receipt_age")]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="form_acted_on_once")]
