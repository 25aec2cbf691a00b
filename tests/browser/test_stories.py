"""One story for each of the cast, in a real browser: first page, the main thing of the role, and what stays shut."""

import re

import pytest
from django.urls import reverse

pytestmark = pytest.mark.browser


def at(name, *args):
    return reverse(name, args=args)


def search(someone, text):
    someone.page.keyboard.press("/")
    someone.page.keyboard.type(text)
    with someone.page.expect_navigation():
        someone.page.keyboard.press("Enter")


def test_province_officer_finds_a_hospital_by_its_initials(person, site):
    officer = person("province_officer").open("/")
    assert officer.heading().startswith("今天")
    search(officer, "jhyy")
    officer.page.click("main >> text=涧河医院")
    officer.page.wait_for_url(f"**{at('network:institution', site.rows['hospital'])}")
    assert "涧河医院" in officer.heading()
    search(officer, "41030001")  # a whole code goes straight there
    assert officer.page.url.endswith(at("network:institution", site.rows["hospital"]))
    officer.open(at("network:coverage_matrix"))
    assert "洛阳" in officer.page.inner_text("main")
    officer.photograph("story-province-officer")


def test_city_officer_sees_the_city_and_nothing_of_another(person, site):
    officer = person("city_officer").open("/")
    assert officer.page.inner_text(".scope") == "洛阳市"
    officer.open(at("network:centres"))
    names = officer.page.inner_text("main table")
    assert "洛阳市烧伤质控中心" in names
    assert "南阳" not in names
    officer.open(at("network:institutions"))
    officer.page.click("main nav a[rel=next]")
    officer.page.wait_for_url("**page=2**")
    assert officer.status(at("network:centre", site.rows["other_city_centre"])).status == 404
    assert officer.status(at("network:institution", site.rows["other_hospital"])).status == 404
    search(officer, "湍滨医院")
    assert "没有找到" in officer.page.inner_text("main")
    officer.photograph("story-city-officer")


def test_county_officer_gets_404_on_another_city_and_the_page_says_so(person, site):
    officer = person("county_officer").open(at("network:institutions"))
    assert "洛宁示例医院" in officer.page.inner_text("main")
    address = at("network:institution", site.rows["other_hospital"])
    assert officer.page.goto(address).status == 404
    assert officer.heading() == "没有这一页"
    officer.trouble.clear()  # the browser itself reports the 404
    officer.page.click("main >> text=回首页")
    officer.page.wait_for_url(f"{site.address}/")


def test_outsider_from_another_city_sees_only_their_own(person, site):
    outsider = person("outsider").open(at("network:centres"))
    assert "洛阳" not in outsider.page.inner_text("main table")
    for name, row in [("network:centre", "city_centre"), ("network:institution", "hospital")]:
        assert outsider.status(at(name, site.rows[row])).status == 404


def test_centre_secretary_writes_a_duty_and_finds_it_in_the_history(person, site):
    secretary = person("centre_secretary").open("/")
    assert "写明中心职责" in secretary.page.inner_text("main")
    centre = site.rows["provincial_centre"]
    secretary.open(at("network:add_duty", centre))
    secretary.page.fill("[name=text]", "组织烧伤专业质控培训")
    secretary.page.click("main form .btn-primary")
    secretary.page.wait_for_url(f"**{at('network:centre', centre)}**")
    assert "组织烧伤专业质控培训" in secretary.page.inner_text("main")
    secretary.open(at("core:history", "network.centre", centre))
    assert "组织烧伤专业质控培训" in secretary.page.inner_text("main")
    secretary.photograph("story-centre-secretary")


def test_hospital_reporter_names_the_chair_of_the_quality_committee(person, site):
    reporter = person("hospital_reporter").open("/")
    assert reporter.page.inner_text(".scope") == "涧河医院"
    reporter.open(at("network:appoint_officer", site.rows["hospital"]))
    reporter.page.select_option("[name=post]", "deputy")
    reporter.page.fill("[name=person_name]", "示例副主任")
    reporter.page.fill("[name=started_on]", "2026-11-01")
    reporter.page.click("main form .btn-primary")
    reporter.page.wait_for_url(f"**{at('network:institution', site.rows['hospital'])}**")
    assert "示例副主任" in reporter.page.inner_text("main")
    assert reporter.status(at("network:institution", site.rows["county_hospital"])).status == 404


def test_technician_reads_the_own_hospital_and_changes_nothing(person, site):
    technician = person("technician", width=360).open(at("network:institution", site.rows["hospital"]))
    assert "涧河医院" in technician.heading()
    assert technician.faults() == []
    for name in ("network:edit_institution", "network:appoint_officer"):
        assert technician.status(at(name, site.rows["hospital"])).status == 404


def test_system_administrator_opens_an_account(person, site):
    administrator = person("system_admin").open(at("core:create_account"))
    administrator.confirm()
    administrator.page.fill("[name=username]", "walk-new")
    administrator.page.fill("[name=name]", "新来的填报员")
    administrator.page.click("main form .btn-primary")
    administrator.page.wait_for_load_state()
    assert "新来的填报员" in administrator.page.inner_text("main")
    administrator.open(at("core:accounts"))
    assert "walk-new" in administrator.page.inner_text("main")
    assert administrator.status(at("network:centres")).status == 404  # 三员: no look into the domain


def test_security_administrator_reads_the_rules_of_sign_in(person):
    administrator = person("security_admin").open(at("core:sign_in_policy"))
    assert administrator.status(at("core:create_account")).status == 404


def test_audit_administrator_reads_the_ledger(person):
    auditor = person("audit_admin").open(at("core:ledger"))
    auditor.photograph("story-auditor")
    assert auditor.status(at("network:centres")).status == 404


def test_citizen_is_asked_to_sign_in_and_may_read_english(person, site):
    citizen = person(None).open("/")
    assert citizen.page.url.startswith(f"{site.address}{reverse('account_login')}")
    citizen.page.click("text=English")
    citizen.page.wait_for_selector("html[lang=en]")
    assert citizen.faults() == []
    citizen.page.fill("input[name=login]", site.people["city_officer"])
    citizen.page.fill("input[name=password]", "not the password")
    citizen.page.press("input[name=password]", "Enter")
    citizen.page.wait_for_load_state()
    assert citizen.page.url.startswith(f"{site.address}{reverse('account_login')}")


def test_keys_theme_and_language_of_the_frame(person, site):
    officer = person("city_officer").open("/")
    page = officer.page
    page.keyboard.press("?")
    assert page.is_visible("dialog[data-shortcuts]")
    assert officer.faults() == []
    page.keyboard.press("Escape")
    letter = page.get_attribute(f".rail a[href='{at('network:centres')}']", "data-key")
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"**{at('network:centres')}")
    page.select_option("#theme", "dark")
    officer.open("/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.click("details.menu summary")
    assert officer.faults() == []
    page.click("details.menu >> text=English")
    page.wait_for_selector("html[lang=en]")
    page.click("details.menu summary")
    page.click("details.menu >> text=中文")
    page.wait_for_selector("html[lang=zh-hans]")


def test_skip_link_and_tab_order(person):
    officer = person("city_officer").open("/")
    officer.page.keyboard.press("Tab")
    assert officer.page.evaluate("document.activeElement.className") == "skip"
    officer.page.keyboard.press("Enter")
    officer.page.wait_for_url("**/#main")
    assert officer.page.evaluate("document.activeElement.id") == "main"


def test_narrow_screen_has_a_bar_of_four_rooms_and_all(person, site):
    officer = person("city_officer", width=360).open("/")
    shown = [link for link in officer.page.query_selector_all(".rail li a") if link.is_visible()]
    assert len(shown) == 5
    assert min(link.bounding_box()["height"] for link in shown) >= 44
    shown[-1].click()
    officer.page.wait_for_url(f"**{at('core:rooms')}")
    rooms = officer.page.inner_text("main")
    assert re.search(r"机构[\s\S]*退出", rooms)
    assert officer.faults() == []


def test_wall_display_shows_no_controls(person):
    officer = person("city_officer").open(f"{at('network:coverage_matrix')}?kiosk=1")
    assert not officer.page.is_visible(".rail")
    assert not officer.page.is_visible(".top")
    officer.photograph("kiosk-coverage")


def test_print_names_who_and_when(person):
    officer = person("city_officer").open(at("network:centres"))
    line = officer.page.locator(".print-only").first
    assert not line.is_visible()
    officer.page.emulate_media(media="print")
    assert line.is_visible()
    assert "内部资料" in line.inner_text()
    assert "洛阳市质控管理员" in line.inner_text()
    assert not officer.page.is_visible(".rail")


def test_sign_out(site, chromium):
    from conftest import Person

    officer = Person(site, chromium, "foreigner").sign_in()
    officer.page.click("details.menu summary")
    officer.page.click("details.menu >> text=退出")
    officer.page.wait_for_load_state()
    assert officer.status("/").status == 302
    officer.check()
    officer.context.close()
