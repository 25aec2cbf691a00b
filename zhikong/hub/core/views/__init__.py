"""Pages of the core area."""

from .accounts import (
    account,
    account_record,
    accounts,
    clear_second_factors,
    create_account,
    disable_account,
    edit_account,
    enable_account,
    end_account_sessions,
    reset_password,
    sign_in_policy,
    unlock_account,
)
from .files import file
from .health import healthz, metrics, readyz
from .home import home
from .imports import cancel_import, import_batch, import_template, imports, new_import, recheck_import, write_import
from .jobs import cancel_job, job, jobs
from .ledger import history, ledger, ledger_entry, ledger_head, sign_in_events
from .notifications import (
    deliveries,
    inbox,
    notification_settings,
    read_all_notifications,
    read_notification,
    retry_deliveries,
)
from .search import search
from .sessions import end_other_sessions, end_session, sessions
from .shell import components, rooms, set_language
from .webhooks import add_webhook, renew_webhook_secret, try_webhook, webhook, webhooks

__all__ = [
    "account",
    "account_record",
    "accounts",
    "add_webhook",
    "cancel_import",
    "cancel_job",
    "clear_second_factors",
    "components",
    "create_account",
    "deliveries",
    "disable_account",
    "edit_account",
    "enable_account",
    "end_account_sessions",
    "end_other_sessions",
    "end_session",
    "file",
    "healthz",
    "history",
    "home",
    "import_batch",
    "import_template",
    "imports",
    "inbox",
    "job",
    "jobs",
    "ledger",
    "ledger_entry",
    "ledger_head",
    "metrics",
    "new_import",
    "notification_settings",
    "read_all_notifications",
    "read_notification",
    "readyz",
    "recheck_import",
    "renew_webhook_secret",
    "reset_password",
    "retry_deliveries",
    "rooms",
    "search",
    "sessions",
    "set_language",
    "sign_in_events",
    "sign_in_policy",
    "try_webhook",
    "unlock_account",
    "webhook",
    "webhooks",
    "write_import",
]
