"""三员: each administrator has one thing to do and sees nothing of the others', nor of the domain (RELIABILITY D5)."""

import re
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from zhikong.hub.core import actions
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Duty, LedgerEntry, User
from zhikong.hub.network.models import Centre, Grant, Institution, Notice
from zhikong.hub.testing import NOW, PASSWORD, NetworkStory

NEW = {"username": "zhaoqing", "name": "赵青", "duty": "none", "email": "", "phone": ""}
# The pages of each duty; everybody else gets 404 there.
PAGES = {
    "system_admin": ["core:accounts", "core:create_account", "core:account_record", "core:edit_account"],
    "security_admin": ["network:grants", "network:give_grant", "network:end_grant", "core:sign_in_policy"],
    "audit_admin": ["core:ledger", "core:ledger_entry", "core:sign_in_events", "core:ledger_head"],
}


class Story(NetworkStory):
    def confirmed(self, part):
        """Signed in, and the password just typed again."""
        self.sign_in(part)
        self.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        return self.client

    def record(self, part="county_officer", name="account_record"):
        return reverse(f"core:{name}", args=[self.people[part].pk])


class ThreeAdministrators(Story):
    def url(self, name):
        keys = {
            "core:account_record": self.people["county_officer"].pk,
            "core:edit_account": self.people["county_officer"].pk,
            "network:end_grant": Grant.objects.first().pk,
            "core:ledger_entry": 1,
        }
        return reverse(name, args=[keys[name]] if name in keys else [])

    def test_matrix_of_pages(self):
        actions.choose_language(self.people["outsider"], "en", by=self.people["outsider"], at=NOW)
        for part in self.people:
            self.confirmed(part)
            for owner, names in PAGES.items():
                for name in names:
                    status = self.client.get(self.url(name)).status_code
                    self.assertEqual(status, 200 if part == owner else 404, (part, name))

    def test_matrix_of_changes(self):
        """Every POST of a duty as everybody else: 404, and nothing happens."""
        victim = self.people["county_officer"]
        changes = {
            "system_admin": [
                reverse(f"core:{name}", args=[victim.pk])
                for name in (
                    "disable_account", "enable_account", "reset_password", "unlock_account",
                    "end_account_sessions", "clear_second_factors", "edit_account",
                )
            ] + [reverse("core:create_account")],
            "security_admin": [reverse("network:give_grant"), self.url("network:end_grant")],
        }  # fmt: skip
        before = LedgerEntry.objects.count(), User.objects.count(), Grant.objects.count()
        for part in self.people:
            self.confirmed(part)
            for owner, urls in changes.items():
                for url in urls if part != owner else []:
                    answer = self.client.post(url, {**NEW, "reason": "x", "role": "office"})
                    self.assertEqual(answer.status_code, 404, (part, url))
        self.assertEqual((LedgerEntry.objects.count(), User.objects.count(), Grant.objects.count()), before)

    def test_actions_refuse_all_others(self):
        """The second lock: whoever calls an action without the duty is refused, whatever the page let through."""
        victim = self.people["county_officer"]
        for part, person in self.people.items():
            if part == "system_admin":
                continue
            for act, given in (
                (actions.disable_account, {"reason": "x"}), (actions.enable_account, {}), (actions.reset_password, {}),
                (actions.unlock_account, {}), (actions.end_sessions, {}),
                (actions.clear_second_factors, {"reason": "x"}),
                (actions.edit_account, {"name": "x", "email": "", "phone": ""}),
            ):  # fmt: skip
                with self.assertRaises(Refused, msg=(part, act.__name__)):
                    act(victim, by=person, at=NOW, **given)
            with self.assertRaises(Refused):
                actions.create_account(by=person, at=NOW, **NEW)

    def test_no_administrator_sees_the_domain(self):
        for part in PAGES:
            person = self.people[part]
            for model in (Centre, Institution, Notice):
                self.assertFalse(model.objects.visible_to(person).exists(), (part, model))
            self.sign_in(part)
            for name in ("network:coverage_matrix", "network:centres", "network:institutions", "network:notices"):
                self.assertEqual(self.client.get(reverse(name)).status_code, 404, (part, name))

    def test_rooms_are_ones_own(self):
        expected = {"system_admin": "/accounts/", "security_admin": "/grants/", "audit_admin": "/ledger/"}
        for part in self.people:
            page = self.sign_in(part).get(reverse("core:account")).content.decode()
            links = set(re.findall(r'<a href="([^"]+)" data-key', page))
            shown = links & set(expected.values())
            self.assertEqual(shown, {expected[part]} if part in expected else set(), part)

    def test_no_two_rooms_share_a_key(self):
        for part in self.people:
            page = self.sign_in(part).get(reverse("core:account")).content.decode()
            keys = re.findall(r'data-key="(\w)"', page)
            self.assertEqual(len(keys), len(set(keys)), part)


class CreateAccount(Story):
    def create(self, **changes):
        return self.client.post(reverse("core:create_account"), {**NEW, **changes}, follow=True)

    def shown_password(self, page):
        found = re.search(r'<span class="once">([^<]+)</span>', page.content.decode())
        return found and found[1]

    def test_wants_the_password_again_first(self):
        self.sign_in("system_admin")
        answer = self.client.get(reverse("core:create_account"))
        self.assertEqual(answer["Location"].split("?")[0], reverse("account_reauthenticate"))

    def test_one_time_password_is_shown_once_and_opens_only_the_change(self):
        self.confirmed("system_admin")
        page = self.create()
        password = self.shown_password(page)
        user = User.objects.get(username="zhaoqing")
        self.assertTrue(user.check_password(password))
        self.assertTrue(user.must_change_password)
        again = self.client.get(reverse("core:account_record", args=[user.pk]))
        self.assertIsNone(self.shown_password(again))
        entry = LedgerEntry.objects.latest("seq")
        self.assertEqual((entry.action, entry.by_id), ("account created", self.people["system_admin"].pk))
        self.assertNotIn(password, entry.body)
        self.client.logout()
        self.client.post(reverse("account_login"), {"login": "zhaoqing", "password": password})
        self.assertRedirects(self.client.get(reverse("core:home")), reverse("account_change_password"))

    def test_password_does_not_lie_open_in_the_session(self):
        self.confirmed("system_admin")
        self.client.post(reverse("core:create_account"), NEW)
        kept = self.client.session["one_time_password"]["sealed"]
        user = User.objects.get(username="zhaoqing")
        self.assertFalse(user.check_password(kept))
        other = self.client.get(self.record())  # another account's page does not show it
        self.assertIsNone(self.shown_password(other))

    def test_refusals(self):
        self.confirmed("system_admin")
        self.assertContains(self.create(username="LUONING"), "已经有人用了")
        for bad in ("有空 格", "名字", "-x", "a" * 65, ""):
            self.assertNotContains(self.create(username=bad), "一次性密码，只显示")
        self.assertContains(self.create(duty="emperor"), "账号类别")
        self.assertFalse(User.objects.filter(name="赵青").exists())

    def test_full_width_username_is_narrowed(self):
        self.confirmed("system_admin")
        self.create(username="ｚｈａｏ０１")
        self.assertTrue(User.objects.filter(username="zhao01").exists())


class KeepAccount(Story):
    def test_disable_and_enable(self):
        self.sign_in("system_admin")
        self.client.post(self.record(name="disable_account"), {"reason": ""})
        self.assertTrue(User.objects.get(username="luoning").is_active)
        self.client.post(self.record(name="disable_account"), {"reason": "调离"})
        self.assertFalse(User.objects.get(username="luoning").is_active)
        self.assertContains(self.client.get(reverse("core:accounts") + "?state=disabled"), "luoning")
        self.client.post(self.record(name="enable_account"))
        self.assertTrue(User.objects.get(username="luoning").is_active)

    def test_not_ones_own(self):
        self.confirmed("system_admin")
        for name in ("disable_account", "reset_password", "clear_second_factors"):
            self.client.post(self.record("system_admin", name), {"reason": "x"})
        user = User.objects.get(username="sysadmin")
        self.assertTrue(user.is_active)
        self.assertTrue(user.check_password(PASSWORD))
        self.assertContains(self.client.get(self.record("system_admin")), "另一位系统管理员")

    def test_duty_cannot_be_changed_by_any_form(self):
        self.confirmed("system_admin")
        self.client.post(self.record(name="edit_account"), {"name": "新名", "duty": "audit", "username": "x"})
        user = self.people["county_officer"]
        user.refresh_from_db()
        self.assertEqual((user.name, user.duty, user.username), ("新名", Duty.NONE, "luoning"))
        self.client.post(reverse("core:account"), {"email": "a@example.org", "duty": "audit", "name": "x"})
        self.people["system_admin"].refresh_from_db()
        self.assertEqual(
            (self.people["system_admin"].duty, self.people["system_admin"].name), (Duty.SYSTEM, "系统管理员")
        )

    def test_reset_shows_a_new_password_and_ends_sessions(self):
        other = self.client_class()
        other.post(reverse("account_login"), {"login": "luoning", "password": PASSWORD})
        self.confirmed("system_admin")
        page = self.client.post(self.record(name="reset_password"), follow=True)
        self.assertContains(page, "一次性密码，只显示这一次")
        self.assertEqual(other.get(reverse("core:home")).status_code, 302)
        self.assertFalse(User.objects.get(username="luoning").check_password(PASSWORD))

    def test_edit_and_its_history(self):
        self.sign_in("system_admin")
        self.client.post(self.record(name="edit_account"), {"name": "张三", "email": "z@example.org", "phone": "1３8"})
        history = self.client.get(reverse("core:history", args=["core.user", self.people["county_officer"].pk]))
        self.assertContains(history, "→ 张三")
        self.assertContains(history, "→ 138")

    def test_own_details(self):
        self.sign_in("hospital_reporter")
        self.client.post(reverse("core:account"), {"email": "r@example.org", "phone": "0379-1"})
        self.assertEqual(User.objects.get(username="reporter").email, "r@example.org")
        self.assertContains(self.client.post(reverse("core:account"), {"email": "not mail"}), "err")

    def test_list_is_constant_and_filtered(self):
        counts = []
        self.sign_in("system_admin")
        for rows in (10, 990):
            now = timezone.now()
            User.objects.bulk_create(
                User(username=f"u{rows}x{n}", name=f"人{n}", password="!", password_changed_at=now) for n in range(rows)
            )
            with CaptureQueriesContext(connection) as queries:
                self.client.get(reverse("core:accounts") + "?size=100")
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)
        page = self.client.get(reverse("core:accounts") + "?q=审计&duty=audit")
        self.assertContains(page, "auditor")
        self.assertNotContains(page, "sysadmin</a>")
        for junk in ("?state=x&duty=y&page=z", "?q=%00", "?page=999999"):
            self.assertEqual(self.client.get(reverse("core:accounts") + junk).status_code, 200, junk)


class Policy(Story):
    def test_says_the_rules_and_who_is_behind(self):
        old = timezone.now() - timedelta(days=91)
        User.objects.filter(username="luoning").update(password_changed_at=old)
        page = self.sign_in("security_admin").get(reverse("core:sign_in_policy"))
        for text in (
            "等级保护三级",
            "至少 10 个字符",
            "每 90 天",
            "连续 5 次失败，锁 15 分钟",
            "30 分钟不操作",
            "<em>3</em>",
        ):
            self.assertContains(page, text)


class LedgerPages(Story):
    def setUp(self):
        self.by = self.people["system_admin"]
        user = self.people["county_officer"]
        actions.edit_account(user, by=self.by, at=NOW, name="张三", email="", phone="")
        actions.disable_account(user, by=self.by, at=NOW + timedelta(days=2), reason="调离本院")
        self.sign_in("audit_admin")

    def listed(self, query=""):
        return self.client.get(reverse("core:ledger") + query)

    def test_list_and_entry(self):
        self.assertContains(self.listed(), "理由：调离本院")
        entry = LedgerEntry.objects.get(action="account edited")
        page = self.client.get(reverse("core:ledger_entry", args=[entry.seq]))
        self.assertContains(page, '<span class="was">洛宁县质控管理员</span>')
        self.assertContains(page, "<td>张三</td>")
        self.assertContains(page, entry.digest)

    def test_filters(self):
        pk = self.people["county_officer"].pk
        for query, rows in (
            ("", 2), ("?who=sysadmin", 2), ("?who=系统管理员", 2), ("?who=nobody", 0), ("?verb=account+disabled", 1),
            ("?verb=junk", 2), (f"?table=core_user&pk={pk}", 2), ("?table=core_user&pk=0", 0),
            ("?begin=2026-11-24", 1), ("?end=2026-11-24", 1), ("?begin=2026-11-23&end=2026-11-25", 2),
            ("?begin=9999-12-31&end=0001-01-01", 2),
        ):  # fmt: skip
            self.assertEqual(self.listed(query).context["page"].total, rows, query)

    def test_spoilt_entry_still_opens(self):
        for seq, body in ((101, "{}"), (102, "no json"), (103, "[]")):
            LedgerEntry.objects.create(
                seq=seq,
                token=str(seq),
                at=NOW,
                action="gone",
                subject_table="gone",
                subject_pk="1",
                body=body,
                digest="x",
            )
            self.assertEqual(self.client.get(reverse("core:ledger_entry", args=[seq])).status_code, 200, body)
        self.assertEqual(self.listed().context["page"].total, 5)

    def test_head_can_be_taken_away(self):
        answer = self.client.get(reverse("core:ledger_head"))
        last = LedgerEntry.objects.latest("seq")
        self.assertEqual(answer.content.decode().split()[1:], [str(last.seq), last.digest])

    def test_sign_ins(self):
        self.client.logout()
        self.client.post(reverse("account_login"), {"login": "nanyang", "password": "wrong"})
        self.client.post(reverse("account_login"), {"login": "nanyang", "password": PASSWORD})
        self.client.post(reverse("account_logout"))
        self.sign_in("audit_admin")
        self.assertContains(self.client.get(reverse("core:sign_in_events") + "?who=nanyang&kind=good"), "nanyang")
        self.assertContains(self.client.get(reverse("core:sign_in_events") + "?who=NANYANG&kind=bad"), "失败")

    def test_queries_do_not_grow(self):
        counts = []
        for entries in (10, 90):
            for number in range(entries):
                actions.edit_account(
                    self.people["outsider"], by=self.by, at=NOW, name=f"人{number}", email="", phone=""
                )
            with CaptureQueriesContext(connection) as queries:
                self.listed("?size=100")
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 30)
