"""The pages of long tasks: one's own list, progress, cancel, result; others' tasks do not exist."""

import uuid

from django.urls import reverse

from zhikong.hub.core import jobs
from zhikong.hub.core.actions import cancel_job, enqueue
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Job
from zhikong.hub.testing import NOW, NetworkStory


@jobs.handler("shown in a test")
def shown(run):
    return {"message": "写入 3 行", "facts": [["新增", 2], ["改动", 1]], "url": "/inbox/"}


class JobPages(NetworkStory):
    def setUp(self):
        self.owner = self.people["hospital_reporter"]
        self.job = enqueue("shown in a test", title="导入病案首页", by=self.owner, at=NOW)

    def url(self, name="job"):
        return reverse(f"core:{name}", args=[self.job.pk])

    def test_owner_follows_the_task_to_its_result(self):
        client = self.sign_in("hospital_reporter")
        self.assertContains(client.get(reverse("core:jobs")), "导入病案首页")
        page = client.get(self.url())
        self.assertContains(page, "排队中")
        self.assertContains(page, 'hx-trigger="every 2s"')
        run = jobs.claim()
        run.progress(done=186_300, total=300_480, good=185_977, bad=323)
        part = client.get(self.url(), headers={"HX-Request": "true"})
        self.assertTemplateNotUsed(part, "core/base.html")
        for text in ("62%", "186,300 / 300,480 行", "185,977 行", "323 行", 'value="62"'):
            self.assertContains(part, text)
        jobs.execute(run)
        over = client.get(self.url(), headers={"HX-Request": "true"})
        self.assertNotContains(over, "hx-trigger")
        for text in ("已完成", "写入 3 行", "新增", 'href="/inbox/"', "结果保留 90 天"):
            self.assertContains(over, text)
        self.assertContains(client.get(reverse("core:inbox")), "已完成：导入病案首页")

    def test_owner_cancels(self):
        client = self.sign_in("hospital_reporter")
        self.assertEqual(client.get(self.url("cancel_job")).status_code, 405)
        page = client.post(self.url("cancel_job"), follow=True)
        self.assertContains(page, "任务已取消")
        self.assertContains(client.post(self.url("cancel_job"), follow=True), "任务已经结束，不能取消。")
        self.job.refresh_from_db()
        self.assertEqual(self.job.state, Job.State.CANCELLED)

    def test_failure_is_said_plainly(self):
        Job.objects.update(state="failed", error="第 3 行的机构不在册。", finished_at=NOW)
        self.assertContains(self.sign_in("hospital_reporter").get(self.url()), "第 3 行的机构不在册。")

    def test_others_do_not_see_it(self):
        for part in ("outsider", "technician", "city_officer", "province_officer", "security_admin", "audit_admin"):
            client = self.sign_in(part)
            with self.subTest(part=part):
                self.assertEqual(client.get(self.url()).status_code, 404)
                self.assertEqual(client.get(self.url(), headers={"HX-Request": "true"}).status_code, 404)
                self.assertEqual(client.post(self.url("cancel_job")).status_code, 404)
                self.assertNotContains(client.get(reverse("core:jobs")), "导入病案首页")
        self.assertEqual(client.get(reverse("core:job", args=[uuid.uuid4()])).status_code, 404)
        with self.assertRaises(Refused):
            cancel_job(self.job, by=self.people["outsider"], at=NOW)
        self.job.refresh_from_db()
        self.assertFalse(self.job.cancel_requested)

    def test_citizen_is_asked_to_sign_in(self):
        self.assertEqual(self.sign_in(None).get(self.url()).status_code, 302)

    def test_system_administrator_sees_the_queue_but_no_result(self):
        jobs.run_due()
        client = self.sign_in("system_admin")
        self.assertContains(client.get(reverse("core:jobs")), self.owner.name)
        page = client.get(self.url())
        self.assertContains(page, "已完成")
        self.assertNotContains(page, "写入 3 行")

    def test_system_administrator_may_cancel(self):
        self.sign_in("system_admin").post(self.url("cancel_job"))
        self.job.refresh_from_db()
        self.assertEqual(self.job.state, Job.State.CANCELLED)

    def test_titles_are_text(self):
        Job.objects.update(title="<script>alert(1)</script>")
        self.assertNotContains(self.sign_in("hospital_reporter").get(self.url()), "<script>alert")

    def test_filter_and_junk_in_the_address(self):
        client = self.sign_in("hospital_reporter")
        self.assertNotContains(client.get(reverse("core:jobs"), {"state": "done"}), "导入病案首页")
        self.assertContains(client.get(reverse("core:jobs"), {"state": "nonsense", "page": "x"}), "导入病案首页")

    def test_queries_do_not_grow_with_rows(self):
        counts = {}
        for part in ("hospital_reporter", "system_admin"):
            for rows in (10, 1000):
                missing = rows - Job.objects.count()
                Job.objects.bulk_create(
                    Job(kind="k", title=f"任务 {number}", owner=self.owner, created_at=NOW) for number in range(missing)
                )
                if missing < 0:
                    Job.objects.filter(pk__in=list(Job.objects.values_list("pk", flat=True)[rows:])).delete()
                client = self.sign_in(part)
                client.get(reverse("core:jobs"))
                with self.subTest(part=part, rows=rows), self.capture() as queries:
                    client.get(reverse("core:jobs"))
                counts[part, rows] = len(queries)
            self.assertEqual(counts[part, 10], counts[part, 1000])
            self.assertLess(counts[part, 1000], 30)

    def capture(self):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        return CaptureQueriesContext(connection)
