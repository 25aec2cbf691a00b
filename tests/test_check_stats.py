"""`zhikong check stats`: the table of published cases, and its exit code."""

import json

import pytest

from zhikong import cli
from zhikong.stats import conformance

CASE = {"name": "a_case", "source": "a paper", "input": {}, "expected": 2.0}


@pytest.fixture
def one_case(monkeypatch):
    module = conformance._module("robust")
    runners = {"a_case": lambda case: [conformance.Line("mean", 2.0004, case["expected"], 0.0005)]}
    monkeypatch.setattr(module, "RUNNERS", runners)
    monkeypatch.setattr(conformance, "published", lambda: [CASE])
    monkeypatch.delenv("ZHIKONG_CASES", raising=False)


def test_what_holds(one_case, capsys):
    assert cli.main(["check", "stats"]) == 0
    told = capsys.readouterr().out
    assert "a_case  (a paper)" in told
    assert "+0.0004" in told
    assert told.endswith("1 of 1 cases hold; 1 values compared\n")
    assert cli.main(["check", "stats", "--failing"]) == 0
    assert capsys.readouterr().out == "1 of 1 cases hold; 1 values compared\n"


def test_a_folder_of_cases_and_a_case_that_does_not_hold(one_case, tmp_path, capsys):
    (tmp_path / "more.json").write_text(json.dumps([{**CASE, "expected": 2.1}, {"name": "unknown"}]))
    assert cli.main(["check", "stats", "--cases", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "does not hold" in told
    assert "neither a runner nor a written reason" in told
    assert "1 of 3 cases hold" in told


def test_one_record_a_line(one_case, capsys):
    assert cli.main(["check", "stats", "--json"]) == 0
    (record,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert record["case"] == "a_case"
    assert record["holds"] is True
    assert record["difference"] == pytest.approx(0.0004)


def test_a_folder_that_cannot_be_read(one_case, tmp_path, capsys):
    (tmp_path / "broken.json").write_text("{")
    assert cli.main(["check", "stats", "--cases", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert cli.main(["check", "stats", "--cases", str(tmp_path / "nothing")]) == 2
