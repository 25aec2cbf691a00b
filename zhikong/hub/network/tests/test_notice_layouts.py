"""Notices in the layouts of other provinces, uploaded by page: what is refused, what is said, which city is meant."""

import datetime as dt
import io

import openpyxl

from zhikong.hub.core.models import User
from zhikong.hub.network import actions
from zhikong.hub.network.actions.regions import load_regions
from zhikong.hub.network.models import Grant, Notice, Region, Role, StatedCount
from zhikong.hub.network.notice import read_notice
from zhikong.hub.network.notice_dictionary import Reading
from zhikong.hub.testing import NOW, PASSWORD

from .test_receive_notice import NoticeStory

HEADER = ["序号", "市", "已成立数量", "未成立专业"]
MIXED = "序号\t市州\t已成立数量\t未成立专业\n1\t武汉市\t50\t烧伤（1个）\n2\t恩施州\t40\t烧伤（1个）\n"


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class Layouts(NoticeStory):
    def test_second_figure_below_a_merged_city_is_refused(self):
        book = openpyxl.Workbook()
        rows = ([1, "郑州市", 60, "烧伤（1个）"], [None, None, 3, "产科（1个）"], [2, "洛阳市", 50, "烧伤（1个）"])
        for row in (HEADER, *rows):
            book.active.append(row)
        book.active.merge_cells("B2:B3")
        response = self.upload(saved(book), name="通报.xlsx", issued_on="2025-01-01")
        self.assertContains(response, "Sheet!C3")
        self.assertFalse(Notice.objects.exists())

    def test_report_says_what_is_hidden(self):
        book = openpyxl.Workbook()
        for sheet in (book.active, book.create_sheet("旧版")):
            for row in (HEADER, [1, "洛阳市", 63, "口腔种植、核医学（2个）"]):
                sheet.append(row)
        book["旧版"].sheet_state = "hidden"
        self.upload(saved(book), name="通报.xlsx", issued_on="2025-01-01")
        page = self.page()
        self.assertContains(page, "隐藏的工作表没有读入：旧版")
        self.assertNotContains(page, "出现 2 次")  # read twice, the city would stand doubled

    def test_joined_names_count_as_two_when_taken_in(self):
        self.upload(
            "序号\t省辖市\t已成立数量\t未成立质控中心的专业\n1\t洛阳\t63\t口腔种植和核医学（共2个）\n",
            issued_on="2025-01-01",
        )
        notice = Notice.objects.get()
        self.assertFalse(notice.discrepancies.filter(severity="contradiction").exists())
        actions.take_in_notice(notice, by=None, at=NOW)
        count = StatedCount.objects.get(region=self.regions["洛阳"], level="city")
        self.assertEqual((count.missing, count.listed), (2, 2))


class UsualNames(NoticeStory):
    """Hubei's regions: 恩施土家族苗族自治州 is called 恩施州 by everybody."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        load_regions("42", by=None, at=NOW)
        user = User.objects.create_user("hubei", PASSWORD, name="湖北")
        cls.hubei = Region.objects.get(code__startswith="42", level="province")
        Grant.objects.create(user=user, role=Role.OFFICE, region=cls.hubei, starts_on=dt.date(2025, 1, 1))
        cls.people["foreigner"] = user

    def test_usual_name_of_a_prefecture_is_its_row(self):
        self.upload(MIXED, part="foreigner", issued_on="2025-01-01")
        notice = Notice.objects.get()
        findings = {(row.kind, row.region_id and row.region.name) for row in notice.discrepancies.all()}
        self.assertNotIn("unknown_city", {kind for kind, _name in findings})
        self.assertNotIn(("city_without_row", "恩施土家族苗族自治州"), findings)
        actions.take_in_notice(notice, by=None, at=NOW)
        count = StatedCount.objects.get(region__name="恩施土家族苗族自治州", level="city")
        self.assertEqual(count.established, 40)

    def test_city_of_the_same_name_is_not_its_prefecture(self):
        # 恩施市 is a county-level city inside 恩施州.
        self.upload(MIXED.replace("恩施州", "恩施市"), part="foreigner", issued_on="2025-01-01")
        self.assertTrue(Notice.objects.get().discrepancies.filter(kind="unknown_city").exists())

    def test_prose_and_table_may_name_a_prefecture_differently(self):
        prose = (
            "各市州卫生健康委，恩施州卫生健康委：\n"
            "全省市级质控中心共90个，组建数量较多的地区是：武汉50个、恩施州40个。\n"
        )
        for name in ("恩施州", "恩施", "恩施土家族苗族自治州"):
            reading = Reading(
                read_notice((prose + MIXED.replace("恩施州", name)).encode(), "a.txt").to_dict(), self.hubei
            )
            kinds = {finding.kind for finding in reading.report().findings}
            self.assertEqual(kinds - {"city_without_row", "never_missing"}, set(), name)

    def test_notice_of_a_municipality_states_its_districts(self):
        """Beijing has no cities; its table lists districts, which are of county level (ADR 3)."""
        load_regions("11", by=None, at=NOW)
        beijing = Region.objects.get(code__startswith="11", level="province")
        table = "序号\t区\t已成立数量\t未成立专业\n1\t东城区\t50\t烧伤（1个）\n2\t海淀\t40\t烧伤（1个）\n"
        content = read_notice(table.encode(), "a.txt").to_dict()
        day = dt.date(2025, 1, 1)
        notice = actions.receive_notice(
            content, file=[b"x"], name="a.txt", region=beijing, issued_on=day, by=None, at=NOW
        )
        actions.take_in_notice(notice, by=None, at=NOW)
        counts = StatedCount.objects.filter(notice=notice).values_list("region__name", "level", "established")
        self.assertEqual(set(counts), {("东城区", "county", 50), ("海淀区", "county", 40)})

    def test_every_short_name_of_the_country_is_its_city(self):
        import csv

        from zhikong.hub.network.notice.names import Gazetteer
        from zhikong.hub.network.notice_dictionary import city_aliases

        with open("zhikong/hub/network/data/regions.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        cities = [row for row in rows if row["level"] == "city"]
        provinces = {row["parent_code"] for row in cities}
        for province in provinces:
            own = [row for row in cities if row["parent_code"] == province]
            aliases = city_aliases((row["name"], row["short_name"]) for row in own)
            gazetteer = Gazetteer([row["name"] for row in own], aliases)
            for row in own:
                usual = {row["name"], row["short_name"]}
                for ending in ("自治州", "地区", "盟", "市", "县", "林区"):
                    if row["name"].endswith(ending):
                        usual.add(row["short_name"] + ending.removeprefix("自治"))
                for name in usual:
                    self.assertEqual(gazetteer.find(name), row["name"], name)
        self.assertEqual(len(cities), 365)
