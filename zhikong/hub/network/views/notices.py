"""Notices: uploaded and checked, their names answered, their findings handled, and taken in (通报核对)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhikong.hub.core import exports, files
from zhikong.hub.core.actions.once import act_once
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.listing import page_of

from .. import actions, coverage, roles
from ..forms.notices import ReceiveNotice, SetAsideNotice, TakeInNotice
from ..models import Notice, NoticeDiscrepancy, Specialty
from ..notice import Checked, message, title
from ..notice_dictionary import Reading, finding_of, handlings_for, unknown_hosts
from ..notice_upload import read_upload
from ..roles import Ability
from .answering import exported

SEVERITY_LOOKS = {"contradiction": ("bad", "reject"), "doubt": ("warn", "warn"), "hint": ("", "open")}


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def _handling_word(handling: str) -> str:
    return {
        NoticeDiscrepancy.Handling.SENT_BACK: _("发回核实"),
        NoticeDiscrepancy.Handling.ACCEPTED: _("按名单"),
        NoticeDiscrepancy.Handling.CONFIRMED: _("确认别名"),
        NoticeDiscrepancy.Handling.NOTED: _("记为已阅"),
    }[handling]


@roles.requires(Ability.READ_NETWORK)
def notices(request):
    """The notices of one's regions, newest first."""
    found = Notice.objects.visible_to(request.user).select_related("region").defer("content", "checked_facts")
    province = coverage.province_of(request.user)
    page = page_of(request, found)
    open_counts = {}
    for discrepancy in NoticeDiscrepancy.objects.visible_to(request.user).filter(
        notice__in=[each.pk for each in page], handling="open"
    ):
        counts = open_counts.setdefault(discrepancy.notice_id, {})
        counts[discrepancy.severity] = counts.get(discrepancy.severity, 0) + 1
    return render(
        request,
        "network/notices.html",
        {
            "page": page,
            "lines": [{"notice": each, "open": open_counts.get(each.pk, {})} for each in page],
            "may_take_in": province is not None and roles.may(request.user, Ability.TAKE_IN_NOTICES, region=province),
        },
    )


@roles.requires(Ability.TAKE_IN_NOTICES)
def receive_notice(request):
    """Upload a notice; it is read in a child process and checked at once."""
    province = coverage.province_of(request.user)
    if province is None or not roles.may(request.user, Ability.TAKE_IN_NOTICES, region=province):
        raise Http404
    form = ReceiveNotice(request.POST or None, request.FILES or None, user=request.user)
    refused = getattr(request, "refused_upload", "")
    if refused:
        form.add_error(None, refused)
    elif form.is_valid():
        upload = form.cleaned_data["file"]

        def act() -> str:
            received = actions.receive_notice(
                content,
                file=placed,
                name=upload.name,
                region=province,
                issued_on=form.cleaned_data["issued_on"],
                by=request.user,
                at=timezone.now(),
            )
            return reverse("network:notice", args=[received.pk])

        try:
            placed = files.place(upload)
            content = read_upload(files.path_of(placed.pk), files.clean_name(upload.name))
            return redirect(act_once(act, key=form.key, by=request.user, at=timezone.now()))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "network/receive_notice.html", {"form": form, "province": province})


def _notice(request, notice_id: int) -> Notice:
    return get_object_or_404(
        Notice.objects.visible_to(request.user).select_related("region", "file", "read_by"), pk=notice_id
    )


@roles.requires(Ability.READ_NETWORK)
def notice(request, notice_id):
    """The consistency report: what agrees, what contradicts itself, what is doubtful, and what was done about each."""
    found = _notice(request, notice_id)
    discrepancies = list(found.discrepancies.visible_to(request.user).select_related("handled_by"))
    language = _language()
    may_handle = roles.may(request.user, Ability.TAKE_IN_NOTICES, region=found.region)
    lines = [_line(discrepancy, language, may_handle) for discrepancy in discrepancies]
    if request.GET.get("export") in exports.FORMATS:
        return _export(request, found, lines)
    checked = [Checked.from_dict(fact) for fact in found.checked_facts]
    reading = Reading.of(found)
    waiting = found.state == Notice.State.CHECKED
    questions = _questions(reading) if waiting else []
    return render(
        request,
        "network/notice.html",
        {
            "notice": found,
            "read": reading.notice,
            "lines": lines,
            "counts": [
                (severity.label, sum(each.severity == severity for each in discrepancies), *SEVERITY_LOOKS[severity])
                for severity in NoticeDiscrepancy.Severity
            ],
            "agrees": [message(fact, language) for fact in checked if fact.done],
            "unchecked": [message(fact, language) for fact in checked if not fact.done],
            "names": sum(len(row.missing) for row in reading.notice.cities),
            "questions": questions,
            "unanswered": sum(not question["answer"] for question in questions),
            "specialties": Specialty.objects.visible_to(request.user).filter(is_active=True) if questions else [],
            "may_handle": may_handle,
            "waiting": waiting and may_handle,
        },
    )


def _line(discrepancy: NoticeDiscrepancy, language: str, may_handle: bool) -> dict:
    finding = finding_of(discrepancy)
    difference = finding.difference
    return {
        "discrepancy": discrepancy,
        "look": SEVERITY_LOOKS[discrepancy.severity],
        "title": title(finding, language),
        "place": finding.place.label(language),
        "stated": finding.stated if isinstance(finding.stated, int) else "",
        "computed": finding.computed if isinstance(finding.computed, int) else "",
        "difference": "" if not difference else f"{difference:+d}".replace("-", "−"),
        "message": message(finding, language),
        "steps": [
            {"value": handling, "word": _handling_word(handling)}
            for handling in (handlings_for(discrepancy) if may_handle else [])
            if handling != discrepancy.handling and discrepancy.kind not in ("unknown_name", "unknown_centre")
        ],
        "is_name": discrepancy.kind in ("unknown_name", "unknown_centre"),
    }


def _questions(reading: Reading) -> list[dict]:
    """Each unclear name with what it may mean; nothing is chosen beforehand."""
    return [
        {
            "index": index,
            "printed": match.printed,
            "cities": "、".join(cities),
            "candidates": [candidate for candidate in match.candidates if candidate.code],
            "answer": reading.answer_to(match.printed),
        }
        for index, (match, cities) in enumerate(reading.resolved().questions)
    ]


def _export(request, found: Notice, lines: list[dict]):
    columns = [_("级别"), exports.Column(_("在哪里"), 22), exports.Column(_("原文位置"), 14), _("来文写"), _("名单有"),
               _("差"), exports.Column(_("系统怎么看"), 70), _("处理"), exports.Column(_("处理说明"), 24)]  # fmt: skip
    rows = (
        [line["discrepancy"].get_severity_display(), line["title"], line["place"], line["stated"], line["computed"],
         line["difference"], line["message"], line["discrepancy"].get_handling_display(),
         line["discrepancy"].handling_note]
        for line in lines
    )  # fmt: skip
    return exported(request, _("来文核对 %(number)s") % {"number": found.number or found.title}, columns, rows, "")


@roles.requires(Ability.TAKE_IN_NOTICES)
@require_POST
def answer_names(request, notice_id):
    """The answers to the unclear names; those left open stay open."""
    found = _notice(request, notice_id)
    answers = {}
    for question in _questions(Reading.of(found)):
        answer = request.POST.get(f"name-{question['index']}", "")
        if answer == "other":
            answer = request.POST.get(f"other-{question['index']}", "")
        if request.POST.get(f"printed-{question['index']}") == question["printed"] and answer:
            answers[question["printed"]] = answer
    try:
        if not answers:
            raise Refused(_("还没有选。请逐个名称选一项再保存。"))
        reopened = actions.answer_names(found, answers, by=request.user, at=timezone.now())
        messages.success(request, _("已认定 %(count)d 个名称。") % {"count": len(answers)})
        if reopened:
            messages.warning(request, _("%(count)d 条已处理的核对结果因此有变，请重新处理。") % {"count": reopened})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("network:notice", found.pk)


@roles.requires(Ability.TAKE_IN_NOTICES)
@require_POST
def handle_discrepancy(request, discrepancy_id):
    """发回核实, 按名单, 确认别名, 记为已阅."""
    discrepancy = get_object_or_404(
        NoticeDiscrepancy.objects.visible_to(request.user).filter(notice__in=Notice.objects.visible_to(request.user)),
        pk=discrepancy_id,
    )
    try:
        actions.handle_discrepancy(
            discrepancy, handling=request.POST.get("handling", ""), by=request.user, at=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('network:notice', args=[discrepancy.notice_id])}#finding-{discrepancy.position}")


@roles.requires(Ability.TAKE_IN_NOTICES)
def take_in_notice(request, notice_id):
    """The last page before the notice counts: what will be written, and the institutions nobody knows yet."""
    found = _notice(request, notice_id)
    form = TakeInNotice(request.POST or None, initial={"issued_on": found.issued_on}, user=request.user)
    if form.is_valid():
        try:
            actions.take_in_notice(found, by=request.user, at=timezone.now(), **form.values())
            messages.success(request, _("已采用。覆盖矩阵和排名从现在起按这份通报计算。"))
            return redirect("network:notice", found.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    reading = Reading.of(found)
    standing = coverage.provincial_specialties(found.region).values_list("code", flat=True)
    listed = {entry.code for entry in reading.resolved().catalogue if entry.row is not None and entry.code}
    strangers = unknown_hosts(found)
    if not strangers:
        del form.fields["create_institutions"]
    return render(
        request,
        "network/take_in_notice.html",
        {
            "notice": found,
            "form": form,
            "cities": len(reading.notice.cities),
            "strangers": strangers,
            "new_centres": len(listed - set(standing)),
            "not_listed": (
                Specialty.objects.visible_to(request.user).filter(code__in=set(standing) - listed) if listed else []
            ),
            "unanswered": [question for question in _questions(reading) if not question["answer"]],
        },
    )


@roles.requires(Ability.TAKE_IN_NOTICES)
def set_aside_notice(request, notice_id):
    """Not to be used."""
    found = _notice(request, notice_id)
    form = SetAsideNotice(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            actions.set_aside_notice(found, by=request.user, at=timezone.now(), **form.values())
            messages.success(request, _("已记为不采用。"))
            return redirect("network:notices")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "network/set_aside_notice.html", {"notice": found, "form": form})
