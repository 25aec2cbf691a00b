"""What a password must be, by the profile of the site (settings.PASSWORD_RULES), and one-time passwords.

Areas name more words that may not stand in a password with `add_context_words` (network: institutions and regions).
"""

import secrets
import string
import unicodedata
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pypinyin import lazy_pinyin

PRODUCT_WORDS = ("质控", "zhikong", "zhikongban")
SHORTEST_WORD = {True: 3, False: 2}  # by is-ASCII: shorter ones would stand in half of all passwords

_context_words: list[Callable[[Any], Iterable[str]]] = []


def add_context_words(function: Callable[[Any], Iterable[str]]) -> None:
    _context_words.append(function)


def rule(name: str) -> int:
    return settings.PASSWORD_RULES[name] or 0


def is_too_old(user: Any) -> bool:
    days = settings.PASSWORD_RULES["max_age_days"]
    return bool(days) and timezone.now() - user.password_changed_at > timedelta(days=days)


def one_time_password() -> str:
    """20 characters that keep every profile's rules and are easy to read out: no 0 O 1 l I."""
    letters = [c for c in string.ascii_letters + string.digits if c not in "0O1lI"]
    while True:
        text = "-".join("".join(secrets.choice(letters) for _each in range(5)) for _group in range(4))
        if len(_classes(text)) == 4:
            return text


def _classes(password: str) -> set[str]:
    kinds = set()
    for character in password:
        if character.isdigit():
            kinds.add("digit")
        elif character.isupper():
            kinds.add("upper")
        elif character.islower():
            kinds.add("lower")
        else:
            kinds.add("other")
    return kinds


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class Length:
    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < rule("min_length"):
            raise ValidationError(self.get_help_text(), code="password_too_short")

    def get_help_text(self) -> str:
        return _("密码至少 %(count)d 个字符。") % {"count": rule("min_length")}


class Classes:
    """Composition, where the profile asks for it."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(_classes(password)) < rule("classes"):
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        if not rule("classes"):
            return ""
        return _("大写字母、小写字母、数字、其他字符，至少要有 %(count)d 类。") % {"count": rule("classes")}


class Common(CommonPasswordValidator):
    """Django's list of 20,000."""

    def validate(self, password: str, user: Any = None) -> None:
        if _folded(password).strip() in self.passwords:
            raise ValidationError(_("这个密码太常见，别人一试就中。"), code="password_too_common")

    def get_help_text(self) -> str:
        return _("不能是常见的密码。")


class ContextWords:
    """Neither the name, nor the institution, nor ours, in characters or in pinyin."""

    message = gettext_lazy("密码里不能有用户名、姓名、单位名或“质控”。")

    def validate(self, password: str, user: Any = None) -> None:
        words = set(PRODUCT_WORDS)
        if user is not None:
            words.update([user.username, user.name])
            for function in _context_words:
                words.update(function(user))
        inside = _folded(password)
        for word in words | {"".join(lazy_pinyin(word)) for word in words}:
            folded = _folded(word)
            if len(folded) >= SHORTEST_WORD[folded.isascii()] and folded in inside:
                raise ValidationError(str(self.message), code="password_context_word")

    def get_help_text(self) -> str:
        return str(self.message)


class NotRecent:
    """Not the present password, and none of the last ones that the profile remembers."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None or not rule("remembered"):
            return
        hashes = [user.password, *user.former_passwords.values_list("password", flat=True)[: rule("remembered")]]
        if any(check_password(password, each) for each in hashes):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        if not rule("remembered"):
            return ""
        return _("不能与最近 %(count)d 次的密码相同。") % {"count": rule("remembered")}
