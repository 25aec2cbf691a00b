"""A table of centres on its way in: a register that stands, with the rules of registering by hand."""

from zhikong.hub.core.imports import kinds
from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.network.models import Centre, CentreChange, SpecialtyAlias

from .test_import_institutions import ImportStory, as_csv

HEADINGS = [str(column.label) for column in kinds.of_code("centres").columns]
MODEL = {
    "名称": "洛阳市临床检验质控中心", "专业": "临床检验", "层级": "市级", "地区代码": "4103",
    "挂靠单位编码": "41030001", "状态": "正式", "成立日期": "2020-05-06", "联系电话": "0379-1",
    "信息化手段": "无", "住院": "是",
}  # fmt: skip


def row(**changes):
    return {**MODEL, **changes}


class ImportCentres(ImportStory):
    kind = "centres"

    def check(self, *rows, part="city_officer", headings=HEADINGS):
        return self.upload(as_csv(rows, headings), part, "中心.csv")

    def test_new_centre_with_its_hosts(self):
        batch = self.check(row(挂靠单位编码="41030001；41032801"))
        self.assertEqual(self.counts(batch), (1, 0, 0, 0), self.errors(batch))
        self.press(batch)
        made = Centre.objects.get(name="洛阳市临床检验质控中心")
        self.assertEqual(made.code, "4103-SP044-city")
        self.assertEqual((made.state, made.initials, made.covers_inpatients), ("formal", "lyslcjyzkzx", True))
        hosts = made.hosts.values_list("institution__code", "position")
        self.assertEqual(list(hosts), [("41030001", 1), ("41032801", 2)])
        self.assertFalse(CentreChange.objects.filter(centre=made).exists())  # it stood before: nothing to file
        self.assertEqual(LedgerEntry.objects.filter(action="table imported").count(), 1)

    def test_several_new_ones_in_one_place_get_a_number_each(self):
        group = {"层级": "县级质控组", "地区代码": "410328", "挂靠单位编码": "41032801"}
        grid = {"层级": "网格分中心", "地区代码": "410328", "挂靠单位编码": "41032801", "网格责任人": "某人"}
        batch = self.check(
            row(名称="检验一组", **group),
            row(名称="检验二组", **group),
            row(名称="检验三组", 编号="410328-SP044-county_group-2", **group),  # a number that we might give
            row(名称="检验一格", **grid),
            row(名称="检验二格", **grid),
        )
        self.assertEqual(self.counts(batch), (5, 0, 0, 0), self.errors(batch))
        self.press(batch)
        self.assertEqual((batch.state, batch.message), ("written", ""))
        made = dict(Centre.objects.filter(specialty__code="SP044").values_list("name", "code"))
        self.assertEqual(
            made,
            {
                "检验一组": "410328-SP044-county_group",
                "检验二组": "410328-SP044-county_group-3",
                "检验三组": "410328-SP044-county_group-2",
                "检验一格": "410328-SP044-grid",
                "检验二格": "410328-SP044-grid-2",
            },
        )
        more = self.check(row(名称="检验四组", **group), row(名称="检验一组", **group))
        self.assertEqual(self.counts(more), (1, 0, 1, 0), self.errors(more))
        self.press(more)
        self.assertEqual(Centre.objects.get(name="检验四组").code, "410328-SP044-county_group-4")

    def test_same_file_twice_changes_nothing(self):
        self.press(self.check(row()))
        again = self.check(row())
        self.assertEqual(self.counts(again), (0, 0, 1, 0), self.errors(again))

    def test_alias_means_the_specialty(self):
        SpecialtyAlias.objects.create(specialty=self.specialties["临床检验"], name="检验医学", source="a test")
        batch = self.check(row(专业="检验医学"))
        self.assertEqual(self.counts(batch), (1, 0, 0, 0), self.errors(batch))
        batch = self.check(row(专业="检验"))
        self.assertEqual(self.errors(batch), [(2, "专业", "“检验”不是专业名称，也不是别名")])

    def test_contact_of_a_centre_on_record_changes_by_place(self):
        headings = ["名称", "专业", "层级", "地区代码", "联系电话"]
        batch = self.check(row(名称=self.city_centre.name, 专业="烧伤", 联系电话="0379-9"), headings=headings)
        self.assertEqual(self.counts(batch), (0, 1, 0, 0), self.errors(batch))
        self.press(batch)
        self.city_centre.refresh_from_db()
        self.assertEqual((self.city_centre.contact, self.city_centre.state), ("0379-9", "formal"))

    def test_what_must_be_filed_is_not_changed_here(self):
        on_record = {"编号": self.city_centre.code, "专业": "烧伤"}
        batch = self.check(
            row(**on_record, 名称="改了名的中心"),
            row(**on_record, 名称=self.city_centre.name, 状态="筹建"),
            row(**on_record, 名称=self.city_centre.name, 挂靠单位编码="41032801"),
        )
        columns = [(number, column) for number, column, _ in self.errors(batch)]
        self.assertEqual(columns[0], (2, "名称"))
        # The later rows name the same centre again, which is an error of its own.
        self.assertEqual({column for number, column in columns if number > 2}, {"整行"})
        for changes, column in (({"状态": "筹建"}, "状态"), ({"挂靠单位编码": "41032801"}, "挂靠单位编码")):
            batch = self.check(row(**on_record, 名称=self.city_centre.name, **changes))
            number, found, sentence = self.errors(batch)[0]
            self.assertEqual((number, found), (2, column))
            self.assertIn("变更并备案", sentence)

    def test_second_centre_in_a_place_is_not_made_by_a_table(self):
        batch = self.check(row(专业="烧伤", 编号="LY-2", 名称="另一个烧伤中心"))
        self.assertIn(self.city_centre.code, self.errors(batch)[0][2])

    def test_rules_of_registering_by_hand_hold(self):
        cases = [
            (row(层级="省级"), "层级"),
            (row(层级="区域分中心"), "层级"),
            (row(挂靠单位编码=""), "挂靠单位编码"),
            (row(挂靠单位编码="41030001；41030001"), "挂靠单位编码"),
            (row(层级="网格分中心", 地区代码="410305"), "网格责任人"),
            (row(地区代码="410305", 层级="县级", 挂靠单位编码="41032801"), "挂靠单位编码"),
            (row(状态="已撤销"), "状态"),
            (row(成立日期="2999-01-01"), "成立日期"),
        ]
        for each, column in cases:
            with self.subTest(column=column, row=each):
                self.assertIn(column, [found for _, found, _ in self.errors(self.check(each))])

    def test_closed_centre_is_not_brought_back(self):
        Centre.objects.filter(pk=self.city_centre.pk).update(state="closed")
        batch = self.check(row(编号=self.city_centre.code, 专业="烧伤", 名称=self.city_centre.name))
        self.assertIn("已合并或撤销", self.errors(batch)[0][2])

    def test_outside_the_scope_one_sentence_for_what_is_there_and_what_is_not(self):
        there = row(专业="烧伤", 地区代码="4113", 名称=self.other_city_centre.name, 挂靠单位编码="")
        absent = row(专业="呼吸内科", 地区代码="4113", 挂靠单位编码="")
        batch = self.check(there, absent)
        self.assertEqual(
            [(column, sentence) for _, column, sentence in self.errors(batch)], [("地区代码", "不在您的管辖范围")] * 2
        )
        hosts = self.check(row(挂靠单位编码="41130001"), row(挂靠单位编码="99999999", 专业="呼吸内科"))
        sentences = [
            sentence.replace("41130001", "X").replace("99999999", "X") for _, _, sentence in self.errors(hosts)
        ]
        self.assertEqual(sentences, ["编码 X 不在册，或不在您的管辖范围"] * 2)

    def test_repeated_place_points_at_the_first(self):
        batch = self.check(row(编号="A1"), row(编号="A2"))
        self.assertEqual(self.errors(batch), [(3, "整行", "与第 2 行重复")])

    def test_reporter_and_secretary_have_no_such_page(self):
        for part in ("hospital_reporter", "centre_secretary"):
            self.sign_in(part)
            self.assertEqual(self.client.get("/imports/template/centres/").status_code, 404)
