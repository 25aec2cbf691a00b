"""Published cases of `zhikong.stats.funnel`."""

from zhikong.stats.conformance import Case, Runner

RUNNERS: dict[str, Runner] = {}
PUBLISHED: list[Case] = []
