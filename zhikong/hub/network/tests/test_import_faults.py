"""R5: kill -9 of the worker at 30 random moments of an import; whole or not at all, taken up again, nothing twice."""

import random
import subprocess
import sys
import time

import pytest

from zhikong.hub.core.tests import test_job_faults
from zhikong.hub.core.tests.test_job_faults import KILLS, LEASE

pytestmark = pytest.mark.faults

ROWS = 4000
site = test_job_faults.site


class ImportSite(test_job_faults.Site):
    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "zhikong.hub.network.tests.import_fault_worker", *arguments],
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )


@pytest.fixture(autouse=True)
def _imports(monkeypatch):
    monkeypatch.setattr(test_job_faults, "Site", ImportSite)


def batches(site):
    return dict(site.ask("SELECT state, count(*) FROM core_importbatch GROUP BY state"))


def partly_written(site):
    """Prefixes of which some rows stand and some do not."""
    found = site.ask("SELECT substr(code, 1, 2), count(*) FROM network_institution GROUP BY substr(code, 1, 2)")
    return [prefix for prefix, count in found if count != ROWS]


def wait(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_kill_nine_at_thirty_random_moments_of_an_import(site):
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # shown by pytest when it fails
    moments = random.Random(seed)
    uploads = kills = hits = 0
    # A kill between two jobs proves nothing: a fast machine needs more of them.
    while kills < KILLS or hits < KILLS // 3:
        assert kills < 10 * KILLS, f"only {hits} of {kills} kills hit a job: the test proves too little"
        kills += 1
        now = batches(site)
        if not now or set(now) == {"written"}:
            site.do("upload", f"{10 + uploads}", str(ROWS))
            uploads += 1
        elif "ready" in now:
            site.do("press")
        before = site.ask("SELECT sum(attempts) FROM core_job")[0][0]
        worker = site.start("work")
        wait(lambda before=before: site.ask("SELECT sum(attempts) FROM core_job")[0][0] > before)
        time.sleep(moments.uniform(0, 1.5))
        worker.kill()
        worker.wait()
        hits += site.states().get("running", 0)
        assert partly_written(site) == []
        time.sleep(LEASE if site.states().get("running") else 0)
    worker = site.start("work")
    wait(lambda: set(batches(site)) <= {"ready", "written"})
    site.do("press")
    wait(lambda: set(batches(site)) == {"written"})
    worker.terminate()
    worker.wait()
    assert partly_written(site) == []
    assert site.ask("SELECT count(*) FROM network_institution") == [(uploads * ROWS,)]
    assert site.ask("SELECT count(*) FROM core_ledgerentry WHERE action = 'table imported'") == [(uploads,)]
    changes = site.ask("SELECT count(*) FROM core_rowchange WHERE table_name = 'network_institution'")
    assert changes == [(uploads * ROWS,)]
