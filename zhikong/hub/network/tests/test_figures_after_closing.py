"""A figure stated by a notice, moved by what the register says since: a centre that came and went moves it by nothing.

Figures are Henan's published ones (豫卫医函〔2024〕96号, annex 2, of 2024-12-02): 824 in all, 南阳 50, 烧伤 missing there.
"""

import datetime as dt

from zhikong.hub.network import actions
from zhikong.hub.network.models import Centre, Institution, StatedCount
from zhikong.hub.testing import NOW

from .henan_story import ISSUED_ON, HenanStory

CLOSED_ON = dt.date(2026, 6, 1)
STATED = 50  # 南阳, annex 2
LISTED_AS_MISSING, LISTED_AS_MISSING_TOO = "SP009", "SP039"  # 烧伤, 罕见病
STATED_AS_ESTABLISHED = "SP001"  # 呼吸内科


class FiguresAfterClosing(HenanStory):
    def setUp(self):
        self.host = Institution.objects.create(
            code="H1", name="示例医院", region=self.regions["南阳"], kind="general", ownership="public"
        )

    def register(self, code, founded_on=None, state="formal", level="city", region=None):
        region = region or self.regions["南阳"]
        return actions.register_centre(
            name=f"{region.name}质控中心{Centre.objects.count()}", specialty=self.specialties[code], level=level,
            region=region, hosts=[self.host], founded_on=founded_on, state=state, by=None, at=NOW,
        )  # fmt: skip

    def close(self, centre):
        actions.close_centre(centre, happened_on=CLOSED_ON, reason="撤销", by=None, at=NOW)

    def page(self, url="/coverage/", part="province_officer", **query):
        return self.sign_in(part).get(url, query)

    def figure(self, **query):
        rows = self.page(**query).context["matrix"].rows
        return next(row.established for row in rows if row.place.short_name == "南阳")

    def test_came_after_the_notice_and_went(self):
        for code, founded_on in [
            (LISTED_AS_MISSING, dt.date(2026, 2, 1)),
            (LISTED_AS_MISSING, None),  # a second one, of which no day is known
            (LISTED_AS_MISSING_TOO, None),
            (LISTED_AS_MISSING_TOO, dt.date(2020, 2, 1)),  # the notice says otherwise
            (STATED_AS_ESTABLISHED, dt.date(2026, 2, 1)),  # another one beside it
        ]:
            with self.subTest(code=code, founded_on=founded_on):
                centre = self.register(code, founded_on)
                self.assertEqual(self.figure(), STATED + 1)
                self.close(centre)
                self.assertEqual(self.figure(), STATED)

    def test_merged_counts_as_closed(self):
        stands = self.register(STATED_AS_ESTABLISHED)
        for founded_on in (dt.date(2026, 2, 1), None):
            centre = self.register(LISTED_AS_MISSING, founded_on)
            self.assertEqual(self.figure(), STATED + 1)
            actions.merge_centre(centre, into=stands, happened_on=CLOSED_ON, by=None, at=NOW)
            self.assertEqual(self.figure(), STATED)

    def test_the_notice_counted_it_so_its_closing_is_one_less(self):
        for lost, founded_on in enumerate((None, dt.date(2020, 2, 1)), start=1):
            centre = self.register(STATED_AS_ESTABLISHED, founded_on)
            self.assertEqual(self.figure(), STATED - lost + 1)
            self.close(centre)
            self.assertEqual(self.figure(), STATED - lost)

    def test_set_up_and_given_up_was_never_counted(self):
        for code in (LISTED_AS_MISSING, STATED_AS_ESTABLISHED):
            centre = self.register(code, dt.date(2026, 2, 1), state="setting_up")
            self.assertEqual(self.figure(), STATED)
            self.close(centre)
            self.assertEqual(self.figure(), STATED)

    def test_a_later_notice_without_a_list_holds_what_the_earlier_one_lacked(self):
        self.register(LISTED_AS_MISSING)
        later = self.notice
        later.pk, later.issued_on = None, dt.date(2025, 12, 2)
        later.save()
        StatedCount.objects.create(notice=later, region=self.regions["南阳"], level="city", established=STATED + 1)
        self.assertEqual(self.figure(), STATED + 1)

    def test_counties_by_city(self):
        county = self.counties["邓州市"]
        stated = 212  # 南阳's counties, prose of the notice, third point
        centre = self.register(LISTED_AS_MISSING, dt.date(2026, 2, 1), level="county", region=county)
        self.assertEqual(self.figure(level="county"), stated + 1)
        self.close(centre)
        self.assertEqual(self.figure(level="county"), stated)

    # ---- what the figures feed ----
    def test_rankings_and_targets(self):
        target = actions.set_target(
            region=self.regions["河南"], kind="centres", level="city", minimum=900, due_on=dt.date(2030, 12, 31),
            source="示例", by=None, at=NOW,
        )  # fmt: skip
        self.close(self.register(LISTED_AS_MISSING, dt.date(2026, 2, 1)))
        rows = self.page("/rankings/").context["matrix"].rows
        ranked = {row.place.short_name: (row.rank, row.established) for row in rows}
        self.assertEqual((ranked["南阳"], ranked["周口"]), ((7, 50), (7, 50)))
        line = self.page("/targets/").context["lines"][0]
        self.assertEqual((line.target, line.actual, dict(line.parts)["南阳"]), (target, 824, STATED))

    def line(self, part="province_officer"):
        return {each.day: each.established for each in self.page("/rankings/", part).context["quarters"]}

    def test_the_line_begins_at_what_the_notice_states(self):
        centre = self.register(LISTED_AS_MISSING, dt.date(2026, 2, 1))
        line = self.line()
        self.assertEqual([line[ISSUED_ON], line[dt.date(2026, 6, 30)]], [824, 825])
        self.close(centre)
        line = self.line()
        days = (ISSUED_ON, dt.date(2026, 3, 31), dt.date(2026, 6, 30))
        self.assertEqual([line[day] for day in days], [824, 825, 824])

    def test_the_line_begins_there_too_where_no_day_is_known(self):
        centre = self.register(LISTED_AS_MISSING)
        line = self.line()
        self.assertEqual([line[ISSUED_ON], line[dt.date(2026, 6, 30)]], [824, 825])
        self.close(centre)
        line = self.line()
        self.assertEqual([line[ISSUED_ON], line[dt.date(2026, 6, 30)]], [824, 824])

    def test_the_line_of_one_specialty_moves_by_that_specialty(self):
        self.register(LISTED_AS_MISSING, dt.date(2026, 2, 1))
        self.register(LISTED_AS_MISSING_TOO, dt.date(2026, 5, 1))
        line = self.line("centre_secretary")
        # The secretary of 烧伤 sees that 2 of 18 cities had it, and 南阳 since; 罕见病 is not theirs.
        self.assertEqual([line[day] for day in (dt.date(2026, 3, 31), dt.date(2026, 6, 30))], [3, 3])

    def test_without_a_notice_the_register_alone(self):
        StatedCount.objects.filter(region=self.regions["南阳"]).delete()
        centre = self.register(LISTED_AS_MISSING, dt.date(2026, 2, 1))
        self.assertEqual(self.figure(), 1)
        self.close(centre)
        self.assertEqual(self.figure(), 0)

    def test_city_without_counties_has_its_county_level_centres_itself(self):
        """济源 is administered by the province directly: its county-level centre stands in the city."""
        jiyuan = self.regions["济源"]
        self.host.region = jiyuan
        self.host.save()
        self.register("SP001", dt.date(2026, 2, 1), level="county", region=jiyuan)
        for url, query in [
            ("/coverage/", {}),
            ("/rankings/", {}),
            ("/coverage/", {"region": jiyuan.code}),
            ("/rankings/", {"region": jiyuan.code}),
        ]:
            context = self.page(url, level="county", **query).context
            with self.subTest(url=url, **query):
                established = {row.place.short_name: row.established for row in context["matrix"].rows}
                self.assertEqual(established.get("济源"), 1)
