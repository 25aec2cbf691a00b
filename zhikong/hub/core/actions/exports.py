"""The record of what left the platform."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import audit
from ..models import User

EXPORTED = audit.verb("data exported", _("导出数据"))


@audit.action
def record_export(
    what: str,
    *,
    filters: str,
    rows: int,
    sha256: str,
    by: User,
    at: datetime,
    reason: str = "",
) -> None:
    """Say in the ledger who took which rows away, by which filter, as which file."""
    facts: dict[str, Any] = {"what": what, "filters": filters, "rows": rows, "sha256": sha256}
    audit.record(EXPORTED, by, by=by, at=at, reason=reason, facts=facts)
