"""Taking in a notice keeps the rules of registering by hand, and its report says what holds after names are answered."""

import datetime as dt
import json

from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.network import actions
from zhikong.hub.network.models import Centre, CentreHost, Institution, Notice
from zhikong.hub.network.notice import Finding, message, read_notice
from zhikong.hub.network.notice_dictionary import Reading
from zhikong.hub.testing import NOW, NetworkStory

CENTRES = "序号\t质控中心名称\t责任单位\n"
CITIES = "序号\t省辖市\t已成立数量\t未成立质控中心的专业\n"


class SmallNotice(NetworkStory):
    def receive(self, text):
        data = text.encode()
        return actions.receive_notice(
            read_notice(data, "n.txt").to_dict(), file=[data], name="n.txt", region=self.regions["41"],
            issued_on=dt.date(2026, 1, 5), by=None, at=NOW,
        )  # fmt: skip

    def receive_centres(self, *rows):
        lines = [f"{number}\t{name}\t{host}\n" for number, (name, host) in enumerate(rows, start=1)]
        return self.receive(CENTRES + "".join(lines))

    def take_in(self, notice, **data):
        data = {"issued_on": "2026-01-05", "create_institutions": "on", **data}
        return self.sign_in("province_officer").post(f"/notices/{notice.pk}/take-in/", data)

    def refuses(self, words, notice):
        before = Centre.objects.count()
        self.assertContains(self.take_in(notice), words)
        self.assertEqual((Centre.objects.count(), Notice.objects.get(pk=notice.pk).state), (before, "checked"))

    def takes_in(self, notice):
        answer = self.take_in(notice)
        self.assertEqual(answer.status_code, 302, answer.context and answer.context["form"].errors)

    def hosts(self, specialty):
        seats = CentreHost.objects.filter(centre__specialty__name=specialty, centre__level="province")
        return list(seats.filter(centre__region__code="41").values_list("institution__code", "position"))


class RulesOfRegistering(SmallNotice):
    def test_retired_institution_is_no_host(self):
        retired = self.institution("R1", "退役医院", "4103", kind="general")
        actions.retire_institution(retired, by=None, at=NOW, reason="停业")
        notice = self.receive_centres(("河南省护理管理质控中心", "退役医院"))
        self.refuses("责任单位“退役医院”已停用：R1（洛阳市）", notice)
        actions.restore_institution(retired, by=None, at=NOW, reason="复业")
        self.takes_in(notice)
        self.assertEqual(self.hosts("护理管理"), [("R1", 1)])
        self.assertEqual(Centre.objects.get(name="河南省护理管理质控中心").code, "41-SP042-province")

    def test_one_of_two_names_is_in_use(self):
        for code in ("R1", "R2"):
            each = self.institution(code, "市人民医院", "4103", kind="general")
        actions.retire_institution(Institution.objects.get(code="R1"), by=None, at=NOW, reason="停业")
        self.takes_in(self.receive_centres(("河南省护理管理质控中心", "市人民医院")))
        self.assertEqual(self.hosts("护理管理"), [(each.code, 1)])

    def test_name_that_several_bear_is_asked_about(self):
        first = self.institution("DUP0", "市人民医院", "4103", kind="general")
        self.institution("DUP1", "市人民医院", "4113", kind="general")
        notice = self.receive_centres(("河南省护理管理质控中心", "市人民医院"))
        self.refuses("责任单位“市人民医院”有 2 家：DUP0（洛阳市）、DUP1（南阳市）", notice)
        # The way out that the sentence names: a person registers that centre at the one that is meant.
        actions.register_centre(
            by=None, at=NOW, name="河南省护理管理质控中心", specialty=self.specialties["护理管理"], level="province",
            region=self.regions["41"], hosts=[first],
        )  # fmt: skip
        self.takes_in(notice)
        self.assertEqual(self.hosts("护理管理"), [("DUP0", 1)])

    def test_specialty_out_of_use_gets_no_centre(self):
        specialty = self.specialties["护理管理"]
        actions.deactivate_specialty(specialty, by=None, at=NOW, reason="x")
        notice = self.receive_centres(("河南省护理管理质控中心", "新医院"))
        self.refuses("专业“护理管理”已停用", notice)
        self.assertFalse(Institution.objects.filter(name="新医院").exists())
        actions.reactivate_specialty(specialty, by=None, at=NOW, reason="x")
        self.takes_in(notice)

    def test_same_name_is_not_registered_twice(self):
        self.provincial_centre.name = "河南省护理管理质控中心"
        self.provincial_centre.save()
        self.refuses("河南省已有“河南省护理管理质控中心”", self.receive_centres(("河南省护理管理质控中心", "涧河医院")))

    def test_centre_printed_twice_is_one_with_all_its_hosts(self):
        rows = [("河南省护理管理质控中心", host) for host in ("涧河医院", "涧河医院", "湍滨医院")]
        self.takes_in(self.receive_centres(*rows))
        self.assertEqual(self.hosts("护理管理"), [("41030001", 1), ("41130001", 2)])

    def test_placeholder_numbers_go_on_from_the_highest(self):
        self.takes_in(self.receive_centres(("河南省护理管理质控中心", "甲院、乙院")))
        first = Institution.objects.get(code="41-WH-0001")
        actions.edit_institution(first, by=None, at=NOW, code="REAL0001")
        self.takes_in(self.receive_centres(("河南省呼吸内科质控中心", "丙院")))
        self.assertEqual(Institution.objects.get(name="丙院").code, "41-WH-0003")


class ReportAfterAnswers(SmallNotice):
    """烧烧伤 and 怪名字 are unknown names; a person says that both mean 烧伤."""

    def setUp(self):
        self.notice = self.receive(f"{CITIES}1\t洛阳市\t51\t烧烧伤、烧伤、怪名字（3个）\n")

    def answer(self, **answers):
        page = self.sign_in("province_officer").get(f"/notices/{self.notice.pk}/")
        data = {}
        for question in page.context["questions"]:
            if question["printed"] in answers:
                data[f"printed-{question['index']}"] = question["printed"]
                data[f"name-{question['index']}"] = answers[question["printed"]]
        return self.client.post(f"/notices/{self.notice.pk}/names/", data, follow=True)

    def found(self, kind):
        return self.notice.discrepancies.get(kind=kind)

    def assert_report_is_fresh(self):
        """Every row that the check still finds says what the check says now."""
        fresh = [message(each) for each in Reading.of(Notice.objects.get(pk=self.notice.pk)).report().findings]
        stored = list(self.notice.discrepancies.all())
        self.assertEqual([row.message for row in stored[: len(fresh)]], fresh)
        self.assertEqual([message(Finding.from_dict(row.details)) for row in stored], [row.message for row in stored])

    def test_findings_say_what_holds_now(self):
        self.answer(烧烧伤="SP009")
        self.assertEqual((self.found("duplicate_name").stated, self.found("duplicate_name").computed), ("3", "2"))
        self.answer(怪名字="SP009")
        # Three names in the list, one specialty.
        self.assertEqual((self.found("duplicate_name").stated, self.found("duplicate_name").computed), ("3", "1"))
        self.assert_report_is_fresh()

    def test_settled_finding_that_says_something_else_is_open_again(self):
        self.answer(烧烧伤="SP009")
        settled = self.found("duplicate_name")
        other = self.notice.discrepancies.get(kind="city_without_row", region=self.regions["4113"])
        actions.handle_discrepancy(other, handling="sent_back", by=self.people["province_officer"], at=NOW)
        actions.handle_discrepancy(
            settled, handling="accepted", by=self.people["province_officer"], at=NOW, note="已核"
        )
        page = self.answer(怪名字="SP009")
        self.assertContains(page, "1 条已处理的核对结果因此有变")
        again = self.found("duplicate_name")
        self.assertEqual(
            (again.pk, again.handling, again.handled_by, again.handled_at, again.handling_note),
            (settled.pk, "open", None, None, ""),
        )
        facts = json.loads(LedgerEntry.objects.latest("seq").body)["facts"]
        self.assertEqual(facts, {"answers": {"怪名字": "SP009"}, "reopened": [again.position]})
        # What did not change, and the answers themselves, stay as they were.
        self.assertEqual(self.notice.discrepancies.get(pk=other.pk).handling, "sent_back")
        self.assertEqual(
            set(self.notice.discrepancies.filter(kind="unknown_name").values_list("handling", flat=True)), {"confirmed"}
        )

    def test_unchanged_settled_finding_stays_settled(self):
        self.answer(烧烧伤="SP009")
        settled = self.found("duplicate_name")
        actions.handle_discrepancy(settled, handling="accepted", by=self.people["province_officer"], at=NOW)
        self.answer(怪名字="outside")
        self.assertEqual(self.found("duplicate_name").handling, "accepted")
        self.assert_report_is_fresh()
