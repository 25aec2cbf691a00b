"""Every page that the address map knows: axe in both themes, both languages, wide and narrow; no policy violation."""

import contextlib
import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

pytestmark = pytest.mark.browser

CAST = [
    "province_officer", "city_officer", "county_officer", "centre_secretary", "hospital_reporter", "technician",
    "system_admin", "security_admin", "audit_admin",
]  # fmt: skip
# Not pages of ours, or pages that end the walk's session by being opened.
LEFT_OUT = re.compile(r"^/(healthz|readyz|metrics|static)")
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(patterns=None, prefix="/"):
    for pattern in patterns or get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def addresses(site):
    """Every route whose arguments we have a value for."""
    for route in routes():
        if "^" in route or "(" in route or LEFT_OUT.match(route):
            continue
        with contextlib.suppress(KeyError):
            yield ARGUMENT.sub(lambda found: str(site.arguments[argument(found)]), route)


def argument(found):
    """`pk` says little; what stands before it in the address says whose."""
    return found[1] if found[1] != "pk" else f"{found.string[1 : found.start()]}pk"


def is_page(answer):
    return answer.status == 200 and "text/html" in answer.headers.get("content-type", "")


@pytest.fixture(scope="module")
def opened(site, chromium, signed_in):
    """Which member of the cast opens each page first."""
    from conftest import Person

    found = {}
    for part in [None, *CAST]:
        someone = Person(site, chromium, part, signed_in(part) if part else None)
        for address in addresses(site):
            if address not in found and is_page(someone.status(address)):
                found[address] = part
        someone.context.close()
    return found


def examine(someone, address, name):
    faults = []
    for language in ("zh-hans", "en"):
        someone.speak(language)
        someone.open(address)
        for width in (1366, 360):
            someone.page.set_viewport_size({"width": width, "height": 900})
            someone.settle()
            for theme in ("light", "dark"):
                someone.paint(theme)
                rules = ["color-contrast"] if theme == "dark" else []  # nothing else depends on the theme
                faults += [f"{address} {language} {width} {theme}: {each}" for each in someone.faults(*rules)]
                someone.photograph(f"{name}-{width}-{theme}-{language}")
        someone.page.set_viewport_size({"width": 1366, "height": 900})
        faults += someone.heard_here()
    return faults


def test_the_walk_finds_pages(opened):
    assert "/" in opened
    assert reverse("account_login") in opened
    assert opened["/components/"] == "system_admin"
    assert len(opened) >= 10


def test_every_page(opened, person):
    faults, seats = [], {}
    for address, part in opened.items():
        if part not in seats:
            seats[part] = person(part)
        faults += examine(seats[part], address, address.strip("/").replace("/", "-") or "home")
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("part", CAST)
def test_home_of(part, person):
    assert examine(person(part), "/", f"home-{part}") == []


@pytest.mark.parametrize("part", [None, "city_officer"])
def test_error_page(part, person):
    someone = person(part)
    for language in ("zh-hans", "en"):
        someone.speak(language)
        assert someone.page.goto("/nothing-here/").status == 404
        assert someone.faults() == []
        someone.photograph(f"error-404-{part}-{language}")
    someone.trouble.clear()  # the browser itself reports the 404


def test_axe_is_able_to_find_a_fault(person):
    someone = person(None)
    someone.open(reverse("account_login"))
    someone.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/static/core/seal.svg\">')")
    assert any(fault.startswith("image-alt") for fault in someone.faults())


def test_the_walk_hears_a_violation(person):
    someone = person(None)
    someone.open(reverse("account_login"))
    someone.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    with pytest.raises(AssertionError):
        someone.check()
    someone.open(reverse("account_login"))
    someone.trouble.clear()
