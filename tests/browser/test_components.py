"""The components on one page, under the strict policy, in a real browser: no violation, keys, picker, charts, axe."""

import json
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.browser
sync_playwright = pytest.importorskip("playwright.sync_api").sync_playwright

HERE = Path(__file__).resolve().parent
STATIC = HERE.parents[1] / "zhikong" / "hub" / "core" / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Invented institutions.
INSTITUTIONS = [
    {"id": 1, "code": "41030012", "name": "伏牛山医院", "note": "洛阳 · 三级", "initials": "fnsyy"},
    {"id": 2, "code": "41130047", "name": "伏牛岭山庄门诊部", "note": "南阳 · 一级", "initials": "fnlszmzb"},
    {"id": 3, "code": "41010003", "name": "黄河滩医院", "note": "郑州 · 二级", "initials": "hhtyy"},
]


class Pages(SimpleHTTPRequestHandler):
    asked: list[str] = []
    failing = False

    def do_GET(self):
        address = urlsplit(self.path)
        if address.path == "/pick":
            return self.pick(parse_qs(address.query).get("q", [""])[0])
        return super().do_GET()

    def pick(self, query):
        self.asked.append(query)
        found = [
            {key: value for key, value in item.items() if key != "initials"}
            for item in INSTITUTIONS
            if query in item["name"] or item["code"].startswith(query) or item["initials"].startswith(query)
        ]
        body = json.dumps({"results": found}).encode()
        self.send_response(503 if Pages.failing else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path):
        path = urlsplit(path).path
        if path.startswith("/static/"):
            return str(STATIC / path.removeprefix("/static/"))
        return str(HERE / "pages" / "components.html")

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags.split())
        yield running
        running.close()


@pytest.fixture
def page(browser, address):
    """A page at the address; on leaving, no violation of the policy and no script error may have happened."""
    Pages.asked.clear()
    Pages.failing = False
    context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.expect_trouble = False
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.add_init_script(
        "window.violations = [];"
        "document.addEventListener('securitypolicyviolation',"
        " e => violations.push(e.violatedDirective + ' ' + e.sample))"
    )
    page.goto(address)
    yield page
    if not page.expect_trouble:
        assert page.evaluate("violations") == []
        assert trouble == []
    context.close()


def until(page, expression, seconds=8):
    """Wait for an expression; Playwright's wait_for_function would use eval, which the policy refuses."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def hidden_id(page):
    return page.input_value("#org_id")


def options(page):
    return page.locator("#org-list [role=option]").all_inner_texts()


def axe(page):
    page.evaluate((HERE / "vendor" / "axe.min.js").read_text())
    result = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
    )
    return [(fault["id"], [node["html"][:160] for node in fault["nodes"]]) for fault in result["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 360])
def test_no_accessibility_violation_and_no_sideways_scroll(page, address, theme, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}?theme={theme}")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("summary.btn")
    page.fill("#org", "fn")
    page.wait_for_selector("#org-list [role=option]")
    assert axe(page) == []


def test_the_violation_listener_is_able_to_hear_one(page):
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')")
    until(page, "violations.length > 0")
    page.expect_trouble = True


def test_theme_choice_is_kept_and_charts_follow(page):
    before = page.locator("figure[data-chart=bars] .plot").inner_html()
    page.select_option("#theme", "dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("figure[data-chart=bars] .plot").inner_html() != before
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.input_value("#theme") == "dark"


def test_icons_take_both_colours_from_the_page(page, address):
    # A sprite in its own file has no access to the page's selectors; its colours must arrive by inheritance.
    def pixels(theme):
        page.goto(f"{address}?theme={theme}")
        return page.locator(".st-bad .i").screenshot()

    assert pixels("light") != pixels("dark")


def test_keys_of_the_page(page):
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("g?/")  # in a field these are letters
    assert page.input_value("#search") == "g?/"
    page.locator("#main").focus()
    page.keyboard.press("?")
    assert page.locator("dialog[data-shortcuts]").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog[data-shortcuts]").is_visible()
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/#network")


def test_matrix_is_one_tab_stop_with_arrows(page):
    assert page.locator(".matrix a[tabindex='0']").count() == 1
    page.locator(".matrix a[tabindex='0']").focus()
    for key, text in [
        ("ArrowRight", "开封 护理"),
        ("ArrowDown", "洛阳 护理"),
        ("Home", "洛阳 重症医学"),
        ("ArrowLeft", "洛阳 重症医学"),
        ("Control+End", "平顶山 超声"),
        ("ArrowUp", "洛阳 超声"),
    ]:
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.textContent") == text
    assert page.locator(".matrix a[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    until(page, "decodeURI(location.hash) === '#洛阳-超声'")


def test_picker_by_keyboard(page):
    page.locator("#org").focus()
    page.keyboard.type("fn", delay=20)
    page.wait_for_selector("#org-list [role=option]")
    assert Pages.asked == ["fn"]  # one request for two letters
    assert page.get_attribute("#org", "aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#org", "aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    assert (page.input_value("#org"), hidden_id(page)) == ("伏牛岭山庄门诊部", "2")
    assert page.get_attribute("#org", "aria-expanded") == "false"
    page.keyboard.press("Backspace")  # the text is no longer the choice
    assert hidden_id(page) == ""


def test_picker_marks_what_matched(page):
    page.fill("#org", "伏牛山")
    page.wait_for_selector("#org-list mark")
    assert page.locator("#org-list mark").all_inner_texts() == ["伏牛山"]
    page.fill("#org", "４１０３")  # full-width digits
    until(page, "document.querySelector('#org-list mark')?.textContent === '4103'")


def test_picker_leaves_keys_of_the_input_method_alone(page):
    page.fill("#org", "黄河")
    page.wait_for_selector("#org-list [role=option]")
    page.evaluate(
        "document.querySelector('#org').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    assert hidden_id(page) == ""
    assert page.get_attribute("#org", "aria-expanded") == "true"


def test_picker_offers_recent_choices_first(page):
    page.fill("#org", "黄河")
    page.locator("#org-list [role=option]").first.click()
    page.reload()
    page.locator("#org").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#org-list [role=option]")
    assert [text.split("\n")[1] for text in options(page)] == ["黄河滩医院", "伏牛山医院", "伏牛岭山庄门诊部"]
    page.evaluate("document.documentElement.dataset.user = '8'")  # another person at the same computer
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#org-list [role=option]")
    assert options(page)[0].split("\n")[1] == "伏牛山医院"


def test_picker_says_when_nothing_matches_or_the_server_is_away(page):
    page.fill("#org", "无此院")
    page.wait_for_selector("text=没有匹配的机构")
    Pages.failing = True
    page.fill("#org", "黄")
    page.wait_for_selector("text=暂时查不到")
    page.expect_trouble = True  # the browser reports the 503 itself


def test_picker_is_a_text_field_without_script(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.fill("#org", "41030012")
    page.click("text=提交")
    assert "org_text=41030012" in page.url
    assert page.is_visible("text=查看数据表 >> nth=0")
    assert page.is_visible("button[data-without-script]")
    context.close()


def test_filter_sends_itself_by_mouse_at_once_and_by_keyboard_on_leaving(page):
    assert not page.is_visible("button[data-without-script]")
    page.locator("#level").focus()
    page.keyboard.press("ArrowDown")
    assert "level=" not in page.url
    page.keyboard.press("Tab")
    page.wait_for_url("**level=city**")


def test_charts_show_what_the_table_says(page):
    plots = page.locator("figure[data-chart] .plot svg")
    assert plots.count() == 2
    bars = page.locator("figure[data-chart=bars] .plot svg").text_content()
    for words in ("三门峡", "66", "济源", "25", "应设 54"):
        assert words in bars
    steps = page.locator("figure[data-chart=steps] .plot svg").text_content()
    for words in ("824", "撤销 3 个", "2026", "应设 972"):
        assert words in steps
    page.locator("figure[data-chart=bars] .plot").hover(position={"x": 120, "y": 60})  # a tooltip writes no style
    page.set_viewport_size({"width": 700, "height": 800})


def test_wall_display_hides_controls_and_reloads_itself(page, address):
    page.goto(f"{address}?kiosk=1")
    assert not page.is_visible(".rail")
    assert not page.is_visible(".top")
    with page.expect_event("load", timeout=8000):
        pass


def test_copy_works_without_a_secure_address(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.click("[data-copy]")
    page.wait_for_selector("text=已复制")
    page.wait_for_selector("text=/^复制$/")


def test_dialog_opens_and_closes(page):
    page.click("[data-open-dialog]")
    assert page.is_visible("#merge")
    page.click("#merge button")
    assert not page.is_visible("#merge")
