"""Every page of the registers opens for whoever may open it; lists cost the same at 10 and at 1,000 rows."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.network import actions
from zhikong.hub.network.models import (
    Alliance,
    AllianceMember,
    Centre,
    CentreChange,
    CentreHost,
    CentreTerm,
    Institution,
    MedicalCommunity,
    Region,
    Specialty,
)
from zhikong.hub.testing import NOW, NetworkStory

MOST_QUERIES = 30
LISTS = [
    "regions",
    "institutions",
    "communities",
    "specialties",
    "centres",
    "filings",
    "network_changes",
    "missing_plans",
    "ending_terms",
    "alliances",
]
EXPORTED = [name for name in LISTS if name != "regions"]


class RegisterPages(NetworkStory):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        by = None
        day = dt.date(2026, 9, 1)
        cls.community = actions.create_community(
            by=by,
            at=NOW,
            name="洛宁县医共体",
            region=cls.regions["410328"],
            shape_text="1+2+N",
            lead=cls.county_hospital,
        )
        cls.alliance = actions.create_alliance(
            by=by, at=NOW, name="洛南城市群", kind="cities", regions=[cls.regions["4103"], cls.regions["4113"]]
        )
        actions.rename_centre(cls.city_centre, by=by, at=NOW, name="洛阳市烧伤医疗质控中心", happened_on=day)
        actions.change_director(cls.city_centre, by=by, at=NOW, person_name="某主任", happened_on=day)
        actions.add_term(cls.city_centre, by=by, at=NOW, starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2026, 12, 31))
        actions.add_duty(cls.city_centre, by=by, at=NOW, text="制订质控标准", document="示例文件")
        actions.add_duty(cls.city_centre, by=by, at=NOW, text="开展培训")
        actions.add_plan(
            cls.city_centre,
            by=by,
            at=NOW,
            kind="annual",
            title="年度计划",
            starts_on=day,
            ends_on=dt.date(2026, 12, 31),
        )
        cls.group = actions.apply_for_group(cls.city_centre, by=by, at=NOW, name="小儿烧伤组", applied_on=day)
        cls.officer = actions.appoint_officer(
            cls.hospital,
            by=by,
            at=NOW,
            post="quality_officer",
            person_name="某质控员",
            department="检验科",
            started_on=day,
        )

    def pages(self):
        centre, hospital = self.city_centre, self.hospital
        change = centre.changes.first()
        yield from ((name, []) for name in LISTS)
        yield "region", [self.regions["41"].pk]
        for name in ("institution", "edit_institution", "retire_institution", "restore_institution"):
            yield name, [hospital.pk]
        for name in ("community", "edit_community", "join_community", "change_lead"):
            yield name, [self.community.pk]
        for name in ("specialty", "edit_specialty", "add_alias", "deactivate_specialty", "reactivate_specialty"):
            yield name, [self.specialties["烧伤"].pk]
        for name in ("centre", "edit_centre", "set_mandate", "formalise_centre", "rename_centre", "rehost_centre"):
            yield name, [centre.pk]
        for name in ("change_director", "merge_centre", "close_centre", "add_term", "add_duty", "appoint_member"):
            yield name, [centre.pk]
        for name in ("add_plan", "apply_for_group"):
            yield name, [centre.pk]
        for name in ("edit_duty", "remove_duty"):
            yield name, [centre.duties.first().pk]
        yield "end_member", [centre.members.first().pk]
        yield "withdraw_plan", [centre.plans.first().pk]
        for name in ("approve_group", "refuse_group", "close_group"):
            yield name, [self.group.pk]
        for name in ("file_change", "receive_filing"):
            yield name, [change.pk]
        for name in ("create_institution", "create_community", "add_specialty", "found_centre", "register_centre"):
            yield name, []
        yield "create_alliance", []
        for name in ("alliance", "edit_alliance", "end_alliance", "join_alliance", "elect_officer", "add_agreement"):
            yield name, [self.alliance.pk]
        yield "leave_alliance", [self.alliance.members.first().pk]
        yield "leave_community", [self.community.members.first().pk]

    def test_every_page_opens_for_the_province(self):
        self.sign_in("province_officer")
        for name, arguments in self.pages():
            with self.subTest(page=name):
                self.assertEqual(self.client.get(reverse(f"network:{name}", args=arguments)).status_code, 200)

    def test_every_tab_opens(self):
        self.sign_in("province_officer")
        for tab in ("duties", "people", "plans", "changes", "groups", "junk"):
            with self.subTest(tab=tab):
                answer = self.client.get(f"{self.city_centre.get_absolute_url()}?tab={tab}")
                self.assertEqual(answer.status_code, 200)
        for tab in ("committee", "centres", "junk"):
            with self.subTest(tab=tab):
                self.assertEqual(self.client.get(f"{self.hospital.get_absolute_url()}?tab={tab}").status_code, 200)

    def test_records_of_another_city_are_absent(self):
        """The outsider of 南阳 finds 洛阳's records nowhere; the lists leave them out."""
        self.sign_in("outsider")
        shared = {"specialty", "edit_specialty", "add_alias", "deactivate_specialty", "reactivate_specialty"}
        # 南阳 is a member of the alliance.
        shared |= {"alliance", "edit_alliance", "end_alliance", "join_alliance", "elect_officer", "add_agreement"}
        shared |= {"leave_alliance"}
        for name, arguments in self.pages():
            if arguments and name not in shared:
                with self.subTest(page=name):
                    self.assertEqual(self.client.get(reverse(f"network:{name}", args=arguments)).status_code, 404)
        for name in LISTS:
            with self.subTest(list=name):
                self.assertNotContains(self.client.get(reverse(f"network:{name}")), "洛宁")

    def test_nobody_without_an_account(self):
        self.sign_in(None)
        for name, arguments in self.pages():
            with self.subTest(page=name):
                answer = self.client.get(reverse(f"network:{name}", args=arguments))
                self.assertRedirects(answer, f"{reverse('account_login')}?next={answer.wsgi_request.path}")

    def test_administrators_see_no_domain_data(self):
        for part in ("system_admin", "security_admin", "audit_admin"):
            self.sign_in(part)
            self.assertEqual(self.client.get(reverse("network:institutions")).status_code, 404)

    def test_lists_leave_as_files(self):
        self.sign_in("city_officer")
        for name in EXPORTED:
            with self.subTest(list=name):
                before = LedgerEntry.objects.count()
                answer = self.client.get(reverse(f"network:{name}"), {"export": "csv"})
                self.assertIn("attachment", answer["Content-Disposition"])
                text = b"".join(answer.streaming_content).decode("utf-8-sig")
                self.assertNotIn("邓州", text)
                self.assertEqual(LedgerEntry.objects.count(), before + 1)

    def test_filters(self):
        self.sign_in("province_officer")
        listed = self.client.get(reverse("network:centres"), {"region": "4103", "level": "county"})
        self.assertEqual([row.pk for row in listed.context["page"]], [self.county_centre.pk])
        by_initials = self.client.get(reverse("network:institutions"), {"q": "410328"})
        self.assertEqual([row.pk for row in by_initials.context["page"]], [self.county_hospital.pk])
        junk = self.client.get(reverse("network:centres"), {"region": "nowhere", "level": "galaxy", "page": "x"})
        self.assertEqual(junk.status_code, 200)
        self.assertContains(junk, "没有找到")

    def queries(self, name):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            self.assertEqual(self.client.get(reverse(f"network:{name}")).status_code, 200)
        return len(caught)

    def grow(self, start, end):
        """Rows for every list, without their ledger entries: only the reading is measured."""
        city = self.regions["4103"]
        day = dt.date(2026, 10, 1)
        numbers = range(start, end)
        Region.objects.filter(code="41").update(last=5000)
        Region.objects.filter(code="4103").update(last=5000)
        Region.objects.bulk_create(
            Region(
                code=f"x{n}", name=f"区{n}", short_name=f"{n}", level="county", parent=city, order=100 + n, last=100 + n
            )
            for n in numbers
        )
        regions = list(Region.objects.filter(code__startswith="x"))[start:end]
        Institution.objects.bulk_create(
            Institution(code=f"i{n}", name=f"院{n}", region=regions[n - start], kind="general", ownership="public")
            for n in numbers
        )
        Specialty.objects.bulk_create(
            Specialty(code=f"S{n}", name=f"专业{n}", short_name=f"{n}", category="clinical") for n in numbers
        )
        specialties = list(Specialty.objects.filter(code__startswith="S").exclude(code__startswith="SP"))[start:end]
        hosts = list(Institution.objects.filter(code__startswith="i"))[start:end]
        centres = Centre.objects.bulk_create(
            Centre(
                code=f"c{n}",
                name=f"中心{n}",
                specialty=specialties[n - start],
                level="county",
                region=regions[n - start],
                state="formal",
            )
            for n in numbers
        )
        CentreHost.objects.bulk_create(
            CentreHost(centre=centre, institution=host) for centre, host in zip(centres, hosts, strict=True)
        )
        CentreTerm.objects.bulk_create(
            CentreTerm(centre=centre, starts_on=dt.date(2020, 1, 1), ends_on=day) for centre in centres
        )
        CentreChange.objects.bulk_create(
            CentreChange(centre=centre, kind="founded", happened_on=day, due_on=day) for centre in centres
        )
        MedicalCommunity.objects.bulk_create(
            MedicalCommunity(name=f"医共体{n}", region=regions[n - start], shape="1+N") for n in numbers
        )
        alliances = Alliance.objects.bulk_create(Alliance(name=f"联盟{n}", kind="cities") for n in numbers)
        AllianceMember.objects.bulk_create(AllianceMember(alliance=each, region=city) for each in alliances)

    def test_lists_cost_the_same_at_10_and_1000_rows(self):
        self.sign_in("city_officer")
        self.grow(0, 10)
        few = {name: self.queries(name) for name in LISTS}
        self.grow(10, 1000)
        for name in LISTS:
            with self.subTest(list=name):
                many = self.queries(name)
                self.assertEqual(many, few[name])
                self.assertLess(many, MOST_QUERIES)

    def test_records_cost_the_same(self):
        self.sign_in("city_officer")
        self.grow(0, 10)
        records = [self.regions["4103"], self.hospital, self.city_centre, self.community, self.specialties["烧伤"]]
        few = [self.cost(record) for record in records]
        self.grow(10, 1000)
        for record, before in zip(records, few, strict=True):
            with self.subTest(record=str(record)):
                self.assertEqual(self.cost(record), before)
                self.assertLess(before, MOST_QUERIES)

    def cost(self, record):
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(self.client.get(record.get_absolute_url()).status_code, 200)
        return len(caught)
