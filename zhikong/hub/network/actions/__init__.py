"""Every write of the network area; other areas call these and nothing deeper."""
