"""Between signing in and the first page: session limits, the forced change of password, the second factor.

Who must have a second factor is said by rules; areas add theirs with `add_mfa_rule` (network: whoever works for a
province or a city). The middleware stands after DefaultDeny, so that a page that is absent stays absent.
"""

import time
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from . import passwords

SIGNED_IN = "signed_in_at"
SEEN = "seen_at"
SECOND_FACTOR_IS_SET_UP = "second_factor"

# What stays open until the password is changed, and until the second factor is set up.
ALWAYS_OPEN = frozenset({"account_logout", "account_login", "core:set_language"})
OPEN_FOR_PASSWORD = ALWAYS_OPEN | {"account_change_password", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
OPEN_FOR_SECOND_FACTOR = ALWAYS_OPEN | {
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}

_rules: list[Callable[[Any], bool]] = []


def add_mfa_rule(function: Callable[[Any], bool]) -> None:
    """Say who must have a second factor."""
    _rules.append(function)


def must_have_second_factor(user: Any) -> bool:
    if settings.SECOND_FACTOR != "enforced":
        return False
    return user.is_administrator or any(function(user) for function in _rules)


def has_second_factor(user: Any) -> bool:
    """Codes or a passkey; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type__in=["totp", "webauthn"]).exists()


def connect() -> None:
    user_logged_in.connect(_begin, dispatch_uid="zhikong.signin.begin")
    for signal, verb in (
        (authenticator_added, "added"),
        (authenticator_removed, "removed"),
        (authenticator_reset, "renewed"),
    ):
        signal.connect(_record_change(verb), weak=False, dispatch_uid=f"zhikong.signin.{verb}")


def _begin(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    request.session[SIGNED_IN] = request.session[SEEN] = int(time.time())


def _record_change(verb: str) -> Callable[..., None]:
    def receive(sender: Any, request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
        request.session.pop(SECOND_FACTOR_IS_SET_UP, None)  # asked anew at the next request
        from .actions import note_second_factor  # actions import models, which are not ready when this module is read

        note_second_factor(user, change=verb, kind=authenticator.type, by=user, at=timezone.now())
        if verb == "added":
            from .forms.signin import use_up

            use_up(authenticator, request.POST.get("code", ""))  # what set it up must not open a second time

    return receive


class SignIn:
    """Middleware: ends sessions that are idle or old, and leads to what a person must do first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and self._is_over(request):
            logout(request)
            messages.warning(request, _("您有一段时间没有操作，已自动退出。请重新登录，页面会回到刚才的地方。"))
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def _is_over(self, request: HttpRequest) -> bool:
        now = int(time.time())
        began, seen = request.session.get(SIGNED_IN, now), request.session.get(SEEN, now)
        if now - began > settings.SESSION_ABSOLUTE_HOURS * 3600 or now - seen > settings.SESSION_IDLE_MINUTES * 60:
            return True
        if SIGNED_IN not in request.session:
            request.session[SIGNED_IN] = began
        if now - seen >= settings.SESSION_TOUCH_SECONDS or SEEN not in request.session:
            # Pages that refresh themselves must not keep a forgotten browser signed in.
            if not request.headers.get("X-Background"):
                request.session[SEEN] = now
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
        return False

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user: Any = request.user
        if not user.is_authenticated:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if user.must_change_password or passwords.is_too_old(user):
            return None if name in OPEN_FOR_PASSWORD else self._lead(request, "account_change_password")
        if request.session.get(SECOND_FACTOR_IS_SET_UP) or name in OPEN_FOR_SECOND_FACTOR:
            return None
        if must_have_second_factor(user):
            if not has_second_factor(user):
                request.session["second_factor_required"] = True  # its page says so
                return self._lead(request, "mfa_index")
            request.session[SECOND_FACTOR_IS_SET_UP] = True
        return None

    def _lead(self, request: HttpRequest, url_name: str) -> HttpResponse:
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": str(_("请先在网页上改密码或设置双因素验证。"))}, status=403)
        response = redirect(url_name)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": response["Location"]})
        return response


# ---- lockout: what axes asks us -------------------------------------------------------------------------------------


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str | None:
    """The name under which failures are counted: sign-in ignores case, so the count must, too."""
    name = (credentials or {}).get("username") or request.POST.get("login")
    return unicodedata.normalize("NFKC", name).strip().casefold()[:255] if name else None


def client_address(request: HttpRequest) -> str | None:
    return get_client_ip(request)


def minutes_locked(name: str | None) -> int:
    """Whole minutes until this name may try again."""
    last = AccessAttempt.objects.filter(username=name).order_by("-attempt_time").first()
    if last is None:
        return 0
    left: timedelta = last.attempt_time + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(1, -int(-left.total_seconds() // 60))


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The same page for names that exist and names that do not."""
    return render(
        request,
        "account/locked.html",
        {
            "minutes": minutes_locked(counted_name(request, credentials)),
            "failures": settings.AXES_FAILURE_LIMIT,
            "next": request.GET.get("next", ""),
        },
        status=429,
    )
