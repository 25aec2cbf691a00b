"""S15: many rows leave only with a reason, asked for on a page, kept in the ledger."""

import json

from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.testing import NetworkStory


@override_settings(EXPORT_REASON_ROWS=2)
class ExportReason(NetworkStory):
    def get(self, part, **query):
        return self.sign_in(part).get(reverse("network:institutions"), {"export": "csv", **query})

    def test_many_rows_are_asked_about_and_then_leave(self):
        answer = self.get("province_officer", q="医院")
        self.assertContains(answer, "导出理由")
        self.assertContains(answer, '<input type="hidden" name="q" value="医院">')
        self.assertFalse(LedgerEntry.objects.filter(action="data exported").exists())
        answer = self.get("province_officer", q="医院", reason="季度核对")
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        self.assertEqual(len(b"".join(answer).decode("utf-8-sig").splitlines()), 4)
        body = json.loads(LedgerEntry.objects.get(action="data exported").body)
        self.assertEqual((body["reason"], body["facts"]["rows"]), ("季度核对", 3))

    def test_an_empty_or_endless_reason_is_none(self):
        for reason in ("", " ", "x", "长" * 201):
            answer = self.get("province_officer", reason=reason)
            self.assertEqual(answer.status_code, 422, reason)
            self.assertContains(answer, 'class="err"', status_code=422)

    def test_few_rows_need_none(self):
        answer = self.get("county_officer")
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        b"".join(answer)


class ExportLimit(NetworkStory):
    """S14: every list counts against the same limit, whichever page it hangs on."""

    PAGES = ("coverage_matrix", "rankings", "targets", "reminders", "institutions", "centres")

    def test_each_page_counts(self):
        client = self.sign_in("province_officer")
        for page in self.PAGES:
            cache.clear()
            with self.subTest(page=page), self.settings(RATE_LIMITS={**settings.RATE_LIMITS, "exports": 1}):
                first = client.get(reverse(f"network:{page}"), {"export": "csv"})
                self.assertEqual((first.status_code, first["Content-Type"]), (200, "text/csv; charset=utf-8"))
                b"".join(first)
                self.assertEqual(client.get(reverse(f"network:{page}"), {"export": "csv"}).status_code, 429)
                self.assertEqual(client.get(reverse(f"network:{page}")).status_code, 200)
        cache.clear()
