import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .user import Duty


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.is_authenticated:
            return self.none()
        if user.duty == Duty.SYSTEM:
            return self
        return self.filter(owner=user)


class Job(models.Model):
    """A long task done by the worker. It belongs to whoever holds its lease; a lease that runs out is taken over."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("未完成")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    title = models.CharField(_("任务"), max_length=200)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.QUEUED)
    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("提交时间"))
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    run_after = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    done_rows = models.PositiveIntegerField(default=0)
    total_rows = models.PositiveIntegerField(default=0)
    good_rows = models.PositiveIntegerField(default=0)
    bad_rows = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    result_url = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("任务")
        indexes = [
            models.Index(fields=["state", "created_at"], name="job_queue"),
            models.Index(fields=["owner", "-created_at"], name="job_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="running") | (~models.Q(lease="") & models.Q(lease_until__isnull=False)),
                name="running_job_has_a_lease",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_over(self):
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}
