"""Pages of the core area."""

from .files import file
from .health import healthz, metrics, readyz
from .home import home
from .jobs import cancel_job, job, jobs
from .ledger import history
from .search import search
from .shell import components, rooms, set_language

__all__ = [
    "cancel_job",
    "components",
    "file",
    "healthz",
    "history",
    "home",
    "job",
    "jobs",
    "metrics",
    "readyz",
    "rooms",
    "search",
    "set_language",
]
