"""The two password profiles (RELIABILITY S12), as a table."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import override_settings
from django.utils import timezone

from zhikong.hub.core import actions, passwords
from zhikong.hub.core.models import PasswordRecord
from zhikong.hub.testing import PASSWORD, NetworkStory

DENGBAO = {"min_length": 10, "classes": 3, "remembered": 5, "max_age_days": 90}
ASVS = {"min_length": 12, "classes": 0, "remembered": 0, "max_age_days": None}

# GB/T 22239-2019 8.1.4.1 a: complexity and regular change. OWASP ASVS 5.0: 6.2.1 length, 6.2.5 no composition rules,
# 6.2.9 at least 64 allowed, 6.2.10 no rotation, 6.2.11 context words, 6.2.4 common passwords.
TABLE = [  # password, 等保, ASVS: the code of the refusal, or empty
    ("Kx7-wq2Tz", "password_too_short", "password_too_short"),  # 9
    ("Kx7-wq2TzR", "", "password_too_short"),  # 10
    ("Kx7-wq2TzRb", "", "password_too_short"),  # 11
    ("Kx7-wq2TzRbn", "", ""),  # 12
    ("wandering green kettle", "password_too_plain", ""),  # two classes
    ("wanderinggreenkettle", "password_too_plain", ""),  # one class
    ("Wandering green kettle", "", ""),  # three
    ("82641937506421", "password_too_plain", ""),
    ("1Qaz2wsx3Edc", "password_too_common", "password_too_common"),  # in the list, whatever the case
    ("１Ｑａｚ2wsx3Edc", "password_too_common", "password_too_common"),  # and whatever the width
    ("Luoning-2026-x", "password_context_word", "password_context_word"),  # the username
    ("Zhikong-2026-xx", "password_context_word", "password_context_word"),
    ("质控中心-2026-Abc", "password_context_word", "password_context_word"),
    ("Zhang-3456-mmmm", "", ""),
    ("Zhangweihong-77", "password_context_word", "password_context_word"),  # the name in pinyin
    ("张伟红-Abcdef-77", "password_context_word", "password_context_word"),
    ("Aa1-" + "word " * 12, "", ""),  # 64
    ("Aa1-" + "word " * 40, "", ""),
]


class Passwords(NetworkStory):
    def setUp(self):
        self.user = self.people["county_officer"]
        self.user.name = "张伟红"

    def code(self, password, user=None):
        try:
            validate_password(password, user or self.user)
        except ValidationError as error:
            return error.error_list[0].code
        return ""

    def test_table(self):
        self.assertEqual(settings.PASSWORD_RULES, DENGBAO)  # the default
        for number, rules in enumerate((DENGBAO, ASVS)):
            with override_settings(PASSWORD_RULES=rules):
                for password, *expected in TABLE:
                    self.assertEqual(self.code(password), expected[number], (rules["min_length"], password))

    def test_places_of_ones_grants_are_context_words(self):
        reporter = self.people["hospital_reporter"]
        self.assertEqual(self.code("涧河医院-Abcdef-1", reporter), "password_context_word")
        self.assertEqual(self.code("Jianheyiyuan-88-x", reporter), "password_context_word")
        self.assertEqual(self.code("涧河医院-Abcdef-1"), "")  # another's hospital

    def test_last_five(self):
        for number in range(6):
            actions.change_password(self.user, by=self.user, at=timezone.now(), password=f"Kx7-wq2Tz-mm{number}")
        self.assertEqual(PasswordRecord.objects.filter(user=self.user).count(), 6)
        used = [self.code(f"Kx7-wq2Tz-mm{number}") == "password_used_before" for number in range(6)]
        self.assertEqual(used, [True] * 6)  # the present one and the five before it
        self.assertEqual(self.code(PASSWORD), "")  # the sixth before it
        with override_settings(PASSWORD_RULES=ASVS):
            self.assertEqual(self.code("Kx7-wq2Tz-mm4"), "")

    def test_one_time_passwords_keep_both_profiles(self):
        seen = set()
        for _each in range(50):
            password = passwords.one_time_password()
            seen.add(password)
            for rules in (DENGBAO, ASVS):
                with override_settings(PASSWORD_RULES=rules):
                    self.assertEqual(self.code(password), "")
        self.assertEqual(len(seen), 50)

    def test_age(self):
        self.user.password_changed_at = timezone.now() - timedelta(days=400)
        self.assertTrue(passwords.is_too_old(self.user))
        with override_settings(PASSWORD_RULES=ASVS):
            self.assertFalse(passwords.is_too_old(self.user))

    def test_hash_of_a_former_password_is_kept_not_the_word(self):
        actions.change_password(self.user, by=self.user, at=timezone.now(), password="Kx7-wq2Tz-0")
        kept = PasswordRecord.objects.get(user=self.user).password
        self.assertTrue(kept.startswith(make_password("x").split("$")[0] + "$"))
        self.assertNotIn(PASSWORD, kept)
