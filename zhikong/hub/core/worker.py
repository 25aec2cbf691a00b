"""The worker: does jobs one after another, and beside them sends deliveries and keeps house.

Several may run at once, on one machine or many; the database says who does what. SIGTERM lets the running job end at
its next step and go back to the queue. SIGKILL costs the lease time and nothing else.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.module_loading import import_module, module_has_submodule

from . import audit, deliveries, files, jobs
from .actions import purge_jobs
from .imports import staging

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
DELIVERY_POLL_SECONDS = 2.0
HOUSEKEEPING_SECONDS = 3600.0


def work(*, once: bool = False, stop: threading.Event | None = None) -> None:
    """Work until `stop` is set; with `once`, only what is due now."""
    stop = stop or threading.Event()
    load_handlers()
    with audit.origin("worker"):
        if once:
            keep_house()
            _do_due_jobs(stop)
            deliveries.send_due()
            return
        beside = threading.Thread(target=_beside, args=(stop,), name="deliveries", daemon=True)
        beside.start()
        while not stop.is_set():
            _surviving(lambda: _do_due_jobs(stop))
            stop.wait(POLL_SECONDS)
        beside.join(settings.DELIVERY_TIMEOUT_SECONDS)


def stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def load_handlers() -> None:
    """Handlers stand in each area's actions; importing them is what makes them known."""
    for app in apps.get_app_configs():
        if app.name.startswith("zhikong.") and module_has_submodule(app.module, "actions"):
            import_module(f"{app.name}.actions")


def keep_house() -> None:
    purge_jobs(by=None, at=timezone.now())
    files.sweep_orphans()
    staging.sweep()


def _do_due_jobs(stop: threading.Event) -> None:
    while not stop.is_set() and (run := jobs.claim(is_stopping=stop.is_set)):
        with _heartbeat(run):
            jobs.execute(run)


def _beside(stop: threading.Event) -> None:
    """Deliveries have their own thread: a long import must not hold back the mail."""
    kept_house = float("-inf")
    with audit.origin("worker"):
        while not stop.is_set():
            _surviving(lambda: deliveries.send_due(is_stopping=stop.is_set))
            if time.monotonic() - kept_house > HOUSEKEEPING_SECONDS:
                _surviving(keep_house)
                kept_house = time.monotonic()
            stop.wait(DELIVERY_POLL_SECONDS)
    connection.close()


def _surviving(do: Callable[[], object]) -> None:
    """The loop outlives a database that is away or busy, and a bug in one round."""
    try:
        close_old_connections()
        do()
    except DatabaseTrouble as trouble:
        log.warning("the database did not answer: %s", trouble)
        connection.close()
    except Exception:
        log.exception("this round of the worker failed")


@contextmanager
def _heartbeat(run: jobs.Run) -> Iterator[None]:
    """Extend the lease while the job works. A missed beat harms nothing: the token decides what is written."""
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(settings.JOB_LEASE_SECONDS / 4):
                try:
                    run.extend_lease()
                except DatabaseTrouble as trouble:
                    log.warning("job %s: no heartbeat: %s", run.job.pk, trouble)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
