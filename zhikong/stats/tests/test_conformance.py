"""Every published case, ours beside theirs. Collections of others are read where ZHIKONG_CASES names a folder."""

import json
import os
from pathlib import Path

import pytest

from zhikong.stats import conformance


def cases():
    found = conformance.published()
    folder = os.environ.get("ZHIKONG_CASES")
    for path in sorted(Path(folder).glob("*.json")) if folder else ():
        found += json.loads(path.read_text(encoding="utf-8"))
    return conformance.complete(found)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_case_holds(case):
    (outcome,) = conformance.run([case])
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert outcome.lines, "neither a runner nor a written reason"
    wrong = [line for line in outcome.lines if not line.holds]
    assert not wrong, "\n".join(
        f"{line.quantity}: ours {line.ours!r}, theirs {line.theirs!r}, allowed {line.tolerance:g}" for line in wrong
    )


def test_a_wrong_number_does_not_hold():
    assert not conformance.Line("x", 1.0, 1.1, 0.05).holds
    assert not conformance.Line("x", float("nan"), 1.0, 10).holds
    assert not conformance.Line("x", "in", "out").holds
    assert not next(conformance.run([{"name": "nobody runs this"}])).holds


def test_unequal_lengths_do_not_hold():
    assert not all(line.holds for line in conformance.lines("x", [1.0], [1.0, 2.0]))
