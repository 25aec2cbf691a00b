"""Filings and what else falls due: the change log, plans that are missing, terms that end."""

import datetime as dt

from django.conf import settings
from django.db.models import Count
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhikong.hub.core import search
from zhikong.hub.core.exports import Column
from zhikong.hub.core.listing import Tab, page_of

from .. import actions, roles
from ..forms import centres as forms
from ..models import Centre, CentreChange, CentrePlan
from ..roles import Ability
from .answering import answer, exported, keep_upload

LISTED = ("centre__region__parent", "centre__specialty", "file")


def _narrowed(rows, filters):
    if text := search.cleaned(filters.chosen("q") or ""):
        rows = rows.filter(centre__name__icontains=text)
    if region := filters.chosen("region"):
        rows = rows.filter(centre__region__order__range=(region.order, region.last))
    if level := filters.chosen("level"):
        rows = rows.filter(centre__level=level)
    if kind := filters.chosen("kind"):
        rows = rows.filter(kind=kind)
    return rows


@roles.requires(Ability.READ_NETWORK)
def filings(request):
    """Changes by how far their filing has come: overdue, due, filed and waiting, received."""
    today = timezone.localdate()
    filters = forms.FilingFilter(request.GET, user=request.user)
    rows = _narrowed(CentreChange.objects.visible_to(request.user).select_related(*LISTED), filters)
    stages = {
        "overdue": (_("逾期未备案"), rows.overdue(today)),
        "due": (_("待备案"), rows.unfiled().filter(due_on__gte=today)),
        "filed": (_("待签收"), rows.to_receive()),
        "received": (_("已签收"), rows.received()),
    }
    stage = request.GET.get("stage", "")
    if stage not in stages:
        stage = "overdue"
    title, chosen = stages[stage]
    chosen = chosen.order_by("due_on", "pk") if stage in {"overdue", "due"} else chosen
    columns = [
        Column(_("质控中心"), 36),
        _("层级"),
        Column(_("地区"), 14),
        _("变更"),
        _("发生日期"),
        _("备案期限"),
        _("逾期（天）"),
        _("备案日期"),
        Column(_("备案文号"), 24),
        _("签收日期"),
    ]
    cells = (
        (
            row.centre.name,
            row.centre.get_level_display(),
            row.centre.region.name,
            row.get_kind_display(),
            row.happened_on,
            row.due_on,
            row.days_overdue(today) or None,
            row.filed_on,
            row.document,
            row.received_on,
        )
        for row in chosen.iterator(chunk_size=1000)
    )
    if file := exported(request, title, columns, cells, filters.said()):
        return file
    page = page_of(request, chosen)
    for change in page:
        change.overdue_days = change.days_overdue(today)
        change.may_file = roles.may_for_centre(request.user, Ability.FILE_CHANGES, change.centre)
        above = change.centre.region.parent or change.centre.region
        change.may_receive = roles.may(request.user, Ability.RECEIVE_FILINGS, region=above)
    counts = {key: found.order_by().count() for key, (_label, found) in stages.items()}
    by_region = []
    if stage == "overdue":
        names = ("centre__region__code", "centre__region__name", "centre__region__order")
        grouped = chosen.order_by().values(*names).annotate(count=Count("pk"))
        by_region = list(grouped.order_by("-count", "centre__region__order")[:10])
    query = request.GET.copy()
    for name in ("page", "stage", "export"):
        query.pop(name, None)
    kept = f"&{query.urlencode()}" if query else ""
    tabs = [Tab(label, f"?stage={key}{kept}", key == stage, counts[key]) for key, (label, _rows) in stages.items()]
    context = {"page": page, "filters": filters, "stage": stage, "tabs": tabs, "counts": counts, "by_region": by_region}
    return render(request, "network/filings.html", context)


def _visible_change(request, pk):
    return get_object_or_404(CentreChange.objects.visible_to(request.user).select_related(*LISTED), pk=pk)


@roles.requires(Ability.FILE_CHANGES)
def file_change(request, pk):
    change = _visible_change(request, pk)
    initial = {"filed_on": timezone.localdate()}
    form = forms.FileChange(request.POST or None, request.FILES or None, user=request.user, initial=initial)

    def act(values, at):
        values["file"] = keep_upload(request, change.centre, at)
        return actions.file_change(change, by=request.user, at=at, **values)

    overdue = change.days_overdue(timezone.localdate())
    back = f"{change.centre.get_absolute_url()}?tab=changes"
    return answer(request, form, act, back=back, record=change, overdue=overdue)


@roles.requires(Ability.RECEIVE_FILINGS)
def receive_filing(request, pk):
    change = _visible_change(request, pk)
    form = forms.ReceiveFiling(request.POST or None, user=request.user, initial={"received_on": timezone.localdate()})
    return answer(
        request,
        form,
        lambda values, at: actions.receive_filing(change, by=request.user, at=at, **values),
        back=f"{reverse('network:filings')}?stage=filed",
        record=change,
    )


def _quarter_of(day):
    return day.year, (day.month + 2) // 3


def _quarter_bounds(quarter):
    year, number = quarter
    start = dt.date(year, number * 3 - 2, 1)
    end = dt.date(year, 12, 31) if number == 4 else dt.date(year, number * 3 + 1, 1) - dt.timedelta(days=1)
    return start, end


@roles.requires(Ability.READ_NETWORK)
def network_changes(request):
    """The change log of one quarter: what was founded, merged and closed, by level (ORG-13, ORG-14)."""
    filters = forms.ChangeFilter(request.GET, user=request.user)
    this_quarter = _quarter_of(timezone.localdate())
    quarter = filters.chosen("quarter") or this_quarter
    start, end = _quarter_bounds(quarter)
    rows = CentreChange.objects.visible_to(request.user).filter(happened_on__range=(start, end))
    rows = _narrowed(rows.select_related("centre__region", "centre__specialty"), filters)
    if specialty := filters.chosen("specialty"):
        rows = rows.filter(centre__specialty=specialty)
    name = f"{quarter[0]}Q{quarter[1]}"
    columns = [
        _("发生日期"),
        _("变更"),
        Column(_("质控中心"), 36),
        _("层级"),
        Column(_("地区"), 14),
        Column(_("专业"), 20),
        Column(_("说明"), 40),
    ]
    cells = (
        (
            row.happened_on,
            row.get_kind_display(),
            row.centre.name,
            row.centre.get_level_display(),
            row.centre.region.name,
            row.centre.specialty.name,
            row.detail,
        )
        for row in rows.iterator(chunk_size=1000)
    )
    if file := exported(request, _("网络变化") + name, columns, cells, filters.said() or name):
        return file
    counted = rows.order_by().values_list("centre__level", "kind").annotate(count=Count("pk"))
    table = {(level, kind): count for level, kind, count in counted}
    shown_kinds = CentreChange.Kind.choices
    summary = [
        {"label": label, "cells": [table.get((level, kind), 0) for kind, _label in shown_kinds]}
        for level, label in Centre.Level.choices
        if any(table.get((level, kind)) for kind, _label in shown_kinds)
    ]
    year, number = quarter
    before, after = (
        ((year, number - 1) if number > 1 else (year - 1, 4)),
        ((year, number + 1) if number < 4 else (year + 1, 1)),
    )
    context = {
        "page": page_of(request, rows),
        "filters": filters,
        "quarter": name,
        "year": year,
        "number": number,
        "before": f"{before[0]}Q{before[1]}",
        "after": f"{after[0]}Q{after[1]}" if quarter < this_quarter else "",
        "kinds": [label for _kind, label in shown_kinds],
        "summary": summary,
    }
    return render(request, "network/network_changes.html", context)


@roles.requires(Ability.READ_NETWORK)
def missing_plans(request):
    """Standing centres without a plan of some kind for the year (EVA-17)."""
    filters = forms.PlanFilter(request.GET, user=request.user)
    year = filters.chosen("year") or timezone.localdate().year
    rows = Centre.objects.visible_to(request.user).lacking_plans(year, filters.chosen("kind") or None)
    rows = rows.select_related("region", "specialty")
    if text := search.cleaned(filters.chosen("q") or ""):
        rows = search.matching(rows, text)
    if region := filters.chosen("region"):
        rows = rows.filter(region__order__range=(region.order, region.last))
    if level := filters.chosen("level"):
        rows = rows.filter(level=level)
    columns = [
        Column(_("质控中心"), 36),
        _("层级"),
        Column(_("地区"), 14),
        *(label for _kind, label in CentrePlan.Kind.choices),
    ]
    cells = (
        (
            row.name,
            row.get_level_display(),
            row.region.name,
            *(_("有") if getattr(row, f"has_{kind}") else _("缺") for kind in CentrePlan.Kind.values),
        )
        for row in rows.iterator(chunk_size=1000)
    )
    if file := exported(request, _("缺计划的质控中心") + str(year), columns, cells, filters.said()):
        return file
    page = page_of(request, rows)
    for row in page:
        row.kinds = [getattr(row, f"has_{kind}") for kind in CentrePlan.Kind.values]
    kinds = [label for _kind, label in CentrePlan.Kind.choices]
    return render(
        request, "network/missing_plans.html", {"page": page, "filters": filters, "year": year, "kinds": kinds}
    )


@roles.requires(Ability.READ_NETWORK)
def ending_terms(request):
    """Standing centres whose latest term ends soon or has ended."""
    filters = forms.TermFilter(request.GET, user=request.user)
    days = filters.chosen("days")
    days = settings.TERM_WARNING_DAYS if days is None else days
    today = timezone.localdate()
    rows = Centre.objects.visible_to(request.user).standing().last_terms().select_related("region")
    rows = rows.filter(term_ends_on__lte=today + dt.timedelta(days=days)).order_by("term_ends_on", "pk")
    if text := search.cleaned(filters.chosen("q") or ""):
        rows = rows.filter(name__icontains=text)
    if region := filters.chosen("region"):
        rows = rows.filter(region__order__range=(region.order, region.last))
    columns = [Column(_("质控中心"), 36), _("层级"), Column(_("地区"), 14), _("委托期至"), _("还有（天）")]
    cells = (
        (row.name, row.get_level_display(), row.region.name, row.term_ends_on, (row.term_ends_on - today).days)
        for row in rows.iterator(chunk_size=1000)
    )
    if file := exported(request, _("委托期将满"), columns, cells, filters.said()):
        return file
    page = page_of(request, rows)
    for row in page:
        row.days_left = (row.term_ends_on - today).days
        row.days_over = -row.days_left
    return render(request, "network/ending_terms.html", {"page": page, "filters": filters, "days": days})
