"""The frame of every page: rooms, language, error pages, limits, health."""

import datetime as dt
import json
from unittest import mock

from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from zhikong.hub.core import shell
from zhikong.hub.core.models import Job, LedgerEntry
from zhikong.hub.testing import NetworkStory

EVERYBODY = [
    "province_officer", "city_officer", "county_officer", "centre_secretary", "hospital_reporter", "technician",
    "outsider", "foreigner", "system_admin", "security_admin", "audit_admin",
]  # fmt: skip


class Frame(NetworkStory):
    def test_every_role_has_a_home(self):
        for part in EVERYBODY:
            with self.subTest(part):
                page = self.sign_in(part).get("/")
                self.assertContains(page, "<h1>今天")
                self.assertContains(page, self.people[part].name)
                self.assertContains(page, reverse("account_logout"))

    def test_citizen_is_sent_to_sign_in(self):
        self.assertRedirects(self.client.get("/"), f"{reverse('account_login')}?next=/", fetch_redirect_response=False)

    def test_scope_stands_in_the_top_line(self):
        self.assertContains(self.sign_in("city_officer").get("/"), '<span class="scope">洛阳市</span>')
        self.assertNotContains(self.sign_in("system_admin").get("/"), 'class="scope"')

    def test_only_rooms_of_the_role_are_linked(self):
        components = reverse("core:components")
        self.assertContains(self.sign_in("system_admin").get(reverse("core:rooms")), components)
        self.assertNotContains(self.sign_in("city_officer").get(reverse("core:rooms")), components)
        self.assertEqual(self.client.get(components).status_code, 404)

    def test_letters_of_rooms_are_unique_for_each_role(self):
        for part in EVERYBODY:
            letters = [room.key for group in shell.rooms_of(self.people[part]) for room in group]
            self.assertEqual(len(letters), len(set(letters)), part)

    def test_most_urgent_task_is_the_figure(self):
        tasks = [
            shell.Task("条待看", 3, "/a"),
            shell.Task("条变更没有备案", 7, "/b", urgency="late", detail="最长逾期 41 天"),
            shell.Task("nothing", 0, "/c", urgency="late"),
        ]
        with mock.patch.object(shell, "_tasks", [lambda user: tasks]):
            page = self.sign_in("city_officer").get("/")
        self.assertContains(page, '<span class="figure-xl" aria-hidden="true">7</span>')
        self.assertContains(page, "最长逾期 41 天")
        self.assertContains(page, '<th scope="row"><a href="/a">条待看</a></th>')
        self.assertNotContains(page, "nothing")

    def test_first_steps_leave_when_all_are_done(self):
        steps = [shell.FirstStep("设置", "/x", True), shell.FirstStep("核对", "/y", False)]
        with mock.patch.object(shell, "_first_steps", [lambda user: steps]):
            page = self.sign_in("city_officer").get("/")
            self.assertContains(page, "还差 1 步")
            self.assertContains(page, 'href="/y"')
            self.assertNotContains(page, 'href="/x"')
            steps[1] = shell.FirstStep("核对", "/y", True)
            self.assertNotContains(self.client.get("/"), "第一次使用")


class Language(NetworkStory):
    def choose(self, language, back="/rooms/"):
        return self.client.post(reverse("core:set_language"), {"language": language, "next": back})

    def test_choice_is_kept_with_the_account_and_recorded(self):
        self.sign_in("city_officer")
        self.assertRedirects(self.choose("en"), "/rooms/")
        self.assertEqual(self.client.get("/")["Content-Language"], "en")
        person = self.people["city_officer"]
        person.refresh_from_db()
        self.assertEqual(person.language, "en")
        self.assertEqual(LedgerEntry.objects.filter(action="language chosen", by_id=person.pk).count(), 1)
        del self.client.cookies["django_language"]  # another computer
        self.assertEqual(self.client.get("/")["Content-Language"], "en")

    def test_citizen_chooses_too(self):
        self.choose("en", "/account/login/")
        self.assertEqual(self.client.get("/account/login/")["Content-Language"], "en")

    def test_unknown_language_changes_nothing(self):
        self.sign_in("city_officer")
        self.choose("xx")
        self.assertEqual(self.client.get("/")["Content-Language"], "zh-hans")

    def test_never_leads_to_another_site(self):
        self.assertEqual(self.choose("en", "https://example.org/")["Location"], "/")
        self.assertEqual(self.choose("en", "//example.org/")["Location"], "/")

    def test_only_by_post(self):
        self.assertEqual(self.client.get(reverse("core:set_language")).status_code, 405)


class Failures(NetworkStory):
    def setUp(self):
        self.client = Client(raise_request_exception=False)

    def test_absent_page_looks_the_same_for_everybody(self):
        self.assertContains(self.client.get("/nothing/"), "没有这一页", status_code=404)
        self.assertContains(self.client.get("/nothing/"), reverse("account_login"), status_code=404)
        self.assertContains(self.sign_in("city_officer").get("/nothing/"), "洛阳市", status_code=404)

    def test_missing_token(self):
        strict = Client(enforce_csrf_checks=True)
        page = strict.post(reverse("core:set_language"), {"language": "en"})
        self.assertContains(page, "这一页开得太久了", status_code=403)
        self.assertContains(page, "什么都没有改动", status_code=403)

    def test_own_error_shows_a_number_and_logs_it(self):
        self.sign_in("city_officer")
        with (
            mock.patch.object(shell, "tasks_of", side_effect=KeyError("secret detail")),
            self.assertLogs("zhikong.hub.core.failures", "ERROR") as log,
            self.assertLogs("django.request", "ERROR"),
        ):
            page = self.client.get("/")
        self.assertEqual(page.status_code, 500)
        number = log.records[0].args[0]
        self.assertContains(page, number, status_code=500)
        self.assertNotContains(page, "secret detail", status_code=500)
        self.assertNotContains(page, "Traceback", status_code=500)

    def test_database_away(self):
        self.sign_in("city_officer")
        with (
            mock.patch.object(shell, "tasks_of", side_effect=OperationalError("server closed the connection")),
            self.assertLogs("zhikong.hub.core.failures", "ERROR"),
            self.assertLogs("django.request", "ERROR"),
        ):
            page = self.client.get("/")
        self.assertContains(page, "数据库暂时连不上", status_code=503)
        self.assertNotContains(page, "server closed", status_code=503)
        self.assertEqual(page["Retry-After"], "10")

    def test_body_too_large(self):
        self.sign_in("city_officer")
        with mock.patch.object(shell, "tasks_of", side_effect=RequestDataTooBig), self.assertLogs("django.security"):
            page = self.client.get("/")
        self.assertContains(page, "什么都没有存", status_code=413)

    def test_json_is_answered_in_json(self):
        answer = self.client.get("/nothing/", headers={"accept": "application/json"})
        self.assertEqual(json.loads(answer.content)["error"], "没有这一页")


class Limits(NetworkStory):
    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)

    @override_settings(RATE_LIMITS={"search": 2, "pickers": 2})
    def test_search_is_limited_for_each_person(self):
        self.sign_in("city_officer")
        moment = 1_800_000_030.0  # in the middle of a minute
        with mock.patch("zhikong.hub.core.limits.time", **{"time.return_value": moment}):
            for _ in range(2):
                self.assertEqual(self.client.get("/search/?q=x").status_code, 200)
            refused = self.client.get("/search/?q=x")
            self.assertContains(refused, "请求太频繁", status_code=429)
            self.assertEqual(refused["Retry-After"], "30")
            self.assertEqual(self.sign_in("outsider").get("/search/?q=x").status_code, 200)
        with mock.patch("zhikong.hub.core.limits.time", **{"time.return_value": moment + 31}):
            self.assertEqual(self.sign_in("city_officer").get("/search/?q=x").status_code, 200)


class Health(NetworkStory):
    def test_process(self):
        with self.assertNumQueries(0):
            self.assertEqual(self.client.get("/healthz").content, b"ok\n")

    def test_ready(self):
        with override_settings(READY_FREE_MB=1):
            answer = self.client.get("/readyz")
        self.assertEqual(
            (answer.status_code, answer.json()), (200, dict.fromkeys(["database", "worker", "disk"], "ok"))
        )

    def test_full_disk(self):
        with override_settings(READY_FREE_MB=10**9):
            answer = self.client.get("/readyz")
        self.assertEqual((answer.status_code, answer.json()["disk"]), (503, "failing"))

    def test_database_away(self):
        with mock.patch("zhikong.hub.core.views.health._database_answers", return_value=False):
            answer = self.client.get("/readyz")
        self.assertEqual((answer.status_code, answer.json()["database"]), (503, "failing"))

    def test_worker_asleep(self):
        now = timezone.now()
        job = Job.objects.create(kind="x", title="x", created_at=now - dt.timedelta(minutes=10))
        self.assertEqual(self.client.get("/readyz").json()["worker"], "failing")
        Job.objects.create(
            kind="x", title="y", created_at=now, state="running", lease="a", lease_until=now + dt.timedelta(minutes=1)
        )
        self.assertEqual(self.client.get("/readyz").json()["worker"], "ok")  # busy with a long job
        Job.objects.exclude(pk=job.pk).delete()
        Job.objects.update(run_after=now + dt.timedelta(hours=1))
        self.assertEqual(self.client.get("/readyz").json()["worker"], "ok")  # nothing is due

    def test_metrics_only_for_the_listed_addresses(self):
        self.assertEqual(self.client.get("/metrics").status_code, 200)
        self.assertEqual(self.client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code, 404)
        self.assertEqual(self.client.get("/metrics", headers={"x-forwarded-for": "10.0.0.9"}).status_code, 404)
        self.assertEqual(self.client.get("/metrics", REMOTE_ADDR="").status_code, 404)
        with override_settings(METRICS_FROM=["10.0.0.0/24"]):
            self.assertEqual(self.client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code, 200)
