"""A table of institutions on its way in: checked, previewed, written whole or not at all."""

import csv
import io
import json

import openpyxl
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from zhikong.hub.core import jobs
from zhikong.hub.core.imports import kinds
from zhikong.hub.core.models import ImportBatch, Job, LedgerEntry, RowChange
from zhikong.hub.network.models import Institution
from zhikong.hub.testing import NetworkStory

HEADINGS = [str(column.label) for column in kinds.of_code("institutions").columns]
MODEL = {
    "机构编码": "41030009", "机构名称": "新设示例医院", "地区代码": "410305", "类别": "综合医院", "级别": "二级",
    "等次": "甲等", "所有制": "公立", "邮编": "045000", "开业日期": "2001-02-03", "编制床位（张）": "1，234",
    "设检验科": "是",
}  # fmt: skip


def row(**changes):
    return {**MODEL, **changes}


def as_csv(rows, headings=HEADINGS, encoding="utf-8"):
    out = io.StringIO()
    writer = csv.DictWriter(out, headings, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def as_workbook(rows, headings=HEADINGS):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, headings)
        for number, each in enumerate(rows, start=1):
            sheet.write_row(number, 0, [each.get(heading, "") for heading in headings])
    return out.getvalue()


class ImportStory(NetworkStory):
    kind = "institutions"

    def upload(self, content, part="city_officer", name="机构.csv"):
        self.sign_in(part)
        response = self.client.post(
            reverse("core:new_import"), {"kind": self.kind, "file": SimpleUploadedFile(name, content)}
        )
        self.assertEqual(
            response.status_code, 302, getattr(response, "context", None) and response.context["form"].errors
        )
        jobs.run_due()
        return ImportBatch.objects.order_by("-created_at").first()

    def page(self, batch, **query):
        return self.client.get(reverse("core:import_batch", args=[batch.pk]), query)

    def press(self, batch, name="write_import"):
        response = self.client.post(reverse(f"core:{name}", args=[batch.pk]), follow=True)
        jobs.run_due()
        batch.refresh_from_db()
        return response

    def counts(self, batch):
        return batch.new_rows, batch.changed_rows, batch.same_rows, batch.bad_rows

    def errors(self, batch):
        """Row number, column and sentence of everything that the preview says is wrong."""
        rows = self.page(batch, show="bad", size=100).context["rows"]
        return [(each.number, cell.label, cell.error) for each in rows for cell in each.cells]


class ImportInstitutions(ImportStory):
    def test_preview_then_write(self):
        batch = self.upload(as_csv([row(), row(机构编码="41030001", 机构名称="涧河医院", 级别="三级")]))
        self.assertEqual((batch.state, self.counts(batch)), ("ready", (1, 1, 0, 0)))
        self.assertFalse(Institution.objects.filter(code="41030009").exists())
        page = self.page(batch, show="changed")
        self.assertContains(page, "1,234")
        changed = {cell.label: (cell.old, cell.new) for cell in page.context["rows"][0].cells}
        self.assertEqual(changed["编制床位（张）"], ("（空）", "1,234"))
        self.assertEqual(changed["设检验科"], ("否", "是"))
        self.assertNotIn("级别", changed)
        self.press(batch)
        self.assertEqual(batch.state, "written")
        made = Institution.objects.get(code="41030009")
        self.assertEqual((made.postcode, made.beds, made.level, made.region.code), ("045000", 1234, "2", "410305"))
        self.assertEqual((made.initials, str(made.opened_on)), ("xsslyy", "2001-02-03"))
        self.assertContains(self.page(batch), "全部写入，共 2 行")

    def test_host_is_not_moved_away_from_its_centre(self):
        moved = row(机构编码="41030001", 机构名称="涧河医院", 地区代码="411381")
        batch = self.upload(as_csv([moved]), "province_officer")
        # It hosts the centre of 洛阳, which 邓州 is not in, and the provincial one, which may sit anywhere here.
        self.assertEqual(
            self.errors(batch), [(2, "地区代码", "该机构挂靠着洛阳市烧伤质控中心，不能移到邓州市。请先变更挂靠单位")]
        )
        inside = self.upload(as_csv([moved | {"地区代码": "410328"}]), "province_officer")
        self.assertEqual(self.counts(inside), (0, 1, 0, 0))

    def test_one_entry_covers_the_whole_table(self):
        batch = self.upload(as_csv([row(机构编码=f"4103{number:04}") for number in range(100, 130)]))
        before = LedgerEntry.objects.count()
        self.press(batch)
        entry = LedgerEntry.objects.get(action="table imported")
        self.assertEqual(LedgerEntry.objects.count(), before + 1)
        body = json.loads(entry.body)
        self.assertEqual(body["changes"], 30)
        self.assertEqual(body["facts"]["new"], 30)
        self.assertEqual(body["facts"]["sha256"], batch.source.sha256)
        self.assertEqual(body["origin"], "import")
        self.assertEqual(RowChange.objects.filter(token=entry.token, table="network_institution").count(), 30)

    def test_same_file_twice_changes_nothing(self):
        content = as_csv([row(), row(机构编码="41030010")])
        self.press(self.upload(content))
        changes = RowChange.objects.filter(table="network_institution").count()
        again = self.upload(content)
        self.assertEqual(self.counts(again), (0, 0, 2, 0))
        page = self.press(again)
        self.assertContains(page, "没有要写入的")
        self.assertEqual(RowChange.objects.filter(table="network_institution").count(), changes)

    def test_pressed_twice_writes_once(self):
        batch = self.upload(as_csv([row()]))
        self.client.post(reverse("core:write_import", args=[batch.pk]))
        self.client.post(reverse("core:write_import", args=[batch.pk]))
        jobs.run_due()
        self.client.post(reverse("core:write_import", args=[batch.pk]))
        jobs.run_due()
        self.assertEqual(LedgerEntry.objects.filter(action="table imported").count(), 1)
        self.assertEqual(Job.objects.filter(kind="import commit").count(), 1)

    def test_one_bad_row_stops_the_table(self):
        batch = self.upload(as_csv([row(), row(机构编码="41030010", **{"编制床位（张）": "三例"})]))
        self.assertEqual((batch.state, self.counts(batch)), ("has_errors", (1, 0, 0, 1)))
        self.assertEqual(self.errors(batch), [(3, "编制床位（张）", "“三例”不是整数")])
        page = self.press(batch)
        self.assertContains(page, "一行也没有写入")
        self.assertFalse(Institution.objects.filter(code__in=["41030009", "41030010"]).exists())

    def test_workbook_comes_back_with_red_cells(self):
        wrong = row(机构编码="41030010", 开业日期="2026-02-30", 类别="大医院", 电话="=1+1")
        batch = self.upload(as_workbook([row(), wrong]), name="我的表.xlsx")
        self.assertEqual(batch.outcome.name, "我的表-标红.xlsx")
        response = self.client.get(reverse("core:file", args=[batch.outcome_id]))
        content = b"".join(response)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cell = sheet.cell(3, HEADINGS.index("开业日期") + 1)
        self.assertEqual((cell.value, cell.fill.start_color.rgb), ("2026-02-30", "FFF7C9C4"))
        self.assertIn("不是日历上有的日期", cell.comment.text)
        phone = sheet.cell(3, HEADINGS.index("电话") + 1)
        self.assertEqual((phone.value, phone.data_type), ("=1+1", "s"))
        last = sheet.cell(3, len(HEADINGS) + 1).value
        self.assertIn("开业日期：", last)
        self.assertIn("类别：“大医院”不在可选项中", last)
        self.assertIsNone(sheet.cell(2, len(HEADINGS) + 1).value)
        self.assertEqual(sheet.cell(2, HEADINGS.index("邮编") + 1).value, "045000")
        # Put right and sent again, the column of errors is passed over.
        cell.value, sheet.cell(3, HEADINGS.index("类别") + 1).value = "2026-02-28", "综合医院"
        out = io.BytesIO()
        sheet.parent.save(out)
        again = self.upload(out.getvalue(), name="改好.xlsx")
        self.assertEqual((again.state, self.counts(again)), ("ready", (2, 0, 0, 0)))

    def test_checked_again_gives_one_marked_table(self):
        batch = self.upload(as_csv([row(类别="大医院")]))
        first = batch.outcome_id
        self.press(batch, "recheck_import")
        self.assertNotEqual(batch.outcome_id, first)
        self.assertEqual(self.client.get(reverse("core:file", args=[first])).status_code, 404)

    def test_home_says_what_waits(self):
        self.upload(as_csv([row()]))
        self.assertContains(self.client.get(reverse("core:home")), "检查完的导入，待您写入")
        self.sign_in("outsider")
        self.assertNotContains(self.client.get(reverse("core:home")), "检查完的导入，待您写入")

    def test_outsiders_see_neither_batch_nor_files(self):
        batch = self.upload(as_csv([row(类别="大医院")]))
        for part in ("outsider", "foreigner", "province_officer", "county_officer"):
            self.sign_in(part)
            with self.subTest(part=part):
                self.assertEqual(self.page(batch).status_code, 404)
                self.assertEqual(self.client.post(reverse("core:write_import", args=[batch.pk])).status_code, 404)
                self.assertEqual(self.client.get(reverse("core:file", args=[batch.outcome_id])).status_code, 404)
                self.assertNotContains(self.client.get(reverse("core:imports")), "机构.csv")

    def test_who_may_not_import_finds_no_page(self):
        for part in (
            "hospital_reporter",
            "technician",
            "centre_secretary",
            "system_admin",
            "security_admin",
            "audit_admin",
        ):
            self.sign_in(part)
            for name in ("imports", "new_import"):
                with self.subTest(part=part, name=name):
                    self.assertEqual(self.client.get(reverse(f"core:{name}")).status_code, 404)
            self.assertEqual(self.client.get(reverse("core:import_template", args=["institutions"])).status_code, 404)
        self.sign_in(None)
        self.assertEqual(self.client.get(reverse("core:imports")).status_code, 302)

    def test_rows_outside_the_scope_tell_nothing(self):
        """The answer for another city's place is the same whether or not the institution's code exists there."""
        there = row(机构编码="41130001", 地区代码="411381")
        absent = row(机构编码="41139999", 地区代码="411381")
        nowhere = row(机构编码="41139998", 地区代码="999999")
        batch = self.upload(as_csv([there, absent, nowhere]))
        self.assertEqual(self.errors(batch), [(number, "地区代码", "不在您的管辖范围") for number in (2, 3, 4)])

    def test_another_citys_institution_is_not_taken_over(self):
        batch = self.upload(as_csv([row(机构编码="41130001")]))
        self.assertEqual(self.errors(batch), [(2, "机构编码", "不在您的管辖范围")])

    def test_county_officer_writes_only_the_county(self):
        batch = self.upload(as_csv([row(地区代码="410328"), row(机构编码="41030010")]), "county_officer")
        self.assertEqual(self.errors(batch), [(3, "地区代码", "不在您的管辖范围")])

    def test_unknown_and_missing_columns_are_named(self):
        batch = self.upload(as_csv([row()], headings=["机构编码", "机构名称", "类别", "所有制", "院长电话"]))
        self.assertEqual(batch.state, "refused")
        self.assertIn("不认识的列：院长电话。", batch.message)
        self.assertIn("缺少必填的列：地区代码。", batch.message)
        self.assertContains(self.page(batch), "院长电话")

    def test_repeated_column_is_named(self):
        batch = self.upload("机构编码,机构编码\n1,2\n".encode())
        self.assertIn("重复的列：机构编码。", batch.message)

    def test_repeated_row_points_at_the_first(self):
        batch = self.upload(as_csv([row(), row(机构编码="41030010"), row()]))
        self.assertEqual(self.errors(batch), [(4, "整行", "与第 2 行重复")])

    def test_columns_left_out_stay_as_they_are(self):
        Institution.objects.filter(code="41030001").update(phone="0379-1")
        self.hospital.refresh_from_db()
        headings = ["机构编码", "机构名称", "地区代码", "类别", "所有制"]
        batch = self.upload(as_csv([row(机构编码="41030001", 机构名称="涧河医院")], headings))
        self.assertEqual(self.counts(batch), (0, 0, 1, 0))

    def test_blank_cell_empties_and_the_preview_says_so(self):
        Institution.objects.filter(code="41030001").update(phone="0379-1")
        headings = ["机构编码", "机构名称", "地区代码", "类别", "所有制", "电话"]
        batch = self.upload(as_csv([row(机构编码="41030001", 机构名称="涧河医院")], headings))
        cells = self.page(batch, show="changed").context["rows"][0].cells
        self.assertEqual([(cell.label, cell.old, cell.new) for cell in cells], [("电话", "0379-1", "（空）")])

    def test_change_after_the_preview_is_refused_whole(self):
        batch = self.upload(as_csv([row(), row(机构编码="41030001", 机构名称="涧河医院", 级别="三级")]))
        Institution.objects.filter(code="41030001").update(phone="0379-2")
        page = self.press(batch)
        self.assertEqual(batch.state, "stale")
        self.assertContains(self.page(batch), "数据在预览之后有变化")
        self.assertFalse(Institution.objects.filter(code="41030009").exists())
        self.assertNotContains(page, "Traceback")
        self.press(batch, "recheck_import")
        self.assertEqual((batch.state, self.counts(batch)), ("ready", (1, 1, 0, 0)))
        self.press(batch)
        self.assertEqual(batch.state, "written")

    def test_new_row_that_appeared_meanwhile_is_refused(self):
        batch = self.upload(as_csv([row()]))
        self.institution("41030009", "别人先登记", "410305", level="2", kind="general")
        self.press(batch)
        self.assertEqual(batch.state, "stale")
        self.assertEqual(Institution.objects.get(code="41030009").name, "别人先登记")

    def test_grant_taken_away_after_the_preview(self):
        batch = self.upload(as_csv([row()]))
        self.client.post(reverse("core:write_import", args=[batch.pk]))
        self.people["city_officer"].grants.all().delete()
        jobs.run_due()
        batch.refresh_from_db()
        self.assertEqual(batch.state, "stale")
        self.assertFalse(Institution.objects.filter(code="41030009").exists())

    def test_cancelled_import_is_not_written(self):
        batch = self.upload(as_csv([row()]))
        self.press(batch, "cancel_import")
        self.assertEqual(batch.state, "cancelled")
        self.press(batch)
        self.assertEqual(batch.state, "cancelled")
        self.assertFalse(Institution.objects.filter(code="41030009").exists())

    def test_encodings(self):
        name = "𠮷林㐂仁医院"  # Han characters of four bytes and from extension A
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
            with self.subTest(encoding=encoding):
                batch = self.upload(as_csv([row(机构名称=name)], encoding=encoding))
                self.assertEqual((batch.state, self.counts(batch)), ("ready", (1, 0, 0, 0)), batch.message)
                self.assertEqual(self.page(batch).context["rows"][0].title, name)

    def test_odd_cells_get_a_sentence_each(self):
        cases = {
            "编制床位（张）": ["1。5", "-3", "1e308", "NaN", "99999999999", "1,23", "十"],
            "开业日期": ["2026-02-30", "0000-01-01", "昨天", "2999-01-01", "45000"],
            "机构名称": ["", "a\x07b", "x" * 129, "名\u202e称", "a\nb"],
            "机构编码": ["有汉字", "a b", "x" * 33],
            "设检验科": ["也许"],
            "等次": ["丁等"],
        }
        rows, wanted = [], []
        for column, values in cases.items():
            for value in values:
                number = len(rows)
                rows.append(row(**{"机构编码": f"9{number:03}", column: value}))
                wanted.append((number + 2, column))
        batch = self.upload(as_workbook(rows), name="x.xlsx")
        self.assertEqual(sorted({(number, column) for number, column, _ in self.errors(batch)}), sorted(wanted))

    def test_what_people_write_is_understood(self):
        rows = [
            row(机构编码="Ａ１", **{"编制床位（张）": "１２３４"}),
            row(机构编码="A2", 开业日期="2001年2月3日"),
            row(机构编码="A3", 开业日期="2001/2/3", 设检验科="有"),
            row(机构编码="A4", 开业日期="20010203", 级别="2"),
            row(机构编码="A5", 机构名称="　新设示例医院\u00a0", 类别="general"),
        ]
        batch = self.upload(as_csv(rows))
        self.assertEqual(self.counts(batch), (5, 0, 0, 0), self.errors(batch))
        self.press(batch)
        made = Institution.objects.filter(code__in=["A1", "A2", "A3", "A4", "A5"])
        self.assertEqual(set(made.values_list("name", "opened_on__year", "beds", "level", "has_laboratory")),
                         {("新设示例医院", 2001, 1234, "2", True)})  # fmt: skip

    def test_numbers_of_a_workbook_become_codes(self):
        batch = self.upload(as_workbook([{**row(), "机构编码": 41030009, "邮编": 450000.0}]), name="x.xlsx")
        page = self.page(batch)
        shown = {cell.label: cell.new for cell in page.context["rows"][0].cells}
        self.assertEqual((shown["机构编码"], shown["邮编"]), ("41030009", "450000"))
        batch = self.upload(as_workbook([{**row(), "统一社会信用代码": 124100004157001234}]), name="x.xlsx")
        self.assertIn("末位已失真", self.errors(batch)[0][2])

    def test_text_of_formulas_stays_text(self):
        batch = self.upload(as_csv([row(电话="'=1+1", 主管部门="＝SUM(A1)")]))
        self.press(batch)
        made = Institution.objects.get(code="41030009")
        self.assertEqual((made.phone, made.supervisor), ("=1+1", "＝SUM(A1)"))

    def test_payloads_are_shown_and_never_run(self):
        batch = self.upload(as_csv([row(机构名称="<script>alert(1)</script>", 类别="<img src=x onerror=alert(1)>")]))
        page = self.page(batch, show="bad")
        self.assertNotContains(page, "<script>alert")
        self.assertNotContains(page, "<img src=x")
        self.assertContains(page, "&lt;img src=x")

    def test_template_is_filled_in_and_comes_back(self):
        self.sign_in("city_officer")
        response = self.client.get(reverse("core:import_template", args=["institutions"]))
        book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
        self.assertEqual(book["_zhikong"].sheet_state, "veryHidden")
        kind = kinds.of_code("institutions")
        self.assertEqual([book["_zhikong"]["A1"].value, book["_zhikong"]["B1"].value], [kind.code, kind.version])
        sheet = book["填写"]
        self.assertEqual([cell.value for cell in sheet[1]], HEADINGS)
        self.assertEqual(len(HEADINGS), 20)
        self.assertEqual(len(sheet.data_validations.dataValidation), 5)  # four choices and one yes or no
        self.assertEqual(sheet.column_dimensions["A"].number_format, "@")  # or Excel drops the zeros of 045000
        for index, heading in enumerate(HEADINGS, start=1):
            sheet.cell(2, index, row().get(heading))
        out = io.BytesIO()
        book.save(out)
        batch = self.upload(out.getvalue(), name="模板.xlsx")
        self.assertEqual((batch.state, self.counts(batch)), ("ready", (1, 0, 0, 0)), batch.message)

    def test_old_template_says_so(self):
        self.sign_in("city_officer")
        response = self.client.get(reverse("core:import_template", args=["institutions"]))
        book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
        book["_zhikong"]["B1"] = "00000000"
        for index, heading in enumerate(HEADINGS, start=1):
            book["填写"].cell(2, index, row().get(heading))
        out = io.BytesIO()
        book.save(out)
        batch = self.upload(out.getvalue(), name="旧模板.xlsx")
        self.assertContains(self.page(batch), "旧版模板")
        book["填写"].cell(1, 1, "从前的列名")
        out = io.BytesIO()
        book.save(out)
        batch = self.upload(out.getvalue(), name="旧模板.xlsx")
        self.assertIn("旧版模板", batch.message)
        book["_zhikong"]["A1"] = "centres"
        out = io.BytesIO()
        book.save(out)
        self.assertIn("另一种表的模板", self.upload(out.getvalue(), name="x.xlsx").message)

    def test_headings_in_english_are_known(self):
        with translation.override("en"):
            labels = kinds.of_code("institutions").column("code").labels()
        self.assertIn(kinds.folded("机构编码"), labels)
        english = {"code": "A1", "name": "甲", "region": "410305", "kind": "general", "ownership": "public"}
        batch = self.upload(as_csv([english], list(english)))
        self.assertEqual(self.counts(batch), (1, 0, 0, 0), batch.message)

    def test_pages_ask_the_same_number_of_questions(self):
        small = self.upload(as_csv([row(机构编码=f"A{n}") for n in range(10)]))
        large = self.upload(as_csv([row(机构编码=f"B{n}") for n in range(1000)]))
        self.page(small)
        counts = []
        for batch in (small, large):
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.page(batch).status_code, 200)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 30)
