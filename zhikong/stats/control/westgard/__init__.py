"""Westgard rules: `judge` one series with its groups of points, `flags` for many series at once."""

from zhikong.stats.control.westgard.kernel import flags
from zhikong.stats.control.westgard.profile import PRESETS, RULES, Profile, Rule, preset
from zhikong.stats.control.westgard.rules import Judgement, Signal, judge

__all__ = ["PRESETS", "RULES", "Judgement", "Profile", "Rule", "Signal", "flags", "judge", "preset"]
