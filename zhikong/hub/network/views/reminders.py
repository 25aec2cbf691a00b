"""Reminders: preview and send, the list of them, reading and answering."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from zhikong.hub.core import exports
from zhikong.hub.core.actions.once import act_once
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.listing import page_of

from .. import actions, coverage, reminding, roles
from ..forms.reminders import AnswerReminder, Remind
from ..models import Region, Reminder, Specialty
from ..roles import Ability
from .answering import exported

STATES = [
    ("", gettext_lazy("全部")),
    ("unread", Reminder.State.UNREAD.label),
    ("read", Reminder.State.READ.label),
    ("answered", Reminder.State.ANSWERED.label),
    ("nobody", Reminder.State.NOBODY.label),
    ("overdue", gettext_lazy("逾期未复")),
]


def _plan(request, source):
    """What `?cell=`, or `?region=&level=`, asks to remind of; 404 for what this person does not see."""
    visible = Region.objects.visible_to(request.user).select_related("parent")
    if source.get("cell"):
        code, _dot, specialty_code = source["cell"].partition(".")
        region = get_object_or_404(visible.filter(level__in=[coverage.CITY, coverage.COUNTY]), code=code)
        specialty = get_object_or_404(Specialty.objects.visible_to(request.user), code=specialty_code)
        plan = reminding.plan_cell(request.user, region, specialty)
    else:
        region = get_object_or_404(visible, code=source.get("region", ""))
        level = source.get("level") if source.get("level") in (coverage.CITY, coverage.COUNTY) else coverage.CITY
        plan = reminding.plan_gaps(request.user, region, level)
    if plan is None:
        raise Http404
    return plan


@roles.requires(Ability.REMIND)
def remind(request):
    """Preview of a reminder: to whom, about what, until when; then sent with one click, however often it is clicked."""
    source = request.POST if request.method == "POST" else request.GET
    plan = _plan(request, source)
    initial = {
        "text": reminding.standard_text(plan.specialty, plan.level),
        "due_on": reminding.standard_due_on(),
    }
    if request.method == "POST":
        data = request.POST.copy()
        for name, value in initial.items():
            data.setdefault(name, str(value))  # the one-click button sends only the cell
        form = Remind(data, user=request.user)
        if form.is_valid():
            try:
                return redirect(_send(request, plan, form))
            except Refused as refusal:
                form.add_error(None, str(refusal))
    else:
        form = Remind(initial=initial, user=request.user)
    latest = {}
    about = Q(specialty=plan.specialty) if plan.specialty else Q(specialty__isnull=True)
    for reminder in Reminder.objects.visible_to(request.user).filter(
        about, region__in=plan.regions, level=plan.level, answered_at__isnull=True
    ):
        latest.setdefault(reminder.region_id, reminder)
    lines = [
        {
            "region": region,
            "missing": plan.missing.get(region.pk, []),
            "people": plan.recipients.get(region.pk, []),
            "latest": latest.get(region.pk),
        }
        for region in plan.regions
    ]
    return render(
        request,
        "network/remind.html",
        {
            "form": form,
            "plan": plan,
            "lines": lines,
            "nobody": sum(not line["people"] for line in lines),
            "hidden": {name: source[name] for name in ("cell", "region", "level") if source.get(name)},
        },
    )


def _send(request, plan, form) -> str:
    """Where to go on to. A second click leads there as well and sends nothing."""
    if source_is_drawer := request.POST.get("back") == "cell":
        url = f"{reverse('network:coverage_matrix')}?cell={plan.regions[0].code}.{plan.specialty.code}"
        if plan.level == coverage.COUNTY:
            url += f"&region={plan.regions[0].code}"
    else:
        url = reverse("network:reminders")
    said = []

    def act() -> str:
        said.extend(
            actions.remind(
                plan.regions,
                level=plan.level,
                specialty=plan.specialty,
                missing=plan.lists,
                by=request.user,
                at=timezone.now(),
                **form.values(),
            )
        )
        return url

    url = act_once(act, key=form.key, by=request.user, at=timezone.now())
    people = sum(reminder.recipients for reminder in said)
    if said and people:
        messages.success(
            request, _("已催报 %(count)d 处，%(people)d 人收到。") % {"count": len(said), "people": people}
        )
    elif said:
        messages.warning(request, _("已记下催报，但没有可收件的账号（无人接收）。请联系安全管理员开通。"))
    elif not source_is_drawer:
        messages.info(request, _("这次催报已经发过，没有重复发送。"))
    return url


@roles.requires(Ability.READ_NETWORK)
def reminders(request):
    """The reminders of one's regions and those one has sent, with what became of each."""
    state = request.GET.get("state", "")
    found = Reminder.objects.visible_to(request.user).select_related("region", "specialty", "sent_by", "answered_by")
    if request.GET.get("box") == "received":
        found = found.filter(pk__in=Reminder.objects.addressed_to(request.user).values("pk"))
    elif request.GET.get("box") == "sent":
        found = found.filter(sent_by=request.user)
    found = found.in_state(state)
    if request.GET.get("export") in exports.FORMATS:
        return _export(request, found)
    boxes = [("", _("全部")), ("received", _("收到")), ("sent", _("发出"))]
    return render(
        request,
        "network/reminders.html",
        {
            "page": page_of(request, found),
            "states": [{"value": value, "label": label, "current": value == state} for value, label in STATES],
            "boxes": [
                {"value": value, "label": label, "current": value == request.GET.get("box", "")}
                for value, label in boxes
            ],
        },
    )


def _export(request, found):
    columns = [_("地区"), exports.Column(_("专业"), 20), _("层级"), _("催报时间"), _("催报人"), _("回复期限"),
               _("收件人数"), _("状态"), _("首次阅读"), exports.Column(_("回复"), 40), _("预计完成")]  # fmt: skip
    rows = (
        [each.region.name, each.specialty.name if each.specialty else _("全部缺口"),
         Region.Level(each.level).label, each.sent_at, each.sent_by.name, each.due_on, each.recipients,
         each.state.label, each.read_at, each.answer, each.expected_on]
        for each in found.iterator(chunk_size=500)
    )  # fmt: skip
    return exported(request, pgettext("list", "催报"), columns, rows, request.GET.urlencode())


@roles.requires(Ability.READ_NETWORK)
def reminder(request, reminder_id):
    """One reminder: its text, its state; whoever received it may answer here."""
    found = get_object_or_404(
        Reminder.objects.visible_to(request.user).select_related("region", "specialty", "sent_by", "answered_by"),
        pk=reminder_id,
    )
    mine = Reminder.objects.addressed_to(request.user).filter(pk=found.pk).exists()
    form = AnswerReminder(request.POST or None, user=request.user) if mine and not found.answered_at else None
    if request.method == "POST":
        if form is None:
            form = AnswerReminder(request.POST, user=request.user)
        if form.is_valid():
            try:
                actions.answer_reminder(found, by=request.user, at=timezone.now(), **form.values())
                messages.success(request, _("已回复，催报人会收到通知。"))
                return redirect("network:reminder", found.pk)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    return render(
        request,
        "network/reminder.html",
        {"reminder": found, "form": form, "mine": mine},
    )


@roles.requires(Ability.READ_NETWORK)
@require_POST
def read_reminder(request, reminder_id):
    """已阅: the sender sees the first moment."""
    found = get_object_or_404(Reminder.objects.visible_to(request.user), pk=reminder_id)
    try:
        actions.read_reminder(found, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("network:reminder", found.pk)
