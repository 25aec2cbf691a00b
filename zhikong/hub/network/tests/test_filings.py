"""Filing of changes one level up: due, overdue, filed, received; the change log; what waits on the home page."""

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from zhikong.hub.core import shell
from zhikong.hub.network import actions
from zhikong.hub.testing import NOW

from .story import RegisterStory

TODAY = timezone.localdate  # the views go by the server's clock


class Filings(RegisterStory):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.old = cls.changed(cls.city_centre, dt.date(2025, 1, 31))
        cls.fresh = cls.changed(cls.county_centre, TODAY())
        cls.provincial = cls.changed(cls.provincial_centre, dt.date(2025, 3, 1))

    @classmethod
    def changed(cls, centre, day):
        at = max(NOW, dt.datetime.now(dt.UTC))
        actions.rename_centre(centre, by=None, at=at, name=f"{centre.name}（更名）", happened_on=day)
        return centre.changes.get()

    def stage(self, part, stage, **query):
        self.sign_in(part)
        page = self.client.get(self.url("filings"), {"stage": stage} | query)
        return {row.pk: row for row in page.context["page"]}

    FILING = {"document": "洛卫医〔2025〕8号", "filed_on": "2025-03-10"}

    def test_overdue_by_days(self):
        # 31 January + one month = 28 February 2025 (ORG-10).
        self.assertEqual(self.old.due_on, dt.date(2025, 2, 28))
        overdue = self.stage("city_officer", "overdue")
        self.assertEqual(set(overdue), {self.old.pk})
        self.assertEqual(overdue[self.old.pk].overdue_days, (TODAY() - dt.date(2025, 2, 28)).days)
        self.assertEqual(set(self.stage("city_officer", "due")), {self.fresh.pk})
        self.assertEqual(set(self.stage("province_officer", "overdue")), {self.old.pk, self.provincial.pk})
        self.assertEqual(set(self.stage("province_officer", "overdue", region="4103")), {self.old.pk})

    def test_filed_and_received_by_the_level_above(self):
        upload = SimpleUploadedFile("备案.pdf", b"%PDF-1.7 example")
        self.accepts("city_officer", "file_change", self.old.pk, **self.FILING, file=upload)
        self.refuses("已于 2025-03-10 备案", "city_officer", "file_change", self.old.pk, **self.FILING)
        self.assertEqual(set(self.stage("province_officer", "filed")), {self.old.pk})
        self.refuses(self.NOT_ALLOWED, "city_officer", "receive_filing", self.old.pk, received_on="2025-03-12")
        self.refuses("早于", "province_officer", "receive_filing", self.old.pk, received_on="2025-03-09")
        self.accepts("province_officer", "receive_filing", self.old.pk, received_on="2025-03-12")
        self.refuses(
            "已于 2025-03-12 签收", "province_officer", "receive_filing", self.old.pk, received_on="2025-03-12"
        )
        self.assertEqual(set(self.stage("city_officer", "received")), {self.old.pk})

    def test_city_receives_from_its_county(self):
        today = TODAY().isoformat()
        self.accepts("county_officer", "file_change", self.fresh.pk, document="宁卫〔2026〕1号", filed_on=today)
        self.refuses(self.NOT_ALLOWED, "county_officer", "receive_filing", self.fresh.pk, received_on=today)
        self.accepts("city_officer", "receive_filing", self.fresh.pk, received_on=today)

    def test_province_notes_the_national_receipt(self):
        self.accepts(
            "centre_secretary", "file_change", self.provincial.pk, document="豫质〔2025〕1号", filed_on="2025-03-20"
        )
        self.accepts("province_officer", "receive_filing", self.provincial.pk, received_on="2025-03-25")

    def test_dates_must_fit(self):
        early = self.FILING | {"filed_on": "2025-01-30"}
        self.refuses("早于变更发生日期", "city_officer", "file_change", self.old.pk, **early)
        self.refuses("还没到", "city_officer", "file_change", self.old.pk, **self.FILING | {"filed_on": "9999-12-31"})
        self.refuses("还没有备案", "province_officer", "receive_filing", self.old.pk, received_on="2025-03-12")

    def test_who_may_not(self):
        self.refuses(self.NOT_ALLOWED, "centre_secretary", "file_change", self.old.pk, **self.FILING)
        self.absent("hospital_reporter", "file_change", self.old.pk, **self.FILING)
        self.absent("outsider", "file_change", self.old.pk, **self.FILING)
        self.absent("county_officer", "file_change", self.old.pk, **self.FILING)

    def tasks(self, part):
        return {task.title: task for task in shell.tasks_of(self.people[part])}

    def test_home_page_tells_whose_turn_it_is(self):
        self.assertEqual(self.tasks("city_officer")["变更逾期未备案"].count, 1)
        self.assertEqual(self.tasks("county_officer")["变更待备案"].count, 1)
        self.assertNotIn("变更逾期未备案", self.tasks("county_officer"))
        self.assertEqual(self.tasks("centre_secretary")["变更逾期未备案"].count, 1)
        self.assertNotIn("变更逾期未备案", self.tasks("outsider"))
        self.assertNotIn("备案待签收", self.tasks("province_officer"))
        actions.file_change(self.old, by=None, at=NOW, filed_on=dt.date(2025, 3, 10), document="x")
        self.assertNotIn("变更逾期未备案", self.tasks("city_officer"))
        self.assertEqual(self.tasks("province_officer")["备案待签收"].count, 1)
        self.assertEqual(self.tasks("centre_secretary")["质控中心缺计划"].count, 1)
        self.assertNotIn("备案待签收", self.tasks("hospital_reporter"))


class ChangeLog(RegisterStory):
    """Founded, merged and closed by quarter (ORG-13, ORG-14)."""

    def test_one_quarter(self):
        actions.close_centre(self.city_centre, by=None, at=NOW, happened_on=dt.date(2026, 6, 30), reason="撤并")
        actions.close_centre(self.county_centre, by=None, at=NOW, happened_on=dt.date(2026, 7, 1), reason="撤并")
        actions.close_centre(self.other_city_centre, by=None, at=NOW, happened_on=dt.date(2026, 4, 1), reason="撤并")
        self.sign_in("province_officer")

        def log(**query):
            return self.client.get(self.url("network_changes"), query).context

        second = log(quarter="2026Q2")
        self.assertEqual(second["page"].total, 2)
        self.assertEqual([row["label"] for row in second["summary"]], ["市级"])
        self.assertEqual(second["summary"][0]["cells"][-1], 2)  # closed
        self.assertEqual((second["before"], second["after"]), ("2026Q1", "2026Q3"))
        self.assertEqual(log(quarter="2026Q3")["page"].total, 1)
        self.assertEqual(log(quarter="2026Q2", region="4103")["page"].total, 1)
        self.assertEqual(log(quarter="2026Q2", level="county")["page"].total, 0)
        self.assertEqual(log(quarter="2026Q2", specialty="SP001")["page"].total, 0)
        self.assertEqual(log(quarter="２０２６Ｑ２")["page"].total, 2)
        self.assertEqual(log(quarter="2026Q1")["before"], "2025Q4")
        for junk in ("2026Q5", "Q1", "0000Q1", "²026Q1", "x"):
            self.assertEqual(self.client.get(self.url("network_changes"), {"quarter": junk}).status_code, 200)
        self.sign_in("outsider")
        self.assertEqual(log(quarter="2026Q2")["page"].total, 1)
