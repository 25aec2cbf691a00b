from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from ... import actions


class Command(BaseCommand):
    help = "Load the region table of the site's province and the list of specialties. Loading again changes nothing."

    def handle(self, **options):
        now = timezone.now()
        regions = actions.load_regions(settings.PROVINCE, by=None, at=now)
        specialties = actions.load_specialties(by=None, at=now)
        self.stdout.write(f"regions: {regions} new or changed; specialties: {specialties} new")
