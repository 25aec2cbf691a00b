"""Published cases of `zhikong.stats.grading`."""

from zhikong.stats.conformance import Case, Runner

RUNNERS: dict[str, Runner] = {}
PUBLISHED: list[Case] = []
