"""R5: kill -9 of the worker at 30 random moments; all or nothing, resumed, nothing twice. On SQLite and PostgreSQL."""

import getpass
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

pytestmark = pytest.mark.faults

KILLS = 30  # RELIABILITY R5
LEASE = 1
ROWS = 200  # per job: PARTS * ROWS_IN_PART of fault_worker


class Site:
    """A database of its own, and the processes that work on it."""

    def __init__(self, url, home, connect):
        self.connect = connect
        self.is_postgresql = url.startswith("postgres")
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "zhikong.hub.config.settings",
            "ZHIKONG_DATABASE": url,
            "ZHIKONG_HOME": str(home),
            "ZHIKONG_JOB_LEASE_SECONDS": str(LEASE),
            "ZHIKONG_JOB_ATTEMPTS": "1000",
            "ZHIKONG_LOG_LEVEL": "ERROR",
        }

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "zhikong.hub.core.tests.fault_worker", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, *arguments):
        process = self.start(*arguments)
        process.communicate(timeout=120)
        assert process.returncode == 0

    def ask(self, question):
        connection = self.connect()
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    def states(self):
        return dict(self.ask("SELECT state, count(*) FROM core_job GROUP BY state"))

    def work_until_all_is_done(self, workers=1, seconds=120):
        processes = [self.start("work") for _ in range(workers)]
        until = time.monotonic() + seconds
        while set(self.states()) != {"done"} and time.monotonic() < until:
            time.sleep(0.3)
        for process in processes:
            process.send_signal(signal.SIGTERM)
        outputs = [process.communicate(timeout=30)[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * workers
        return outputs

    def assert_everything_once(self, jobs):
        assert self.states() == {"done": jobs}
        rows = self.ask("SELECT job, count(*), count(DISTINCT number) FROM fault_rows GROUP BY job")
        assert len(rows) == jobs
        assert {(count, distinct) for _job, count, distinct in rows} == {(ROWS, ROWS)}
        told = self.ask("SELECT url, count(*) FROM core_notification GROUP BY url")
        assert (len(told), {count for _url, count in told}) == (jobs, {1})


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    if request.param == "sqlite":
        path = tmp_path / "faults.sqlite3"
        yield ready(Site(f"sqlite:///{path}", tmp_path, lambda: sqlite3.connect(path, timeout=60)))
        return
    server = urlsplit(os.environ.get("ZHIKONG_TEST_POSTGRES", f"postgres://{getpass.getuser()}@127.0.0.1:5432/zhikong"))
    name = f"{server.path[1:]}_faults_{os.getpid()}"
    admin = urlunsplit(server._replace(path="/postgres"))
    try:
        connection = psycopg.connect(admin, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as trouble:
        pytest.skip(f"no PostgreSQL: {trouble}")
    connection.execute(f'CREATE DATABASE "{name}"')
    url = urlunsplit(server._replace(path=f"/{name}"))
    try:
        yield ready(Site(url, tmp_path, lambda: psycopg.connect(url)))
    finally:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        connection.close()


def ready(site):
    site.do("prepare")
    return site


def test_kill_nine_at_thirty_random_moments(site):
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # shown by pytest when it fails
    moments = random.Random(seed)
    for kind in ("fault: at the end", "fault: in steps"):
        site.do("enqueue", kind, str(KILLS))
    for _kill in range(KILLS):
        worker = site.start("work")
        assert worker.stdout.readline().startswith("begun"), "no job was taken up again"
        time.sleep(moments.uniform(0, 0.6))  # a job takes about 0.5 s
        worker.kill()
        worker.communicate()
    site.work_until_all_is_done()
    site.assert_everything_once(2 * KILLS)
    # Each job begins once, and once more for each kill that hit it; a kill costs one attempt at most.
    hits = site.ask("SELECT sum(attempts) FROM core_job")[0][0] - 2 * KILLS
    assert hits >= KILLS // 3, f"only {hits} kills hit a job: the test proves too little"
    assert hits <= KILLS


def test_a_final_write_longer_than_the_lease_is_not_done_by_two(site):
    site.do("enqueue", "fault: long final write", "4")
    outputs = site.work_until_all_is_done(workers=3)
    site.assert_everything_once(4)
    assert sum(output.count("begun") for output in outputs) == 4


def test_cancel_during_the_final_write_is_refused_and_harms_nothing(site):
    site.do("enqueue", "fault: long final write", "1")
    asker = site.start("cancel")
    assert asker.stdout.readline() == "ready\n"
    site.work_until_all_is_done()
    answer, seconds = asker.communicate(timeout=30)[0].split()
    assert answer == "refused"
    if site.is_postgresql:
        # The final write takes 2 s. On SQLite every write waits for it; here the page must not.
        assert float(seconds) < 1.5
    site.assert_everything_once(1)


def test_orderly_stop_gives_the_job_back_at_once(site):
    site.do("enqueue", "fault: in steps", "1")
    site.do("enqueue", "fault: at the end", "1")
    worker = site.start("work")
    worker.stdout.readline()
    worker.terminate()
    worker.communicate(timeout=15)
    assert worker.returncode == 0
    assert "running" not in site.states()
    site.work_until_all_is_done()
    site.assert_everything_once(2)
    assert site.ask("SELECT max(attempts) FROM core_job") == [(1,)]
