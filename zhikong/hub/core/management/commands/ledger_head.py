from django.core.management.base import BaseCommand

from zhikong.hub.core import ledger


class Command(BaseCommand):
    help = "Write the ledger's last digest into ledger-heads/; keep that folder on another machine, too."

    def handle(self, *args, **options):
        path = ledger.export_head()
        self.stdout.write(str(path) if path else "the ledger is empty")
