"""What the stories of the registers share: send a form as a member of the cast, and what then must hold."""

import datetime as dt

from django.contrib.messages import get_messages
from django.urls import reverse

from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.testing import NetworkStory

DAY = dt.date(2026, 9, 1)


class RegisterStory(NetworkStory):
    def url(self, name, *arguments):
        return reverse(f"network:{name}", args=arguments)

    def send(self, part, page, /, *arguments, **data):
        self.sign_in(part)
        return self.client.post(self.url(page, *arguments), data)

    def accepts(self, part, page, /, *arguments, **data):
        """Done, on record in the ledger once, and on to another page."""
        before = LedgerEntry.objects.count()
        answer = self.send(part, page, *arguments, **data)
        errors = answer.context["form"].errors if answer.status_code == 422 else ""
        self.assertEqual(answer.status_code, 302, errors)
        self.assertGreater(LedgerEntry.objects.count(), before)
        self.assertEqual([str(message) for message in get_messages(answer.wsgi_request)], ["已保存。"])
        return answer

    def refuses(self, words, part, page, /, *arguments, **data):
        """The form again, with the reason in words; nothing on record."""
        before = LedgerEntry.objects.count()
        answer = self.send(part, page, *arguments, **data)
        self.assertEqual(answer.status_code, 422)
        self.assertContains(answer, words, status_code=422)
        self.assertEqual(LedgerEntry.objects.count(), before)

    def absent(self, part, page, /, *arguments, **data):
        before = LedgerEntry.objects.count()
        self.assertEqual(self.send(part, page, *arguments, **data).status_code, 404)
        self.assertEqual(LedgerEntry.objects.count(), before)

    NOT_ALLOWED = "您没有办理这件事的权限"
