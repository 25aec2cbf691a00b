"""Long tasks: who does them, and how a run is held to exactly-once.

    @jobs.handler("export of institutions")
    def export_institutions(run: jobs.Run) -> dict[str, Any] | None:
        for count, row in enumerate(rows, start=1):
            ...
            run.progress(done=count, total=len(rows))   # between transactions; raises Stopped when the run must end
        with run.completing() as result:                # the write and "done" commit together or not at all
            write_them(..., by=run.owner, at=run.now())
            result.update(message=_("..."), url="/where/to/look/")

Handlers stand in an area's `actions`, which the worker imports. A handler that writes nothing may return the result
instead of completing. `result` may hold `message` (a sentence), `facts` ([label, value] pairs) and `url`, all for the
job's page; the rest is the program's own.

A worker holds a job by a lease: a random token in the row, and a time until which nobody else takes the job. A worker
that dies lets it run out, and another begins the job anew. Time only decides who tries; what is written is decided by
the token, which `completing` and `step` check under the row's lock inside the transaction that writes. A worker that
slept past its lease writes nothing.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .errors import Refused
from .models import Job, User

Handler = Callable[["Run"], dict[str, Any] | None]

log = logging.getLogger(__name__)
_handlers: dict[str, Handler] = {}
_PAUSE = 1.0  # seconds between two writes of the progress


class Stopped(Exception):
    """The run must end here; what was not committed is undone."""


class Cancelled(Stopped):
    """Somebody asked for it."""


class LeaseLost(Stopped):
    """Another worker has the job now."""


class Interrupted(Stopped):
    """This worker is told to end; the job goes back to the queue."""


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Say who does jobs of this kind."""

    def register(function: Handler) -> Handler:
        assert _handlers.setdefault(kind, function) is function, f"jobs of kind {kind!r} have two handlers"
        return function

    return register


def is_known(kind: str) -> bool:
    return kind in _handlers


class Run:
    """One attempt at a job, for as long as its lease holds."""

    def __init__(self, job: Job, *, now: Callable[[], datetime], is_stopping: Callable[[], bool]) -> None:
        self.job = job
        self.now = now
        self.is_over = False
        self._is_stopping = is_stopping
        self._numbers: dict[str, int] = {}
        self._told = 0.0
        self._is_writing = False

    @property
    def arguments(self) -> dict[str, Any]:
        return self.job.arguments

    @property
    def checkpoint(self) -> dict[str, Any]:
        """What the last committed `step` left, also by a worker that has died since; empty at the beginning."""
        return self.job.checkpoint

    @property
    def owner(self) -> User | None:
        return self.job.owner

    def progress(
        self, *, done: int | None = None, total: int | None = None, good: int | None = None, bad: int | None = None
    ) -> None:
        """Show how far it is; cheap enough for every row. Raises Stopped when the run must end."""
        given = {"done_rows": done, "total_rows": total, "good_rows": good, "bad_rows": bad}
        new = {name: value for name, value in given.items() if value is not None}
        is_news = "total_rows" in new and new["total_rows"] != self._numbers.get("total_rows")
        self._numbers.update(new)
        if self._is_writing or (not is_news and time.monotonic() - self._told < _PAUSE):
            return
        self._tell()

    @contextmanager
    def step(self) -> Iterator[dict[str, Any]]:
        """A part that commits on its own, once: what the block writes, and the checkpoint that it fills.

        After a kill the next worker finds the checkpoint of the last step that committed, and goes on from there.
        """
        with self._writing() as held:
            checkpoint = dict(self.checkpoint)
            yield checkpoint
            held.update(checkpoint=checkpoint, lease_until=self._until(), **self._numbers)
        self.job.checkpoint = checkpoint

    @contextmanager
    def completing(self) -> Iterator[dict[str, Any]]:
        """The final write and the end of the job, together or not at all. Fill the dictionary with the result."""
        if self._numbers:
            self._tell()  # the last figures anybody sees while the write goes on
        with self._writing() as held:
            result: dict[str, Any] = {}
            yield result
            url = result.pop("url", "")
            held.update(
                state=Job.State.DONE, lease="", lease_until=None, finished_at=self.now(), result=result,
                result_url=url, error="", **self._numbers,
            )  # fmt: skip
            _tell_owner(self.job, Job.State.DONE, self.now())
        self.is_over = True

    def extend_lease(self) -> bool:
        """Whether the lease still held. The worker calls it from a thread, so that a long query does not lose it."""
        return bool(self._held().update(lease_until=self._until()))

    def _held(self) -> Any:
        return Job.objects.filter(pk=self.job.pk).held_under(self.job.lease)

    def _until(self) -> datetime:
        return self.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)

    def _tell(self) -> None:
        if self._is_stopping():
            raise Interrupted
        self._told = time.monotonic()
        going = self._held().filter(cancel_requested=False)
        if not going.update(lease_until=self._until(), **self._numbers):
            raise Cancelled if self._held().exists() else LeaseLost

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        # Durable: inside another transaction, "committed" would be a promise that somebody else may break.
        with transaction.atomic(durable=True):
            # On SQLite the transaction itself holds the only write lock; on PostgreSQL this holds the row.
            found = self._held().select_for_update().values_list("cancel_requested", flat=True).first()
            if found is None:
                raise LeaseLost
            if found:
                raise Cancelled
            self._is_writing = True
            try:
                yield self._held()
            finally:
                self._is_writing = False


def claim(*, now: Callable[[], datetime] = timezone.now, is_stopping: Callable[[], bool] = lambda: False) -> Run | None:
    """Take the oldest due job that this worker knows how to do; None when there is none."""
    due = Job.objects.due(now()).filter(kind__in=list(_handlers)).order_by("created_at", "pk")
    while due.exists():  # asked first without a lock: an idle worker disturbs nobody
        with transaction.atomic():
            job = due.select_for_update(skip_locked=True, of=("self",)).select_related("owner").first()
            if job is None:
                return None
            if job.cancel_requested:
                _close(job, Job.State.CANCELLED, now())
            elif job.attempts >= settings.JOB_ATTEMPTS:
                _close(job, Job.State.FAILED, now(), _killed(job))
            else:
                _lease(job, now())
                return Run(job, now=now, is_stopping=is_stopping)
    return None


def execute(run: Run) -> None:
    """Do the job and settle how it ended."""
    language = run.owner.language if run.owner else settings.LANGUAGE_CODE
    with translation.override(language):
        try:
            result = _handlers[run.job.kind](run)
            if not run.is_over:
                with run.completing() as outcome:
                    outcome.update(result or {})
        except LeaseLost:
            log.warning("job %s (%s): another worker has it now", run.job.pk, run.job.kind)
        except Interrupted:
            _give_back(run)
        except Cancelled:
            _settle(run, Job.State.CANCELLED)
        except Refused as refusal:
            _settle(run, Job.State.FAILED, str(refusal))
        except Exception:
            log.exception("job %s (%s), attempt %s", run.job.pk, run.job.kind, run.job.attempts)
            _try_again_or_fail(run)


def run_due(*, now: Callable[[], datetime] = timezone.now) -> int:
    """Do everything that is due, here and now, and say how many runs that took: for tests and one-off commands."""
    count = 0
    while run := claim(now=now):
        execute(run)
        count += 1
    return count


def _lease(job: Job, at: datetime) -> None:
    job.state, job.lease = Job.State.RUNNING, secrets.token_hex(16)
    job.lease_until = at + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    job.started_at, job.attempts = at, job.attempts + 1
    if not job.checkpoint:
        job.done_rows = job.good_rows = job.bad_rows = 0
    job.resumed_rows = job.done_rows
    job.save()


def _killed(job: Job) -> str:
    return _("办理进程 %(count)s 次意外中断，已停止重试。没有写入任何未完成的内容。请联系系统管理员。") % {
        "count": job.attempts
    }


def _settle(run: Run, state: Any, error: str = "") -> None:
    with transaction.atomic():
        job = run._held().select_for_update().first()
        if job is not None:
            _close(job, state, run.now(), error)


def _close(job: Job, state: Any, at: datetime, error: str = "") -> None:
    job.state, job.error, job.finished_at, job.lease, job.lease_until = state, error, at, "", None
    job.save(update_fields=["state", "error", "finished_at", "lease", "lease_until"])
    _tell_owner(job, state, at)


def _give_back(run: Run) -> None:
    """An orderly stop costs no attempt."""
    run._held().update(state=Job.State.QUEUED, lease="", lease_until=None, attempts=run.job.attempts - 1)


def _try_again_or_fail(run: Run) -> None:
    if run.job.attempts >= settings.JOB_ATTEMPTS:
        text = _("办理 %(count)s 次都没有成功，已停止重试。请联系系统管理员，并告知任务编号 %(number)s。")
        _settle(run, Job.State.FAILED, text % {"count": run.job.attempts, "number": str(run.job.pk)[:8]})
        return
    pause = timedelta(seconds=settings.JOB_RETRY_SECONDS * 2 ** (run.job.attempts - 1))
    run._held().update(state=Job.State.QUEUED, lease="", lease_until=None, run_after=run.now() + pause)


def _tell_owner(job: Job, state: Any, at: datetime) -> None:
    from .actions.notifications import notify  # actions hold handlers: this module cannot import them at its top

    if job.owner is None or not job.tells_owner or state == Job.State.CANCELLED:
        return
    with translation.override(job.owner.language):
        done = state == Job.State.DONE
        notify(
            [job.owner],
            kind="job",
            title=(_("已完成：%(title)s") if done else _("未完成：%(title)s")) % {"title": job.title},
            url=reverse("core:job", args=[job.pk]),
            urgency="ordinary" if done else "soon",
            by=None,
            at=at,
        )
