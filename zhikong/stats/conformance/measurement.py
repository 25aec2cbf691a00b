"""Published cases of `zhikong.stats.measurement`."""

from zhikong.stats.conformance import Case, Runner

RUNNERS: dict[str, Runner] = {}
PUBLISHED: list[Case] = []
