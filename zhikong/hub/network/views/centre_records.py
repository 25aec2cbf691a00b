from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhikong.hub.core import conflicts
from zhikong.hub.core.errors import Refused

from .. import actions, roles
from ..forms import centres as forms
from ..forms import specialties as group_forms
from ..forms.institutions import Reason
from ..models import Centre, CentreDuty, CentreMember, CentrePlan, SubspecialtyGroup
from ..roles import Ability
from .answering import answer, keep_upload


def _visible(request, pk):
    return get_object_or_404(Centre.objects.visible_to(request.user).select_related("region", "specialty"), pk=pk)


def _part(request, model, pk):
    return get_object_or_404(model.objects.visible_to(request.user).select_related("centre"), pk=pk)


def _edit(request, pk, form_class, action):
    record = _visible(request, pk)
    form = form_class(request.POST or None, user=request.user, instance=record)

    def act(values, at):
        seen = conflicts.unpack(form.cleaned_data["seen"], record)
        return action(record, by=request.user, at=at, seen=seen, **values)

    return answer(request, form, act, back=record.get_absolute_url(), record=record)


def _add(request, pk, form_class, action, tab):
    record = _visible(request, pk)
    form = form_class(request.POST or None, user=request.user)
    return answer(
        request,
        form,
        lambda values, at: action(record, by=request.user, at=at, **values),
        back=f"{record.get_absolute_url()}{tab}",
        record=record,
    )


def _change(request, part, form, action, tab):
    return answer(
        request,
        form,
        lambda values, at: action(part, by=request.user, at=at, **values),
        back=f"{part.centre.get_absolute_url()}?tab={tab}",
        record=part,
    )


@roles.requires(Ability.KEEP_CENTRE)
def edit_centre(request, pk):
    return _edit(request, pk, forms.EditCentre, actions.edit_centre)


@roles.requires(Ability.MANAGE_CENTRES)
def set_mandate(request, pk):
    return _edit(request, pk, forms.SetMandate, actions.set_mandate)


@roles.requires(Ability.MANAGE_CENTRES)
def add_term(request, pk):
    return _add(request, pk, forms.AddTerm, actions.add_term, "")


@roles.requires(Ability.KEEP_CENTRE)
def add_duty(request, pk):
    return _add(request, pk, forms.Duty, actions.add_duty, "?tab=duties")


@roles.requires(Ability.KEEP_CENTRE)
def edit_duty(request, pk):
    duty = _part(request, CentreDuty, pk)
    form = forms.Duty(request.POST or None, user=request.user, initial={"text": duty.text, "document": duty.document})
    return _change(request, duty, form, actions.edit_duty, "duties")


@roles.requires(Ability.KEEP_CENTRE)
def remove_duty(request, pk):
    duty = _part(request, CentreDuty, pk)
    return _change(request, duty, Reason(request.POST or None, user=request.user), actions.remove_duty, "duties")


@roles.requires(Ability.KEEP_CENTRE)
@require_POST
def move_duty(request, pk):
    """One place up or down; a refusal is said on the list."""
    duty = _part(request, CentreDuty, pk)
    form = forms.MoveDuty(request.POST)
    try:
        actions.move_duty(duty, by=request.user, at=timezone.now(), up=form.is_valid() and form.cleaned_data["up"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{duty.centre.get_absolute_url()}?tab=duties")


@roles.requires(Ability.KEEP_CENTRE)
def appoint_member(request, pk):
    return _add(request, pk, forms.AppointMember, actions.appoint_member, "?tab=people")


@roles.requires(Ability.KEEP_CENTRE)
def end_member(request, pk):
    member = _part(request, CentreMember, pk)
    return _change(
        request, member, forms.EndMember(request.POST or None, user=request.user), actions.end_member, "people"
    )


@roles.requires(Ability.KEEP_CENTRE)
def add_plan(request, pk):
    record = _visible(request, pk)
    form = forms.AddPlan(request.POST or None, request.FILES or None, user=request.user)

    def act(values, at):
        values["file"] = keep_upload(request, record, at)
        return actions.add_plan(record, by=request.user, at=at, **values)

    return answer(request, form, act, back=f"{record.get_absolute_url()}?tab=plans", record=record)


@roles.requires(Ability.KEEP_CENTRE)
def withdraw_plan(request, pk):
    plan = _part(request, CentrePlan, pk)
    return _change(request, plan, Reason(request.POST or None, user=request.user), actions.withdraw_plan, "plans")


@roles.requires(Ability.KEEP_CENTRE)
def apply_for_group(request, pk):
    return _add(request, pk, group_forms.ApplyForGroup, actions.apply_for_group, "?tab=groups")


@roles.requires(Ability.MANAGE_CENTRES)
def approve_group(request, pk):
    group = _part(request, SubspecialtyGroup, pk)
    form = group_forms.ApproveGroup(request.POST or None, user=request.user)
    return _change(request, group, form, actions.approve_group, "groups")


@roles.requires(Ability.MANAGE_CENTRES)
def refuse_group(request, pk):
    group = _part(request, SubspecialtyGroup, pk)
    form = group_forms.RefuseGroup(request.POST or None, user=request.user)
    return _change(request, group, form, actions.refuse_group, "groups")


@roles.requires(Ability.MANAGE_CENTRES)
def close_group(request, pk):
    group = _part(request, SubspecialtyGroup, pk)
    form = group_forms.CloseGroup(request.POST or None, user=request.user)
    return _change(request, group, form, actions.close_group, "groups")
