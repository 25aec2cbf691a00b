"""一键催报: from a gap to the inbox of its region, read, answered, and seen by the sender."""

import datetime as dt

from django.test import override_settings
from django.utils import timezone

from zhikong.hub.core.models import LedgerEntry, Notification
from zhikong.hub.network.models import Reminder

from .henan_story import HenanStory

KEY = "0123456789abcdef0123456789abcdef"


class Remind(HenanStory):
    def setUp(self):
        self.cell = f"{self.regions['洛阳'].code}.SP048"  # 洛阳 lacks 核医学 (annex 2)

    def send(self, part="province_officer", key=KEY, **data):
        self.sign_in(part)
        return self.client.post("/reminders/send/", {"cell": self.cell, "form_key": key, **data})

    def reminder(self):
        return Reminder.objects.get()

    # ---- sending ----
    def test_one_click_reaches_the_city(self):
        response = self.send(back="cell")
        self.assertRedirects(response, f"/coverage/?cell={self.cell}", fetch_redirect_response=False)
        reminder = self.reminder()
        self.assertEqual((reminder.recipients, reminder.state), (1, "unread"))
        self.assertEqual(reminder.due_on, timezone.localdate() + dt.timedelta(days=15))  # REMINDER_DAYS, ours
        self.assertIn("核医学", reminder.text)
        notification = Notification.objects.get(recipient=self.people["city_officer"])
        self.assertEqual(notification.url, f"/reminders/{reminder.pk}/")

    @override_settings(REMINDER_DAYS=7)
    def test_days_are_a_setting(self):
        self.send()
        self.assertEqual(self.reminder().due_on, timezone.localdate() + dt.timedelta(days=7))

    def test_double_click_sends_once(self):
        first, second = self.send(), self.send()
        self.assertEqual(Reminder.objects.count(), 1)
        self.assertEqual(Notification.objects.count(), 1)
        self.assertEqual((first.status_code, second.status_code), (302, 302))

    def test_second_reminder_on_purpose_is_a_second(self):
        self.send()
        self.send(key="f" * 32)
        self.assertEqual(Reminder.objects.count(), 2)

    def test_preview_names_the_recipients(self):
        response = self.sign_in("province_officer").get("/reminders/send/", {"cell": self.cell})
        self.assertContains(response, "luoyang")
        self.assertEqual(Reminder.objects.count(), 0)

    def test_all_cities_with_gaps(self):
        self.sign_in("province_officer")
        query = {"region": self.regions["河南"].code, "level": "city"}
        response = self.client.get("/reminders/send/", query)
        self.assertEqual(len(response.context["plan"].regions), 18)
        self.assertContains(response, "16 处没有可收件的账号")
        self.client.post("/reminders/send/", {**query, "form_key": KEY})
        self.assertEqual(Reminder.objects.count(), 18)
        luoyang = Reminder.objects.get(region=self.regions["洛阳"])
        self.assertIn("未建：口腔种植、核医学", luoyang.text)
        self.assertEqual(Reminder.objects.get(region=self.regions["济源"]).state, "nobody")
        self.assertEqual(Notification.objects.count(), 2)  # 洛阳 and 南阳 have an account

    def test_one_city_all_its_gaps(self):
        self.sign_in("province_officer")
        query = {"region": self.regions["新乡"].code, "level": "city"}
        self.client.post("/reminders/send/", {**query, "form_key": KEY})
        self.assertIn("儿童介入技术（名称待核）", self.reminder().text)

    def test_text_is_the_senders(self):
        self.send(text="请电话回复", due_on="2099-01-01")
        self.assertEqual(self.reminder().text, "请电话回复")

    def test_due_date_in_the_past_is_refused(self):
        self.assertContains(self.send(text="x", due_on="2020-01-01"), "回复期限不能早于今天")
        self.assertFalse(Reminder.objects.exists())

    def test_city_cannot_remind_itself(self):
        self.assertContains(self.send("city_officer"), "没有办理这件事的权限")
        self.assertFalse(Reminder.objects.exists())

    def test_others_cells_are_absent(self):
        self.assertEqual(self.send("outsider").status_code, 404)
        self.assertEqual(self.send("county_officer").status_code, 404)
        self.assertEqual(self.send("centre_secretary").status_code, 404)

    def test_get_sends_nothing(self):
        self.sign_in("province_officer").get("/reminders/send/", {"cell": self.cell, "form_key": KEY})
        self.assertFalse(Reminder.objects.exists())

    # ---- reading and answering ----
    def sent(self):
        self.send()
        return self.reminder()

    def test_opening_does_not_read_and_the_button_does(self):
        url = f"/reminders/{self.sent().pk}/"
        self.sign_in("city_officer").get(url)
        self.assertIsNone(self.reminder().read_at)
        self.client.post(f"{url}read/")
        self.assertEqual(self.reminder().state, "read")
        self.assertIsNotNone(Notification.objects.get(recipient=self.people["city_officer"]).read_at)

    def test_opening_its_notification_reads_the_reminder(self):
        self.sent()
        self.sign_in("city_officer")
        notification = Notification.objects.get(recipient=self.people["city_officer"])
        self.client.post(f"/inbox/{notification.pk}/read/")
        self.assertEqual(self.reminder().state, "read")

    def test_marking_all_as_read_opens_no_reminder(self):
        self.sent()
        self.sign_in("city_officer").post("/inbox/read/")
        self.assertEqual(self.reminder().state, "unread")

    def test_answer_comes_back_to_the_sender(self):
        reminder = self.sent()
        self.sign_in("city_officer").post(
            f"/reminders/{reminder.pk}/", {"answer": "已批复，年内成立", "expected_on": "2026-12-31"}
        )
        reminder.refresh_from_db()
        self.assertEqual((reminder.state, reminder.expected_on), ("answered", dt.date(2026, 12, 31)))
        self.assertIsNotNone(reminder.read_at)
        back = Notification.objects.get(recipient=self.people["province_officer"])
        self.assertEqual(back.text, "已批复，年内成立")
        self.assertEqual(LedgerEntry.objects.latest("seq").action, "reminder answered")
        self.assertContains(self.sign_in("province_officer").get("/reminders/"), "已批复，年内成立")

    def test_second_answer_is_refused(self):
        reminder = self.sent()
        self.sign_in("city_officer")
        for text in ("一", "二"):
            self.client.post(f"/reminders/{reminder.pk}/", {"answer": text})
        self.assertEqual(self.reminder().answer, "一")

    def test_sender_cannot_answer_or_read_for_the_city(self):
        reminder = self.sent()
        self.client.post(f"/reminders/{reminder.pk}/read/")
        self.client.post(f"/reminders/{reminder.pk}/", {"answer": "x"})
        reminder.refresh_from_db()
        self.assertIsNone(reminder.read_at)
        self.assertIsNone(reminder.answered_at)

    def test_outsider_finds_nothing(self):
        reminder = self.sent()
        for part in ("outsider", "county_officer", "centre_secretary"):
            self.sign_in(part)
            self.assertEqual(self.client.get(f"/reminders/{reminder.pk}/").status_code, 404, part)
            self.assertEqual(self.client.post(f"/reminders/{reminder.pk}/read/").status_code, 404, part)
            self.assertNotContains(self.client.get("/reminders/"), "核医学")

    # ---- seen elsewhere ----
    def test_drawer_tells_the_history(self):
        self.sent()
        response = self.client.get("/coverage/", {"cell": self.cell})
        self.assertContains(response, "第 1 次催报")
        self.assertContains(response, "未读")

    def test_home_of_the_city_asks_for_the_answer(self):
        self.sent()
        self.assertContains(self.sign_in("city_officer").get("/"), "催报待回复")
        self.assertNotContains(self.sign_in("outsider").get("/"), "催报待回复")

    def test_states_filter_the_list(self):
        self.sent()
        for state, count in (("unread", 1), ("answered", 0), ("overdue", 0), ("nobody", 0), ("", 1)):
            page = self.client.get("/reminders/", {"state": state}).context["page"]
            self.assertEqual(page.total, count, state)

    def test_list_costs_the_same_at_10_and_1000(self):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.sign_in("province_officer")
        counts = []
        for more in (10, 990):
            Reminder.objects.bulk_create(
                Reminder(region=self.regions["洛阳"], level="city", text="x", sent_by=self.people["province_officer"],
                         sent_at=timezone.now(), due_on=timezone.localdate(), recipients=1)
                for _n in range(more)
            )  # fmt: skip
            with CaptureQueriesContext(connection) as captured:
                self.client.get("/reminders/", {"size": "100"})
            counts.append(len(captured))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)

    def test_export_keeps_to_what_one_sees(self):
        self.sent()
        text = b"".join(self.client.get("/reminders/", {"export": "csv"}).streaming_content).decode("utf-8-sig")
        self.assertIn("洛阳市,核医学", text)
        self.sign_in("outsider")
        text = b"".join(self.client.get("/reminders/", {"export": "csv"}).streaming_content).decode("utf-8-sig")
        self.assertNotIn("洛阳", text)
