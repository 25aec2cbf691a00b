"""A notice becomes figures, cells and provincial centres; or nothing at all."""

from zhikong.hub.network import coverage
from zhikong.hub.network.models import Centre, Region, StatedCount, StatedStatus

from .henan_story import HenanStory

# 豫卫医函〔2024〕96号 附件2: 已成立数量, and the names listed as 未成立.
ESTABLISHED = {
    "郑州": (62, 1), "开封": (33, 20), "洛阳": (63, 2), "平顶山": (37, 19), "安阳": (44, 13), "鹤壁": (39, 14),
    "新乡": (28, 26), "焦作": (35, 15), "濮阳": (51, 8), "许昌": (48, 7), "漯河": (33, 19), "三门峡": (66, 5),
    "南阳": (50, 15), "商丘": (60, 4), "信阳": (45, 13), "周口": (50, 7), "驻马店": (55, 7), "济源": (25, 30),
}  # fmt: skip
# The eight cities whose county figures the prose gives.
COUNTY_FIGURES = {
    "信阳": 238, "南阳": 212, "洛阳": 209, "商丘": 150, "周口": 149, "鹤壁": 8, "新乡": 17, "开封": 17,
}  # fmt: skip


class TakeInNotice(HenanStory):
    def matrix(self, **options):
        cities = Region.objects.filter(level="city", parent=self.regions["河南"])
        specialties = list(coverage.provincial_specialties(self.regions["河南"]))
        sight = coverage.Sight.of(self.people["province_officer"])
        return coverage.build(cities, specialties, "city", sight, **options)

    def test_figures_of_all_cities(self):
        matrix = self.matrix()
        self.assertEqual({row.place.short_name: (row.established, row.gaps) for row in matrix.rows}, ESTABLISHED)
        self.assertEqual((matrix.established, matrix.gaps, len(matrix.columns)), (824, 225, 54))

    def test_columns_count_the_cities_that_lack_them(self):
        lacking = {column.specialty.name: column.lacking for column in self.matrix().columns}
        # requirements 27.1, most often missing after alias mapping; uncertain names are counted in no column.
        self.assertEqual(
            [
                lacking[name]
                for name in ("烧伤", "罕见病", "结构性心脏病介入技术", "整形美容", "外周血管介入技术", "胸外科")
            ],
            [16, 15, 14, 11, 11, 10],
        )
        self.assertEqual(lacking["脑损伤"], 0)

    def test_uncertain_names_are_hatched_where_they_may_belong(self):
        uncertain = StatedStatus.objects.filter(status="uncertain")
        self.assertEqual(
            sorted(uncertain.values_list("region__short_name", "specialty__code")),
            [("新乡", "SP028"), ("新乡", "SP030"), ("新乡", "SP033")],
        )

    def test_ranks_share_ties(self):
        ranks = {row.place.short_name: row.rank for row in self.matrix(sort="established").rows}
        # 南阳 and 周口 have 50 both, 开封 and 漯河 33 both.
        self.assertEqual([ranks[c] for c in ("三门峡", "南阳", "周口", "许昌", "开封", "漯河", "新乡", "济源")],
                         [1, 7, 7, 9, 15, 15, 17, 18])  # fmt: skip

    def test_contradictory_cities_are_marked(self):
        marked = {row.place.short_name for row in self.matrix().rows if row.contradictory}
        self.assertEqual(marked, {"焦作", "济源", "开封", "鹤壁", "漯河"})

    def test_provincial_centres_with_hosts(self):
        centres = Centre.objects.filter(level="province")
        self.assertEqual(centres.count(), 54)
        children = centres.get(specialty__code="SP014")
        # annex 1, no. 14: the one centre with two hosts.
        self.assertEqual(
            [host.institution.name for host in children.hosts.all()], ["郑州大学第三附属医院", "河南省儿童医院"]
        )
        self.assertEqual(children.source, "豫卫医函〔2024〕96号")
        self.assertEqual(centres.get(specialty__code="SP009").hosts.get().institution.initials, "zzsdyrmyy")

    def test_county_figures_of_the_prose(self):
        stated = dict(
            StatedCount.objects.filter(level="county", region__level="city").values_list(
                "region__short_name", "established"
            )
        )
        # Prose of the notice, third point.
        self.assertEqual(stated, COUNTY_FIGURES)
