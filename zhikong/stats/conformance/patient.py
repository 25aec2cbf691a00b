"""Published cases of `zhikong.stats.patient`."""

from collections.abc import Iterator

from zhikong.stats import patient
from zhikong.stats.conformance import Case, Line, Runner, lines


def ewma(case: Case) -> Iterator[Line]:
    given = case["input"]
    setting = patient.Setting("ewma", 1, weight=given["weight"])
    found = patient.moving_statistic(given["x"], setting, centre=given["start"])
    yield from lines("EWMA", found.values, case["expected"]["ewma"], 0.005)


RUNNERS: dict[str, Runner] = {"ewma_nist_patient": ewma}
PUBLISHED: list[Case] = [
    {
        "name": "ewma_nist_patient",
        "source": "NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4",
        "method": "EWMA of single results from a given start",
        "input": {
            "x": [
                52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
                49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1,
            ],
            "weight": 0.3,
            "start": 50.0,
        },
        "expected": {
            "ewma": [
                50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33,
                50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99,
            ]
        },
        "notes": "Printed to two decimals.",
    }
]  # fmt: skip
