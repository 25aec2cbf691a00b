"""The postman: mail, digest, growing pauses, giving up visibly, and once more on request."""

import datetime as dt
import smtplib
from unittest import mock

from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhikong.hub.core import deliveries
from zhikong.hub.core.actions import notify, read_notification, retry_deliveries
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Delivery, Duty, NotificationSettings, User, WebhookEndpoint
from zhikong.hub.testing import NOW, NetworkStory

HOUR = dt.timedelta(hours=1)
OPEN = "django.core.mail.backends.locmem.EmailBackend.open"


@override_settings(MAIL_IS_ON=True, ORIGIN="https://zk.example.cn")
class Postman(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = User.objects.create_user("reader", None, name="填报员", email="reader@example.cn")
        cls.other = User.objects.create_user("other", None, name="技师", email="other@example.cn")

    def setUp(self):
        self.at = NOW

    def tell(self, recipients=None, title="请补报", **fields):
        return notify(recipients or [self.reader], kind="reminder", title=title, by=None, at=self.at, **fields)

    def send(self):
        return deliveries.send_due(now=lambda: self.at)

    def states(self):
        return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


class Mail(Postman):
    def test_says_what_and_where(self):
        self.tell(text="还差 3 项。", url="/jobs/", due_at=NOW + HOUR)
        self.assertEqual(self.send(), 1)
        (letter,) = mail.outbox
        self.assertEqual((letter.to, letter.subject), (["reader@example.cn"], "请补报"))
        for text in ("还差 3 项。", "https://zk.example.cn/jobs/", "期限：2026-11-23 18:00"):
            self.assertIn(text, letter.body)
        self.assertEqual(letter.extra_headers["Message-ID"], f"<delivery-{Delivery.objects.get().pk}@localhost>")
        self.assertEqual((self.states(), self.send()), (["sent"], 0))

    def test_line_breaks_in_a_title_cannot_add_headers(self):
        self.tell(title="请补报\nBcc: everybody@example.cn")
        self.send()
        self.assertNotIn("\n", mail.outbox[0].subject)
        self.assertEqual(mail.outbox[0].recipients(), ["reader@example.cn"])

    def test_none_without_a_server_an_address_or_the_wish(self):
        with override_settings(MAIL_IS_ON=False):
            self.tell()
        self.other.email = ""
        NotificationSettings.objects.create(user=self.reader, by_mail=False)
        self.tell([self.reader, self.other])
        self.assertEqual(self.states(), [])

    def test_none_about_what_was_read_meanwhile(self):
        (told,) = self.tell()
        read_notification(told, by=self.reader, at=NOW)
        self.send()
        self.assertEqual((self.states(), mail.outbox), (["not_needed"], []))

    def test_waits_for_the_end_of_quiet_hours(self):
        # NOW is 17:00 in Shanghai
        NotificationSettings.objects.create(user=self.reader, quiet_from=dt.time(16), quiet_until=dt.time(18))
        self.tell()
        self.assertEqual(self.send(), 0)
        self.at += HOUR
        self.assertEqual(self.send(), 1)

    def test_digest_is_one_letter_a_day_with_the_unread(self):
        for person in (self.reader, self.other):
            NotificationSettings.objects.create(user=person, daily_digest=True)
        (first,) = self.tell(title="甲")
        self.tell([self.reader, self.other], title="乙")
        self.tell(title="丙")
        read_notification(first, by=self.reader, at=NOW)
        self.assertEqual(self.send(), 0)
        self.at = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)  # 08:00 in Shanghai
        self.send()
        letters = {letter.to[0]: letter for letter in mail.outbox}
        self.assertEqual(len(mail.outbox), 2)
        body = letters["reader@example.cn"].body
        self.assertIn("2 条", letters["reader@example.cn"].subject)
        self.assertTrue("乙" in body and "丙" in body and "甲" not in body)
        self.assertIn("1 条", letters["other@example.cn"].subject)

    def test_digest_larger_than_a_batch_stays_one_letter(self):
        NotificationSettings.objects.create(user=self.reader, daily_digest=True)
        for number in range(deliveries.BATCH + 5):
            self.tell(title=f"第 {number} 条")
        self.at += 24 * HOUR
        self.send()
        self.assertEqual(len(mail.outbox), 1)

    def test_is_written_in_the_readers_language(self):
        User.objects.filter(pk=self.reader.pk).update(language="en")
        self.tell(due_at=NOW)
        with mock.patch.object(deliveries.translation, "override", wraps=deliveries.translation.override) as chosen:
            self.send()
        chosen.assert_called_with("en")


class Trouble(Postman):
    def test_a_server_that_is_down_costs_one_attempt_and_growing_pauses(self):
        self.tell([self.reader, self.other])
        with mock.patch.object(EmailBackend, "open", side_effect=TimeoutError("no answer")) as opened:
            # 1, 2, 4 ... minutes: each pause twice the one before
            for attempt, pause in ((1, 60), (2, 120), (3, 240)):
                self.assertEqual(self.send(), 2)
                self.assertEqual(opened.call_count, attempt)
                row = Delivery.objects.first()
                self.assertEqual((row.attempts, row.next_attempt_at), (attempt, self.at + dt.timedelta(seconds=pause)))
                self.assertEqual(self.send(), 0)
                self.at = row.next_attempt_at
        self.send()
        self.assertEqual((self.states(), len(mail.outbox)), (["sent", "sent"], 2))

    @override_settings(DELIVERY_ATTEMPTS=3)
    def test_gives_up_after_the_last_attempt(self):
        self.tell()
        with mock.patch.object(EmailBackend, "open", side_effect=OSError("connection refused")):
            for _attempt in range(3):
                self.send()
                self.at += HOUR
            self.assertEqual(self.send(), 0)
        row = Delivery.objects.get()
        self.assertEqual((row.state, row.attempts, row.error), ("given_up", 3, "connection refused"))

    def test_default_pauses_outlast_a_night(self):
        # 12 attempts: 1+2+4+8+16+32+64+128+256 minutes, then twice 6 hours = 20.5 h: longer than a night
        self.tell()
        with mock.patch.object(EmailBackend, "open", side_effect=OSError("down")):
            while self.states() == ["waiting"]:
                last = self.at = max(self.at, Delivery.objects.get().next_attempt_at)
                self.send()
        self.assertAlmostEqual((last - NOW) / HOUR, 20.5, delta=0.1)

    def test_one_refused_address_does_not_stop_the_others(self):
        self.tell([self.reader, self.other])
        send = EmailBackend.send_messages

        def choosy(backend, letters):
            if letters[0].to == ["reader@example.cn"]:
                raise smtplib.SMTPRecipientsRefused({"reader@example.cn": (550, b"no such user")})
            return send(backend, letters)

        with mock.patch.object(EmailBackend, "send_messages", choosy):
            self.send()
        self.assertEqual(self.states(), ["waiting", "sent"])

    def test_a_worker_that_died_while_sending_leaves_it_to_the_next(self):
        self.tell()
        with (
            mock.patch.object(deliveries, "_send_mails", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.send()
        self.assertEqual(self.send(), 0)
        self.at += HOUR
        self.send()
        self.assertEqual((self.states(), len(mail.outbox)), (["sent"], 1))

    def test_who_was_overtaken_settles_nothing(self):
        self.tell()
        slow = deliveries._take(self.at)
        self.at += HOUR
        again = deliveries._take(self.at)
        deliveries._failed(slow, OSError("too late"), self.at)
        row = Delivery.objects.get()
        self.assertEqual((row.attempts, row.next_attempt_at), (0, again[0].next_attempt_at))
        self.at += HOUR
        self.assertEqual(self.send(), 1)
        deliveries._failed(slow, OSError("too late"), self.at)
        self.assertEqual(self.states(), ["sent"])


class DeadLetters(NetworkStory):
    URL = "/deliveries/"

    def setUp(self):
        self.endpoint = WebhookEndpoint.objects.create(
            name="消息平台", url="https://n.example.cn/", secret="s", created_at=NOW
        )
        notify([self.people["hospital_reporter"]], kind="k", title="内容保密", by=None, at=NOW)
        Delivery.objects.update(state="given_up", attempts=12, error="HTTP 500")

    def test_system_administrator_sees_and_sends_again(self):
        client = self.sign_in("system_admin")
        page = client.get(self.URL)
        for text in ("发送失败", "消息平台", "HTTP 500", "reporter"):
            self.assertContains(page, text)
        self.assertNotContains(page, "内容保密")  # administrators run the post, they do not read it
        self.assertEqual(client.get(reverse("core:retry_deliveries")).status_code, 405)
        row = Delivery.objects.get()
        answer = client.post(reverse("core:retry_deliveries"), {"delivery": row.pk}, follow=True)
        self.assertContains(answer, "1 条会在一分钟内重新发送")
        row.refresh_from_db()
        self.assertEqual((row.state, row.attempts, row.error), ("waiting", 0, ""))

    def test_all_at_once_and_never_what_was_sent(self):
        sent = Delivery.objects.get()
        Delivery.objects.update(state="sent")
        notify([self.people["technician"]], kind="k", title="t", by=None, at=NOW)
        Delivery.objects.exclude(pk=sent.pk).update(state="given_up")
        self.sign_in("system_admin").post(reverse("core:retry_deliveries"))
        self.assertEqual(Delivery.objects.filter(state="waiting").count(), 1)
        self.assertEqual(Delivery.objects.get(pk=sent.pk).state, "sent")

    def test_it_waits_on_the_administrators_first_page(self):
        self.assertContains(self.sign_in("system_admin").get("/"), "发送失败的通知")

    def test_nobody_else(self):
        for part in ("hospital_reporter", "outsider", "province_officer", "security_admin", "audit_admin"):
            client = self.sign_in(part)
            with self.subTest(part=part):
                self.assertEqual(client.get(self.URL).status_code, 404)
                self.assertEqual(client.post(reverse("core:retry_deliveries")).status_code, 404)
        with self.assertRaises(Refused):
            retry_deliveries(Delivery.objects.all(), by=self.people["province_officer"], at=NOW)
        self.assertEqual(Delivery.objects.get().state, "given_up")

    def test_junk_numbers_are_absent(self):
        client = self.sign_in("system_admin")
        for junk in ("x", "-1", "999999", "²"):
            with self.subTest(junk=junk):
                self.assertEqual(client.post(reverse("core:retry_deliveries"), {"delivery": junk}).status_code, 404)

    def test_queries_do_not_grow_with_rows(self):
        client = self.sign_in("system_admin")
        self.assertEqual(self.people["system_admin"].duty, Duty.SYSTEM)
        counts = []
        for rows in (9, 990):
            notify(
                User.objects.bulk_create(User(username=f"{rows}-{n}", name="甲") for n in range(rows)),
                kind="k", title="t", by=None, at=NOW,
            )  # fmt: skip
            Delivery.objects.update(state="given_up")
            client.get(self.URL)
            with CaptureQueriesContext(connection) as queries:
                page = client.get(self.URL)
            counts.append(len(queries))
        self.assertContains(page, "1,000")
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)
