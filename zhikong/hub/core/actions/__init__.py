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
    use_code,
)
from .exports import record_export
from .files import remove_file, store_file
from .imports import (
    begin_commit,
    cancel_import,
    commit_import,
    finish_check,
    recheck_import,
    refuse_import,
    start_import,
)
from .jobs import cancel_job, enqueue, purge_jobs
from .languages import choose_language
from .notifications import (
    choose_notification_settings,
    notify,
    read_all_notifications,
    read_notification,
    retry_deliveries,
)
from .once import act_once
from .webhooks import add_webhook, change_webhook, renew_webhook_secret, try_webhook

__all__ = [
    "act_once",
    "add_webhook",
    "begin_commit",
    "cancel_import",
    "cancel_job",
    "change_own_details",
    "change_password",
    "change_webhook",
    "choose_language",
    "choose_notification_settings",
    "clear_second_factors",
    "commit_import",
    "create_account",
    "disable_account",
    "edit_account",
    "enable_account",
    "end_own_sessions",
    "end_sessions",
    "enqueue",
    "finish_check",
    "note_second_factor",
    "notify",
    "purge_jobs",
    "read_all_notifications",
    "read_notification",
    "recheck_import",
    "record_export",
    "refuse_import",
    "remove_file",
    "renew_webhook_secret",
    "reset_password",
    "retry_deliveries",
    "start_import",
    "store_file",
    "try_webhook",
    "unlock_account",
    "use_code",
]
