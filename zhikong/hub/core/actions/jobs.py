"""Hand long tasks to the worker, cancel them, clear away old results."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from .. import audit, jobs
from ..errors import Refused
from ..models import Duty, Job, User


@audit.action
def enqueue(
    kind: str,
    *,
    title: str,
    arguments: dict[str, Any] | None = None,
    by: User | None,
    at: datetime,
    run_after: datetime | None = None,
    tells_owner: bool = True,
) -> Job:
    """Queue a job for the worker; inside another action it commits with that action.

    `arguments` is plain JSON. Without `tells_owner` no notification is sent at the end.
    """
    assert jobs.is_known(kind), f"no handler for jobs of kind {kind!r}"
    return Job.objects.create(
        kind=kind,
        title=title[:200],
        arguments=arguments or {},
        owner=by,
        created_at=at,
        run_after=run_after,
        tells_owner=tells_owner,
    )


@audit.action
def cancel_job(job: Job, *, by: User, at: datetime) -> None:
    """A waiting job ends at once, a running one at its next step. Refused for others' jobs and when it is too late."""
    if job.owner_id != by.pk and by.duty != Duty.SYSTEM:
        raise Refused(_("只能取消自己的任务。"))
    job = _locked(job)
    if job.is_over:
        raise Refused(_("任务已经结束，不能取消。"))
    job.cancel_requested = True
    if job.state == Job.State.QUEUED:
        job.state, job.finished_at = Job.State.CANCELLED, at
    job.save(update_fields=["cancel_requested", "state", "finished_at"])


@audit.action
def purge_jobs(*, by: User | None, at: datetime) -> int:
    """Clear away jobs that ended more than JOB_RESULT_DAYS ago, with their results."""
    old = Job.objects.is_over().filter(finished_at__lt=at - timedelta(days=settings.JOB_RESULT_DAYS))
    return int(old.delete()[1].get("core.Job", 0))


def _locked(job: Job) -> Job:
    """A job in its final write holds its row for as long as that takes; a page must not wait for it."""
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
        return Job.objects.select_for_update().get(pk=job.pk)
    except OperationalError:
        raise Refused(_("任务正在写入最后结果，已不能取消。")) from None
