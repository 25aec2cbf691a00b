"""The "?" beside a field and at the end of filters: by keyboard, whole on the screen, in both themes and languages."""

import pytest

pytestmark = pytest.mark.browser

IS_WHOLE = """text => {
  const box = text.getBoundingClientRect(), bar = document.querySelector(".rail"), narrow = innerWidth <= 640;
  const floor = narrow && bar ? bar.getBoundingClientRect().top : innerHeight;
  const top = document.elementFromPoint(box.left + box.width / 2, box.bottom - 4);
  return box.width > 120 && box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= floor
    && text.contains(top);
}"""


def open_by_keyboard(someone, mark):
    """Tab to the mark as people do, then Enter."""
    page = someone.page
    page.locator("#main").focus()
    for _each in range(200):
        page.keyboard.press("Tab")
        if mark.evaluate("each => each === document.activeElement"):
            break
    else:
        raise AssertionError("the mark cannot be reached by Tab")
    page.keyboard.press("Enter")
    text = mark.locator("xpath=../div")
    text.wait_for(state="visible")
    return text


def is_whole(text):
    """Once the page has moved it into sight."""
    for _each in range(40):
        if text.evaluate(IS_WHOLE):
            return True
        text.page.wait_for_timeout(50)
    return False


@pytest.mark.parametrize(
    ("part", "route", "selector"),
    [
        ("province_officer", "/centres/found/", ".field:has(#id_level) .help > summary"),
        ("province_officer", "/institutions/new/", ".field:has(#id_has_laboratory) .help > summary"),
        ("province_officer", "/institutions/new/", ".field:has(#id_source) .help > summary"),
        ("province_officer", "/centres/", ".filters .help > summary"),
        ("audit_admin", "/ledger/", ".filters .help > summary"),
        ("system_admin", "/accounts/new/", ".field:has(#id_duty) .help > summary"),
        (None, "/account/sign-in/", ".help-words > summary"),
    ],
)
def test_help_by_keyboard(part, route, selector, person):
    someone = person(part)
    faults = []
    for language in ("zh-hans", "en"):
        someone.speak(language)
        for width in (1366, 360):
            someone.page.set_viewport_size({"width": width, "height": 800})
            someone.open(route)
            if part:
                someone.confirm()
            someone.settle()
            mark = someone.page.locator(selector)
            text = open_by_keyboard(someone, mark)
            for theme in ("light", "dark"):
                someone.paint(theme)
                place = f"{route} {language} {width} {theme}"
                if not is_whole(text):
                    faults.append(f"{place}: not whole on the screen")
                faults += [f"{place}: {each}" for each in someone.faults()]
                someone.photograph(f"help-{part}-{route}-{selector[:14]}-{width}-{theme}-{language}")
            someone.page.keyboard.press("Escape")
            assert not text.is_visible()
            assert mark.evaluate("each => each === document.activeElement")
    assert faults == []


def test_help_stays_while_its_field_is_filled_and_goes_with_the_next(person):
    someone = person("system_admin")
    someone.open("/accounts/new/").confirm()
    page = someone.page
    mark, text = (
        page.locator(".field:has(#id_username) .help > summary"),
        page.locator(".field:has(#id_username) .help > div"),
    )
    mark.click()
    page.keyboard.press("Tab")
    page.keyboard.type("wangfang")
    assert page.input_value("#id_username") == "wangfang"
    assert text.is_visible()
    page.keyboard.press("Escape")
    assert not text.is_visible()
    assert page.evaluate("document.activeElement.id") == "id_username"
    mark.click()
    page.locator("#id_name").focus()
    assert not text.is_visible()
    mark.click()
    page.locator("h1").click()
    assert not text.is_visible()


def test_help_does_not_tick_its_box(person):
    page = person("province_officer").open("/institutions/new/").page
    page.locator(".field:has(#id_has_laboratory) .help > summary").click()
    assert not page.is_checked("#id_has_laboratory")


def test_from_the_user_name_tab_leads_to_the_password(person):
    page = person(None).open("/account/sign-in/").page
    page.locator("[name=login]").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "password"


def test_help_is_not_printed(person):
    someone = person("system_admin")
    someone.open("/accounts/new/").confirm()
    page = someone.page
    page.locator(".field:has(#id_duty) .help > summary").click()
    page.emulate_media(media="print")
    assert not page.locator(".help").first.is_visible()
