"""What the pages of the registers share: a form that acts, a conflict that asks, a list that can be exported."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from zhikong.hub.core import actions as core_actions
from zhikong.hub.core import conflicts, exports, files, limits
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.forms.exports import ExportReason
from zhikong.hub.core.models import StoredFile

from ..forms.fields import EditForm, PickedField, StoryForm

INVALID = 422


def answer(
    request: HttpRequest,
    form: StoryForm,
    act: Callable[[dict[str, Any], dt.datetime], Any],
    *,
    back: str,
    then: Callable[[Any], str] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show the form; sent and in order, act once and go on. A refusal is the form's error, a conflict is asked."""
    status = 200
    if request.method == "POST":
        status = INVALID
        if _unanswered(request):
            form.add_error(None, _("有的字段还没有选定用谁的。请核对下面的内容再提交。"))
        if form.is_valid():
            at = timezone.now()

            def acting() -> str:
                result = act(form.values(), at)
                return then(result) if then else back

            try:
                url = core_actions.act_once(acting, key=form.key, by=request.user, at=at)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            except conflicts.Conflict as conflict:
                return _ask(request, form, conflict.names, back)
            except IntegrityError:  # two people did the same at the same moment, and the database kept the first
                form.add_error(None, _("别人刚刚登记了相同的内容。请刷新核对。"))
            else:
                messages.success(request, _("已保存。"))
                return redirect(url)
    assert request.resolver_match is not None
    template = f"network/{request.resolver_match.url_name}.html"
    return render(request, template, {"form": form, "back": back, **context}, status=status)


def keep_upload(request: HttpRequest, subject: Any, at: dt.datetime, name: str = "file") -> StoredFile | None:
    """The uploaded file, to be opened by whoever sees `subject`; None where none was sent."""
    upload = request.FILES.get(name)
    if upload is None:
        return None
    return core_actions.store_file(
        files.place(upload.chunks()), name=upload.name, by=request.user, at=at, subject=subject
    )


def exported(
    request: HttpRequest, name: Any, columns: Sequence[Any], rows: Iterable[Sequence[Any]], filters: str
) -> HttpResponse | None:
    """The list as a file when the address asks for one."""
    wanted = request.GET.get("export")
    if wanted not in exports.FORMATS:
        return None
    return _export(request, name, columns, rows, filters, wanted)


@limits.rate("exports")
def _export(request, name, columns, rows, filters, wanted):
    user: Any = request.user
    form = ExportReason(request.GET if "reason" in request.GET else None)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        return exports.table_response(
            str(name), columns, rows, format=wanted, by=user, at=timezone.now(), filters=filters, reason=reason
        )
    except exports.ReasonNeeded:
        kept = [(key, value) for key, values in request.GET.lists() if key != "reason" for value in values]
        context = {"form": form, "kept": kept, "what": name, "limit": settings.EXPORT_REASON_ROWS}
        return render(request, "core/export_reason.html", context, status=INVALID if form.errors else 200)


def _unanswered(request: HttpRequest) -> bool:
    asked = filter(None, request.POST.get("asked", "").split(","))
    return any(name not in request.POST for name in asked)


def _ask(request: HttpRequest, form: StoryForm, names: list[str], back: str) -> HttpResponse:
    """The conflict page: for each field what was there at first, what is there now, and what this user wants."""
    assert isinstance(form, EditForm)
    instance = type(form.instance).objects.visible_to(request.user).get(pk=form.instance.pk)
    seen = conflicts.unpack(form.cleaned_data["seen"], instance)
    rows = []
    for name in names:
        field = form.fields[name]
        theirs, mine = conflicts.raw(getattr(instance, name)), conflicts.raw(form.cleaned_data[name])
        rows.append(
            {
                "name": name,
                "label": field.label,
                "opened": _shown(field, seen[name]),
                "theirs": _shown(field, theirs),
                "theirs_raw": theirs,
                "mine": _shown(field, mine),
                "mine_raw": mine,
                "untouched": mine == seen[name],
            }
        )
    settled = {*names, *(f"{name}_id" for name in names), "seen", "asked", "csrfmiddlewaretoken"}
    kept = [(name, value) for name, values in request.POST.lists() if name not in settled for value in values]
    context = {
        "rows": rows,
        "kept": kept,
        "seen": conflicts.pack(instance, form.names),
        "asked": ",".join(names),
        "back": back,
        "record": instance,
    }
    return render(request, "network/conflict.html", context, status=409)


def _shown(field: Any, raw: str) -> str:
    if raw in {"true", "false"}:
        return _("是") if raw == "true" else _("否")
    if isinstance(field, PickedField):
        found = field.queryset.filter(code=raw).first() if field.queryset is not None else None
        return str(found or raw)
    return str(dict(getattr(field, "choices", [])).get(raw, raw)) or _("（空）")
