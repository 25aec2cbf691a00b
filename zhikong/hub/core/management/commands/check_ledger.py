from django.core.management.base import BaseCommand, CommandError

from zhikong.hub.core import ledger


class Command(BaseCommand):
    help = "Verify the ledger: one line a fault, a summary, exit code 1 where there are faults."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true")
        parser.add_argument(
            "--rows", action="store_true", help="compare the tables with their last recorded change, too"
        )

    def handle(self, *args, **options):
        report = ledger.check(rows=options["rows"])
        self.stdout.write(report.as_json() if options["json"] else report.as_text())
        if report.faults:
            raise CommandError(f"{len(report.faults)} faults", returncode=1)
