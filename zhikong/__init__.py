"""zhikong (质控): the open platform on which a province runs its medical quality-control network."""

__version__ = "0.1.0"
