from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import access, actions, exports, files, listing
from ..errors import Refused
from ..forms.imports import NewImport
from ..imports import kinds, staging, workbook
from ..imports.kinds import Kind, Row, State
from ..models import ImportBatch


class MayImport(access.Access):
    """Opens for whoever may import any kind of table; an area says who that is."""

    def allows(self, user):
        return bool(kinds.allowed_to(user))


may_import = MayImport()


@may_import
def imports(request):
    """One's own imports, newest first."""
    batches = ImportBatch.objects.visible_to(request.user).select_related("source", "job")
    state = request.GET.get("state", "")
    shown = batches.filter(state=state) if state in ImportBatch.State.values else batches
    page = listing.page_of(request, shown)
    tabs = [
        listing.Tab(_("全部"), "?", current=state not in ImportBatch.State.values),
        *(listing.Tab(label, f"?state={each}", current=state == each) for each, label in ImportBatch.State.choices),
    ]
    rows = [Line(batch, _label_of(batch), *_standing_of(batch)) for batch in page]
    return render(request, "core/imports.html", {"page": page, "rows": rows, "tabs": tabs})


@may_import
def new_import(request):
    """Choose what to import and the file; uploading writes nothing yet."""
    allowed = kinds.allowed_to(request.user)
    upload = request.FILES.get("file")
    form = NewImport(
        request.POST or None,
        request.FILES or None,
        kinds=allowed,
        refused_upload=getattr(request, "refused_upload", ""),
        initial={"kind": request.GET.get("kind") or allowed[0].code},
    )
    if form.is_valid():
        try:
            placed = files.place(upload)
            batch = actions.start_import(form.cleaned_data["kind"], placed, name=upload.name, by=request.user, at=now())
            return redirect("core:import_batch", batch.pk)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return render(request, "core/new_import.html", {"form": form, "kinds": allowed})


@may_import
def import_batch(request, batch_id):
    """How the check goes, and then what writing would do: new, changed, same and wrong rows."""
    batch = _batch(request, batch_id)
    kind = kinds.of_code(batch.kind)
    status, icon, text = _standing_of(batch)
    context = {
        "batch": batch,
        "kind_label": _label_of(batch),
        "status": {"kind": status, "icon": icon, "text": text},
        "job": batch.job,
        "may_recheck": batch.state in _RECHECKABLE or batch.is_stranded,
        "may_cancel": batch.state not in _OVER,
    }
    reader = staging.Reader(batch.pk, kind) if kind and batch.state in _PREVIEWED else None
    if reader is not None and reader.exists:
        context |= _preview(request, batch, reader)
        context["may_write"] = batch.state == ImportBatch.State.READY and context["writes"] > 0
    return render(request, "core/import_batch.html", context)


@may_import
@require_POST
def write_import(request, batch_id):
    return _act(request, batch_id, actions.begin_commit)


@may_import
@require_POST
def recheck_import(request, batch_id):
    return _act(request, batch_id, actions.recheck_import)


@may_import
@require_POST
def cancel_import(request, batch_id):
    return _act(request, batch_id, actions.cancel_import)


@may_import
def import_template(request, kind_code):
    """The empty table of a kind, made for the columns as they are today."""
    kind = kinds.of_code(kind_code)
    if kind is None or not kind.allows(request.user):
        raise Http404
    name = _("%(kind)s导入模板-%(date)s.xlsx") % {"kind": kind.label, "date": localdate().isoformat()}
    return files.attachment(workbook.template(kind), files.clean_name(name), exports.XLSX)


_PREVIEWED = {
    ImportBatch.State.READY,
    ImportBatch.State.HAS_ERRORS,
    ImportBatch.State.STALE,
    ImportBatch.State.WRITING,
    ImportBatch.State.WRITTEN,
}
_RECHECKABLE = {ImportBatch.State.READY, ImportBatch.State.HAS_ERRORS, ImportBatch.State.STALE}
_OVER = {ImportBatch.State.WRITTEN, ImportBatch.State.CANCELLED, ImportBatch.State.REFUSED}
_STATUS = {
    ImportBatch.State.CHECKING: ("", "half"),
    ImportBatch.State.READY: ("", "clock"),
    ImportBatch.State.HAS_ERRORS: ("bad", "reject"),
    ImportBatch.State.WRITING: ("", "half"),
    ImportBatch.State.WRITTEN: ("good", "done"),
    ImportBatch.State.REFUSED: ("bad", "reject"),
    ImportBatch.State.STALE: ("warn", "warn"),
    ImportBatch.State.CANCELLED: ("", "x"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A batch as the list shows it."""

    batch: ImportBatch
    kind_label: str
    status_kind: str
    status_icon: str
    status_text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one row of the preview says of one column."""

    label: str
    old: str = ""
    new: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    number: int
    title: str
    cells: list[Cell]


def _batch(request, batch_id):
    rows = ImportBatch.objects.visible_to(request.user).select_related("source", "outcome", "job")
    return get_object_or_404(rows, pk=batch_id)


def _act(request, batch_id, action):
    batch = _batch(request, batch_id)
    try:
        action(batch, by=request.user, at=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("core:import_batch", batch.pk)


def _label_of(batch):
    kind = kinds.of_code(batch.kind)
    return str(kind.label) if kind else batch.kind


def _standing_of(batch) -> tuple[str, str, str]:
    if batch.is_stranded:
        return "bad", "reject", _("未完成")
    return *_STATUS[batch.state], batch.get_state_display()


def _preview(request, batch, reader) -> dict[str, Any]:
    counts = {
        State.BAD: batch.bad_rows,
        State.NEW: batch.new_rows,
        State.CHANGED: batch.changed_rows,
        State.SAME: batch.same_rows,
    }
    first = next((state for state, count in counts.items() if count), State.SAME)
    try:
        shown = State(request.GET.get("show", first))
    except ValueError:
        shown = first
    labels = {State.BAD: _("有错"), State.NEW: _("新增"), State.CHANGED: _("改动"), State.SAME: _("相同")}
    here = reverse("core:import_batch", args=[batch.pk])
    page = listing.page_of(request, reader.of(shown))
    kind = reader.kind
    return {
        "page": page,
        "rows": [_row(kind, row) for row in page],
        "shown": shown.value,
        "tabs": [
            listing.Tab(labels[state], f"{here}?show={state.value}", current=state == shown, count=count)
            for state, count in counts.items()
        ],
        "title_label": kind.column(kind.title).label,
        "notes": reader.about["notes"],
        "writes": batch.new_rows + batch.changed_rows,
        "empty": not batch.new_rows + batch.changed_rows + batch.bad_rows,
        "result_url": reverse(kind.result_url_name) if kind.result_url_name else "",
    }


def _row(kind: Kind, row: Row) -> PreviewRow:
    title = row.given.get(kind.title) or row.values.get(kind.title) or ""
    if row.state == State.BAD:
        cells = [
            Cell(str(kind.column(name).label) if name else _("整行"), new=row.given.get(name, ""), error=sentence)
            for name, sentence in row.errors
        ]
    elif row.state == State.CHANGED:
        cells = [
            Cell(str(column.label), old=column.shown(row.old[column.name]), new=column.shown(row.values[column.name]))
            for column in kind.columns
            if column.name in row.old
        ]
    else:
        cells = [
            Cell(str(column.label), new=column.shown(row.values[column.name]))
            for column in kind.columns
            if column.name != kind.title and row.values.get(column.name) not in (None, "")
        ]
    return PreviewRow(row.number, str(title), cells)
