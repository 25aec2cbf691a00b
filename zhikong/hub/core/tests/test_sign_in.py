"""Signing in: lockout, sessions, the forced password change, the second factor."""

import time
from datetime import timedelta
from unittest import mock

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.hashers import get_hasher
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from zhikong.hub.core import actions, adapters, signin
from zhikong.hub.core.models import LedgerEntry, User
from zhikong.hub.testing import NOW, PASSWORD, NetworkStory

SECRET = "JBSWY3DPEHPK3PXP"
ENFORCED = override_settings(SECOND_FACTOR="enforced")


def code_at(moment, secret=SECRET):
    return format_hotp_value(hotp_value(secret, int(moment) // 30))


class Story(NetworkStory):
    def enter(self, username, password=PASSWORD, **extra):
        return self.client.post(reverse("account_login"), {"login": username, "password": password}, **extra)

    def home(self):
        return self.client.get(reverse("core:home"))

    def give_codes(self, part):
        return TOTP.activate(self.people[part], SECRET).instance


class SignIn(Story):
    def test_right_password_opens_home(self):
        answer = self.enter("luoning")
        self.assertRedirects(answer, reverse("core:home"))
        self.assertTrue(AccessLog.objects.filter(username="luoning").exists())

    def test_page_is_kept_while_signing_in(self):
        page = reverse("core:account")
        led = self.client.get(page)
        self.assertEqual(led["Location"], f"{reverse('account_login')}?next={page}")
        answer = self.client.post(led["Location"], {"login": "luoning", "password": PASSWORD, "next": page})
        self.assertEqual(answer["Location"], page)

    def test_no_foreign_address_after_signing_in(self):
        answer = self.client.post(
            reverse("account_login"), {"login": "luoning", "password": PASSWORD, "next": "https://evil.example/"}
        )
        self.assertEqual(answer["Location"], reverse("core:home"))

    def test_unknown_and_known_names_get_the_same_answer(self):
        known, unknown = (self.enter(name, "wrong") for name in ("luoning", "nobody-here"))
        self.assertEqual(known.status_code, unknown.status_code)
        same = known.content.decode().replace("luoning", "X"), unknown.content.decode().replace("nobody-here", "X")
        strip = [page.split("csrfmiddlewaretoken")[0] for page in same]
        self.assertEqual(*strip)
        self.assertContains(known, "用户名或密码不对。")

    def test_views_that_are_not_kept_are_absent(self):
        for name in ("account_signup", "account_set_password", "account_email", "account_reset_password"):
            self.assertEqual(self.client.get(reverse(name)).status_code, 404, name)
            self.assertEqual(self.client.post(reverse(name), {"email": "a@example.org"}).status_code, 404, name)
        for path in ("/account/signup/", "/account/3rdparty/", "/account/password/reset/", "/account/login/code/"):
            self.assertEqual(self.client.get(path).status_code, 404, path)

    def test_disabled_account_is_told_so_only_with_its_password(self):
        User.objects.filter(username="luoning").update(is_active=False)
        self.assertContains(self.enter("luoning", "wrong"), "用户名或密码不对。")
        self.assertRedirects(self.enter("luoning"), reverse("account_inactive"))
        self.assertEqual(self.home().status_code, 302)

    def test_disabling_ends_the_session_at_the_next_request(self):
        self.enter("luoning")
        self.assertEqual(self.home().status_code, 200)
        actions.disable_account(self.people["county_officer"], by=self.people["system_admin"], at=NOW, reason="调离")
        self.assertEqual(self.home().status_code, 302)
        self.assertFalse(UserSession.objects.filter(user__username="luoning").exists())

    def test_disabling_by_sql_ends_it_too(self):
        self.enter("luoning")
        User.objects.filter(username="luoning").update(is_active=False)
        self.assertEqual(self.home().status_code, 302)

    def test_get_does_not_sign_out(self):
        self.enter("luoning")
        self.client.get(reverse("account_logout"))
        self.assertEqual(self.home().status_code, 200)
        self.client.post(reverse("account_logout"))
        self.assertEqual(self.home().status_code, 302)

    def test_pages_of_signed_in_people_are_not_stored(self):
        self.enter("luoning")
        self.assertEqual(self.home()["Cache-Control"], "private, no-store")


class Lockout(Story):
    def fail(self, times, name="luoning", **extra):
        for _each in range(times):
            answer = self.enter(name, "wrong", **extra)
        return answer

    def test_five_failures_lock_the_name_for_everyone(self):
        self.assertEqual(self.fail(4).status_code, 200)
        locked = self.fail(1)
        self.assertEqual(locked.status_code, 429)
        self.assertContains(locked, "请在 15 分钟后再试", status_code=429)
        self.assertEqual(self.enter("luoning", REMOTE_ADDR="10.0.0.9").status_code, 429)
        self.assertEqual(self.home().status_code, 302)

    def test_another_case_or_browser_or_address_does_not_count_anew(self):
        for number, name in enumerate(["luoning", "LUONING", "Luoning", "ｌｕｏｎｉｎｇ", "luoning "]):
            answer = self.enter(name, "wrong", REMOTE_ADDR=f"10.0.0.{number}", HTTP_USER_AGENT=f"browser {number}")
        self.assertEqual(answer.status_code, 429)

    def test_colleagues_behind_the_same_address_are_not_locked_out(self):
        for number in range(40):
            self.enter(f"nobody{number}", "wrong", REMOTE_ADDR="10.0.0.1")
        self.fail(5, REMOTE_ADDR="10.0.0.1")
        self.assertEqual(self.enter("reporter", REMOTE_ADDR="10.0.0.1").status_code, 302)

    def test_unknown_names_are_locked_alike(self):
        known, unknown = self.fail(5), self.fail(5, "nobody-here")
        self.assertEqual(known.status_code, unknown.status_code)
        self.assertContains(unknown, "请在 15 分钟后再试", status_code=429)

    def test_opens_again_after_a_quarter_of_an_hour_whatever_a_stranger_tries(self):
        self.fail(5)
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
        self.assertEqual(self.fail(3).status_code, 429)  # these do not prolong it
        AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=2))
        self.assertEqual(self.enter("luoning").status_code, 302)

    def test_success_forgets_failures(self):
        self.fail(4)
        self.enter("luoning")
        self.client.post(reverse("account_logout"))
        self.assertEqual(self.fail(4).status_code, 200)

    def test_no_password_is_kept_with_a_failure(self):
        self.enter("luoning", "Tell-nobody-77")
        kept = AccessAttempt.objects.get()
        self.assertNotIn("Tell-nobody-77", kept.post_data + kept.get_data)
        self.assertTrue(AccessFailureLog.objects.filter(username="luoning").exists())

    def test_system_administrator_unlocks(self):
        self.fail(5)
        self.sign_in("system_admin")
        pk = self.people["county_officer"].pk
        self.assertContains(self.client.get(reverse("core:accounts") + "?state=locked"), "luoning")
        self.assertContains(self.client.get(reverse("core:account_record", args=[pk])), "还有 15 分钟")
        self.client.post(reverse("core:unlock_account", args=[pk]))
        self.client.logout()
        self.assertEqual(self.enter("luoning").status_code, 302)

    def test_an_unknown_name_takes_as_long_as_a_wrong_password(self):
        """S11. The time is that of hashing: one hash on either way, and no other way to tell."""
        User.objects.filter(username="reporter").update(is_active=False)
        hasher, taken = type(get_hasher()), {}
        encode = hasher.encode
        for name in ("luoning", "nobody-here", "reporter"):
            with mock.patch.object(hasher, "encode", autospec=True, side_effect=encode) as hashing:
                self.enter(name, "wrong")
            taken[name] = hashing.call_count
        self.assertEqual(taken, {"luoning": 1, "nobody-here": 1, "reporter": 1})


class Sessions(Story):
    def clock(self, seconds):
        return mock.patch.object(signin.time, "time", return_value=self.begin + seconds)

    def setUp(self):
        self.begin = time.time()

    def test_key_changes_at_sign_in(self):
        self.client.get(reverse("account_login"))
        session = self.client.session
        session["planted"] = 1
        session.save()
        before = session.session_key
        self.client.cookies["session"] = before
        self.enter("luoning")
        self.assertNotEqual(self.client.session.session_key, before)
        self.assertFalse(Session.objects.filter(session_key=before).exists())

    def test_idle_for_half_an_hour_signs_out(self):
        self.enter("luoning")
        with self.clock(29 * 60):
            self.assertEqual(self.home().status_code, 200)
        with self.clock(58 * 60):
            self.assertEqual(self.home().status_code, 200)
        with self.clock(58 * 60 + 31 * 60):
            page = self.client.get(reverse("core:home"), follow=True)
        self.assertContains(page, "已自动退出")
        self.assertEqual(self.home().status_code, 302)

    def test_twelve_hours_end_it_however_busy(self):
        self.enter("luoning")
        for minutes in range(25, 12 * 60, 25):
            with self.clock(minutes * 60):
                self.assertEqual(self.home().status_code, 200, minutes)
        with self.clock(12 * 3600 + 60):
            self.assertEqual(self.home().status_code, 302)

    def test_pages_that_refresh_themselves_do_not_keep_it_open(self):
        self.enter("luoning")
        for minutes in (10, 20, 29):
            with self.clock(minutes * 60):
                self.client.get(reverse("core:home"), headers={"X-Background": "1"})
        with self.clock(31 * 60):
            self.assertEqual(self.home().status_code, 302)

    def test_nothing_is_written_within_a_minute(self):
        self.enter("luoning")
        self.home()
        with self.clock(30), CaptureQueriesContext(connection) as queries:
            self.home()
        writes = [q["sql"] for q in queries if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
        self.assertEqual(writes, [])

    def test_a_clock_set_back_does_no_harm(self):
        self.enter("luoning")
        with self.clock(-300):
            self.assertEqual(self.home().status_code, 200)

    def test_listed_with_device_and_ended_one_by_one(self):
        chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/109.0.0.0 Safari/537.36"
        phone = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/100.0 Mobile MicroMessenger/8.0"
        other = self.client_class()
        other.post(
            reverse("account_login"), {"login": "luoning", "password": PASSWORD},
            HTTP_USER_AGENT=phone, REMOTE_ADDR="10.1.1.1",
        )  # fmt: skip
        self.enter("luoning", HTTP_USER_AGENT=chrome)
        page = self.client.get(reverse("core:sessions"))
        for text in ("Chrome · Windows", "微信 · Android", "10.1.1.1", "就是这里"):
            self.assertContains(page, text)
        theirs = UserSession.objects.get(ip="10.1.1.1")
        self.client.post(reverse("core:end_session", args=[theirs.pk]))
        self.assertEqual(other.get(reverse("core:home")).status_code, 302)
        self.assertEqual(self.home().status_code, 200)

    def test_all_others_end_at_once(self):
        others = [self.client_class() for _each in range(3)]
        for client in others:
            client.post(reverse("account_login"), {"login": "luoning", "password": PASSWORD})
        self.enter("luoning")
        self.client.post(reverse("core:end_other_sessions"))
        self.assertEqual([c.get(reverse("core:home")).status_code for c in others], [302] * 3)
        self.assertEqual(self.home().status_code, 200)

    def test_nobody_ends_anothers_session(self):
        other = self.client_class()
        other.post(reverse("account_login"), {"login": "reporter", "password": PASSWORD})
        theirs = UserSession.objects.get(user__username="reporter")
        self.enter("luoning")
        self.client.post(reverse("core:end_session", args=[theirs.pk]))
        self.assertEqual(other.get(reverse("core:home")).status_code, 200)

    def test_password_change_ends_the_others(self):
        other = self.client_class()
        other.post(reverse("account_login"), {"login": "luoning", "password": PASSWORD})
        self.enter("luoning")
        new = "Quite-Another-26-x"
        answer = self.client.post(
            reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
        )
        self.assertRedirects(answer, reverse("core:account"))
        self.assertEqual(self.home().status_code, 200)
        self.assertEqual(other.get(reverse("core:home")).status_code, 302)
        self.assertEqual(LedgerEntry.objects.latest("seq").action, "password changed")


class ForcedPassword(Story):
    def test_one_time_password_opens_only_its_change(self):
        user = self.people["county_officer"]
        password = actions.reset_password(user, by=self.people["system_admin"], at=timezone.now())
        self.enter("luoning", password)
        for name in ("core:home", "core:account", "mfa_index", "core:sessions"):
            self.assertRedirects(
                self.client.get(reverse(name)), reverse("account_change_password"), fetch_redirect_response=False
            )
        self.assertContains(self.client.get(reverse("account_change_password")), "系统管理员给的")
        same = {"oldpassword": password, "password1": password, "password2": password}
        self.assertContains(self.client.post(reverse("account_change_password"), same), "不能与最近 5 次的密码相同")
        new = "Quite-Another-26-x"
        self.client.post(reverse("account_change_password"), {**same, "password1": new, "password2": new})
        self.assertEqual(self.home().status_code, 200)

    def test_htmx_and_api_are_led_or_refused_too(self):
        User.objects.filter(username="luoning").update(must_change_password=True)
        self.enter("luoning")
        answer = self.client.get(reverse("core:home"), headers={"HX-Request": "true"})
        self.assertEqual((answer.status_code, answer["HX-Redirect"]), (401, reverse("account_change_password")))

    def test_after_ninety_days_it_must_change(self):
        for days, status in ((89, 200), (91, 302)):
            User.objects.filter(username="luoning").update(password_changed_at=timezone.now() - timedelta(days=days))
            self.enter("luoning")
            self.assertEqual(self.home().status_code, status, days)


class SecondFactor(Story):
    def codes_at(self, moment, code):
        with mock.patch("time.time", return_value=moment):
            return self.client.post(reverse("mfa_authenticate"), {"code": code})

    def setUp(self):
        self.now = time.time()
        cache.clear()

    @ENFORCED
    def test_by_role(self):
        """Administrators and whoever works for a province or a city must; counties and hospitals need not."""
        must = {"province_officer", "city_officer", "centre_secretary", "outsider", "foreigner",
                "system_admin", "security_admin", "audit_admin"}  # fmt: skip
        for part, person in self.people.items():
            self.client.logout()
            self.enter(person.username)
            answer = self.home()
            if part in must:
                self.assertRedirects(answer, reverse("mfa_index"), msg_prefix=part)
            else:
                self.assertEqual(answer.status_code, 200, part)

    @ENFORCED
    def test_set_up_and_in(self):
        self.enter("luoyang")
        self.home()
        self.assertContains(self.client.get(reverse("mfa_index")), "要先设置双因素验证")
        page = self.client.get(reverse("mfa_activate_totp"))
        if page.status_code == 302:  # allauth wants the password once more
            page = self.client.post(page["Location"], {"password": PASSWORD}, follow=True)
        self.assertContains(page, "data:image/svg+xml;base64,")
        secret = self.client.session["mfa.totp.secret"]
        code = code_at(self.now, secret)
        with self.captureOnCommitCallbacks(execute=True), mock.patch("time.time", return_value=self.now):
            answer = self.client.post(reverse("mfa_activate_totp"), {"code": code}, follow=True)
        self.assertContains(answer, "只显示这一次")
        self.assertEqual(self.home().status_code, 200)
        entries = LedgerEntry.objects.filter(action="second factor added")
        self.assertEqual(entries.count(), 2)  # codes, and recovery codes with them
        stored = Authenticator.objects.get(type="totp").data["secret"]
        self.assertNotIn(secret, stored)
        self.assertEqual(adapters.opened(stored), secret)
        self.client.post(reverse("account_logout"))
        cache.clear()
        self.enter("luoyang")
        self.assertContains(self.codes_at(self.now, code), "验证码不对，或已经用过。")

    def test_password_alone_does_not_open_anything(self):
        self.give_codes("city_officer")
        self.assertRedirects(self.enter("luoyang"), reverse("mfa_authenticate"))
        self.assertEqual(self.home().status_code, 302)
        self.assertEqual(self.client.get(reverse("core:account")).status_code, 302)

    def test_code_opens_once(self):
        self.give_codes("city_officer")
        code = code_at(self.now)
        self.enter("luoyang")
        before = self.client.session.session_key
        self.assertRedirects(self.codes_at(self.now, code), reverse("core:home"))
        self.assertNotEqual(self.client.session.session_key, before)
        self.client.post(reverse("account_logout"))
        cache.clear()  # another process has not seen the first use
        self.enter("luoyang")
        self.assertContains(self.codes_at(self.now, code), "验证码不对，或已经用过。")
        self.assertEqual(self.home().status_code, 302)

    def test_half_a_minute_either_way_is_forgiven(self):
        for drift, works in ((-30, True), (0, True), (30, True), (-90, False), (90, False)):
            Authenticator.objects.all().delete()
            AccessAttempt.objects.all().delete()
            self.give_codes("city_officer")
            self.client.logout()
            self.enter("luoyang")
            answer = self.codes_at(self.now, code_at(self.now + drift))
            self.assertEqual(answer.status_code == 302, works, drift)

    def test_wrong_codes_lock_like_wrong_passwords(self):
        self.give_codes("city_officer")
        self.enter("luoyang")
        for _each in range(4):
            self.assertEqual(self.codes_at(self.now, "000000").status_code, 200)
        self.assertEqual(self.codes_at(self.now, "000000").status_code, 429)
        self.assertEqual(self.codes_at(self.now, code_at(self.now)).status_code, 429)
        self.assertNotIn("000000", AccessAttempt.objects.get().post_data)

    def test_recovery_code_works_once(self):
        self.give_codes("city_officer")
        codes = RecoveryCodes.activate(self.people["city_officer"]).generate_codes()
        self.enter("luoyang")
        self.assertEqual(self.codes_at(self.now, codes[0]).status_code, 302)
        self.client.post(reverse("account_logout"))
        self.enter("luoyang")
        self.assertEqual(self.codes_at(self.now, codes[0]).status_code, 200)
        data = Authenticator.objects.get(type="recovery_codes").data
        self.assertFalse(any(code in str(data) for code in codes))

    @ENFORCED
    def test_last_one_cannot_be_removed_by_whoever_must(self):
        self.give_codes("city_officer")
        self.enter("luoyang")
        self.codes_at(self.now, code_at(self.now))
        url = reverse("mfa_deactivate_totp")
        page = self.client.post(url)
        if page.status_code == 302:
            self.client.post(page["Location"], {"password": PASSWORD})
        self.client.post(url)
        self.assertTrue(Authenticator.objects.filter(type="totp").exists())

    @ENFORCED
    def test_password_reset_does_not_go_round_it(self):
        self.give_codes("city_officer")
        password = actions.reset_password(
            self.people["city_officer"], by=self.people["system_admin"], at=timezone.now()
        )
        self.assertRedirects(self.enter("luoyang", password), reverse("mfa_authenticate"))

    @ENFORCED
    def test_clearing_leads_to_a_new_one(self):
        self.give_codes("city_officer")
        actions.clear_second_factors(
            self.people["city_officer"], by=self.people["system_admin"], at=timezone.now(), reason="手机遗失，已核实"
        )
        self.enter("luoyang")
        self.assertRedirects(self.home(), reverse("mfa_index"))
