"""Pages of the network area."""

from .coverage import coverage_matrix
from .notices import (
    answer_names,
    handle_discrepancy,
    notice,
    notices,
    receive_notice,
    set_aside_notice,
    take_in_notice,
)
from .pickers import pick_centre, pick_institution, pick_region, pick_specialty
from .rankings import rankings
from .reminders import read_reminder, remind, reminder, reminders
from .targets import change_target, end_target, set_target, targets

__all__ = [
    "answer_names",
    "change_target",
    "coverage_matrix",
    "end_target",
    "handle_discrepancy",
    "notice",
    "notices",
    "pick_centre",
    "pick_institution",
    "pick_region",
    "pick_specialty",
    "rankings",
    "read_reminder",
    "receive_notice",
    "remind",
    "reminder",
    "reminders",
    "set_aside_notice",
    "set_target",
    "take_in_notice",
    "targets",
]
