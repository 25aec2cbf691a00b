from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from .. import access, actions, listing
from ..errors import Refused
from ..forms import notifications as forms
from ..models import Duty, WebhookEndpoint


@access.duty(Duty.SYSTEM)
def webhooks(request):
    """Other systems that receive copies of notifications."""
    return render(
        request,
        "core/webhooks.html",
        {"page": listing.page_of(request, WebhookEndpoint.objects.visible_to(request.user))},
    )


@access.duty(Duty.SYSTEM)
def add_webhook(request):
    form = forms.Webhook(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_webhook(by=request.user, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已登记。把下面的签名密钥交给接收方。"))
            return redirect("core:webhook", added.pk)
    return render(request, "core/add_webhook.html", {"form": form})


@access.duty(Duty.SYSTEM)
@never_cache  # the secret stands on the page
def webhook(request, webhook_id):
    found = get_object_or_404(WebhookEndpoint.objects.visible_to(request.user), pk=webhook_id)
    initial = {"name": found.name, "url": found.url, "is_active": found.is_active}
    form = forms.WebhookChange(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_webhook(found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已保存。"))
            return redirect("core:webhook", found.pk)
    return render(request, "core/webhook.html", {"endpoint": found, "form": form, "last": found.last_delivery()})


@access.duty(Duty.SYSTEM)
@require_POST
def renew_webhook_secret(request, webhook_id):
    found = get_object_or_404(WebhookEndpoint.objects.visible_to(request.user), pk=webhook_id)
    actions.renew_webhook_secret(found, by=request.user, at=timezone.now())
    messages.success(request, _("密钥已更换，从现在起用新密钥签名。"))
    return redirect("core:webhook", found.pk)


@access.duty(Duty.SYSTEM)
@require_POST
def try_webhook(request, webhook_id):
    found = get_object_or_404(WebhookEndpoint.objects.visible_to(request.user), pk=webhook_id)
    try:
        actions.try_webhook(found, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已排入发送，过几秒刷新此页看结果。"))
    return redirect("core:webhook", found.pk)
