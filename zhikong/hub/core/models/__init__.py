"""Tables of the core area."""

from .files import StoredFile
from .imports import ImportBatch
from .jobs import Job
from .ledger import LedgerEntry, RowChange
from .notifications import Delivery, Notification, NotificationSettings, WebhookEndpoint
from .receipts import FormReceipt
from .user import Duty, PasswordRecord, User

__all__ = [
    "Delivery",
    "Duty",
    "FormReceipt",
    "ImportBatch",
    "Job",
    "LedgerEntry",
    "Notification",
    "NotificationSettings",
    "PasswordRecord",
    "RowChange",
    "StoredFile",
    "User",
    "WebhookEndpoint",
]
