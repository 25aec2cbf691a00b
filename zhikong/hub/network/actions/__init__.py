"""Every write of the network area; other areas call these and nothing deeper."""

from .notices import (
    answer_names,
    handle_discrepancy,
    receive_notice,
    set_aside_notice,
    take_in_notice,
)

__all__ = [
    "answer_names",
    "handle_discrepancy",
    "receive_notice",
    "set_aside_notice",
    "take_in_notice",
]
