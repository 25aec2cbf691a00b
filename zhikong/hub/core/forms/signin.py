"""allauth's forms with our words and our look; second-factor codes are counted and used once."""

import time
from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn import forms as webauthn
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import actions, passwords
from .field_help import HELP, explain

TOTP_PERIOD = 30  # seconds, RFC 6238


class OurWords:
    """Labels, hints and help of ours, and the class of the style sheet."""

    labels: dict[str, Any] = {}
    all_required = True  # so none says so
    help_at_end = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            if not isinstance(field.widget, forms.CheckboxInput | forms.HiddenInput):
                field.widget.attrs["class"] = "form-control"
            field.label = self.labels.get(name, field.label)
            field.help_text = ""
        explain(self, HELP)  # type: ignore[arg-type]


class NewPasswordTwice(OurWords):
    help_at_end = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = [text for text in password_validators_help_texts() if text]
        self.fields["password1"].help_text = " ".join(rules)  # type: ignore[attr-defined]


class SignIn(OurWords, account.LoginForm):
    labels = {"login": gettext_lazy("用户名"), "password": gettext_lazy("密码")}
    help_at_end = True  # fingers know the way: name, Tab, password
    may_reset = settings.MAIL_IS_ON


class ConfirmPassword(OurWords, account.ReauthenticateForm):
    labels = {"password": gettext_lazy("密码")}


class ChangePassword(NewPasswordTwice, account.ChangePasswordForm):
    is_too_old = property(lambda self: passwords.is_too_old(self.user))
    labels = {
        "oldpassword": gettext_lazy("现在的密码"),
        "password1": gettext_lazy("新密码"),
        "password2": gettext_lazy("再输一遍新密码"),
    }


class AskForReset(OurWords, account.ResetPasswordForm):
    labels = {"email": gettext_lazy("邮箱")}


class ResetPassword(NewPasswordTwice, account.ResetPasswordKeyForm):
    labels = {"password1": gettext_lazy("新密码"), "password2": gettext_lazy("再输一遍新密码")}


class CountedCode(OurWords):
    """A wrong code counts like a wrong password, under the same name; a code of the app opens once only."""

    labels = {"code": gettext_lazy("验证码")}

    def clean_code(self) -> str:
        request, user = context.request, self.user  # type: ignore[attr-defined]
        credentials = {"username": user.username}
        if not AxesProxyHandler.is_allowed(request, credentials):
            request.axes_locked_out = True
            request.axes_credentials = credentials
            raise ValidationError(_("试的次数太多，请过一会儿再试。"))
        try:
            code: str = super().clean_code()  # type: ignore[misc]
            if not use_up(self.authenticator, code):  # type: ignore[attr-defined]
                raise get_adapter().validation_error("incorrect_code")
        except ValidationError:
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
            raise
        return code


def use_up(authenticator: Authenticator, code: str) -> bool:
    """Remember the time step of an app's code; False if it has opened before.

    allauth remembers it in memory, of one process, for one step. Recovery codes keep their own count.
    """
    if authenticator.type != Authenticator.Type.TOTP:
        return True
    step = _step_of(decrypt(authenticator.data["secret"]), code)
    return step is not None and actions.use_code(authenticator, by=authenticator.user, at=timezone.now(), step=step)


def _step_of(secret: str, code: str) -> int | None:
    now = int(time.time()) // TOTP_PERIOD
    for step in range(now - settings.MFA_TOTP_TOLERANCE, now + settings.MFA_TOTP_TOLERANCE + 1):
        if constant_time_compare(format_hotp_value(hotp_value(secret, step)), "".join(code.split())):
            return step
    return None


class SecondFactor(CountedCode, mfa.AuthenticateForm):
    pass


class ConfirmSecondFactor(CountedCode, mfa.ReauthenticateForm):
    pass


class ActivateCodes(OurWords, totp.ActivateTOTPForm):
    labels = {"code": gettext_lazy("应用里显示的 6 位数")}


class DeactivateCodes(OurWords, totp.DeactivateTOTPForm):
    pass


class AddPasskey(OurWords, webauthn.AddWebAuthnForm):
    labels = {"name": gettext_lazy("名称"), "passwordless": gettext_lazy("以后只用它登录，不输密码")}
