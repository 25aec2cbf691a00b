"""The same form sent twice acts once."""

from collections.abc import Callable
from datetime import datetime, timedelta

from .. import audit
from ..models import FormReceipt, User

KEPT = timedelta(days=2)  # a form older than this comes from a page nobody has open any more


@audit.action
def act_once(act: Callable[[], str], *, key: str, by: User, at: datetime) -> str:
    """Run `act`, which gives the address to go on to; with a key already used, give that address and do nothing.

    The key's row and the act commit together: the second of two racing requests waits on the unique key and then reads
    where the first one led.
    """
    FormReceipt.objects.filter(sent_at__lt=at - KEPT).delete()
    receipt, is_new = FormReceipt.objects.get_or_create(user=by, key=key, defaults={"sent_at": at})
    if is_new:
        receipt.url = act()
        receipt.save(update_fields=["url"])
    return receipt.url
