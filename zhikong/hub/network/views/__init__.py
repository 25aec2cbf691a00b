"""Pages of the network area."""

from .pickers import pick_centre, pick_institution, pick_region, pick_specialty

__all__ = ["pick_centre", "pick_institution", "pick_region", "pick_specialty"]
