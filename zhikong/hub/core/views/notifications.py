from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import access, actions, listing
from ..errors import Refused
from ..forms import notifications as forms
from ..models import Delivery, Duty, Notification, NotificationSettings


@access.signed_in
def inbox(request):
    """What a person should know or do, newest first; and what they told others, with who has read it."""
    mine = Notification.objects.visible_to(request.user)
    unread = mine.unread()
    box = request.GET.get("box", "unread")
    boxes = {"unread": unread, "all": mine, "sent": Notification.objects.sent_by(request.user)}
    if box not in boxes:
        box = "unread"
    unread_count = unread.count()
    context = {
        "page": listing.page_of(request, boxes[box].select_related("sender")),
        "box": box,
        "unread_count": unread_count,
        "tabs": [
            listing.Tab(_("未读"), "?", box == "unread", unread_count),
            listing.Tab(_("全部"), "?box=all", box == "all"),
            listing.Tab(_("我发出的"), "?box=sent", box == "sent"),
        ],
        "tabs_label": _("通知"),
    }
    return render(request, "core/inbox.html", context)


@access.signed_in
@require_POST
def read_notification(request, notification_id):
    """Mark as read and go on to what it is about."""
    found = get_object_or_404(Notification.objects.visible_to(request.user), pk=notification_id)
    actions.read_notification(found, by=request.user, at=timezone.now())
    if found.url and url_has_allowed_host_and_scheme(found.url, allowed_hosts=None):
        return redirect(found.url)
    return redirect("core:inbox")


@access.signed_in
@require_POST
def read_all_notifications(request):
    actions.read_all_notifications(by=request.user, at=timezone.now())
    return redirect("core:inbox")


@access.signed_in
def notification_settings(request):
    """How one wants to be told."""
    now = NotificationSettings.objects.visible_to(request.user).first() or NotificationSettings(user=request.user)
    names = ("by_mail", "daily_digest", "quiet_from", "quiet_until")
    form = forms.NotificationSettings(request.POST or None, initial={name: getattr(now, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_notification_settings(by=request.user, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("通知设置已保存。"))
            return redirect("core:notification_settings")
    context = {
        "form": form,
        "mail_is_on": settings.MAIL_IS_ON,
        "time_zone": settings.TIME_ZONE,
        "digest_hour": settings.NOTIFICATION_DIGEST_HOUR,
    }
    return render(request, "core/notification_settings.html", context)


@access.duty(Duty.SYSTEM)
def deliveries(request):
    """Copies by mail and webhook, those given up first: to whom and why, never what about."""
    everything = Delivery.objects.visible_to(request.user)
    state = request.GET.get("state", Delivery.State.GIVEN_UP)
    if state not in Delivery.State.values:
        state = Delivery.State.GIVEN_UP
    given_up = everything.filter(state=Delivery.State.GIVEN_UP).count()
    context = {
        "page": listing.page_of(
            request,
            everything.filter(state=state).select_related("notification__recipient", "endpoint"),
        ),
        "given_up": given_up,
        "state": state,
        "tabs": [
            listing.Tab(label, f"?state={each}", state == each, given_up if each == Delivery.State.GIVEN_UP else None)
            for each, label in Delivery.State.choices
        ],
        "tabs_label": _("状态"),
        "mail_is_on": settings.MAIL_IS_ON,
    }
    return render(request, "core/deliveries.html", context)


@access.duty(Duty.SYSTEM)
@require_POST
def retry_deliveries(request):
    """One row, or all that were given up."""
    chosen = Delivery.objects.visible_to(request.user)
    if number := request.POST.get("delivery"):
        chosen = chosen.filter(pk=number if number.isdecimal() else 0)
        get_object_or_404(chosen)
    count = actions.retry_deliveries(chosen, by=request.user, at=timezone.now())
    messages.success(request, _("%(count)s 条会在一分钟内重新发送。") % {"count": count})
    return redirect("core:deliveries")
