"""The language in which a person reads the site."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import audit
from ..errors import Refused
from ..models import User

LANGUAGE_CHOSEN = audit.verb("language chosen", gettext_lazy("选择语言"))


@audit.action
def choose_language(user: User, language: str, *, by: User, at: datetime) -> None:
    """Remember the language with the account. Refused for another's account or an unknown language."""
    if by.pk != user.pk:
        raise Refused(_("语言由本人选择。"))
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("没有这种语言。"))
    user.language = language
    user.save(update_fields=["language"])
    audit.record(LANGUAGE_CHOSEN, user, by=by, at=at, facts={"language": language})
