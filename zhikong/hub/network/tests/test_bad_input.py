"""Every class of bad input gets the form again with a message at the field, never an error page (RELIABILITY S9)."""

from django.contrib.auth.models import AnonymousUser
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from zhikong.hub.network.forms.institutions import CreateInstitution

from .story import RegisterStory
from .test_institutions import CreateInstitution as Story

BAD = {
    "code": ["a\x00b", "", " \u200b", "x" * 33],
    "name": ["a\x00b", "名" * 129, "\ufeff", ""],
    "region": ["a\x00b", "x" * 10_000, "4103' OR 1=1 --", "%", "不存在"],
    "kind": ["galaxy", "\x00", ""],
    "beds": ["-1", "1e308", "NaN", "inf", "-0.5", "1,234", "1。5", "9" * 30, "2147483648", "\x00"],
    "opened_on": ["2026-02-32", "0000-01-01", "10000-01-01", "yesterday", "\x00", "2026-13-01"],
    "grade": ["Z"],
}
FINE = {
    "name": ["𠮷野家🏥医院", "עברית", "O'Brien; DROP TABLE", "=1+1", "<script>alert(1)</script>"],
    "beds": ["-0", "１２"],
}


class BadInput(RegisterStory):
    def test_each_class_names_its_field(self):
        for field, values in BAD.items():
            for value in values:
                with self.subTest(field=field, value=value[:20]):
                    answer = self.send("city_officer", "create_institution", **Story.DATA | {field: value})
                    self.assertEqual(answer.status_code, 422)
                    self.assertIn(field, answer.context["form"].errors)

    def test_odd_but_legal_text_is_kept_as_it_is(self):
        for field, values in FINE.items():
            for number, value in enumerate(values):
                with self.subTest(value=value):
                    data = Story.DATA | {field: value, "code": f"{field}{number}"}
                    answer = self.accepts("city_officer", "create_institution", **data)
                    page = self.client.get(answer["Location"])
                    self.assertNotContains(page, "<script>alert")

    def test_ten_megabytes(self):
        answer = self.send("city_officer", "create_institution", **Story.DATA | {"name": "x" * 10_000_000})
        self.assertIn(answer.status_code, {400, 413})

    def test_junk_in_addresses(self):
        self.sign_in("city_officer")
        for query in (
            "q=%00",
            "region=%00",
            "page=%FF",
            "level=%ED%A0%80",
            "q=" + "x" * 9000,
            "specialty=%00",
            "year=1e9",
        ):
            for page in (
                "institutions",
                "centres",
                "filings",
                "network_changes",
                "missing_plans",
                "ending_terms",
                "alliances",
            ):
                with self.subTest(page=page, query=query[:20]):
                    self.assertEqual(self.client.get(f"{self.url(page)}?{query}").status_code, 200)
        self.assertEqual(self.client.get(f"/institutions/{10**40}/").status_code, 404)


class AnyText(HypothesisTestCase):
    @settings(max_examples=100, deadline=None)
    @given(
        st.fixed_dictionaries({name: st.text(max_size=60) for name in ("code", "name", "region", "beds", "opened_on")})
    )
    def test_form_never_raises(self, data):
        form = CreateInstitution(Story.DATA | data, user=AnonymousUser())
        if form.is_valid():
            form.values()["name"].encode()
