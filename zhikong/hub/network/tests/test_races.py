"""Twenty at once, on both databases: one form is one record (R10), one edit wins (R11), one decision stands (R12)."""

import json
import subprocess
import sys

import pytest

from zhikong.hub.core.tests import test_job_faults
from zhikong.hub.network.tests.race_worker import WRITERS

pytestmark = pytest.mark.faults

site = test_job_faults.site


class RaceSite(test_job_faults.Site):
    worker = "zhikong.hub.network.tests.race_worker"

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", self.worker, *arguments],
            env=self.environment | {"ZHIKONG_MFA": "offered"},
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self, name):
        process = self.start(name)
        out, _error = process.communicate(timeout=180)
        assert process.returncode == 0
        return json.loads(out)

    def race(self, name):
        return {int(status): count for status, count in self.told(name).items()}


@pytest.fixture(autouse=True)
def _races(monkeypatch):
    monkeypatch.setattr(test_job_faults, "Site", RaceSite)


def entries(site, action):
    return site.ask(f"SELECT count(*) FROM core_ledgerentry WHERE action = '{action}'")[0][0]


def test_one_form_is_one_record(site):
    assert site.race("press_one_form_twenty_times") == {302: WRITERS}  # all are led to the one record
    assert site.ask("SELECT count(*) FROM network_institution WHERE code = '2'") == [(1,)]
    assert entries(site, "institution registered") == 2  # with the one that stood before


def test_one_edit_wins_and_the_others_are_asked(site):
    assert site.race("edit_one_record") == {302: 1, 409: WRITERS - 1}
    assert entries(site, "institution edited") == 1


def test_files_and_rows_do_not_wait_for_each_other_crosswise(site):
    for _round in range(3):
        assert site.race("add_plans_with_files_and_duties") == {302: WRITERS}
    assert entries(site, "file stored") == 3 * WRITERS // 2
    assert site.ask("SELECT count(*) FROM network_centreplan WHERE file_id IS NOT NULL") == [(3 * WRITERS // 2,)]


def test_one_decision(site):
    assert site.race("approve_one_group") == {302: 1, 422: WRITERS - 1}
    approved, refused = entries(site, "sub-specialty group approved"), entries(site, "sub-specialty group refused")
    assert approved + refused == 1
