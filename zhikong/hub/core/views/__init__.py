"""Pages of the core area."""

from .files import file
from .home import home
from .ledger import history

__all__ = ["file", "history", "home"]
