"""Targets of a plan against what stands (ORG-01 to ORG-03)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhikong.hub.core import exports
from zhikong.hub.core.actions.once import act_once
from zhikong.hub.core.errors import Refused

from .. import actions, coverage, roles, trends
from ..forms.targets import ChangeTarget, EndTarget, SetTarget
from ..models import Target
from ..roles import Ability
from .answering import exported


@roles.requires(Ability.READ_NETWORK)
def targets(request):
    """Every target of one's regions, with the actual figure and what is short of it."""
    province = coverage.province_of(request.user)
    if province is None:
        raise Http404
    found = list(Target.objects.visible_to(request.user).filter(ended_on__isnull=True).select_related("region"))
    standing = trends.Standing(request.user, province) if found else None
    lines = [standing.progress(target) for target in found] if standing else []
    if request.GET.get("export") in exports.FORMATS:
        return _export(request, lines)
    return render(
        request,
        "network/targets.html",
        {
            "lines": lines,
            "known": sum(line.is_known for line in lines),
            "short": sum(line.is_known and not line.reached for line in lines),
            "ended": Target.objects.visible_to(request.user).filter(ended_on__isnull=False).select_related("region"),
            "may_manage": roles.may(request.user, Ability.MANAGE_DICTIONARY),
        },
    )


def _export(request, lines):
    columns = [_("地区"), _("类别"), _("层级"), _("只计中医"), _("不少于"), _("实际"), _("差"), _("完成期限"),
               exports.Column(_("来源"), 40)]  # fmt: skip
    rows = (
        [line.target.region.name, line.target.get_kind_display(), line.target.get_level_display(),
         line.target.only_tcm, line.target.minimum, line.actual, line.shortfall, line.target.due_on,
         line.target.source]
        for line in lines
    )  # fmt: skip
    return exported(request, pgettext("list", "目标"), columns, rows, "")


@roles.requires(Ability.MANAGE_DICTIONARY)
def set_target(request):
    """A new target, with its source."""
    form = SetTarget(request.POST or None, user=request.user)
    if form.is_valid():

        def act() -> str:
            actions.set_target(by=request.user, at=timezone.now(), **form.values())
            return request.path

        try:
            act_once(act, key=form.key, by=request.user, at=timezone.now())
            messages.success(request, _("已设定目标。"))
            return redirect("network:targets")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "network/set_target.html", {"form": form, "heading": _("设定目标")})


def _standing_target(request, target_id: int) -> Target:
    return get_object_or_404(
        Target.objects.visible_to(request.user).filter(ended_on__isnull=True).select_related("region"), pk=target_id
    )


@roles.requires(Ability.MANAGE_DICTIONARY)
def change_target(request, target_id):
    """Number, date or source of a target."""
    target = _standing_target(request, target_id)
    initial = {"minimum": target.minimum, "due_on": target.due_on, "source": target.source}
    form = ChangeTarget(request.POST or None, initial=initial, user=request.user)
    if form.is_valid():
        try:
            actions.change_target(target, by=request.user, at=timezone.now(), **form.values())
            messages.success(request, _("已修改目标。"))
            return redirect("network:targets")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "network/change_target.html", {"form": form, "target": target})


@roles.requires(Ability.MANAGE_DICTIONARY)
def end_target(request, target_id):
    """Stop asking for it; it stays on record."""
    target = _standing_target(request, target_id)
    form = EndTarget(request.POST or None, initial={"ended_on": timezone.localdate()}, user=request.user)
    if form.is_valid():
        try:
            actions.end_target(target, by=request.user, at=timezone.now(), **form.values())
            messages.success(request, _("已停用目标。"))
            return redirect("network:targets")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "network/end_target.html", {"form": form, "target": target})
