from .fields import FilterForm


class RegionFilter(FilterForm):
    """By name or code alone."""
