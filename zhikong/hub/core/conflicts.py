"""Two people edit one record: whoever comes second is asked, field by field, and nothing is lost in silence.

The form of an edit carries, signed, the values its user saw. The action compares them with the row under lock:

    conflicts.refuse_stale(institution, seen, wanted)      # raises Conflict

`seen` is what `conflicts.unpack` gives of the form's text, `wanted` what is to be written. A field that another person
changed meanwhile, to something else than what is wanted, is a conflict, whether or not this user touched it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.core import signing
from django.db import models
from django.utils.translation import gettext as _

from .errors import Refused

SALT = "zhikong.conflicts"


class Conflict(Exception):
    """Another person changed these fields after the form was opened."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def raw(value: Any) -> str:
    """A value as its form field sends it. Records go by their code."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(getattr(value, "code", value.pk))
    return str(value)


def snapshot(instance: models.Model, names: Iterable[str]) -> dict[str, str]:
    return {name: raw(getattr(instance, name)) for name in names}


def pack(instance: models.Model, names: Iterable[str]) -> str:
    """What the user sees now, signed: the form carries it back."""
    return signing.dumps([instance._meta.label_lower, instance.pk, snapshot(instance, names)], salt=SALT, compress=True)


def unpack(text: str, instance: models.Model) -> dict[str, str]:
    """Refused when it is not what `pack` made for this record."""
    try:
        label, key, seen = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        label, key, seen = "", None, {}
    if (label, key) != (instance._meta.label_lower, instance.pk):
        raise Refused(_("这张表单已失效。请重新打开这一页再改；您填的内容还在下面。"))
    return dict(seen)


def refuse_stale(instance: models.Model, seen: Mapping[str, str] | None, wanted: Mapping[str, Any]) -> None:
    """Raise Conflict for fields changed since `seen`; without `seen` (a command, an import) nothing is compared."""
    if seen is None:
        return
    names = [
        name
        for name, value in wanted.items()
        if name in seen and (now := raw(getattr(instance, name))) != seen[name] and now != raw(value)
    ]
    if names:
        raise Conflict(names)
