import re

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import access, actions
from ..errors import Refused

# In this order: every Edge also says Chrome, every Chrome also says Safari.
BROWSERS = [
    (r"MicroMessenger/", "微信"), (r"Edg[eA]?/", "Edge"), (r"(?:360SE|QihooBrowser|QHBrowser)", "360"),
    (r"(?:Firefox|FxiOS)/", "Firefox"), (r"(?:Chrome|CriOS)/", "Chrome"), (r"Safari/", "Safari"),
    (r"MSIE|Trident/", "Internet Explorer"),
]  # fmt: skip
SYSTEMS = [
    (r"HarmonyOS", "HarmonyOS"), (r"Android", "Android"), (r"iPhone|iPad", "iOS"), (r"Windows NT", "Windows"),
    (r"Mac OS X", "macOS"), (r"Linux", "Linux"),
]  # fmt: skip


def device(user_agent):
    """A browser and a system in words, as far as they say the truth."""
    named = [
        next((name for pattern, name in known if re.search(pattern, user_agent)), "") for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, named)) or _("未知设备")


@access.signed_in
def sessions(request):
    """Where one is signed in."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    rows = UserSession.objects.filter(Exists(alive), user=request.user).order_by("-last_seen_at")[:100]
    here = request.session.session_key
    found = [{"session": row, "device": device(row.user_agent), "is_here": row.session_key == here} for row in rows]
    return render(
        request, "core/sessions.html", {"sessions": found, "others": [row for row in found if not row["is_here"]]}
    )


@access.signed_in
@require_POST
def end_session(request, session_id):
    """End one of one's own sessions."""
    return _end(request, key=str(session_id))


@access.signed_in
@require_POST
def end_other_sessions(request):
    return _end(request, key=request.session.session_key, others=True)


def _end(request, **given):
    try:
        actions.end_own_sessions(request.user, by=request.user, at=timezone.now(), **given)
        messages.success(request, _("登录已结束。"))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("core:sessions")
