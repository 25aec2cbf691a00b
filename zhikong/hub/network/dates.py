"""Rules about days that several actions share."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from zhikong.hub.core.errors import Refused


def refuse_future(day: dt.date | None, at: dt.datetime) -> None:
    """What is entered as done has been done."""
    if day is not None and day > timezone.localdate(at):
        raise Refused(_("日期 %(day)s 还没到。这里登记已经发生的事，请填今天或以前的日期。") % {"day": day})


def refuse_before(day: dt.date, earliest: dt.date | None, what: str) -> None:
    if earliest is not None and day < earliest:
        raise Refused(
            _("日期 %(day)s 早于%(what)s（%(earliest)s）。请核对。") % {"day": day, "what": what, "earliest": earliest}
        )
