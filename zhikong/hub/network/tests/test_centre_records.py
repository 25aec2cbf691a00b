"""What a centre keeps: scope and means, mandate, terms, duties, people, plans."""

import datetime as dt
import json

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from zhikong.hub.core.models import LedgerEntry, RowChange, StoredFile
from zhikong.hub.network import actions
from zhikong.hub.network.models import CentreDuty, CentreMember, CentrePlan
from zhikong.hub.testing import NOW

from .story import DAY, RegisterStory


class KeepCentre(RegisterStory):
    def seen(self, part, page, record):
        self.sign_in(part)
        return self.client.get(self.url(page, record.pk)).context["form"]["seen"].value()

    def test_secretary_says_scope_and_means(self):
        """Scope flags: ORG-04; what the centre works with: DQ-05."""
        seen = self.seen("centre_secretary", "edit_centre", self.provincial_centre)
        data = {"covers_inpatients": "on", "covers_day_cases": "on", "capability": "web_page", "seen": seen}
        self.accepts("centre_secretary", "edit_centre", self.provincial_centre.pk, **data)
        self.provincial_centre.refresh_from_db()
        centre = self.provincial_centre
        self.assertEqual(
            (centre.covers_inpatients, centre.covers_day_cases, centre.covers_emergency, centre.capability),
            (True, True, False, "web_page"),
        )

    def test_two_editors(self):
        mine = {"capability": "web_page", "seen": self.seen("centre_secretary", "edit_centre", self.provincial_centre)}
        theirs = {
            "capability": "platform",
            "seen": self.seen("province_officer", "edit_centre", self.provincial_centre),
        }
        self.accepts("province_officer", "edit_centre", self.provincial_centre.pk, **theirs)
        asked = self.send("centre_secretary", "edit_centre", self.provincial_centre.pk, **mine)
        self.assertEqual(asked.status_code, 409)
        for words in ("未填", "自有平台", "网站或网页"):
            self.assertContains(asked, words, status_code=409)
        self.provincial_centre.refresh_from_db()
        self.assertEqual(self.provincial_centre.capability, "platform")

    def test_elsewhere_the_secretary_only_reads(self):
        data = {"capability": "web_page", "seen": self.seen("province_officer", "edit_centre", self.city_centre)}
        self.refuses(self.NOT_ALLOWED, "centre_secretary", "edit_centre", self.city_centre.pk, **data)

    def test_mandate_is_the_authoritys(self):
        seen = self.seen("province_officer", "set_mandate", self.provincial_centre)
        data = {"mandate": "豫卫医〔2026〕1号", "seen": seen}
        self.absent("centre_secretary", "set_mandate", self.provincial_centre.pk, **data)
        self.accepts("province_officer", "set_mandate", self.provincial_centre.pk, **data)

    def test_closed_centre_is_not_kept(self):
        actions.close_centre(self.provincial_centre, by=None, at=NOW, happened_on=DAY, reason="x")
        self.refuses("资料不再改动", "centre_secretary", "add_duty", self.provincial_centre.pk, text="x")

    def test_outsider(self):
        for page in ("edit_centre", "set_mandate", "add_term", "add_duty", "appoint_member", "add_plan"):
            self.absent("outsider", page, self.city_centre.pk)


class Terms(RegisterStory):
    def test_no_overlap(self):
        term = {"starts_on": "2024-01-01", "ends_on": "2026-12-31", "document": "豫卫医〔2024〕1号"}
        self.accepts("province_officer", "add_term", self.provincial_centre.pk, **term)
        for start, end in (("2026-12-31", "2028-12-31"), ("2020-01-01", "2024-01-01"), ("2025-01-01", "2025-06-30")):
            self.refuses(
                "重叠", "province_officer", "add_term", self.provincial_centre.pk, starts_on=start, ends_on=end
            )
        self.refuses(
            "须晚于",
            "province_officer",
            "add_term",
            self.provincial_centre.pk,
            starts_on="2028-01-01",
            ends_on="2028-01-01",
        )
        self.accepts(
            "province_officer", "add_term", self.provincial_centre.pk, starts_on="2027-01-01", ends_on="2029-12-31"
        )
        self.absent("centre_secretary", "add_term", self.provincial_centre.pk, **term)

    def test_ending_terms_list_looks_at_the_latest(self):
        today = timezone.localdate()
        for start, end in ((-900, -100), (-99, 30)):
            actions.add_term(
                self.provincial_centre,
                by=None,
                at=NOW,
                starts_on=today + dt.timedelta(days=start),
                ends_on=today + dt.timedelta(days=end),
            )
        self.sign_in("province_officer")
        page = self.client.get(self.url("ending_terms"))
        self.assertEqual([row.days_left for row in page.context["page"]], [30])
        self.assertEqual(self.client.get(self.url("ending_terms"), {"days": 29}).context["page"].total, 0)


class Duties(RegisterStory):
    def add(self, *texts):
        for text in texts:
            self.accepts("centre_secretary", "add_duty", self.provincial_centre.pk, text=text, document="示例办法")

    def texts(self):
        return [duty.text for duty in self.provincial_centre.duties.all()]

    def test_list_is_kept_in_order(self):
        self.add("甲", "乙", "丙")
        self.refuses("已有这一条", "centre_secretary", "add_duty", self.provincial_centre.pk, text="乙")
        third = CentreDuty.objects.get(text="丙")
        self.send("centre_secretary", "move_duty", third.pk, up="true")
        self.assertEqual(self.texts(), ["甲", "丙", "乙"])
        self.send("centre_secretary", "move_duty", CentreDuty.objects.get(text="甲").pk)
        self.assertEqual(self.texts(), ["丙", "甲", "乙"])
        answer = self.client.post(self.url("move_duty", third.pk), {"up": "true"}, follow=True)
        self.assertContains(answer, "已经在最前或最后")
        self.assertEqual(self.texts(), ["丙", "甲", "乙"])

    def test_edited_and_removed(self):
        self.add("甲", "乙")
        first = CentreDuty.objects.get(text="甲")
        self.refuses("已有这一条", "centre_secretary", "edit_duty", first.pk, text="乙")
        self.accepts("centre_secretary", "edit_duty", first.pk, text="改")
        self.accepts("centre_secretary", "remove_duty", first.pk, reason="不再承担")
        self.assertEqual(self.texts(), ["乙"])

    def test_moving_needs_post(self):
        self.add("甲")
        duty = CentreDuty.objects.get()
        self.assertEqual(self.client.get(self.url("move_duty", duty.pk)).status_code, 405)
        self.absent("outsider", "move_duty", duty.pk)
        self.absent("outsider", "remove_duty", duty.pk, reason="x")


class People(RegisterStory):
    DATA = {"post": "expert", "person_name": "某专家", "affiliation": "涧河医院", "started_on": DAY}

    def test_appointed_and_retired(self):
        self.accepts("centre_secretary", "appoint_member", self.provincial_centre.pk, **self.DATA)
        self.refuses("已在任", "centre_secretary", "appoint_member", self.provincial_centre.pk, **self.DATA)
        member = CentreMember.objects.get()
        self.refuses("早于", "centre_secretary", "end_member", member.pk, ended_on="2026-08-01", reason="retired")
        self.accepts("centre_secretary", "end_member", member.pk, ended_on="2026-10-01", reason="retired")
        self.refuses("已离任", "centre_secretary", "end_member", member.pk, ended_on="2026-10-01", reason="moved")
        self.sign_in("centre_secretary")
        page = self.client.get(f"{self.provincial_centre.get_absolute_url()}?tab=people")
        self.assertContains(page, "退休")

    def test_director_is_the_authoritys(self):
        director = self.DATA | {"post": "director"}
        self.refuses("不在可用的选项中", "centre_secretary", "appoint_member", self.provincial_centre.pk, **director)
        actions.change_director(self.provincial_centre, by=None, at=NOW, person_name="甲主任", happened_on=DAY)
        member = CentreMember.objects.get()
        self.refuses("由主管部门办理", "centre_secretary", "end_member", member.pk, ended_on=DAY, reason="moved")


class Plans(RegisterStory):
    """A plan for each kind and year; what is missing is listed (EVA-17)."""

    def plan(self, **changes):
        return {"kind": "annual", "title": "年度计划", "starts_on": "2026-01-01", "ends_on": "2026-12-31"} | changes

    def missing(self, year, **query):
        self.sign_in("province_officer")
        page = self.client.get(self.url("missing_plans"), {"year": year} | query).context["page"]
        return {row.pk: row.kinds for row in page}

    def test_registered_with_its_file(self):
        upload = SimpleUploadedFile("计划.pdf", b"%PDF-1.7 example")
        self.accepts("centre_secretary", "add_plan", self.provincial_centre.pk, **self.plan(), file=upload)
        plan = CentrePlan.objects.get()
        self.assertEqual(plan.file.name, "计划.pdf")
        self.assertTrue(plan.file.may_be_opened_by(self.people["province_officer"]))
        self.assertFalse(plan.file.may_be_opened_by(self.people["outsider"]))
        self.refuses("已登记", "centre_secretary", "add_plan", self.provincial_centre.pk, **self.plan())
        self.refuses(
            "不能早于", "centre_secretary", "add_plan", self.provincial_centre.pk, **self.plan(ends_on="2025-01-01")
        )
        self.assertEqual(StoredFile.objects.count(), 1)

    def test_missing_by_kind_and_year(self):
        centre = self.provincial_centre
        self.accepts("centre_secretary", "add_plan", centre.pk, **self.plan())
        self.accepts(
            "centre_secretary",
            "add_plan",
            centre.pk,
            **self.plan(kind="long_term", title="规划", starts_on="2024-06-01", ends_on="2026-06-30"),
        )
        # long term, annual, training, guidance
        self.assertEqual(self.missing(2026)[centre.pk], [True, True, False, False])
        self.assertEqual(self.missing(2025)[centre.pk], [True, False, False, False])
        self.assertNotIn(centre.pk, self.missing(2026, kind="annual"))
        for kind in ("training", "guidance"):
            self.accepts("centre_secretary", "add_plan", centre.pk, **self.plan(kind=kind))
        self.assertNotIn(centre.pk, self.missing(2026))
        self.assertIn(self.city_centre.pk, self.missing(2026))

    def test_withdrawn_plan_takes_its_file_along(self):
        upload = SimpleUploadedFile("计划.pdf", b"%PDF-1.7 example")
        self.accepts("centre_secretary", "add_plan", self.provincial_centre.pk, **self.plan(), file=upload)
        plan = CentrePlan.objects.get()
        address = reverse("core:file", args=[plan.file_id])
        self.assertEqual(b"".join(self.client.get(address).streaming_content), b"%PDF-1.7 example")
        self.accepts("centre_secretary", "withdraw_plan", plan.pk, reason="误传")
        for part in ("centre_secretary", "province_officer"):
            self.sign_in(part)
            self.assertEqual(self.client.get(address).status_code, 404)
        self.assertFalse(StoredFile.objects.exists())
        # What it was stays: the row of the plan, that of the file, and why it went.
        gone = RowChange.objects.filter(new__isnull=True, table__in=("network_centreplan", "core_storedfile"))
        self.assertEqual(set(gone.values_list("table", flat=True)), {"network_centreplan", "core_storedfile"})
        entry = LedgerEntry.objects.filter(action="file removed").get()
        self.assertEqual(json.loads(entry.body)["reason"], "误传")

    def test_withdrawn(self):
        self.accepts("centre_secretary", "add_plan", self.provincial_centre.pk, **self.plan())
        plan = CentrePlan.objects.get()
        self.absent("outsider", "withdraw_plan", plan.pk, reason="x")
        self.refuses("必填", "centre_secretary", "withdraw_plan", plan.pk)
        self.accepts("centre_secretary", "withdraw_plan", plan.pk, reason="重写")
        self.assertFalse(CentrePlan.objects.exists())


class PublishedGrades(RegisterStory):
    def test_shown_and_read_only(self):
        source = "示例通报"
        actions.record_published_grade(self.city_centre, by=None, at=NOW, year=2024, grade="failed", source=source)
        self.sign_in("city_officer")
        self.assertContains(self.client.get(self.city_centre.get_absolute_url()), "不合格")
