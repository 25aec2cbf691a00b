"""Every write of the core area."""

from .exports import record_export
from .files import remove_file, store_file

__all__ = ["record_export", "remove_file", "store_file"]
