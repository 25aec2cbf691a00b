"""Pages of the core area."""

from .home import home

__all__ = ["home"]
