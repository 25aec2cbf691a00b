from datetime import datetime, time

from axes.models import AccessFailureLog, AccessLog
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import get_current_timezone, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .. import access, audit, capture, listing
from .. import history as histories
from .. import ledger as verification
from ..forms import accounts as forms
from ..models import Duty, LedgerEntry, RowChange, User
from .sessions import device

MOST_CHANGES = 200  # shown of one entry; an import may hold a hundred thousand


def visible_record(user, label, pk):
    """The ledgered record of this name and key, if the user may see it; else 404."""
    try:
        model = apps.get_model(label)
        record = getattr(model, "ledgered", False) and model.objects.visible_to(user).filter(pk=pk).first()
    except (LookupError, ValueError, ValidationError, OverflowError):
        record = None
    if not record:
        raise Http404
    return record


@access.signed_in
def history(request, label, pk):
    """Every entry about one record and its parts, newest first."""
    record = visible_record(request.user, label, pk)
    return render(
        request,
        "core/history.html",
        {
            "record": record,
            "record_kind": record._meta.verbose_name,
            "record_url": record.get_absolute_url() if hasattr(record, "get_absolute_url") else "",
            "history": histories.of(record, request),
        },
    )


def _tables():
    return [(model._meta.db_table, _label(model)) for model in capture.ledgered_models()]


def _label(model):
    """What a record is called; the table behind a field of many is called after its record and its field."""
    if not model._meta.auto_created:
        return model._meta.verbose_name
    owner = model._meta.auto_created._meta
    field = next(each for each in owner.local_many_to_many if each.remote_field.through is model)
    return str(owner.verbose_name) + _("：") + str(field.verbose_name)


def _line(entry, tables):
    body = entry.told()
    return {
        "seq": entry.seq,
        "at": entry.at,
        "who": body["by_name"] or _("系统"),
        "origin": histories.ORIGINS.get(body["origin"], body["origin"]),
        "action": audit.verb_label(entry.action),
        "kind": tables.get(entry.subject_table, entry.subject_table),
        "subject": body["subject"],
        "reason": body["reason"],
        "changes": body["changes"],
    }


def _tabs(current):
    return [
        listing.Tab(_("操作"), reverse("core:ledger"), current=current == "ledger"),
        listing.Tab(pgettext("tab", "登录"), reverse("core:sign_in_events"), current=current == "sign_in_events"),
    ]


def _moment(day, clock):
    return make_aware(datetime.combine(day, clock), get_current_timezone())


@access.duty(Duty.AUDIT)
def ledger(request):
    """Every recorded action, newest first."""
    tables = dict(_tables())
    form = forms.LedgerFilter(request.GET, tables=sorted(tables.items(), key=lambda pair: str(pair[1])))
    entries = LedgerEntry.objects.visible_to(request.user)
    if form.is_valid():
        wanted = form.cleaned_data
        if wanted["who"]:
            people = User.objects.filter(Q(username__iexact=wanted["who"]) | Q(name=wanted["who"]))
            entries = entries.filter(by_id__in=list(people.values_list("pk", flat=True)))
        for name, condition in (("verb", "action"), ("table", "subject_table"), ("pk", "subject_pk")):
            if wanted[name]:
                entries = entries.filter(**{condition: wanted[name]})
        if wanted["begin"]:
            entries = entries.filter(at__gte=_moment(wanted["begin"], time.min))
        if wanted["end"]:
            entries = entries.filter(at__lte=_moment(wanted["end"], time.max))
    page = listing.page_of(request, entries)
    lines = [_line(entry, tables) for entry in page]
    return render(
        request,
        "core/ledger.html",
        {"form": form, "page": page, "lines": lines, "tabs": _tabs("ledger"), "head": verification.head()},
    )


@access.duty(Duty.AUDIT)
def ledger_entry(request, seq):
    """One action: who, when, why, and every field from old to new."""
    entry = get_object_or_404(LedgerEntry.objects.visible_to(request.user), pk=seq)
    changes = list(RowChange.objects.visible_to(request.user).filter(token=entry.token).order_by("id")[:MOST_CHANGES])
    body = entry.told()
    return render(
        request,
        "core/ledger_entry.html",
        {
            "entry": entry,
            "line": _line(entry, dict(_tables())),
            "facts": body["facts"].items(),
            "rows": histories.Names(request.user, changes).rows(changes),
            "hidden": body["changes"] - len(changes),
        },
    )


@access.duty(Duty.AUDIT)
def sign_in_events(request):
    """Who signed in, and who tried."""
    form = forms.SignInFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {"who": "", "kind": ""}
    log = AccessFailureLog if wanted["kind"] == "bad" else AccessLog
    events = log.objects.order_by("-attempt_time", "-pk")
    if wanted["who"]:
        events = events.filter(username__iexact=wanted["who"])
    page = listing.page_of(request, events)
    lines = [{"event": event, "device": device(event.user_agent)} for event in page]
    context = {
        "form": form,
        "page": page,
        "lines": lines,
        "tabs": _tabs("sign_in_events"),
        "failed": wanted["kind"] == "bad",
    }
    return render(request, "core/sign_in_events.html", context)


@access.duty(Duty.AUDIT)
def ledger_head(request):
    """The last digest, to be kept elsewhere: it proves later that nothing before it was touched."""
    last = verification.head()
    if last is None:
        raise Http404
    name = f"ledger-head-{last.at[:10]}.txt"
    return HttpResponse(
        last.line(),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
