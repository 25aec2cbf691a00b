"""Every write of the core area."""

from .accounts import (
    change_own_details,
    change_password,
    clear_second_factors,
    create_account,
    disable_account,
    edit_account,
    enable_account,
    end_own_sessions,
    end_sessions,
    note_second_factor,
    reset_password,
    unlock_account,
)
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
    "change_own_details",
    "change_password",
    "choose_language",
    "choose_notification_settings",
    "clear_second_factors",
    "create_account",
    "disable_account",
    "edit_account",
    "enable_account",
    "end_own_sessions",
    "end_sessions",
    "enqueue",
    "note_second_factor",
    "notify",
    "purge_jobs",
    "read_all_notifications",
    "read_notification",
    "record_export",
    "remove_file",
    "reset_password",
    "retry_deliveries",
    "store_file",
    "unlock_account",
]
