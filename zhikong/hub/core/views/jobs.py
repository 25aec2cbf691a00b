from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import access, actions, listing
from ..errors import Refused
from ..models import Duty, Job


@access.signed_in
def jobs(request):
    """One's own long tasks; all of them for the system administrator."""
    mine = Job.objects.visible_to(request.user)
    state = request.GET.get("state", "")
    found = mine.filter(state=state) if state in Job.State.values else mine
    rows = found.select_related("owner").defer("arguments", "checkpoint", "result")
    context = {
        "page": listing.page_of(request, rows),
        "tabs": [
            listing.Tab(_("全部"), "?", current=state not in Job.State.values),
            *(listing.Tab(label, f"?state={each}", current=state == each) for each, label in Job.State.choices),
        ],
        "tabs_label": _("状态"),
        "shows_owner": request.user.duty == Duty.SYSTEM,
        "blank_title": _("没有任务"),
        "blank_text": _("导入、导出等要花时间的事办理时会列在这里，完成后的结果保留 %(days)s 天。")
        % {"days": settings.JOB_RESULT_DAYS},
    }
    return render(request, "core/jobs.html", context)


@access.signed_in
def job(request, job_id):
    """How far a task is, and what came out. htmx asks every two seconds for the sheet alone, until it is over."""
    found = get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=job_id)
    is_poll = request.htmx and not request.htmx.boosted
    return render(request, "core/job_sheet.html" if is_poll else "core/job.html", _job_context(request, found))


@access.signed_in
@require_POST
def cancel_job(request, job_id):
    found = get_object_or_404(Job.objects.visible_to(request.user), pk=job_id)
    try:
        actions.cancel_job(found, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("core:job", found.pk)


def _job_context(request, found):
    owns = found.owner_id == request.user.pk
    now = timezone.now()
    return {
        "job": found,
        "number": str(found.pk)[:8],
        "owns": owns,
        "waits_until": found.run_after if found.attempts and found.run_after and found.run_after > now else None,
        "minutes_left": found.minutes_left(now),
        "is_finishing": found.state == Job.State.RUNNING and found.percent == 100,
        # Administrators run the queue; what came out of a task is its owner's business.
        "result": found.result if owns else {},
        "result_url": found.result_url if owns else "",
        "keeps_days": settings.JOB_RESULT_DAYS,
    }
