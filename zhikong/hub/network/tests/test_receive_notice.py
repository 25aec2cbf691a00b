"""A notice uploaded, checked, its names answered and its findings handled, before and until it counts."""

import datetime as dt
import io
import tempfile
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.demo.henan import notice_text
from zhikong.hub.network import actions
from zhikong.hub.network.models import (
    Centre,
    Institution,
    Notice,
    NoticeDiscrepancy,
    SpecialtyAlias,
    StatedCount,
    StatedStatus,
)

from .henan_story import HenanStory, receive

KEY = "0123456789abcdef0123456789abcdef"
SMALL = "序号\t省辖市\t已成立数量\t未成立质控中心的专业\n1\t洛阳\t63\t口腔种植、核医学（2个）\n"


class NoticeStory(HenanStory):
    """The people and the regions, without a notice."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        for model in (StatedStatus, StatedCount, NoticeDiscrepancy, Notice, Centre, Institution):
            model.objects.all().delete()
        SpecialtyAlias.objects.filter(name="影像").delete()

    def upload(self, text=None, part="province_officer", name="通报.txt", key=KEY, **data):
        self.sign_in(part)
        body = notice_text().encode() if text is None else text
        file = SimpleUploadedFile(name, body if isinstance(body, bytes) else body.encode())
        with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
            return self.client.post("/notices/receive/", {"file": file, "form_key": key, **data})

    def page(self, notice=None, part="province_officer"):
        return self.sign_in(part).get(f"/notices/{(notice or Notice.objects.get()).pk}/")


class ReceiveNotice(NoticeStory):
    def test_upload_is_read_and_checked(self):
        response = self.upload(issued_on="2024-12-02")
        notice = Notice.objects.get()
        self.assertRedirects(response, f"/notices/{notice.pk}/", fetch_redirect_response=False)
        self.assertEqual((notice.number, notice.issued_on), ("豫卫医函〔2024〕96号", dt.date(2024, 12, 2)))
        self.assertEqual(notice.discrepancies.filter(severity="contradiction").count(), 5)  # INC-01 to INC-03
        self.assertFalse(StatedCount.objects.exists())
        self.assertEqual(LedgerEntry.objects.latest("seq").action, "notice received")

    def test_report_says_where_what_and_why(self):
        self.upload(issued_on="2024-12-02")
        response = self.page()
        self.assertContains(response, "焦作 缺口")
        # INC-01: 35 + 19 = 54, so four names were probably dropped.
        self.assertContains(response, "已建 35 + 写明 19 = 54")
        self.assertContains(response, "−4")
        self.assertContains(response, "各市写明的缺口合计 230，名单合计 225")
        self.assertContains(response, "发回核实")

    def test_english_report(self):
        self.upload(issued_on="2024-12-02")
        self.people["province_officer"].language = "en"
        self.people["province_officer"].save()
        response = self.page()
        self.assertContains(response, "names were probably dropped")

    def test_double_click_receives_once(self):
        self.upload(issued_on="2024-12-02")
        self.upload(issued_on="2024-12-02")
        self.assertEqual(Notice.objects.count(), 1)

    def test_not_a_notice_is_refused_with_the_way_out(self):
        response = self.upload("今天天气很好。\n")
        self.assertContains(response, "没有找到可核对的附表")
        self.assertFalse(Notice.objects.exists())

    def test_hostile_workbook_cannot_hurt(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"<a>" * 5_000_000)
            archive.writestr("[Content_Types].xml", b"x")
        response = self.upload(buffer.getvalue(), name="x.xlsx")
        self.assertEqual(response.status_code, 200)
        self.assertFalse(Notice.objects.exists())

    @override_settings(IMPORT_MEMORY_MB=1)
    def test_child_out_of_memory_is_a_refusal(self):
        # Two million signs: more than any space the child has left over from its start.
        self.assertContains(self.upload("城" * 2_000_000), "限制")
        self.assertFalse(Notice.objects.exists())

    def test_city_officer_does_not_take_in_for_the_province(self):
        self.assertEqual(self.upload(part="city_officer").status_code, 404)
        self.assertEqual(self.upload(part="centre_secretary").status_code, 404)

    def test_others_see_no_notice(self):
        notice = receive()
        for part in ("city_officer", "county_officer", "outsider"):
            self.assertEqual(self.page(notice, part).status_code, 404, part)
            self.assertNotContains(self.client.get("/notices/"), "豫卫医函")
            self.assertEqual(self.client.post(f"/notices/{notice.pk}/take-in/").status_code, 404)
            row = notice.discrepancies.first()
            self.assertEqual(
                self.client.post(f"/discrepancies/{row.pk}/handle/", {"handling": "noted"}).status_code, 404
            )

    def test_reader_of_the_province_without_the_ability_cannot_handle(self):
        notice = receive()
        self.assertNotContains(self.page(notice, "centre_secretary"), "发回核实</button>")
        self.assertEqual(self.client.post(f"/notices/{notice.pk}/names/").status_code, 404)

    def test_export_of_the_report(self):
        notice = receive()
        self.sign_in("province_officer")
        response = self.client.get(f"/notices/{notice.pk}/", {"export": "csv"})
        lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
        self.assertIn("矛盾,焦作 缺口", lines[1])

    def test_list_costs_the_same(self):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        first = receive()
        self.sign_in("province_officer")
        counts = []
        for more in (9, 90):
            Notice.objects.bulk_create(
                Notice(region=first.region, title="示例", file=first.file, content={}, read_at=first.read_at)
                for _n in range(more)
            )
            with CaptureQueriesContext(connection) as captured:
                self.client.get("/notices/", {"size": "100"})
            counts.append(len(captured))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)

    def test_home_counts_open_contradictions(self):
        receive()
        self.assertContains(self.sign_in("province_officer").get("/"), "来文矛盾未处理")


class AnswerNames(NoticeStory):
    def setUp(self):
        self.notice = receive()

    def answer(self, **answers):
        self.sign_in("province_officer")
        questions = self.client.get(f"/notices/{self.notice.pk}/").context["questions"]
        data = {}
        for question in questions:
            data[f"printed-{question['index']}"] = question["printed"]
            if question["printed"] in answers:
                data[f"name-{question['index']}"] = answers[question["printed"]]
        return self.client.post(f"/notices/{self.notice.pk}/names/", data, follow=True)

    def test_nothing_is_chosen_beforehand(self):
        questions = self.page(self.notice).context["questions"]
        # INC-04: three names of 新乡 that match no provincial centre.
        self.assertEqual({question["printed"] for question in questions}, {"儿童介入技术", "心脏介入技术", "影像"})
        self.assertEqual({question["answer"] for question in questions}, {""})

    def test_answer_becomes_an_alias_and_is_not_asked_again(self):
        self.answer(影像="SP047")
        alias = SpecialtyAlias.objects.get(name="影像")
        self.assertEqual((alias.specialty.code, alias.source), ("SP047", "豫卫医函〔2024〕96号"))
        self.assertEqual(len(self.page(self.notice).context["questions"]), 2)
        self.assertNotIn("影像", [q["printed"] for q in self.page(receive()).context["questions"]])

    def test_outside_and_uncertain_are_answers(self):
        self.answer(影像="SP047", 儿童介入技术="outside", 心脏介入技术="uncertain")
        self.notice.refresh_from_db()
        actions.take_in_notice(self.notice, create_institutions=True, by=None, at=self.notice.read_at)
        count = StatedCount.objects.get(region=self.regions["新乡"], level="city")
        self.assertEqual((count.listed, count.unmatched), (26, 1))
        codes = StatedStatus.objects.filter(status="uncertain").values_list("specialty__code", flat=True)
        self.assertEqual(sorted(codes), ["SP030", "SP033"])

    def test_unknown_code_is_refused(self):
        self.assertContains(self.answer(影像="SP999"), "没有编码 SP999")
        self.assertFalse(SpecialtyAlias.objects.filter(name="影像").exists())

    def test_nothing_chosen_is_said(self):
        self.assertContains(self.answer(), "还没有选")

    def test_confirmed_alias_is_handled_with_the_ledger(self):
        row = self.notice.discrepancies.filter(kind="alias_used").first()
        self.sign_in("province_officer").post(f"/discrepancies/{row.pk}/handle/", {"handling": "confirmed"})
        row.refresh_from_db()
        self.assertEqual((row.handling, row.handled_by), ("confirmed", self.people["province_officer"]))
        self.assertEqual(LedgerEntry.objects.latest("seq").action, "discrepancy handled")

    def test_step_that_does_not_fit_is_refused(self):
        row = self.notice.discrepancies.filter(severity="contradiction").first()
        response = self.sign_in("province_officer").post(
            f"/discrepancies/{row.pk}/handle/", {"handling": "confirmed"}, follow=True
        )
        self.assertContains(response, "不能这样处理")


class TakeInByPage(NoticeStory):
    def take_in(self, notice, **data):
        self.sign_in("province_officer")
        return self.client.post(f"/notices/{notice.pk}/take-in/", {"issued_on": "2024-12-02", **data}, follow=True)

    def answered(self):
        notice = receive()
        answers = {"影像": "SP047", "儿童介入技术": "uncertain", "心脏介入技术": "uncertain"}
        actions.answer_names(notice, answers, by=None, at=notice.read_at)
        return notice

    def test_unanswered_names_stop_it(self):
        self.assertContains(self.take_in(receive()), "没有认定")
        self.assertFalse(StatedCount.objects.exists())

    def test_unknown_hosts_are_listed_and_asked_about(self):
        notice = self.answered()
        self.assertContains(self.client_page(notice), "阜外华中心血管病医院")
        self.assertContains(self.take_in(notice), "个责任单位不在册")
        self.assertFalse(Institution.objects.exists())

    def client_page(self, notice):
        return self.sign_in("province_officer").get(f"/notices/{notice.pk}/take-in/")

    def test_confirmed_placeholders_say_their_source(self):
        notice = self.answered()
        self.take_in(notice, create_institutions="on")
        notice.refresh_from_db()
        self.assertEqual(notice.state, "taken_in")
        self.assertEqual(Centre.objects.count(), 54)
        self.assertEqual(set(Institution.objects.values_list("source", flat=True)), {"豫卫医函〔2024〕96号"})
        self.assertEqual(LedgerEntry.objects.latest("seq").action, "notice taken in")
        self.assertEqual(self.sign_in("province_officer").get("/coverage/").context["matrix"].established, 824)

    def test_registered_institutions_are_used(self):
        Institution.objects.create(
            code="410100001", name="河南省人民医院", region=self.regions["郑州"], kind="general", ownership="public"
        )
        notice = self.answered()
        self.take_in(notice, create_institutions="on")
        self.assertEqual(Institution.objects.filter(name="河南省人民医院").count(), 1)
        # annex 1: fifteen provincial centres at 河南省人民医院.
        self.assertEqual(Centre.objects.filter(hosts__institution__code="410100001").count(), 15)

    def test_date_is_needed(self):
        notice = self.answered()
        response = self.take_in(notice, issued_on="", create_institutions="on")
        self.assertEqual(response.status_code, 200)
        notice.refresh_from_db()
        self.assertEqual(notice.state, "checked")

    def test_not_twice(self):
        notice = self.answered()
        self.take_in(notice, create_institutions="on")
        self.assertContains(self.take_in(notice), "不能再改")

    def test_unknown_city_stops_it(self):
        self.upload(SMALL.replace("洛阳", "洛田"), issued_on="2025-01-01")
        self.assertContains(self.take_in(Notice.objects.get()), "不是本省的市")

    def test_list_without_provincial_centres_states_only_what_it_lists(self):
        self.upload(SMALL, name="市级.txt", issued_on="2025-01-01")
        self.take_in(Notice.objects.get())
        self.assertEqual(
            sorted(StatedStatus.objects.values_list("specialty__name", "status")),
            [("口腔种植", "missing"), ("核医学", "missing")],
        )

    def test_set_aside(self):
        notice = receive()
        self.sign_in("province_officer").post(f"/notices/{notice.pk}/set-aside/", {"reason": "重复"})
        notice.refresh_from_db()
        self.assertEqual(notice.state, "set_aside")
        self.assertContains(self.take_in(notice), "不能再改")
