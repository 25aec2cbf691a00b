"""The matrix as each of the cast sees it, with Henan's published figures (豫卫医函〔2024〕96号, annex 2)."""

import datetime as dt

from django.test import override_settings

from zhikong.hub.network import actions, coverage
from zhikong.hub.network.models import Centre, Institution, NoticeDiscrepancy, Region, StatedCount
from zhikong.hub.testing import NOW

from .henan_story import HenanStory, receive

URL = "/coverage/"


class CoverageMatrix(HenanStory):
    def page(self, part="province_officer", **query):
        return self.sign_in(part).get(URL, query)

    def rows(self, response):
        return {each["row"].place.short_name: each["row"] for each in response.context["rows"]}

    def state(self, response, place, code):
        row = self.rows(response)[place]
        codes = [column.specialty.code for column in response.context["matrix"].columns]
        return row.cells[codes.index(code)].state

    # ---- figures ----
    def test_province_officer_sees_18_cities_and_54_specialties(self):
        response = self.page()
        matrix = response.context["matrix"]
        self.assertEqual((len(matrix.rows), len(matrix.columns)), (18, 54))
        self.assertEqual((matrix.established, matrix.gaps), (824, 225))
        self.assertContains(response, "18 市 × 54 专业")
        self.assertContains(response, "来文有 5 处自相矛盾")
        self.assertEqual([row.place.short_name for row in matrix.rows[:2]], ["济源", "新乡"])

    def test_established_goes_up_when_a_centre_is_founded_and_formal_after_the_notice(self):
        self.found("南阳", "SP009")
        response = self.page()
        self.assertEqual((self.rows(response)["南阳"].established, self.rows(response)["南阳"].gaps), (51, 14))
        self.assertEqual(self.state(response, "南阳", "SP009"), coverage.ESTABLISHED)
        self.assertContains(response, "此后登记 +1")

    def test_established_goes_down_when_a_stated_centre_is_closed(self):
        centre = self.found("郑州", "SP009")  # stated as established: the founding after the notice counts as well
        actions.close_centre(centre, happened_on=dt.date(2026, 6, 1), reason="撤并", by=None, at=NOW)
        response = self.page()
        self.assertEqual(self.state(response, "郑州", "SP009"), coverage.MISSING)
        self.assertEqual(self.rows(response)["郑州"].established, 62)

    def test_centre_registered_without_a_day_fills_the_gap_and_counts(self):
        self.register("南阳", "SP009")
        row = self.rows(self.page())["南阳"]
        self.assertEqual((row.established, row.gaps), (51, 14))

    def test_centre_registered_where_the_notice_has_one_adds_nothing(self):
        self.register("南阳", "SP001")
        self.assertEqual(self.rows(self.page())["南阳"].established, 50)

    def test_set_up_is_neither_established_nor_a_gap(self):
        self.found("南阳", "SP009", formal=False)
        response = self.page()
        self.assertEqual(self.state(response, "南阳", "SP009"), coverage.SETTING_UP)
        self.assertEqual(self.rows(response)["南阳"].established, 50)

    def test_second_notice_supersedes_by_its_date(self):
        later = receive()
        actions.answer_names(later, {"儿童介入技术": "SP028", "心脏介入技术": "SP030"}, by=None, at=NOW)
        actions.take_in_notice(later, issued_on=dt.date(2025, 12, 2), by=None, at=NOW)
        StatedCount.objects.filter(notice=later, region=self.regions["济源"], level="city").update(established=31)
        response = self.page()
        self.assertEqual(self.rows(response)["济源"].established, 31)
        self.assertEqual(self.state(response, "新乡", "SP033"), coverage.ESTABLISHED)
        self.assertEqual(self.state(response, "新乡", "SP030"), coverage.MISSING)

    def test_earlier_notice_taken_in_later_changes_nothing(self):
        earlier = receive()
        actions.answer_names(earlier, {"儿童介入技术": "SP028", "心脏介入技术": "SP030"}, by=None, at=NOW)
        actions.take_in_notice(earlier, issued_on=dt.date(2023, 12, 2), by=None, at=NOW)
        StatedCount.objects.filter(notice=earlier, region=self.regions["济源"], level="city").update(established=3)
        self.assertEqual(self.rows(self.page())["济源"].established, 25)

    def test_settled_contradiction_loses_its_mark(self):
        finding = NoticeDiscrepancy.objects.get(kind="missing_count", region=self.regions["焦作"])
        actions.handle_discrepancy(finding, handling="accepted", by=None, at=NOW)
        self.assertFalse(self.rows(self.page())["焦作"].contradictory)

    # ---- filters, order ----
    def test_key_specialties_only(self):
        response = self.page(show="key")
        self.assertEqual(len(response.context["matrix"].columns), 9)  # ORG-03: nine key specialties
        self.assertEqual(response.context["matrix"].established, 824)

    def test_only_with_gaps(self):
        # requirements INC-08: 12 of 54 specialties are missing in no city.
        self.assertEqual(len(self.page(show="gaps").context["matrix"].columns), 42)

    def test_order_by_directory_and_by_established(self):
        by_code = [row.place.short_name for row in self.page(sort="directory").context["matrix"].rows]
        self.assertEqual((by_code[0], by_code[-1]), ("郑州", "济源"))
        most = [row.place.short_name for row in self.page(sort="established").context["matrix"].rows]
        self.assertEqual(most[:3], ["三门峡", "洛阳", "郑州"])

    # ---- counties ----
    def test_county_level_without_data_claims_no_gap(self):
        response = self.page(level="county")
        self.assertTrue(response.context["matrix"].summary)
        self.assertEqual(response.context["matrix"].gaps, 0)
        self.assertContains(response, "缺口未知")
        self.assertEqual(self.rows(response)["信阳"].established, 238)
        self.assertEqual(self.state(response, "信阳", "SP009"), coverage.NO_DATA)

    def test_counties_of_one_city(self):
        self.register_county("洛宁县", "SP009")
        response = self.page(region=self.regions["洛阳"].code)
        self.assertEqual(self.state(response, "洛宁", "SP009"), coverage.ESTABLISHED)
        self.assertEqual(self.state(response, "洛宁", "SP001"), coverage.MISSING)
        self.assertEqual(self.state(response, "新安", "SP001"), coverage.NO_DATA)
        summary = self.page(level="county")
        self.assertEqual(self.state(summary, "洛阳", "SP009"), coverage.PARTIAL)
        self.assertEqual(summary.context["matrix"].gaps, 53)  # of 54 in the one county that is known of
        self.assertEqual(sum(column.lacking for column in summary.context["matrix"].columns), 53)

    # ---- who sees what ----
    def test_city_officer_sees_the_own_row_only(self):
        response = self.page("city_officer")
        self.assertEqual(list(self.rows(response)), ["洛阳"])
        self.assertNotContains(response, "济源")
        self.assertEqual(self.rows(response)["洛阳"].established, 63)

    def test_county_officer_sees_the_own_county_only(self):
        response = self.page("county_officer")
        self.assertEqual(list(self.rows(response)), ["洛宁"])
        self.assertNotContains(response, "新安")

    def test_secretary_sees_the_own_column_only(self):
        response = self.page("centre_secretary")
        self.assertEqual([c.specialty.code for c in response.context["matrix"].columns], ["SP009"])
        self.assertEqual(response.context["matrix"].established, 2)  # 烧伤 is missing in 16 of 18 cities
        self.assertNotContains(response, "824")
        self.assertEqual(self.page("centre_secretary", cell=self.cell("南阳", "SP001")).status_code, 404)

    def test_places_of_others_are_absent(self):
        for part, place in [
            ("city_officer", self.regions["南阳"]),
            ("city_officer", self.regions["河南"]),
            ("county_officer", self.regions["洛阳"]),
            ("county_officer", self.counties["新安县"]),
            ("outsider", self.regions["洛阳"]),
        ]:
            with self.subTest(part=part, place=place.name):
                self.assertEqual(self.page(part, region=place.code).status_code, 404)
        self.assertEqual(self.page("outsider", cell=self.cell("洛阳", "SP048")).status_code, 404)

    def test_citizen_is_asked_to_sign_in(self):
        self.assertEqual(self.page(None).status_code, 302)

    # ---- one cell ----
    def cell(self, place, code):
        return f"{self.regions[place].code}.{code}"

    def test_cell_opens_beside_the_matrix(self):
        response = self.page(cell=self.cell("南阳", "SP009"))
        self.assertContains(response, "据 豫卫医函〔2024〕96号")
        self.assertContains(response, "一键催报")
        self.assertContains(response, 'class="drawer')
        self.assertContains(response, "/centres/register/?level=city")

    def test_htmx_gets_the_drawer_only(self):
        self.sign_in("province_officer")
        response = self.client.get(
            URL, {"cell": self.cell("南阳", "SP009")}, headers={"HX-Request": "true", "HX-Target": "cell"}
        )
        self.assertTemplateNotUsed(response, "network/coverage_matrix.html")
        self.assertContains(response, "南阳 · 烧伤")
        self.assertIn("HX-Request", response["Vary"])

    def test_uncertain_cell_says_what_was_printed(self):
        self.assertContains(self.page(cell=self.cell("新乡", "SP028")), "印作“儿童介入技术”")

    def test_city_officer_cannot_remind_the_own_city(self):
        self.assertNotContains(self.page("city_officer", cell=self.cell("洛阳", "SP048")), "一键催报")

    def test_nonsense_cells_are_absent(self):
        for cell in ("x", ".", "410000.SP009", f"{self.regions['南阳'].code}.SP999", "'.\""):
            self.assertEqual(self.page(cell=cell).status_code, 404, cell)

    # ---- map, export, cost ----
    def test_tiles_lie_where_the_table_says(self):
        response = self.page(view="tiles")
        self.assertContains(response, '<li class="row-3 column-2">')  # 济源, data/tiles.csv
        self.assertContains(response, "缺 30")
        self.assertIsNone(response.context["outlines"])

    def test_outlines_of_the_deployer_with_their_review_number(self):
        import json
        import tempfile

        features = [
            {
                "properties": {"adcode": int(region.code)},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[n, 30], [n + 1, 30], [n + 1, 31], [n, 30]]],
                },
            }
            for n, region in enumerate(Region.objects.filter(level="city", parent=self.regions["河南"]), start=110)
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"features": features, "review_number": "GS(0000)0号", "attribution": "示例"}, file)
            file.flush()
            with override_settings(BOUNDARIES=file.name):
                response = self.page(view="tiles")
        self.assertEqual(len(response.context["outlines"].paths), 18)
        self.assertContains(response, "审图号：GS(0000)0号")

    def test_broken_boundary_file_falls_back_to_tiles(self):
        with override_settings(BOUNDARIES="/nonexistent/boundaries.json"):
            self.assertContains(self.page(view="tiles"), 'class="tiles"')

    def test_export_holds_every_cell(self):
        response = self.page(export="csv")
        lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
        self.assertEqual(len(lines), 19)
        self.assertEqual(lines[1].count(","), 59)  # six columns of the row, 54 of specialties
        outsider = b"".join(self.page("outsider", export="csv").streaming_content).decode("utf-8-sig")
        self.assertNotIn("洛阳", outsider)

    def test_queries_do_not_grow(self):
        self.sign_in("province_officer")
        for query in ({}, {"level": "county"}, {"region": self.regions["洛阳"].code},
                      {"cell": self.cell("南阳", "SP009")}):  # fmt: skip
            self.many_centres(10)
            before = self.queries(query)
            Centre.objects.filter(code__startswith="many-").delete()
            self.many_centres(1000)
            after = self.queries(query)
            self.assertEqual(before, after, query)
            self.assertLessEqual(after, 30, query)
            Centre.objects.filter(code__startswith="many-").delete()

    def queries(self, query):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            self.assertEqual(self.client.get(URL, query).status_code, 200)
        return len(captured)

    # ---- the register ----
    def many_centres(self, count):
        specialties = list(self.specialties.values())
        regions = [self.regions["南阳"], self.counties["邓州市"], *Region.objects.filter(level="county")]
        Centre.objects.bulk_create(
            Centre(code=f"many-{n}", name=f"示例中心{n}", specialty=specialties[(n + 8) % len(specialties)],
                   region=regions[n % len(regions)], level="city" if n % len(regions) == 0 else "county",
                   state="formal", is_synthetic=True)
            for n in range(count)
        )  # fmt: skip

    def hospital(self, region):
        return Institution.objects.get_or_create(
            code=f"H{region.code}",
            defaults={"name": f"示例医院{region.code}", "region": region, "kind": "general", "ownership": "public"},
        )[0]

    def found(self, city, code, formal=True):
        region, specialty = self.regions[city], self.specialties[code]
        centre = actions.found_centre(
            name=f"{region.name}{specialty.name}质控中心", specialty=specialty, level="city", region=region,
            hosts=[self.hospital(region)], founded_on=dt.date(2026, 3, 1), by=None, at=NOW,
        )  # fmt: skip
        if formal:
            actions.formalise_centre(centre, happened_on=dt.date(2026, 5, 1), by=None, at=NOW)
        return centre

    def register(self, city, code, level="city", region=None):
        region, specialty = region or self.regions[city], self.specialties[code]
        return actions.register_centre(
            name=f"{region.name}{specialty.name}质控中心", specialty=specialty, level=level, region=region,
            hosts=[self.hospital(region)], by=None, at=NOW,
        )  # fmt: skip

    def register_county(self, county, code):
        return self.register("", code, level="county", region=self.counties[county])
