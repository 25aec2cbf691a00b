"""What an area does when a person opens a notification of its kind. Marking all as read opens none."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .models import Notification

Reader = Callable[[Notification, Any, datetime], None]

_readers: dict[str, Reader] = {}


def when_read(kind: str, function: Reader) -> None:
    """`function(notification, by, at)` runs in the transaction that marks it as read."""
    _readers[kind] = function


def tell(notification: Notification, by: Any, at: datetime) -> None:
    reader = _readers.get(notification.kind)
    if reader is not None:
        reader(notification, by, at)
