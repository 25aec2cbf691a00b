import math
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

    def due(self, at):
        """What a worker may take now: waiting jobs, and running ones whose worker let the lease run out."""
        waiting = models.Q(state=Job.State.QUEUED) & (models.Q(run_after=None) | models.Q(run_after__lte=at))
        return self.filter(waiting | models.Q(state=Job.State.RUNNING, lease_until__lt=at))

    def held_under(self, lease):
        """The job, as long as this very lease holds it."""
        return self.filter(lease=lease, state=Job.State.RUNNING)

    def is_over(self):
        return self.filter(state__in=Job.OVER)


class Job(models.Model):
    """A long task done by the worker. It belongs to whoever holds its lease; a lease that runs out is taken over."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("未完成")
        CANCELLED = "cancelled", _("已取消")

    OVER = (State.DONE, State.FAILED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    title = models.CharField(_("任务"), max_length=200)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.QUEUED)
    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    tells_owner = models.BooleanField(default=True)
    created_at = models.DateTimeField(_("提交时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True)
    run_after = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    done_rows = models.PositiveIntegerField(default=0)
    total_rows = models.PositiveIntegerField(default=0)
    good_rows = models.PositiveIntegerField(default=0)
    bad_rows = models.PositiveIntegerField(default=0)
    resumed_rows = models.PositiveIntegerField(default=0)
    checkpoint = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    result_url = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)

    not_ledgered = "the worker's own book-keeping; what a job writes goes through actions, which are recorded"

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
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
        return self.state in self.OVER

    @property
    def percent(self):
        """Whole percent, rounded down, so that 100 means all; None while the total is unknown."""
        if not self.total_rows:
            return None
        return min(100, 100 * self.done_rows // self.total_rows)

    def minutes_left(self, at):
        """At the speed of this run so far, rounded up; None while there is nothing to go by."""
        done, left = self.done_rows - self.resumed_rows, self.total_rows - self.done_rows
        if self.state != self.State.RUNNING or done <= 0 or left <= 0 or at <= self.started_at:
            return None
        return math.ceil((at - self.started_at).total_seconds() * left / done / 60)
