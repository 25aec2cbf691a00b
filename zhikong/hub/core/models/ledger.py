import json

from django.db import models
from django.utils.translation import gettext_lazy as _

from .user import Duty


class LedgerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The audit administrator reads the whole ledger; others see entries only on the records they may see."""
        if user.is_authenticated and user.duty == Duty.AUDIT:
            return self
        return self.none()


class LedgerEntry(models.Model):
    """One action, as it was done: who, when, what, why. Append-only and hash-chained; triggers refuse change.

    `body` is the canonical JSON text that `digest` covers together with the digest before it; the other columns repeat
    parts of it so that they can be searched, and the check compares them.
    """

    seq = models.BigIntegerField(primary_key=True)
    token = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField(_("时间"))
    by_id = models.BigIntegerField(_("谁"), null=True)
    action = models.CharField(_("动作"), max_length=64)
    subject_table = models.CharField(max_length=64)
    subject_pk = models.CharField(max_length=64)
    body = models.TextField()
    digest = models.CharField(max_length=64)

    objects = LedgerQuerySet.as_manager()
    not_ledgered = "it is the ledger"

    class Meta:
        ordering = ["-seq"]
        verbose_name = _("操作记录")
        indexes = [
            models.Index(fields=["subject_table", "subject_pk"], name="ledger_subject"),
            models.Index(fields=["by_id", "-seq"], name="ledger_by"),
        ]

    def told(self):
        """The body as far as it can be read: pages must open where somebody spoilt an entry."""
        empty = {"by_name": "", "origin": "", "reason": "", "subject": "", "facts": {}, "changes": 0}
        try:
            body = json.loads(self.body)
        except ValueError:
            body = None
        return empty | body if isinstance(body, dict) else empty


class RowChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.is_authenticated and user.duty == Duty.AUDIT:
            return self
        return self.none()


class RowChange(models.Model):
    """One row of a ledgered table inserted, changed or deleted, written by a database trigger whatever the route.

    `token` ties it to its LedgerEntry; an empty one was made outside every action, and the check reports it.
    """

    token = models.CharField(max_length=32)
    table = models.CharField(max_length=64, db_column="table_name")
    row_pk = models.CharField(max_length=64)
    operation = models.CharField(max_length=6)
    old = models.TextField(null=True)  # noqa: DJ001  NULL says there was no row before
    new = models.TextField(null=True)  # noqa: DJ001

    objects = RowChangeQuerySet.as_manager()
    not_ledgered = "it is the ledger"

    class Meta:
        ordering = ["id"]
        verbose_name = _("数据变更")
        indexes = [
            models.Index(fields=["token", "id"], name="change_token"),
            models.Index(fields=["table", "row_pk", "id"], name="change_row"),
        ]
