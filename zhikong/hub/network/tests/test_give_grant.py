"""Grants: given and taken back by the security administrator; in force from the next request on."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import LedgerEntry, User
from zhikong.hub.network import actions
from zhikong.hub.network.models import Centre, Grant, Role
from zhikong.hub.testing import NOW, PASSWORD, NetworkStory

DAY = dt.date(2026, 11, 23)


class GiveGrant(NetworkStory):
    def setUp(self):
        self.newcomer = User.objects.create_user("newcomer", PASSWORD, name="新人")
        self.by = self.people["security_admin"]

    def give(self, part="security_admin", **fields):
        given = {"username": "newcomer", "role": "commission", "region": "4103", "starts_on": "2025-01-01", **fields}
        return self.sign_in(part).post(reverse("network:give_grant"), given, follow=True)

    def act(self, **fields):
        given = {"username": "newcomer", "role": Role.COMMISSION, "region": self.regions["4103"], "starts_on": DAY}
        return actions.give_grant(**{"by": self.by, "at": NOW, **given, **fields})

    def test_given_by_code_or_name_and_in_force_at_once(self):
        self.assertRedirects(self.give(region="洛阳市"), reverse("network:grants"))
        grant = Grant.objects.get(user=self.newcomer)
        self.assertEqual((grant.region.code, grant.given_by), ("4103", self.by))
        self.assertIn(self.city_centre, Centre.objects.visible_to(User.objects.get(pk=self.newcomer.pk)))
        self.assertEqual(LedgerEntry.objects.latest("seq").action, "grant given")
        self.assertContains(self.client.get(reverse("network:grants") + "?q=newcomer"), "洛阳市")

    def test_institution_and_specialty(self):
        self.give(role="quality_office", region="", institution="41030001")
        self.give(role="director", region="41", specialty="烧伤")
        self.assertEqual(Grant.objects.filter(user=self.newcomer).count(), 2)

    def test_refusals(self):
        institution, specialty = self.hospital, self.specialties["烧伤"]
        for fields, words in (
            ({"username": "nobody"}, "没有用户名"),
            ({"username": "auditor"}, "是管理员账号"),
            ({"username": "secadmin"}, "不能给自己授权"),
            ({"role": "emperor"}, "没有这种角色"),
            ({"region": None}, "要选地区"),
            ({"institution": institution}, "要选地区"),
            ({"role": Role.TECHNICIAN}, "要选机构"),
            ({"role": Role.TECHNICIAN, "institution": institution}, "要选机构"),
            ({"role": Role.DIRECTOR}, "要选专业"),
            ({"ends_on": DAY - dt.timedelta(days=1)}, "失效日期"),
            ({"by": self.people["system_admin"]}, "只有安全管理员"),
            ({"by": self.people["province_officer"]}, "只有安全管理员"),
        ):
            with self.assertRaisesMessage(Refused, words):
                self.act(**fields)
        self.newcomer.is_active = False
        self.newcomer.save()
        with self.assertRaisesMessage(Refused, "已停用"):
            self.act(role=Role.EXPERT, specialty=specialty)
        self.assertFalse(Grant.objects.filter(user=self.newcomer).exists())

    def test_refusal_stands_in_the_form(self):
        page = self.give(username="auditor")
        self.assertContains(page, "是管理员账号", status_code=422)

    def test_same_grant_not_twice(self):
        self.act()
        with self.assertRaisesMessage(Refused, "已有同样的授权"):
            self.act()
        actions.end_grant(Grant.objects.get(user=self.newcomer), by=self.by, at=timezone.now(), reason="x")

    def test_sent_twice_acts_once(self):
        for _each in range(2):
            self.give(form_key="0" * 32)
        self.assertEqual(Grant.objects.filter(user=self.newcomer).count(), 1)

    def test_taken_back_from_the_next_request_on(self):
        client = self.client_class()
        client.force_login(self.people["city_officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
        centre = reverse("network:centre", args=[self.city_centre.pk])
        self.assertEqual(client.get(centre).status_code, 200)
        grant = self.people["city_officer"].grants.get()
        url = reverse("network:end_grant", args=[grant.pk])
        self.assertContains(self.sign_in("security_admin").post(url, {"reason": ""}), "err", status_code=422)
        self.client.post(url, {"reason": "调离"})
        self.assertEqual(client.get(centre).status_code, 404)
        self.assertContains(self.client.get(reverse("network:grants") + "?state=ended"), "luoyang")
        with self.assertRaisesMessage(Refused, "已经失效"):
            actions.end_grant(grant, by=self.by, at=timezone.now(), reason="again")

    def test_list_by_region_reaches_below_and_its_institutions(self):
        self.sign_in("security_admin")
        page = self.client.get(reverse("network:grants") + "?region=4103")
        for name in ("luoyang", "luoning", "reporter"):
            self.assertContains(page, name)
        for name in (">province<", "nanyang"):
            self.assertNotContains(page, name)
        self.assertContains(self.client.get(reverse("network:grants") + "?role=technician"), "technician")

    def test_pickers_are_the_security_administrators(self):
        for noun, query, code in (
            ("region", "luo", None),
            ("institution", "涧河", "41030001"),
            ("specialty", "烧", "SP009"),
        ):
            url = reverse(f"network:pick_grant_{noun}") + f"?q={query}"
            found = self.sign_in("security_admin").get(url).json()["results"]
            if code:
                self.assertEqual([row["code"] for row in found], [code])
            for part in self.people:
                if part != "security_admin":
                    self.assertEqual(self.sign_in(part).get(url).status_code, 404, (noun, part))

    def test_queries_do_not_grow(self):
        counts = []
        self.sign_in("security_admin")
        for rows in (10, 990):
            users = User.objects.bulk_create(
                User(username=f"g{rows}x{n}", name=f"人{n}", password="!") for n in range(rows)
            )
            Grant.objects.bulk_create(
                Grant(user=user, role="commission", region=self.regions["4103"], starts_on=DAY, given_by=self.by)
                for user in users
            )
            with CaptureQueriesContext(connection) as queries:
                self.client.get(reverse("network:grants") + "?size=100")
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)
