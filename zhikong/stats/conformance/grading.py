"""Published cases of `zhikong.stats.grading`."""

from collections.abc import Iterator
from dataclasses import replace

from zhikong.stats import grading
from zhikong.stats.conformance import Case, Line, Runner, lines

GUANGXI = "桂卫办发〔2025〕15号 (Guangxi, 25 August 2025), 2024 evaluation of 39 provincial centres"


def _grade_counts(case: Case) -> Iterator[Line]:
    rule = replace(grading.GUANGXI_2024, **case["input"]["rule"])
    yield from lines("units", grading.grade_counts(case["input"]["units"], rule), case["expected"]["units"])


def _ranks(case: Case) -> Iterator[Line]:
    for ties, theirs in case["expected"].items():
        ours = grading.ranks(case["input"]["scores"], ties=ties, better=case["input"]["better"])
        yield from lines(ties, ours, theirs)


def _rubric(case: Case) -> Iterator[Line]:
    items = (grading.RubricItem("base", 100), grading.RubricItem("bonus", 10, bonus=True))
    rubric = grading.Rubric("guangxi-2024", items, bonus_cap=10)
    yield Line("full marks", rubric.maximum, case["expected"]["maximum"])
    yield Line("scored in full", float(grading.rubric_scores([100, 10], rubric).total), case["expected"]["maximum"])


PUBLISHED: list[Case] = [
    {
        "name": "guangxi_2024_grades",
        "source": GUANGXI,
        "method": "first 10 % 优秀, 10-30 % 良好, last 10 % 不合格, the rest 合格; rounding to nearest",
        "input": {"units": 39, "rule": {"rounding": "nearest"}},
        "expected": {"units": [4, 8, 23, 4]},
        "notes": "The notice prints the shares and the numbers, not the rounding.",
    },
    {
        "name": "guangxi_2024_grades_each",
        "source": GUANGXI,
        "method": "the same, every grade's number rounded by itself: 3.9, 7.8, 3.9",
        "input": {"units": 39, "rule": {"rounding": "nearest", "cut": "each"}},
        "expected": {"units": [4, 8, 23, 4]},
        "notes": "",
    },
    {
        "name": "guangxi_2024_grades_ceiling",
        "source": GUANGXI,
        "method": "the same, cuts rounded up: the published numbers cannot tell it from rounding to nearest",
        "input": {"units": 39, "rule": {"rounding": "ceiling"}},
        "expected": {"units": [4, 8, 23, 4]},
        "notes": "",
    },
    {
        "name": "guangxi_2024_grades_of_four",
        "source": GUANGXI,
        "method": "10 / 20 / 60 / 10 with no rest: the cuts 3.9, 11.7 and 35.1 to nearest",
        "input": {"units": 39, "rule": {"shares": (10, 20, 60, 10)}},
        "expected": {"units": [4, 8, 23, 4]},
        "notes": "",
    },
    {
        "name": "guangxi_2024_grades_floor",
        "source": "arithmetic: floor(3.9) = 3, floor(11.7) = 11, floor(3.9) = 3 of 39",
        "method": "'not more than the share': cumulative cuts rounded down",
        "input": {"units": 39, "rule": {"rounding": "floor"}},
        "expected": {"units": [3, 8, 25, 3]},
        "notes": "Not what was published.",
    },
    {
        "name": "guangxi_2024_grades_floor_each",
        "source": "arithmetic: floor(3.9) = 3, floor(7.8) = 7, floor(3.9) = 3 of 39",
        "method": "every grade's own number rounded down",
        "input": {"units": 39, "rule": {"rounding": "floor", "cut": "each"}},
        "expected": {"units": [3, 7, 26, 3]},
        "notes": "Not what was published.",
    },
    {
        "name": "guangxi_2024_full_marks",
        "source": GUANGXI,
        "method": "110 points: 100 of the base and 10 of the bonus",
        "input": {},
        "expected": {"maximum": 110},
        "notes": "",
    },
    {
        "name": "rankdata_scipy_example",
        "source": "scipy.stats.rankdata, documentation, Examples: rankdata([0, 2, 3, 2]) by min, dense, average",
        "method": "ranks with ties",
        "input": {"scores": [0, 2, 3, 2], "better": "lower"},
        "expected": {"competition": [1, 2, 4, 2], "dense": [1, 2, 3, 2], "fractional": [1, 2.5, 4, 2.5]},
        "notes": "",
    },
]
RUNNERS: dict[str, Runner] = {
    **{case["name"]: _grade_counts for case in PUBLISHED if "grades" in case["name"]},
    "guangxi_2024_full_marks": _rubric,
    "rankdata_scipy_example": _ranks,
}
