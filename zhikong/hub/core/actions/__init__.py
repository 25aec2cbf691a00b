"""Every write of the core area."""
