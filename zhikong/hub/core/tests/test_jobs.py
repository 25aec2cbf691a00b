"""The worker's side of jobs: taken once, settled once, given back, retried, failed, cleared away."""

import datetime as dt
from unittest import mock

from django.core.management import call_command
from django.db import transaction
from django.test import TestCase, override_settings

from zhikong.hub.core import audit, jobs, worker
from zhikong.hub.core.actions import cancel_job, enqueue, purge_jobs
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Job, Notification, User
from zhikong.hub.testing import NOW

SECOND = dt.timedelta(seconds=1)
seen: list[object] = []
behaviour: dict[str, object] = {}


@jobs.handler("scripted")
def scripted(run):
    return behaviour["do"](run)


class Clock:
    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at


class JobCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_user("worker-test", None, name="填报员")

    def setUp(self):
        self.clock = Clock()

    def enqueue(self, do=lambda run: None, **fields):
        behaviour["do"] = do
        return enqueue("scripted", title="导入", by=self.user, at=self.clock(), **fields)

    def run_all(self):
        return jobs.run_due(now=self.clock)

    def claim(self, **options):
        return jobs.claim(now=self.clock, **options)


class Running(JobCase):
    def test_result_is_kept_and_the_owner_told(self):
        job = self.enqueue(
            lambda run: {"message": "写入 3 行", "url": "/jobs/", "rows": run.arguments["rows"]}, arguments={"rows": 3}
        )
        self.assertEqual(self.run_all(), 1)
        job.refresh_from_db()
        self.assertEqual(
            (job.state, job.result, job.result_url), ("done", {"message": "写入 3 行", "rows": 3}, "/jobs/")
        )
        self.assertEqual(job.finished_at, NOW)
        told = Notification.objects.get(recipient=self.user)
        self.assertEqual((told.title, told.url), ("已完成：导入", f"/jobs/{job.pk}/"))

    def test_owner_is_not_told_when_nobody_wants_to_know(self):
        self.enqueue(tells_owner=False)
        self.run_all()
        self.assertFalse(Notification.objects.exists())

    def test_oldest_first_and_not_before_its_time(self):
        later = self.enqueue(run_after=NOW + SECOND)
        first = self.enqueue()
        self.assertEqual(self.claim().job, first)
        self.assertIsNone(self.claim())
        self.clock.at = NOW + SECOND
        self.assertEqual(self.claim().job, later)

    def test_a_job_commits_with_the_action_that_asked_for_it(self):
        with self.assertRaises(Refused), transaction.atomic():
            self.enqueue()
            raise Refused("no")
        self.assertFalse(Job.objects.exists())

    def test_a_kind_without_a_handler_is_a_bug(self):
        with self.assertRaises(AssertionError):
            enqueue("nobody does this", title="?", by=self.user, at=NOW)

    def test_a_kind_that_this_worker_does_not_know_waits_for_one_that_does(self):
        job = self.enqueue()
        Job.objects.filter(pk=job.pk).update(kind="of the next release")
        self.assertIsNone(self.claim())


class Progress(JobCase):
    def test_is_shown_while_running(self):
        self.enqueue()
        run = self.claim()
        run.progress(done=50, total=200, good=48, bad=2)
        job = Job.objects.get()
        self.assertEqual((job.percent, job.good_rows, job.bad_rows), (25, 48, 2))
        # 10 s for 50 rows: the other 150 take 30 s, shown as a minute
        self.assertEqual(job.minutes_left(NOW + 10 * SECOND), 1)
        self.assertEqual(job.minutes_left(NOW + 50 * SECOND), 3)

    def test_many_calls_cost_few_writes(self):
        self.enqueue()
        run = self.claim()
        run.progress(done=0, total=10_000)
        with self.assertNumQueries(0):
            for count in range(1000):
                run.progress(done=count, total=10_000)

    def test_extends_the_lease(self):
        self.enqueue()
        run = self.claim()
        self.clock.at += 30 * SECOND
        run.progress(total=1)
        self.assertEqual(Job.objects.get().lease_until, self.clock.at + dt.timedelta(seconds=60))

    def test_percent_never_rounds_up_to_the_end(self):
        self.assertEqual(Job(done_rows=999_999, total_rows=1_000_000).percent, 99)


class Lease(JobCase):
    def test_is_taken_over_when_it_runs_out_and_not_before(self):
        self.enqueue()
        first = self.claim()
        self.clock.at += 60 * SECOND
        self.assertIsNone(self.claim())
        self.clock.at += SECOND
        second = self.claim()
        self.assertEqual((second.job.pk, second.job.attempts), (first.job.pk, 2))

    @override_settings()
    def test_takeover_within_ninety_seconds_by_default(self):
        # R5: resumed within 90 s: the lease, one look of an idle worker, and some air
        from django.conf import settings

        self.assertLessEqual(settings.JOB_LEASE_SECONDS + worker.POLL_SECONDS + 10, 90)

    def lose(self):
        self.enqueue()
        run = self.claim()
        self.clock.at += 61 * SECOND
        other = self.claim()
        self.assertIsNotNone(other)
        return run, other

    def test_who_slept_past_it_writes_nothing(self):
        run, other = self.lose()
        with self.assertRaises(jobs.LeaseLost), run.completing():
            seen.append("written")
        self.assertNotIn("written", seen)
        with self.assertRaises(jobs.LeaseLost), run.step():
            seen.append("written")
        self.assertNotIn("written", seen)
        with self.assertRaises(jobs.LeaseLost):
            run.progress(total=5)
        self.assertFalse(run.extend_lease())
        with other.completing() as result:
            result["rows"] = 1
        self.assertEqual(Job.objects.get().result, {"rows": 1})
        self.assertEqual(Notification.objects.count(), 1)

    def test_who_slept_past_it_settles_nothing(self):
        for trouble in (Refused("no"), ValueError("bug"), jobs.Cancelled(), jobs.Interrupted()):
            with self.subTest(trouble=trouble):
                Job.objects.all().delete()
                run, other = self.lose()
                behaviour["do"] = mock.Mock(side_effect=trouble)
                with self.assertNoLogs("zhikong.hub.core.jobs", "CRITICAL"):
                    jobs.execute(run)
                job = Job.objects.get()
                self.assertEqual((job.state, job.lease), ("running", other.job.lease))

    def test_what_fails_while_completing_leaves_nothing(self):
        def do(run):
            with run.completing() as result:
                User.objects.create_user("half-way", None, name="半")
                result["message"] = "done"
                raise ValueError("bug at the last moment")

        job = self.enqueue(do)
        self.run_all()
        job.refresh_from_db()
        self.assertEqual((job.state, job.result), ("queued", {}))
        self.assertFalse(User.objects.filter(username="half-way").exists())


class Steps(JobCase):
    def test_next_attempt_goes_on_from_the_checkpoint(self):
        def do(run):
            for number in range(run.checkpoint.get("next", 0), 4):
                with run.step() as checkpoint:
                    seen.append(number)
                    checkpoint["next"] = number + 1
                    run.progress(done=number + 1, total=4)
                    if number == 2 and run.job.attempts == 1:
                        raise ValueError("dies inside the third step")
            return {"seen": run.checkpoint["next"]}

        seen.clear()
        job = self.enqueue(do)
        self.run_all()
        job.refresh_from_db()
        self.assertEqual((job.checkpoint, job.done_rows), ({"next": 2}, 2))
        self.clock.at += dt.timedelta(hours=1)
        self.run_all()
        self.assertEqual(seen, [0, 1, 2, 2, 3])
        job.refresh_from_db()
        self.assertEqual((job.state, job.result, job.resumed_rows), ("done", {"seen": 4}, 2))


class Ending(JobCase):
    def test_refusal_fails_at_once_with_its_sentence(self):
        job = self.enqueue(mock.Mock(side_effect=Refused("第 3 行的机构不在册。")))
        self.assertEqual(self.run_all(), 1)
        job.refresh_from_db()
        self.assertEqual((job.state, job.error), ("failed", "第 3 行的机构不在册。"))
        self.assertEqual(Notification.objects.get().urgency, "soon")

    def test_a_bug_is_tried_again_with_growing_pauses_then_fails_plainly(self):
        job = self.enqueue(mock.Mock(side_effect=ValueError("secret detail")))
        for pause in (10, 20):
            self.assertEqual(self.run_all(), 1)
            job.refresh_from_db()
            self.assertEqual((job.state, job.run_after), ("queued", self.clock.at + pause * SECOND))
            self.clock.at = job.run_after
        self.run_all()
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), ("failed", 3))
        self.assertIn("3 次", job.error)
        self.assertNotIn("secret", job.error)

    def test_a_job_that_kills_its_worker_stops_after_three_attempts(self):
        job = self.enqueue()
        for _attempt in range(3):
            self.assertIsNotNone(self.claim())
            self.clock.at += 61 * SECOND
        self.assertIsNone(self.claim())
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts, job.lease), ("failed", 3, ""))
        self.assertIn("意外中断", job.error)

    def test_orderly_stop_gives_the_job_back_and_costs_no_attempt(self):
        job = self.enqueue(lambda run: run.progress(total=1))
        run = self.claim(is_stopping=lambda: True)
        jobs.execute(run)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts, job.lease), ("queued", 0, ""))
        self.run_all()
        job.refresh_from_db()
        self.assertEqual(job.state, "done")

    def test_cancel_reaches_a_running_job(self):
        def do(run):
            cancel_job(run.job, by=self.user, at=NOW)
            run.progress(total=1)
            seen.append("went on")

        job = self.enqueue(do)
        self.run_all()
        job.refresh_from_db()
        self.assertEqual(job.state, "cancelled")
        self.assertNotIn("went on", seen)
        self.assertFalse(Notification.objects.exists())

    def test_cancel_also_stops_the_final_write(self):
        self.enqueue()
        run = self.claim()
        cancel_job(run.job, by=self.user, at=NOW)
        with self.assertRaises(jobs.Cancelled), run.completing():
            seen.append("went on")
        self.assertNotIn("went on", seen)

    def test_cancelled_job_of_a_dead_worker_is_not_begun_again(self):
        job = self.enqueue()
        cancel_job(self.claim().job, by=self.user, at=NOW)
        self.clock.at += 61 * SECOND
        self.assertIsNone(self.claim())
        job.refresh_from_db()
        self.assertEqual(job.state, "cancelled")

    def test_results_are_cleared_away_after_ninety_days(self):
        # UX.md: results are kept 90 days
        self.enqueue()
        self.run_all()
        waiting = self.enqueue()
        self.assertEqual(purge_jobs(by=None, at=NOW + dt.timedelta(days=90)), 0)
        self.assertEqual(purge_jobs(by=None, at=NOW + dt.timedelta(days=90, seconds=1)), 1)
        self.assertEqual(list(Job.objects.all()), [waiting])


class Command(JobCase):
    def test_once_does_what_is_due_and_keeps_house(self):
        old = self.enqueue()
        self.run_all()
        Job.objects.update(finished_at=NOW - dt.timedelta(days=400))
        job = self.enqueue(lambda run: {"by": audit._origin.get()})
        with mock.patch.object(worker, "stop_on_signals"):  # pytest keeps its own
            call_command("worker", "--once")
        job.refresh_from_db()
        self.assertEqual((job.state, job.result), ("done", {"by": "worker"}))
        self.assertFalse(Job.objects.filter(pk=old.pk).exists())

    def test_every_area_is_asked_for_its_handlers(self):
        worker.load_handlers()
        self.assertTrue(jobs.is_known("import check"))
