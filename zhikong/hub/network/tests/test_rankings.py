"""Top and bottom with ties, at both levels (ORG-08, ORG-09), and the count by quarter."""

import datetime as dt

from zhikong.hub.network import actions, coverage, trends
from zhikong.hub.network.models import Institution
from zhikong.hub.testing import NOW

from .henan_story import ISSUED_ON, HenanStory


class Rankings(HenanStory):
    def page(self, part="province_officer", **query):
        return self.sign_in(part).get("/rankings/", query)

    def names(self, rows):
        return [(row.place.short_name, row.established) for row in rows]

    def test_cities_as_the_notice_ranks_them(self):
        context = self.page().context
        # 豫卫医函〔2024〕96号, prose: the five with most; of the fewest it names four, 焦作 35 comes next.
        self.assertEqual(
            self.names(context["top"]),
            [("三门峡", 66), ("洛阳", 63), ("郑州", 62), ("商丘", 60), ("驻马店", 55)],
        )
        self.assertEqual(
            self.names(context["bottom"]), [("济源", 25), ("新乡", 28), ("开封", 33), ("漯河", 33), ("焦作", 35)]
        )

    def test_bottom_three_takes_the_tie_along(self):
        self.assertEqual(len(self.page(n="3").context["bottom"]), 4)  # 开封 and 漯河 both 33

    def test_counties_by_city_as_stated(self):
        response = self.page(level="county")
        self.assertEqual(
            self.names(response.context["top"]),
            [("信阳", 238), ("南阳", 212), ("洛阳", 209), ("商丘", 150), ("周口", 149)],
        )
        self.assertEqual(self.names(response.context["bottom"])[:3], [("鹤壁", 8), ("开封", 17), ("新乡", 17)])
        self.assertContains(response, "写明全省 1,780 个")
        self.assertContains(response, "10 处无数据，不排名")

    def test_chart_and_table_are_one(self):
        response = self.page()
        self.assertContains(response, 'data-chart="bars"')
        self.assertContains(response, 'data-role="points"', count=2)

    def test_each_sees_the_own_rows(self):
        self.assertEqual([row.place.short_name for row in self.page("city_officer").context["matrix"].rows], ["洛阳"])
        self.assertNotContains(self.page("outsider"), "三门峡")
        self.assertEqual(self.page("outsider", region=self.regions["洛阳"].code).status_code, 404)
        self.assertNotContains(self.page("centre_secretary"), "824")

    def test_export(self):
        text = b"".join(self.page(export="csv").streaming_content).decode("utf-8-sig").splitlines()
        self.assertEqual(text[1].split(",")[:4], ["1", "411200", "三门峡市", "66"])

    def test_ties_share_a_rank(self):
        self.assertEqual(coverage.ranks_with_ties([50, 66, 50, 10]), [2, 1, 2, 4])

    def test_quarters_count_back_from_today(self):
        region, specialty = self.regions["南阳"], self.specialties["SP009"]
        host = Institution.objects.create(
            code="H1", name="示例医院", region=region, kind="general", ownership="public", is_synthetic=True
        )
        centre = actions.found_centre(
            name="南阳市烧伤质控中心", specialty=specialty, level="city", region=region, hosts=[host],
            founded_on=dt.date(2026, 3, 1), by=None, at=NOW,
        )  # fmt: skip
        actions.formalise_centre(centre, happened_on=dt.date(2026, 5, 20), by=None, at=NOW)
        quarters = {each.day: each for each in self.page().context["quarters"]}
        self.assertEqual(min(quarters), ISSUED_ON)
        self.assertEqual(quarters[dt.date(2026, 3, 31)].established, 824)
        self.assertEqual(quarters[dt.date(2026, 6, 30)].established, 825)
        self.assertEqual(quarters[dt.date(2026, 6, 30)].founded, 1)

    def test_no_figures_no_quarters(self):
        self.assertEqual(trends.quarters(coverage.Matrix("city", [], [])), [])
