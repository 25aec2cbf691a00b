"""Accounts: the system administrator makes and closes them, everybody keeps their own."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import audit, passwords
from ..errors import Refused
from ..models import Duty, PasswordRecord, User

CREATED = audit.verb("account created", gettext_lazy("开设账号"))
EDITED = audit.verb("account edited", gettext_lazy("修改账号资料"))
DISABLED = audit.verb("account disabled", gettext_lazy("停用账号"))
ENABLED = audit.verb("account enabled", gettext_lazy("启用账号"))
PASSWORD_RESET = audit.verb("password reset", gettext_lazy("重置密码"))
PASSWORD_CHANGED = audit.verb("password changed", gettext_lazy("修改密码"))
UNLOCKED = audit.verb("account unlocked", gettext_lazy("解除登录锁定"))
SESSIONS_ENDED = audit.verb("sessions ended", gettext_lazy("结束登录"))
SECOND_FACTOR_ADDED = audit.verb("second factor added", gettext_lazy("设置双因素验证"))
SECOND_FACTOR_REMOVED = audit.verb("second factor removed", gettext_lazy("去掉双因素验证"))
SECOND_FACTOR_RENEWED = audit.verb("second factor renewed", gettext_lazy("更换恢复码"))
SECOND_FACTORS_CLEARED = audit.verb("second factors cleared", gettext_lazy("清除双因素验证"))
OWN_DETAILS_CHANGED = audit.verb("own details changed", gettext_lazy("修改自己的资料"))

_SECOND_FACTOR = {"added": SECOND_FACTOR_ADDED, "removed": SECOND_FACTOR_REMOVED, "renewed": SECOND_FACTOR_RENEWED}


def _require_system(by: User | None, user: User | None = None) -> None:
    """The installer at the command line is nobody (None) and may; a system administrator may, but not to themselves."""
    if by is None:
        return
    if by.duty != Duty.SYSTEM or not by.is_active:
        raise Refused(_("只有系统管理员可以管理账号。"))
    if user is not None and user.pk == by.pk:
        raise Refused(_("不能这样处理自己的账号，请另一位系统管理员来做。"))


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _set_password(user: User, password: str, at: datetime, *, one_time: bool) -> None:
    """Keep the former hash: NotRecent reads it."""
    if user.pk is not None and user.password:
        PasswordRecord.objects.create(user=user, password=user.password, set_at=user.password_changed_at)
    user.password = make_password(password)
    user.password_changed_at = at
    user.must_change_password = one_time


@audit.action
def create_account(
    *, by: User | None, at: datetime, username: str, name: str, duty: str = "none", email: str = "", phone: str = ""
) -> tuple[User, str]:
    """Open an account; gives it with its one-time password. Refused where the username is taken, in any case."""
    _require_system(by)
    if duty not in Duty.values:
        raise Refused(_("没有这种账号类别。"))
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(_("用户名“%(username)s”已经有人用了。") % {"username": username})
    password = passwords.one_time_password()
    user = User(username=username, name=name, duty=duty, email=email, phone=phone, date_joined=at)
    _set_password(user, password, at, one_time=True)
    user.save()
    audit.record(CREATED, user, by=by, at=at)
    return user, password


@audit.action
def edit_account(user: User, *, by: User, at: datetime, name: str, email: str, phone: str) -> None:
    """Correct a person's details. Username and duty stay: another person, another account."""
    _require_system(by)
    user = _locked(user)
    user.name, user.email, user.phone = name, email, phone
    user.save(update_fields=["name", "email", "phone"])
    audit.record(EDITED, user, by=by, at=at)


@audit.action
def disable_account(user: User, *, by: User, at: datetime, reason: str) -> None:
    """Close an account and end its sessions. Refused for oneself, and without a reason."""
    _require_system(by, user)
    user = _locked(user)
    if not user.is_active:
        raise Refused(_("这个账号已经停用。"))
    if not reason.strip():
        raise Refused(_("请写明停用的原因。"))
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end(UserSession.objects.filter(user=user))
    audit.record(DISABLED, user, by=by, at=at, reason=reason)


@audit.action
def enable_account(user: User, *, by: User, at: datetime) -> None:
    """Open a closed account again. Refused for oneself."""
    _require_system(by, user)
    user = _locked(user)
    if user.is_active:
        raise Refused(_("这个账号没有停用。"))
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(ENABLED, user, by=by, at=at)


@audit.action
def reset_password(user: User, *, by: User | None, at: datetime) -> str:
    """Give a new one-time password and end all sessions. Refused for oneself."""
    _require_system(by, user)
    user = _locked(user)
    password = passwords.one_time_password()
    _set_password(user, password, at, one_time=True)
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])
    _end(UserSession.objects.filter(user=user))
    audit.record(PASSWORD_RESET, user, by=by, at=at)
    return password


@audit.action
def change_password(user: User, *, by: User, at: datetime, password: str) -> None:
    """Take a password of one's own choice, already held to the rules by the form."""
    if by.pk != user.pk:
        raise Refused(_("密码由本人修改。"))
    stored = _locked(user)
    _set_password(stored, password, at, one_time=False)
    stored.save(update_fields=["password", "password_changed_at", "must_change_password"])
    # allauth goes on with the object it has: the session's hash is made from it.
    user.password, user.password_changed_at, user.must_change_password = stored.password, at, False
    audit.record(PASSWORD_CHANGED, user, by=by, at=at)


@audit.action
def unlock_account(user: User, *, by: User, at: datetime) -> None:
    """Forget the failed sign-ins under this name."""
    _require_system(by)
    AccessAttempt.objects.filter(username__iexact=user.username).delete()
    audit.record(UNLOCKED, user, by=by, at=at)


@audit.action
def clear_second_factors(user: User, *, by: User | None, at: datetime, reason: str) -> None:
    """Remove codes, passkeys and recovery codes of somebody who lost them, and end their sessions.

    Whoever must have a second factor is led to set up a new one at the next sign-in. Refused for oneself.
    """
    _require_system(by, user)
    if not reason.strip():
        raise Refused(_("请写明清除的原因，例如“手机遗失，已电话核实本人”。"))
    Authenticator.objects.filter(user=user).delete()
    _end(UserSession.objects.filter(user=user))
    audit.record(SECOND_FACTORS_CLEARED, user, by=by, at=at, reason=reason)


@audit.action
def note_second_factor(user: User, *, by: User, at: datetime, change: str, kind: str) -> None:
    """Say in the ledger that somebody added, removed or renewed a second factor of their own."""
    audit.record(_SECOND_FACTOR[change], user, by=by, at=at, facts={"kind": str(kind)})


@audit.action
def use_code(authenticator: Authenticator, *, by: User, at: datetime, step: int) -> bool:
    """Whether this time step of an app's code is later than every one used before; it is used up thereby."""
    authenticator = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    if step <= authenticator.data.get("last_step", -1):
        return False
    authenticator.data["last_step"] = step
    authenticator.save(update_fields=["data"])
    return True


@audit.action
def change_own_details(user: User, *, by: User, at: datetime, email: str, phone: str) -> None:
    """Keep one's own ways to be reached. The name belongs to the system administrator."""
    if by.pk != user.pk:
        raise Refused(_("资料由本人修改。"))
    user = _locked(user)
    user.email, user.phone = email, phone
    user.save(update_fields=["email", "phone"])
    audit.record(OWN_DETAILS_CHANGED, user, by=by, at=at)


def _end(sessions: Any) -> int:
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return len(keys)


@audit.action
def end_sessions(user: User, *, by: User, at: datetime) -> int:
    """Sign an account out everywhere."""
    _require_system(by)
    ended = _end(UserSession.objects.filter(user=user))
    audit.record(SESSIONS_ENDED, user, by=by, at=at, facts={"sessions": ended})
    return ended


@audit.action
def end_own_sessions(user: User, *, by: User, at: datetime, key: str, others: bool = False) -> int:
    """End one session of one's own, by its row's key; with `others`, all but the one whose session key this is."""
    if by.pk != user.pk:
        raise Refused(_("只能结束自己的登录。"))
    sessions = UserSession.objects.filter(user=user)
    ended = _end(sessions.exclude(session_key=key) if others else sessions.filter(pk=key))
    if not ended and not others:
        raise Refused(_("这次登录已经结束。"))
    audit.record(SESSIONS_ENDED, user, by=by, at=at, facts={"sessions": ended})
    return ended
