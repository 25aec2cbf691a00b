"""Filing (备案) of centre changes one level up, and its receipt (ORG-10)."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import StoredFile, User

from .. import roles
from ..dates import refuse_before, refuse_future
from ..models import CentreChange
from ..roles import Ability

FILED = audit.verb("centre change filed", gettext_lazy("备案质控中心变更"))
RECEIVED = audit.verb("filing received", gettext_lazy("签收备案"))


@audit.action
def file_change(
    change: CentreChange,
    *,
    by: User | None,
    at: datetime,
    filed_on: date,
    document: str,
    file: StoredFile | None = None,
) -> CentreChange:
    """Report a change one level up, by this document. Refused when it was filed before."""
    change = _locked(change)
    roles.require(by, Ability.FILE_CHANGES, region=change.centre.region, specialty=change.centre.specialty)
    if change.filed_on is not None:
        raise Refused(_("这项变更已于 %(day)s 备案。") % {"day": change.filed_on})
    refuse_future(filed_on, at)
    refuse_before(filed_on, change.happened_on, _("变更发生日期"))
    change.filed_on, change.filed_by, change.document, change.file = filed_on, by, document, file
    change.save(update_fields=["filed_on", "filed_by", "document", "file"])
    audit.record(FILED, change, by=by, at=at, facts={"document": document, "days_late": _days_late(change)})
    return change


@audit.action
def receive_filing(change: CentreChange, *, by: User | None, at: datetime, received_on: date) -> CentreChange:
    """The level above has the filing. A province files to the national level: its own office notes that receipt.

    Refused unless it was filed and the authority one level up, or above that, receives.
    """
    change = _locked(change)
    region = change.centre.region
    roles.require(by, Ability.RECEIVE_FILINGS, region=region.parent or region)
    if change.filed_on is None:
        raise Refused(_("这项变更还没有备案，不能签收。"))
    if change.received_on is not None:
        raise Refused(_("这份备案已于 %(day)s 签收。") % {"day": change.received_on})
    refuse_future(received_on, at)
    refuse_before(received_on, change.filed_on, _("备案日期"))
    change.received_on, change.received_by = received_on, by
    change.save(update_fields=["received_on", "received_by"])
    audit.record(RECEIVED, change, by=by, at=at)
    return change


def _locked(change: CentreChange) -> CentreChange:
    rows = CentreChange.objects.select_for_update(of=("self",))
    return rows.select_related("centre__region__parent", "centre__specialty").get(pk=change.pk)


def _days_late(change: CentreChange) -> int:
    assert change.filed_on is not None
    return max(0, (change.filed_on - change.due_on).days)
