"""Patient-based real-time quality control (PBRTQC, 患者数据实时质控), and the search for its settings."""

from zhikong.stats.patient.monitoring import (
    Limits,
    Monitored,
    Moving,
    Setting,
    control_limits,
    monitor,
    moving_statistic,
    settings_grid,
    truncation_limits,
)
from zhikong.stats.patient.simulation import Detection, Performance, rank_settings, simulate

__all__ = [
    "Detection",
    "Limits",
    "Monitored",
    "Moving",
    "Performance",
    "Setting",
    "control_limits",
    "monitor",
    "moving_statistic",
    "rank_settings",
    "settings_grid",
    "simulate",
    "truncation_limits",
]
