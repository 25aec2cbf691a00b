"""Where django-allauth asks this site: passwords become actions, secrets are encrypted, nobody signs up."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import signin


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("用户名或密码不对。"),
        "enter_current_password": _("现在的密码不对。"),
        "incorrect_password": _("密码不对。"),
        "incorrect_code": _("验证码不对，或已经用过。"),
        "too_many_login_attempts": _("试的次数太多，请过一会儿再试。"),
        "rate_limited": _("操作太频繁，请过一会儿再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Failures are counted by axes, in the database: allauth's own count lives in the memory of one process."""

    def set_password(self, user: Any, password: str) -> None:
        from .actions import change_password

        change_password(user, by=user, at=timezone.now(), password=password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("core:account")


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = (
        HKDF(algorithm=SHA256(), length=32, salt=None, info=b"zhikong second factor").derive(secret.encode())
        for secret in secrets
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def sealed(text: str) -> str:
    """Encrypted for the database with a key that is not in it."""
    return _keys().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    return _keys().decrypt(text.encode()).decode()


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不对，或已经用过。"),
        "cannot_delete_authenticator": _("您的账号必须有双因素验证：先加上另一种，再去掉这一种。"),
    }

    def encrypt(self, text: str) -> str:
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return opened(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        if authenticator.type == Authenticator.Type.RECOVERY_CODES or not signin.must_have_second_factor(user):
            return True
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        return str(_("我的通行密钥"))
