"""The table of regions taken in: one province whole, every other to its cities, numbered depth first."""

import datetime as dt

from django.test import TestCase

from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import LedgerEntry, RowChange
from zhikong.hub.network import actions
from zhikong.hub.network.models import Region
from zhikong.hub.testing import NOW


class LoadRegions(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.count = actions.load_regions("41", by=None, at=NOW)

    def children(self, code, level):
        return Region.objects.filter(parent__code=code, level=level).count()

    def test_henan_is_whole_and_others_reach_to_cities(self):
        # GB/T 2260: Henan has 17 prefecture-level cities and 济源; Hubei 13 units and 4 directly administered (S4, S0).
        self.assertEqual(self.children("410000", "city"), 18)
        self.assertEqual(self.children("420000", "city"), 17)
        self.assertEqual(Region.objects.filter(level="province").count(), 34)
        self.assertTrue(Region.objects.filter(code="410305", name="涧西区", parent__code="410300").exists())
        self.assertFalse(Region.objects.filter(level="county", code__startswith="42").exists())
        self.assertEqual(Region.objects.get(code="419001").kind, "directly_administered")
        townships = Region.objects.filter(level="township")
        self.assertGreater(townships.count(), 2000)
        self.assertFalse(townships.exclude(code__startswith="41").exists())
        self.assertEqual(Region.objects.get(code="410300").initials, "lys")
        self.assertIsNotNone(Region.objects.get(code="410300").tile_row)

    def test_numbered_depth_first(self):
        regions = list(Region.objects.order_by("order"))
        self.assertEqual([region.order for region in regions], list(range(1, len(regions) + 1)))
        by_key = {region.pk: region for region in regions}
        sizes = dict.fromkeys(by_key, 1)
        for region in reversed(regions):
            self.assertEqual(region.last, region.order + sizes[region.pk] - 1)
            if region.parent_id:
                self.assertTrue(by_key[region.parent_id].contains(region))
                sizes[region.parent_id] += sizes[region.pk]

    def test_loading_again_changes_nothing(self):
        before = LedgerEntry.objects.count(), RowChange.objects.count()
        self.assertEqual(actions.load_regions("410000", by=None, at=NOW), 0)
        self.assertEqual((LedgerEntry.objects.count(), RowChange.objects.count()), before)

    def test_a_second_province_keeps_the_first(self):
        self.assertGreater(actions.load_regions("45", by=None, at=NOW + dt.timedelta(days=1)), 1000)
        self.assertTrue(Region.objects.filter(level="county", code__startswith="45").exists())
        self.assertEqual(self.children("410300", "county"), Region.objects.filter(parent__code="410300").count())
        self.test_numbered_depth_first()

    def test_a_row_that_changed_is_put_right(self):
        Region.objects.filter(code="410305").update(name="旧名")
        self.assertEqual(actions.load_regions("41", by=None, at=NOW), 1)
        self.assertEqual(Region.objects.get(code="410305").name, "涧西区")

    def test_unknown_province(self):
        with self.assertRaises(Refused):
            actions.load_regions("99", by=None, at=NOW)
