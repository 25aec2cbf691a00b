import threading

from django.core.management.base import BaseCommand

from zhikong.hub.core import worker


class Command(BaseCommand):
    help = "Does the jobs, sends mail and webhook deliveries, clears away old results. Run one or several."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *, once, **options):
        stop = threading.Event()
        worker.stop_on_signals(stop)
        worker.work(once=once, stop=stop)
