"""The second factor in a real browser: a passkey made and used, a code from the telephone, a recovery code."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
from django.urls import reverse

pytestmark = pytest.mark.browser


@pytest.fixture
def newcomer(site, chromium):
    """Somebody who has signed in by password in a browser with a fingerprint reader."""
    from conftest import Person

    someone = Person(site, chromium, "newcomer").sign_in()
    devtools = someone.context.new_cdp_session(someone.page)
    devtools.send("WebAuthn.enable")
    someone.reader = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]  # fmt: skip
    someone.devtools = devtools
    yield someone
    someone.check()
    someone.context.close()


def send(page, code):
    page.fill("input[name=code]", code)
    with page.expect_navigation():
        page.press("input[name=code]", "Enter")


def code_now(secret, period=30):
    """RFC 6238, written out: what a telephone shows."""
    counter = struct.pack(">Q", int(time.time()) // period)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    number = struct.unpack(">I", digest[digest[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def leave(someone):
    someone.page.click("details.menu summary")
    someone.page.click("details.menu >> text=退出")
    someone.page.wait_for_url(f"**{reverse('account_login')}*")


def test_passkey_from_first_touch_to_removal(newcomer, site):
    page = newcomer.page
    newcomer.open(reverse("mfa_index"))
    page.click(f"a[href='{reverse('mfa_add_webauthn')}']")
    newcomer.confirm()
    assert newcomer.faults() == []
    page.fill("input[name=name]", "值班室电脑")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda address: not address.endswith(reverse("mfa_add_webauthn")))
    keys = newcomer.devtools.send("WebAuthn.getCredentials", {"authenticatorId": newcomer.reader})["credentials"]
    assert len(keys) == 1
    assert keys[0]["rpId"] == "localhost"
    newcomer.open(reverse("mfa_list_webauthn"))
    assert "值班室电脑" in page.inner_text("main")
    newcomer.photograph("passkeys")

    newcomer.open("/")
    leave(newcomer)
    page.click("#passkey_login")  # neither name nor password
    page.wait_for_url(f"{site.address}/")
    assert newcomer.heading().startswith("今天")

    leave(newcomer)
    newcomer.sign_in()  # by password: the passkey is then the second factor, and without it nothing opens
    assert page.url.endswith(reverse("mfa_authenticate"))
    assert newcomer.status("/").status == 302
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(f"{site.address}/")

    newcomer.open(reverse("mfa_list_webauthn"))
    page.click("main table a.btn")
    page.click("text=改用通行密钥")
    page.click("#mfa_webauthn_reauthenticate")
    page.wait_for_url("**/remove/")
    page.click("main .btn-danger")
    page.wait_for_load_state()
    newcomer.open(reverse("mfa_index"))
    assert page.locator(f"a[href='{reverse('mfa_add_webauthn')}']").count() == 1


def test_a_passkey_of_another_site_opens_nothing(newcomer):
    """The reader holds no key for this site: the browser refuses, and the page stays where it is."""
    page = newcomer.page
    newcomer.open("/")
    leave(newcomer)
    page.click("#passkey_login")
    page.wait_for_timeout(500)
    assert page.url.endswith(reverse("account_login")) or "?" in page.url
    assert newcomer.status("/").status == 302
    newcomer.trouble.clear()  # the browser itself reports that there is no key


def test_codes_from_a_telephone_and_a_recovery_code(site, chromium):
    from conftest import Person

    someone = Person(site, chromium, "night_shift").sign_in()
    page = someone.page
    someone.open(reverse("mfa_activate_totp"))
    someone.confirm()
    page.click("main details summary")
    secret = page.inner_text("main details .once")
    assert someone.faults() == []
    send(page, "000000")
    assert page.locator(".err").count() == 1
    used = code_now(secret)
    send(page, used)
    codes = page.locator("ul.codes li").all_inner_texts()  # shown this once
    assert len(codes) == 10
    someone.photograph("recovery-codes")

    someone.open("/")
    leave(someone)
    someone.sign_in()
    assert page.url.endswith(reverse("mfa_authenticate"))
    assert someone.status("/").status == 302
    send(page, used)
    assert page.url.endswith(reverse("mfa_authenticate")), "a code opened twice"
    send(page, codes[0])
    page.wait_for_url(f"{site.address}/")

    leave(someone)
    someone.sign_in()
    send(page, codes[0])
    assert page.url.endswith(reverse("mfa_authenticate")), "a recovery code opened twice"
    send(page, codes[1])
    page.wait_for_url(f"{site.address}/")
    someone.check()
    someone.context.close()
