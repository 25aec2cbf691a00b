"""Every address says who may open it, and nobody reaches what is not theirs: walked over the whole site, not listed.

For every role of the cast, every address and every object (own, sibling, parent, foreign): what `visible_to` does not
give answers 404, read or written, and no page of a role carries the name of something that the role may not see.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

import pytest
from django.apps import apps
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import belongings
from zhikong.hub.core import access
from zhikong.hub.core.models import LedgerEntry, User
from zhikong.hub.network.models import Institution, Specialty, SpecialtyAlias
from zhikong.hub.testing import NetworkStory

MODELS = {model._meta.model_name: model for model in apps.get_models() if model.__module__.startswith("zhikong.")}
# Arguments of addresses that are not `<model>_id`, and the model whose objects they name.
ARGUMENTS = {
    "file_id": "storedfile",
    "webhook_id": "webhookendpoint",
    "batch_id": "importbatch",
    "discrepancy_id": "noticediscrepancy",
    "change_id": "centrechange",
    "member_id": "centremember",
    "duty_id": "centreduty",
    "plan_id": "centreplan",
    "term_id": "centreterm",
    "group_id": "subspecialtygroup",
    "community_id": "medicalcommunity",
    "officer_id": "institutionofficer",
    "alias_id": "specialtyalias",
    "seq": "ledgerentry",
}
# Where an argument is only `pk` or `code`, the address itself says which model; the first that fits counts.
PATHS = [
    ("regions/alliances/members/", "alliancemember"),
    ("regions/alliances/officers/", "allianceofficer"),
    ("regions/alliances/", "alliance"),
    ("regions/", "region"),
    ("institutions/officers/", "institutionofficer"),
    ("institutions/communities/members/", "communitymember"),
    ("institutions/communities/", "medicalcommunity"),
    ("institutions/", "institution"),
    ("specialties/aliases/", "specialtyalias"),
    ("specialties/", "specialty"),
    ("centres/filings/", "centrechange"),
    ("centres/duties/", "centreduty"),
    ("centres/members/", "centremember"),
    ("centres/plans/", "centreplan"),
    ("centres/groups/", "subspecialtygroup"),
    ("centres/", "centre"),
]
# Arguments that name no object of ours; the views that take them have tests of their own.
OWN_TESTS = {"kind", "kind_code", "session_id"}


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


def _absent(request, exception):
    return HttpResponse(status=404)


ADDRESSES = list(addresses())
# The page that says "absent" has its own tests; drawing it thousands of times would only cost time.
PLAIN_ABSENCE = mock.patch("zhikong.hub.config.urls.handler404", _absent)
QUERIES = ("", "?q=医院", "?q=烧伤", "?format=csv")


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
            if address.arguments or not address.name or "(?P<" in address.pattern:
                continue
            answer = self.client.get(reverse(address.name))
            if access.of_view(address.view, address.name).needs_sign_in:
                self.assertIn(answer.status_code, {302, 401, 404, 405}, address)


@pytest.mark.walks
class Isolation(NetworkStory):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.objects = [*cls.regions.values(), *cls.specialties.values()]
        places = [  # a mark in every text, so that a leak can be told from a page that merely stands
            ("本县", cls.regions["410328"], cls.county_centre, cls.county_hospital, "county_officer"),
            ("本市", cls.regions["4103"], cls.city_centre, cls.hospital, "city_officer"),
            ("全省", cls.regions["41"], cls.provincial_centre, None, "province_officer"),
            ("邻市", cls.regions["4113"], cls.other_city_centre, cls.other_hospital, "outsider"),
            ("外省", cls.regions["45"], cls.foreign_centre, cls.foreign_hospital, "foreigner"),
        ]
        for mark, region, centre, institution, part in places:
            person = cls.people[part]
            cls.objects += [centre, *belongings.of_centre(centre, mark)]
            cls.objects += belongings.of_region(region, person, mark)
            cls.objects += belongings.of_person(person, mark)
            if institution is not None:
                cls.objects += [institution, *belongings.of_institution(institution, mark)]
        cls.objects += belongings.of_administration(cls.people["technician"])
        cls.objects += [*User.objects.all()]
        cls.objects.append(SpecialtyAlias.objects.create(specialty=Specialty.objects.first(), name="别名"))

    def of_model(self, name):
        return [each for each in self.objects if each._meta.model_name == name]

    def model_of(self, argument, pattern):
        if argument in {"pk", "code"}:
            path = pattern.removeprefix("api/")
            return next(name for prefix, name in PATHS if path.startswith(prefix))
        name = ARGUMENTS.get(argument) or argument.removesuffix("_id").replace("_", "")
        self.assertIn(name, MODELS, f"say in ARGUMENTS which model {argument} names")
        return name

    def url(self, address, value):
        (argument,) = address.arguments
        return reverse(address.name, kwargs={argument: value})

    def walk(self):
        """Each address that names one object, with the objects that it may name and one that does not exist."""
        for address in ADDRESSES:
            if len(address.arguments) != 1 or address.view.__module__.startswith("allauth"):
                continue
            (argument,) = address.arguments
            if argument in OWN_TESTS:
                continue
            objects = self.of_model(self.model_of(argument, address.pattern))
            self.assertTrue(objects, f"belongings.py makes nothing for {address}")
            is_uuid = address.arguments[argument].__class__.__name__ == "UUIDConverter"
            yield address, argument, objects, self.url(address, uuid.UUID(int=7) if is_uuid else 99999)

    def sees(self, user, each):
        if each._meta.model_name == "storedfile":
            return each.may_be_opened_by(user)
        return type(each).objects.visible_to(user).filter(pk=each.pk).exists()

    def faults_of(self, part):
        """What is out of reach must answer just as what does not exist; what is in reach must answer."""
        user, client = self.people[part], self.sign_in(part)
        sees = {(each._meta.model_name, each.pk): self.sees(user, each) for each in self.objects}
        for address, argument, objects, absent in self.walk():
            opens = access.of_view(address.view, address.name).allows(user)
            nothing = client.get(absent).status_code, client.post(absent).status_code
            if not opens:  # closed before any object is looked at
                if not {*nothing} <= {404, 405}:
                    yield f"{part}: {absent} is closed to them and answers {nothing}"
                continue
            # 400 and 422: the interface reads the body first; 302: a password is asked for again first.
            if not {*nothing} <= {404, 405, 400, 422, 302}:
                yield f"{part}: {absent} does not exist and answers {nothing}"
            hidden, reached = "", False
            for each in objects:
                if reached and sees[each._meta.model_name, each.pk]:
                    continue  # one that opens is enough; every one that must not is tried
                url = self.url(address, each.code if argument == "code" else each.pk)
                answered = client.get(url)
                if answered.streaming:
                    b"".join(answered)  # read to its end: only so does the test client close the file
                answer = answered.status_code
                if sees[each._meta.model_name, each.pk]:
                    reached = True
                    if answer in {403, 500}:
                        yield f"{part}: {url} ({each}) is in reach and answers {answer}"
                elif answer != nothing[0] or (answer != 404 and client.post(url).status_code != nothing[1]):
                    yield f"{part}: {url} ({each}) is out of reach and answers {answer}"
                else:
                    hidden = url
            if hidden and client.post(hidden).status_code != nothing[1]:
                yield f"{part}: {hidden} is out of reach and can be posted to"

    @PLAIN_ABSENCE
    def test_what_is_not_visible_is_absent(self):
        for part in self.people:
            self.assertEqual(list(self.faults_of(part)), [])

    def hidden_texts(self, user):
        """Names that no page of this person may carry."""
        for each in self.objects:
            if each._meta.model_name in {"region", "specialty", "user", "storedfile", "specialtyalias"}:
                continue  # names of regions and specialties are public; people are named where they act
            if not type(each).objects.visible_to(user).filter(pk=each.pk).exists():
                yield from (
                    value
                    for field in ("name", "title", "person_name", "text", "source", "message", "detail", "document")
                    if (value := getattr(each, field, "")) and isinstance(value, str)
                )

    def test_no_page_names_what_is_hidden(self):
        pages = [each for each in ADDRESSES if each.name and not each.arguments and "(?P<" not in each.pattern]
        for part, user in self.people.items():
            hidden = set(self.hidden_texts(user))
            seen = {each.name for each in self.objects if hasattr(each, "name") and self.sees(user, each)}
            hidden -= seen
            if part == "security_admin":  # a grant names the institution that it reaches
                hidden -= set(Institution.objects.filter(grants__isnull=False).values_list("name", flat=True))
            client = self.sign_in(part)
            for address in pages:
                if not access.of_view(address.view, address.name).allows(user):
                    continue
                url = reverse(address.name)
                for query in QUERIES[:1] if address.view.__module__.startswith("allauth") else QUERIES:
                    answer = client.get(url + query)
                    if answer.status_code != 200:
                        self.assertNotEqual(answer.status_code, 500, url)
                        continue
                    text = b"".join(answer) if answer.streaming else answer.content
                    page = text.decode("utf-8", "replace")
                    leaks = sorted(name for name in hidden if name in page)
                    self.assertEqual(leaks, [], f"{part} at {url}{query}")

    @PLAIN_ABSENCE
    def test_history_proves_the_record_first(self):
        for part, user in self.people.items():
            client = self.sign_in(part)
            for each in self.objects:
                if not self.sees(user, each):
                    url = reverse("core:history", args=[each._meta.label_lower, each.pk])
                    self.assertEqual(client.get(url).status_code, 404, f"{part}: {url}")

    def test_ledger_is_for_the_audit_administrator(self):
        for part, user in self.people.items():
            self.assertEqual(LedgerEntry.objects.visible_to(user).exists(), part == "audit_admin", part)
