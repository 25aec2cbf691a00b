"""A real worker for the fault tests, with jobs that write rows in steps and at the end, slowly enough to be killed.

python -m zhikong.hub.core.tests.fault_worker prepare | enqueue KIND COUNT | work | cancel
"""

import sys
import threading
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from zhikong.hub.core import jobs, worker  # noqa: E402
from zhikong.hub.core.actions import cancel_job, enqueue  # noqa: E402
from zhikong.hub.core.errors import Refused  # noqa: E402
from zhikong.hub.core.models import Job, User  # noqa: E402

PARTS = 10
ROWS_IN_PART = 20
KINDS = ("fault: at the end", "fault: in steps", "fault: long final write")


def write(run, part):
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO fault_rows (job, number) VALUES (%s, %s)",
            [(str(run.job.pk), part * ROWS_IN_PART + row) for row in range(ROWS_IN_PART)],
        )


def begun(run):
    print("begun", run.job.pk, flush=True)


@jobs.handler("fault: at the end")
def at_the_end(run):
    begun(run)
    for part in range(PARTS):
        time.sleep(0.02)
        run.progress(done=part, total=PARTS)
    with run.completing() as result:
        for part in range(PARTS):
            write(run, part)
            time.sleep(0.02)
        result["rows"] = PARTS * ROWS_IN_PART


@jobs.handler("fault: in steps")
def in_steps(run):
    begun(run)
    for part in range(run.checkpoint.get("next", 0), PARTS - 1):
        with run.step() as checkpoint:
            write(run, part)
            time.sleep(0.02)
            checkpoint["next"] = part + 1
        time.sleep(0.02)
    with run.completing() as result:
        write(run, PARTS - 1)
        result["rows"] = PARTS * ROWS_IN_PART


@jobs.handler("fault: long final write")
def long_final_write(run):
    """Twice as long as the lease: a second worker must not begin it while the first still writes."""
    begun(run)
    with run.completing() as result:
        for part in range(PARTS):
            write(run, part)
            time.sleep(0.2)
        result["rows"] = PARTS * ROWS_IN_PART


def main(verb, *arguments):
    if verb == "prepare":
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            # No key and no constraint: a row written twice must be seen, not refused.
            cursor.execute("CREATE TABLE fault_rows (job varchar(64), number integer)")
        User.objects.create_user("fault", None, name="填报员")
    elif verb == "enqueue":
        kind, count = arguments
        for number in range(int(count)):
            enqueue(kind, title=f"{kind} {number}", by=User.objects.get(), at=timezone.now())
    elif verb == "cancel":
        job = Job.objects.get()
        print("ready", flush=True)
        while Job.objects.get().state != Job.State.RUNNING:
            time.sleep(0.05)
        time.sleep(0.3)  # into the final write
        begun_at = time.monotonic()
        try:
            cancel_job(job, by=job.owner, at=timezone.now())
        except Refused:
            print("refused", time.monotonic() - begun_at, flush=True)
    elif verb == "work":
        worker.POLL_SECONDS = 0.1
        stop = threading.Event()
        worker.stop_on_signals(stop)
        worker.work(stop=stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
