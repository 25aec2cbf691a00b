from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, Sum
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import access, actions, adapters, listing, passwords, signin
from ..errors import Refused
from ..forms import accounts as forms
from ..models import Duty, User

ONE_TIME = "one_time_password"


def _locked_names():
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    return (
        AccessAttempt.objects.filter(attempt_time__gte=since)
        .values("username")
        .annotate(failures=Sum("failures_since_start"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
        .values("username")
        .order_by()
    )


def _with_state(users):
    return users.alias(lower=Lower("username")).annotate(
        has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=["totp", "webauthn"])),
        is_locked=Exists(_locked_names().filter(username=OuterRef("lower"))),
    )


@access.duty(Duty.SYSTEM)
def accounts(request):
    """Every account, with its state."""
    form = forms.AccountFilter(request.GET)
    users = _with_state(User.objects.visible_to(request.user))
    if form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            users = users.filter(Q(username__icontains=wanted["q"]) | Q(name__icontains=wanted["q"]))
        if wanted["duty"]:
            users = users.filter(duty=wanted["duty"])
        if wanted["state"]:
            states = {"active": Q(is_active=True), "disabled": Q(is_active=False), "locked": Q(is_locked=True)}
            users = users.filter(states[wanted["state"]])
    return render(request, "core/accounts.html", {"form": form, "page": listing.page_of(request, users)})


@access.duty(Duty.SYSTEM)
@reauthentication_required
def create_account(request):
    """Open an account; its one-time password is shown on the next page, once."""
    form = forms.NewAccount(request.POST or None)
    if form.is_valid():
        try:
            user, password = actions.create_account(by=request.user, at=timezone.now(), **form.cleaned_data)
            _hand_over(request, user, password)
            return redirect("core:account_record", user.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "core/create_account.html", {"form": form})


def _hand_over(request, user, password):
    """Keep the password for the page that shows it; encrypted, since sessions are stored."""
    request.session[ONE_TIME] = {"user": user.pk, "sealed": adapters.sealed(password)}


def _taken_over(request, user):
    kept = request.session.get(ONE_TIME)
    if not kept or kept["user"] != user.pk:
        return ""
    del request.session[ONE_TIME]
    return adapters.opened(kept["sealed"])


@access.duty(Duty.SYSTEM)
def account_record(request, user_id):
    """One account: its state, and what the system administrator may do with it."""
    user = _one(request, user_id)
    now = timezone.now()
    return render(
        request,
        "core/account_record.html",
        {
            "account": user,
            "is_self": user.pk == request.user.pk,
            "one_time_password": _taken_over(request, user),
            "sessions": UserSession.objects.filter(user=user).count(),
            "locked_minutes": signin.minutes_locked(user.username.casefold()) if user.is_locked else 0,
            "must_have_second_factor": signin.must_have_second_factor(user),
            "password_days": (now - user.password_changed_at).days,
            "reason": forms.Reason(),
        },
    )


def _one(request, user_id):
    return get_object_or_404(_with_state(User.objects.visible_to(request.user)), pk=user_id)


@access.duty(Duty.SYSTEM)
def edit_account(request, user_id):
    user = _one(request, user_id)
    form = forms.AccountDetails(
        request.POST or None, initial={"name": user.name, "email": user.email, "phone": user.phone}
    )
    if form.is_valid():
        try:
            actions.edit_account(user, by=request.user, at=timezone.now(), **form.cleaned_data)
            return redirect("core:account_record", user.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "core/edit_account.html", {"account": user, "form": form})


def _do(request, user, act, done, **given):
    """One change of the account's page; gives what the action gave, or None if it was refused."""
    try:
        result = act(user, by=request.user, at=timezone.now(), **given)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return None
    messages.success(request, done)
    return result


def _reason(request):
    form = forms.Reason(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


@access.duty(Duty.SYSTEM)
@require_POST
def disable_account(request, user_id):
    user = _one(request, user_id)
    _do(request, user, actions.disable_account, _("账号已停用，登录都已结束。"), reason=_reason(request))
    return redirect("core:account_record", user.pk)


@access.duty(Duty.SYSTEM)
@require_POST
def enable_account(request, user_id):
    user = _one(request, user_id)
    _do(request, user, actions.enable_account, _("账号已启用。"))
    return redirect("core:account_record", user.pk)


@access.duty(Duty.SYSTEM)
@require_POST
@reauthentication_required
def reset_password(request, user_id):
    user = _one(request, user_id)
    password = _do(request, user, actions.reset_password, _("密码已重置，登录都已结束。"))
    if password:
        _hand_over(request, user, password)
    return redirect("core:account_record", user.pk)


@access.duty(Duty.SYSTEM)
@require_POST
def unlock_account(request, user_id):
    user = _one(request, user_id)
    _do(request, user, actions.unlock_account, _("登录锁定已解除。"))
    return redirect("core:account_record", user.pk)


@access.duty(Duty.SYSTEM)
@require_POST
def end_account_sessions(request, user_id):
    user = _one(request, user_id)
    _do(request, user, actions.end_sessions, _("登录都已结束。"))
    return redirect("core:account_record", user.pk)


@access.duty(Duty.SYSTEM)
@require_POST
@reauthentication_required
def clear_second_factors(request, user_id):
    user = _one(request, user_id)
    done = _("双因素验证已清除；下次登录时要重新设置。")
    _do(request, user, actions.clear_second_factors, done, reason=_reason(request))
    return redirect("core:account_record", user.pk)


@access.signed_in
def account(request):
    """One's own account."""
    user = request.user
    form = forms.OwnDetails(request.POST or None, initial={"email": user.email, "phone": user.phone})
    if form.is_valid():
        try:
            actions.change_own_details(user, by=user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, _("资料已保存。"))
            return redirect("core:account")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        "form": form,
        "has_second_factor": signin.has_second_factor(user),
        "must_have_second_factor": signin.must_have_second_factor(user),
        "sessions": UserSession.objects.filter(user=user).count(),
        "password_days": (timezone.now() - user.password_changed_at).days,
        "password_limit": passwords.rule("max_age_days"),
    }
    return render(request, "core/account.html", context)


@access.duty(Duty.SECURITY)
def sign_in_policy(request):
    """The rules of passwords, second factors and sessions in force, and who does not keep them yet."""
    people = User.objects.visible_to(request.user).filter(is_active=True)
    counted = _with_state(people)
    limit = passwords.rule("max_age_days")
    oldest = timezone.now() - timedelta(days=limit) if limit else None
    rules = settings.PASSWORD_RULES
    context = {
        "profile": settings.PASSWORD_PROFILE,
        "rules": rules,
        "second_factor": settings.SECOND_FACTOR,
        "failures": settings.AXES_FAILURE_LIMIT,
        "lock_minutes": int(settings.AXES_COOLOFF_TIME.total_seconds() // 60),
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
        "absolute_hours": settings.SESSION_ABSOLUTE_HOURS,
        "active": people.count(),
        "with_second_factor": counted.filter(has_second_factor=True).count(),
        "administrators_without": counted.exclude(duty=Duty.NONE).filter(has_second_factor=False).count(),
        "one_time": people.filter(must_change_password=True).count(),
        "too_old": people.filter(password_changed_at__lt=oldest).count() if oldest else 0,
    }
    return render(request, "core/sign_in_policy.html", context)
