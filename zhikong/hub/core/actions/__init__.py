"""Every write of the core area."""

from .exports import record_export
from .files import remove_file, store_file
from .jobs import cancel_job, enqueue, purge_jobs
from .languages import choose_language
from .notifications import (
    choose_notification_settings,
    notify,
    read_all_notifications,
    read_notification,
    retry_deliveries,
)

__all__ = [
    "cancel_job",
    "choose_language",
    "choose_notification_settings",
    "enqueue",
    "notify",
    "purge_jobs",
    "read_all_notifications",
    "read_notification",
    "record_export",
    "remove_file",
    "retry_deliveries",
    "store_file",
]
