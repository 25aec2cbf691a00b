"""The API: same visibility, same action; signed-in people only, writes with the CSRF token."""

import datetime as dt
import json

from django.test import Client
from django.urls import get_resolver, reverse

from zhikong.hub.core import access
from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.network import actions
from zhikong.hub.network.api import api
from zhikong.hub.testing import NOW, NetworkStory

READS = ["regions", "specialties", "institutions", "centres"]


class Api(NetworkStory):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        actions.rename_centre(
            cls.city_centre, by=None, at=NOW, name="洛阳市烧伤医疗质控中心", happened_on=dt.date(2026, 9, 1)
        )
        cls.change = cls.city_centre.changes.get()

    def get(self, path, **query):
        return self.client.get(f"/api/{path}", query)

    def file(self, client=None, **body):
        body = {"document": "洛卫医〔2026〕1号", "filed_on": "2026-09-20"} | body
        url = f"/api/centre-changes/{self.change.pk}/filing"
        return (client or self.client).post(url, json.dumps(body), content_type="application/json")

    def test_every_operation_declares_who_may_call_it(self):
        patterns = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "api")
        names = [pattern.name for pattern in patterns.url_patterns]
        self.assertGreaterEqual(len(names), 11)
        for pattern in patterns.url_patterns:
            with self.subTest(operation=pattern.name):
                self.assertIsNotNone(access.of_view(pattern.callback, f"api:{pattern.name}"))
        for bound in api._get_bound_routers():
            for view in bound.path_operations.values():
                self.assertEqual(
                    len(view.operations), 1, "one path, one operation: else one permission would do for two"
                )

    def test_unauthenticated_gets_401(self):
        self.sign_in(None)
        for path in [*READS, "centres/x", "openapi.json"]:
            with self.subTest(path=path):
                answer = self.get(path)
                self.assertEqual(answer.status_code, 401)
                self.assertIn("detail", answer.json())
        self.assertEqual(self.file().status_code, 401)

    def test_lists_hold_what_one_sees(self):
        self.sign_in("city_officer")
        centres = self.get("centres").json()
        self.assertEqual({row["code"] for row in centres["results"]}, {self.city_centre.code, self.county_centre.code})
        self.assertEqual(centres["count"], 2)
        codes = {row["code"] for row in self.get("institutions").json()["results"]}
        self.assertEqual(codes, {self.hospital.code, self.county_hospital.code})
        self.assertEqual({row["code"] for row in self.get("regions").json()["results"]}, {"4103", "410305", "410328"})
        self.assertEqual(self.get("specialties", q="烧伤").json()["results"][0]["code"], "SP009")

    def test_filters_and_pages(self):
        self.sign_in("province_officer")
        below = self.get("centres", region="4103", level="county").json()
        self.assertEqual([row["code"] for row in below["results"]], [self.county_centre.code])
        self.assertEqual(self.get("centres", region="45").json()["count"], 0)
        first = self.get("institutions", size=1, page=2).json()
        self.assertEqual((first["count"], len(first["results"])), (3, 1))
        self.assertEqual(self.get("institutions", size=501).status_code, 422)

    def test_detail(self):
        self.sign_in("city_officer")
        centre = self.get(f"centres/{self.city_centre.code}").json()
        self.assertEqual(centre["hosts"], [self.hospital.code])
        # One month after 1 September (ORG-10).
        self.assertEqual(centre["changes"][0]["due_on"], "2026-10-01")
        self.assertEqual(self.get(f"institutions/{self.hospital.code}").json()["region"], "410305")
        self.assertEqual(self.get("regions/4103").json()["parent"], "41")
        self.assertEqual(self.get("specialties/SP009").json()["name"], "烧伤")

    def test_outsider_gets_404(self):
        self.sign_in("outsider")
        for path in (f"centres/{self.city_centre.code}", f"institutions/{self.hospital.code}", "regions/4103"):
            with self.subTest(path=path):
                self.assertEqual(self.get(path).status_code, 404)
        self.assertEqual(self.file().status_code, 404)
        self.change.refresh_from_db()
        self.assertIsNone(self.change.filed_on)

    def test_administrators_get_404(self):
        self.sign_in("system_admin")
        self.assertEqual(self.get("centres").status_code, 404)

    def test_filing(self):
        self.sign_in("city_officer")
        answer = self.file()
        self.assertEqual(answer.status_code, 200, answer.content)
        self.change.refresh_from_db()
        self.assertEqual((self.change.filed_on, self.change.document), (dt.date(2026, 9, 20), "洛卫医〔2026〕1号"))
        self.assertEqual(json.loads(LedgerEntry.objects.latest("seq").body)["origin"], "api")
        again = self.file()
        self.assertEqual(again.status_code, 409)
        self.assertIn("备案", again.json()["detail"])

    def test_filing_needs_the_ability(self):
        self.sign_in("technician")
        self.assertEqual(self.file().status_code, 404)

    def test_filing_needs_the_csrf_token(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.people["city_officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
        self.assertEqual(self.file(client).status_code, 403)
        self.change.refresh_from_db()
        self.assertIsNone(self.change.filed_on)

    def test_bad_input_is_a_field_message(self):
        self.sign_in("city_officer")
        for body in (
            {"document": "a\x00b"},
            {"document": "x" * 101},
            {"document": ""},
            {"document": None},
            {"filed_on": "2026-02-32"},
            {"filed_on": "0000-01-01"},
            {"filed_on": 1e308},
        ):
            with self.subTest(body=body):
                self.assertEqual(self.file(**body).status_code, 422)
        url = f"/api/centre-changes/{self.change.pk}/filing"
        for raw in (b'{"document": "\\ud800", "filed_on": "2026-09-20"}', b"{", b"[]", b'"x"', b"\xff\xfe"):
            with self.subTest(raw=raw):
                self.assertIn(self.client.post(url, raw, content_type="application/json").status_code, {400, 422})
        huge = b'{"document": "' + b"x" * 10_000_000 + b'", "filed_on": "2026-09-20"}'
        self.assertIn(self.client.post(url, huge, content_type="application/json").status_code, {400, 413})
        future = self.file(filed_on="9999-12-31")
        self.assertEqual(future.status_code, 409)
        for path in ("centres?q=%00", "centres?level=%00", "regions/%00", "centres?page=0", "centres?page=x"):
            with self.subTest(path=path):
                self.assertEqual(self.client.get(f"/api/{path}").status_code, 422)
        self.assertEqual(self.client.get(f"/api/centres?page={2**31}").status_code, 200)
        self.assertEqual(
            self.client.post(f"/api/centre-changes/{10**30}/filing", b"{}", "application/json").status_code, 422
        )

    def test_openapi_for_signed_in_people(self):
        self.sign_in("technician")
        schema = self.get("openapi.json").json()
        self.assertIn("/api/centres", schema["paths"])
        self.assertEqual(self.client.get("/api/docs").status_code, 404)
        self.assertEqual(self.client.get("/api/").status_code, 404)

    def test_too_many_requests(self):
        self.sign_in("technician")
        with self.settings(RATE_LIMITS={"api": 1}):
            codes = {self.get("regions").status_code for _ in range(4)}
        self.assertIn(429, codes)

    def test_reverse_names(self):
        self.assertEqual(reverse("api:centre", args=["x"]), "/api/centres/x")
