"""Imports in two steps: check, then write whole or not at all."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import audit, files, jobs
from ..errors import Refused
from ..imports import checking, kinds, staging, workbook
from ..imports.kinds import Row, State
from ..models import ImportBatch, StoredFile, User
from .files import remove_file, store_file
from .jobs import cancel_job, enqueue

IMPORTED = audit.verb("table imported", gettext_lazy("导入数据"))
Standing: Any = ImportBatch.State  # without stubs for Django, mypy takes its members for tuples
IN_FLIGHT = (Standing.CHECKING, Standing.WRITING)
CHECKED = (Standing.READY, Standing.HAS_ERRORS, Standing.STALE)


@audit.action
def start_import(kind_code: str, placed: files.Placed, *, name: str, by: User, at: datetime) -> ImportBatch:
    """Keep an uploaded table and queue its check. Refused unless the person may import this kind."""
    kind = _kind(kind_code, by)
    source = store_file(placed, name=name, by=by, at=at)
    batch = ImportBatch.objects.create(kind=kind.code, owner=by, source=source, created_at=at)
    _queue_check(batch, kind, by, at)
    return batch


@audit.action
def recheck_import(batch: ImportBatch, *, by: User, at: datetime) -> ImportBatch:
    """Check the same file against the data as it is now. Refused while it is at work, and once it is written."""
    batch = _locked(batch, by)
    if batch.state not in CHECKED and not batch.is_stranded:
        raise Refused(_("这次导入正在处理或已经结束，不能重新检查。"))
    _queue_check(batch, _kind(batch.kind, by), by, at)
    return batch


@audit.action
def cancel_import(batch: ImportBatch, *, by: User, at: datetime) -> ImportBatch:
    """Drop an import that is not written. Refused once it is written."""
    batch = _locked(batch, by)
    if batch.state in {Standing.WRITTEN, Standing.CANCELLED}:
        raise Refused(_("这次导入已经结束，不能取消。"))
    if batch.job is not None and not batch.job.is_over:
        cancel_job(batch.job, by=by, at=at)
    batch.state = Standing.CANCELLED
    batch.save(update_fields=["state"])
    return batch


@audit.action
def finish_check(
    batch: ImportBatch, tally: checking.Tally, marked: files.Placed | None, *, by: User, at: datetime
) -> ImportBatch:
    """Put down what the check found, and keep the table with its errors marked."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("source").get(pk=batch.pk)
    if batch.state != Standing.CHECKING:
        return batch  # cancelled in the meantime
    batch.new_rows, batch.changed_rows = tally.counts[State.NEW], tally.counts[State.CHANGED]
    batch.same_rows, batch.bad_rows = tally.counts[State.SAME], tally.counts[State.BAD]
    batch.state = Standing.HAS_ERRORS if batch.bad_rows else Standing.READY
    former, batch.outcome = batch.outcome, _kept(marked, batch, by, at) if marked else None
    batch.message = ""
    batch.save()
    if former is not None:
        remove_file(former, by=by, at=at, reason=_("重新检查，换成新的标红表"))
    return batch


@audit.action
def refuse_import(batch: ImportBatch, *, by: User, at: datetime, sentence: str, state: str) -> ImportBatch:
    """The check could not read the table, or the write found other data than the preview did; the sentence says so."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state in IN_FLIGHT:
        batch.state, batch.message = state, sentence
        batch.save(update_fields=["state", "message"])
    return batch


@audit.action
def begin_commit(batch: ImportBatch, *, by: User, at: datetime) -> ImportBatch:
    """Hand a checked table to the worker to be written. Pressed twice, it is written once. Refused with errors."""
    batch = _locked(batch, by)
    if batch.state in {Standing.WRITING, Standing.WRITTEN}:
        return batch
    kind = _kind(batch.kind, by)
    if batch.state == Standing.HAS_ERRORS:
        raise Refused(_("表中还有 %(count)d 行有错，一行也没有写入。请改好后重新上传。") % {"count": batch.bad_rows})
    if batch.state != Standing.READY:
        raise Refused(_("这次导入还没有检查完，或须重新检查，不能写入。"))
    if not batch.new_rows + batch.changed_rows:
        raise Refused(_("表中内容与现有数据完全相同，没有要写入的。"))
    batch.state = Standing.WRITING
    batch.job = enqueue(
        "import commit",
        title=_("写入%(kind)s：%(name)s") % {"kind": kind.label, "name": batch.source.name},
        arguments={"batch": str(batch.pk)},
        by=by,
        at=at,
    )
    batch.save(update_fields=["state", "job"])
    return batch


@audit.action
def commit_import(
    batch: ImportBatch, *, by: User, at: datetime, told: Callable[..., None] = lambda **_numbers: None
) -> ImportBatch:
    """Write every new and changed row, or none. Refused when any row stands otherwise than in the preview."""
    batch = _locked(batch, by)
    if batch.state == Standing.WRITTEN:
        return batch
    kind = _kind(batch.kind, by)
    reader = staging.Reader(batch.pk, kind)
    if batch.state != Standing.WRITING or not reader.exists:
        raise Refused(_("预览已经失效，请重新检查。"))
    done, total = 0, batch.new_rows + batch.changed_rows + batch.same_rows
    for state in (State.NEW, State.CHANGED, State.SAME):
        for staged in checking.chunks(reader.rows(state), checking.CHUNK):
            _write_as_previewed(staged, kind, by, at)
            done += len(staged)
            told(done=done, total=total, good=done)
    batch.state, batch.written_at, batch.message = Standing.WRITTEN, at, ""
    batch.save(update_fields=["state", "written_at", "message"])
    facts: dict[str, Any] = {
        "kind": kind.code,
        "new": batch.new_rows,
        "changed": batch.changed_rows,
        "same": batch.same_rows,
        "sha256": batch.source.sha256,
    }
    audit.record(IMPORTED, batch, by=by, at=at, facts=facts)
    return batch


@jobs.handler("import check")
def _check(run: jobs.Run) -> None:
    batch, by = _batch_of(run)
    marked: files.Placed | None = None
    try:
        kind = _kind(batch.kind, by)
        path = files.path_of(batch.source_id)
        tally = checking.check(path, kind, batch.pk, by=by, told=run.progress)
        if tally.counts[State.BAD]:
            with workbook.marked(path, kind, staging.Reader(batch.pk, kind)) as book:
                marked = files.place(iter(lambda: book.read(files.CHUNK), b""), limit=settings.UPLOAD_LIMIT * 4)
    except Refused as refusal:
        _hold(run, batch, str(refusal), Standing.REFUSED)
        return
    with run.completing() as result:
        batch = finish_check(batch, tally, marked, by=by, at=run.now())
        result.update(message=batch.counts_sentence, url=_url(batch))


@jobs.handler("import commit")
def _commit(run: jobs.Run) -> None:
    batch, by = _batch_of(run)
    try:
        with audit.origin("import"), run.completing() as result:
            batch = commit_import(batch, by=by, at=run.now(), told=run.progress)
            result.update(message=batch.counts_sentence, url=_url(batch))
    except Refused as refusal:
        _hold(run, batch, str(refusal), Standing.STALE)


def _write_as_previewed(staged: list[Row], kind: kinds.Kind, by: User, at: datetime) -> None:
    fresh = [Row(row.number, row.values) for row in staged]
    kind.compare(fresh, by=by)
    if any(now.errors or _standing(now) != _standing(then) for now, then in zip(fresh, staged, strict=True)):
        raise Refused(_changed_since())
    if staged[0].state == State.SAME:
        return
    try:
        kind.write(fresh, by=by, at=at)
    except IntegrityError as error:  # another transaction wrote the same key after we compared
        raise Refused(_changed_since()) from error


def _standing(row: Row) -> tuple[str, str]:
    return str(row.state), json.dumps(row.old, sort_keys=True, default=str)


def _changed_since() -> str:
    return _("数据在预览之后有变化，一行也没有写入。请重新检查。")


def _hold(run: jobs.Run, batch: ImportBatch, sentence: str, state: str) -> None:
    with run.completing() as result:
        refuse_import(batch, by=batch.owner, at=run.now(), sentence=sentence, state=state)
        result.update(message=sentence, url=_url(batch))


def _queue_check(batch: ImportBatch, kind: kinds.Kind, by: User, at: datetime) -> None:
    batch.state, batch.message = Standing.CHECKING, ""
    batch.job = enqueue(
        "import check",
        title=_("检查%(kind)s：%(name)s") % {"kind": kind.label, "name": batch.source.name},
        arguments={"batch": str(batch.pk)},
        by=by,
        at=at,
    )
    batch.save(update_fields=["state", "message", "job"])


def _kept(marked: files.Placed, batch: ImportBatch, by: User, at: datetime) -> StoredFile:
    stem = batch.source.name.rpartition(".")[0] or batch.source.name
    return store_file(marked, name=_("%(name)s-标红.xlsx") % {"name": stem}, by=by, at=at, subject=batch)


def _batch_of(run: jobs.Run) -> tuple[ImportBatch, User]:
    batch = ImportBatch.objects.select_related("source", "owner").get(pk=run.arguments["batch"])
    return batch, batch.owner


def _locked(batch: ImportBatch, by: User) -> ImportBatch:
    rows = ImportBatch.objects.visible_to(by).select_for_update(of=("self",)).select_related("source", "job")
    found = rows.filter(pk=batch.pk).first()
    if found is None:
        raise Refused(_("只能处理自己上传的导入。"))
    return found


def _kind(code: str, by: User) -> kinds.Kind:
    kind = kinds.of_code(code)
    if kind is None or not kind.allows(by):
        raise Refused(_("您没有导入这种表的权限。如有需要，请联系安全管理员。"))
    return kind


def _url(batch: ImportBatch) -> str:
    return reverse("core:import_batch", args=[batch.pk])
