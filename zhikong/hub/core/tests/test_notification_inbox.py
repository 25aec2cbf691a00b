"""The inbox: told, read, marked, receipts, settings; others' notifications do not exist."""

import datetime as dt

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhikong.hub.core.actions import notify, read_notification
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Delivery, Notification, NotificationSettings, User
from zhikong.hub.testing import NOW, NetworkStory

INBOX = "/inbox/"


class Inbox(NetworkStory):
    def setUp(self):
        self.reporter = self.people["hospital_reporter"]
        self.sender = self.people["city_officer"]

    def tell(self, recipients=None, **fields):
        given = {
            "kind": "reminder",
            "title": "请补报 11 月数据",
            "url": "/jobs/",
            "by": self.sender,
            "at": NOW,
        } | fields
        return notify(recipients or [self.reporter], **given)

    def open(self, notification):
        return self.client.post(reverse("core:read_notification", args=[notification.pk]))

    def test_told_then_opened_then_read(self):
        (told,) = self.tell(text="还差 3 项。", due_at=NOW + dt.timedelta(days=3), urgency="soon")
        client = self.sign_in("hospital_reporter")
        page = client.get(INBOX)
        # NOW is 17:00 in Shanghai
        for text in ("请补报 11 月数据", "还差 3 项。", "需处理", "期限 2026-11-26 17:00", self.sender.name):
            self.assertContains(page, text)
        self.assertEqual(page.context["shell_unread"], 1)
        told.refresh_from_db()
        self.assertIsNone(told.read_at)  # looking at the list is not reading
        self.assertRedirects(self.open(told), "/jobs/")
        told.refresh_from_db()
        self.assertIsNotNone(told.read_at)
        self.assertNotContains(client.get(INBOX), "请补报 11 月数据")
        self.assertContains(client.get(INBOX, {"box": "all"}), "请补报 11 月数据")

    def test_first_reading_is_kept(self):
        (told,) = self.tell()
        read_notification(told, by=self.reporter, at=NOW)
        read_notification(told, by=self.reporter, at=NOW + dt.timedelta(days=1))
        told.refresh_from_db()
        self.assertEqual(told.read_at, NOW)

    def test_sender_sees_who_has_read_it(self):
        told = self.tell([self.reporter, self.people["technician"]])
        read_notification(told[0], by=self.reporter, at=NOW)
        page = self.sign_in("city_officer").get(INBOX, {"box": "sent"})
        self.assertContains(page, "2026-11-23 17:00 已读")
        self.assertContains(page, self.people["technician"].name)
        self.assertNotContains(self.sign_in("outsider").get(INBOX, {"box": "sent"}), self.reporter.name)

    def test_all_are_marked_at_once_and_only_ones_own(self):
        self.tell([self.reporter, self.people["technician"]])
        client = self.sign_in("hospital_reporter")
        self.assertContains(client.get(INBOX), "全部标为已读")
        self.assertEqual(client.get(reverse("core:read_all_notifications")).status_code, 405)
        self.assertContains(client.post(reverse("core:read_all_notifications"), follow=True), "没有未读的通知")
        self.assertEqual(Notification.objects.unread().get().recipient, self.people["technician"])

    def test_others_notifications_do_not_exist(self):
        (told,) = self.tell()
        for part in ("outsider", "city_officer", "technician", "system_admin", "audit_admin"):
            self.sign_in(part)
            with self.subTest(part=part):
                self.assertEqual(self.open(told).status_code, 404)
                self.assertNotContains(self.client.get(INBOX, {"box": "all"}), "请补报")
        with self.assertRaises(Refused):
            read_notification(told, by=self.people["outsider"], at=NOW)
        told.refresh_from_db()
        self.assertIsNone(told.read_at)

    def test_citizen_is_asked_to_sign_in(self):
        self.assertEqual(self.sign_in(None).get(INBOX).status_code, 302)

    def test_addresses_of_other_sites_are_a_bug(self):
        for url in (
            "https://elsewhere.example/",
            "//elsewhere.example/",
            "/\\elsewhere.example",
            "javascript:alert(1)",
        ):
            with self.subTest(url=url), self.assertRaises(AssertionError):
                self.tell(url=url)

    def test_text_is_text(self):
        self.tell(title="<img src=x onerror=alert(1)>", text="<script>x</script>")
        page = self.sign_in("hospital_reporter").get(INBOX)
        self.assertNotContains(page, "<img src=x")
        self.assertNotContains(page, "<script>x")

    def test_closed_accounts_and_doubles_are_left_out(self):
        User.objects.filter(pk=self.reporter.pk).update(is_active=False)
        self.reporter.refresh_from_db()
        technician = self.people["technician"]
        self.assertEqual([told.recipient for told in self.tell([self.reporter, technician, technician])], [technician])

    def test_many_recipients_cost_a_query_a_table(self):
        people = User.objects.bulk_create(User(username=f"u{n}", name="甲", email="a@b.cn") for n in range(300))
        NotificationSettings.objects.bulk_create(NotificationSettings(user=user) for user in people)
        with override_settings(MAIL_IS_ON=True):
            counts = []
            for many in (people[:30], people):
                with CaptureQueriesContext(connection) as queries:
                    self.tell(many)
                counts.append(len([query for query in queries if not query["sql"].startswith("INSERT")]))
        self.assertEqual(Delivery.objects.count(), 330)
        self.assertEqual(counts[0], counts[1])  # inserts come in as few batches as the database takes

    def test_queries_do_not_grow_with_rows(self):
        client = self.sign_in("hospital_reporter")
        counts = []
        for rows in (10, 990):
            Notification.objects.bulk_create(
                Notification(recipient=self.reporter, kind="k", title="t", sender=self.sender, created_at=NOW)
                for _ in range(rows)
            )
            client.get(INBOX)
            with CaptureQueriesContext(connection) as queries:
                page = client.get(INBOX)
            counts.append(len(queries))
        self.assertContains(page, "1,000")
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)


class Settings(NetworkStory):
    URL = "/inbox/settings/"

    def test_chosen_and_kept(self):
        client = self.sign_in("hospital_reporter")
        self.assertContains(client.get(self.URL), "没有配置发信服务器")
        given = {"daily_digest": "on", "quiet_from": "22:00", "quiet_until": "07:00"}
        self.assertContains(client.post(self.URL, given, follow=True), "通知设置已保存")
        kept = NotificationSettings.objects.get(user=self.people["hospital_reporter"])
        self.assertEqual((kept.by_mail, kept.daily_digest, kept.quiet_from), (False, True, dt.time(22)))
        self.assertContains(client.get(self.URL), 'value="22:00"')

    def test_half_and_empty_quiet_hours_are_refused(self):
        client = self.sign_in("hospital_reporter")
        self.assertContains(client.post(self.URL, {"quiet_from": "22:00"}), "要么都填，要么都不填")
        same = {"quiet_from": "22:00", "quiet_until": "22:00"}
        self.assertContains(client.post(self.URL, same), "不能相同")
        self.assertContains(client.post(self.URL, {"quiet_from": "25:00"}), "quiet_from_error")
        self.assertFalse(NotificationSettings.objects.exists())

    def test_when_a_mail_may_leave(self):
        shanghai = dt.timezone(dt.timedelta(hours=8))

        def at(day, hour, minute=0):
            return dt.datetime(2026, 11, day, hour, minute, tzinfo=shanghai)

        night = NotificationSettings(quiet_from=dt.time(22), quiet_until=dt.time(7))
        noon = NotificationSettings(quiet_from=dt.time(12), quiet_until=dt.time(14))
        digest = NotificationSettings(daily_digest=True)
        both = NotificationSettings(daily_digest=True, quiet_from=dt.time(22), quiet_until=dt.time(9))
        for settings, asked, answer in (
            (NotificationSettings(), at(23, 3), at(23, 3)),
            (night, at(23, 21, 59), at(23, 21, 59)),
            (night, at(23, 22), at(24, 7)),
            (night, at(24, 6, 59), at(24, 7)),
            (night, at(24, 7), at(24, 7)),
            (noon, at(23, 13), at(23, 14)),
            (noon, at(23, 14), at(23, 14)),
            (digest, at(23, 7, 59), at(23, 8)),
            (digest, at(23, 8), at(24, 8)),
            (both, at(23, 10), at(24, 9)),
        ):
            with self.subTest(asked=asked, answer=answer):
                self.assertEqual(settings.mail_at(asked), answer)
