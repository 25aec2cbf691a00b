"""A real server with the cast in it, and a real browser. The walks see the site only as people do."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
AXE = (HERE / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FLAGS += " --disable-component-update --disable-sync"
WATCH = (
    "window.violations = [];"
    "document.addEventListener('securitypolicyviolation',"
    " e => window.violations.push(e.violatedDirective + ' ' + (e.sample || e.blockedURI)))"
)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """The address, who is who, and the numbers for addresses with arguments."""

    def __init__(self, address, facts):
        self.address = address
        self.people = facts["people"]
        self.arguments = facts["arguments"]
        self.rows = facts["rows"]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    home = tmp_path_factory.mktemp("site")
    port = free_port()
    address = f"http://localhost:{port}"  # a passkey belongs to a name, never to a number
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "zhikong.hub.config.settings",
        "ZHIKONG_HOME": str(home),
        "ZHIKONG_DATABASE": f"sqlite:///{home / 'site.sqlite3'}",
        "ZHIKONG_ORIGIN": address,
        "ZHIKONG_HOSTS": "localhost",
        "PYTHONPATH": str(ROOT),
        "ZHIKONG_MFA": "offered",  # the walk of the second factor sets one up by itself
        "ZHIKONG_SEARCH_PER_MINUTE": "100000",
        "ZHIKONG_PICKERS_PER_MINUTE": "100000",
    }
    filled = subprocess.run(
        [sys.executable, str(HERE / "fill.py")], env=environment, capture_output=True, text=True, check=False
    )
    assert filled.returncode == 0, filled.stderr
    facts = json.loads(filled.stdout.splitlines()[-1])
    processes = []
    with (home / "log").open("w") as log:
        for command in [
            ["-m", "gunicorn", "zhikong.hub.config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"],
            [str(ROOT / "manage.py"), "worker"],
        ]:
            processes.append(
                subprocess.Popen([sys.executable, *command], env=environment, cwd=ROOT, stdout=log, stderr=log)
            )
        try:
            until_ready(f"{address}/healthz", processes[0], home / "log")
            yield Site(address, facts)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(20)


def until_ready(address, process, log, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)


@pytest.fixture(scope="session")
def chromium():
    sync_playwright = pytest.importorskip("playwright.sync_api").sync_playwright
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield running
        running.close()


class Person:
    """Somebody at a browser. Whatever they do, no script fails and the policy is not violated."""

    def __init__(self, site, browser, part, state=None, width=1366):
        self.site, self.part = site, part
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", storage_state=state, base_url=site.address
        )
        self.context.add_init_script(WATCH)
        self.page = self.context.new_page()
        self.trouble = []
        self.page.on("pageerror", lambda error: self.trouble.append(f"{self.page.url}: {error}"))
        self.page.on("console", self.heard)

    def heard(self, message):
        if message.type == "error":
            self.trouble.append(f"{self.page.url}: {message.text}")

    def sign_in(self):
        from zhikong.hub.testing import PASSWORD

        self.page.goto("/")
        self.page.fill("input[name=login]", self.site.people[self.part])
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_load_state()
        return self

    def confirm(self):
        """Some pages ask for the password again when the sign-in is some minutes old."""
        from zhikong.hub.testing import PASSWORD

        if self.page.locator("input[name=password]").count():
            self.page.fill("input[name=password]", PASSWORD)
            with self.page.expect_navigation():
                self.page.press("input[name=password]", "Enter")

    def open(self, address):
        answer = self.page.goto(address)
        assert answer.status == 200, (self.part, address, answer.status)
        return self

    def status(self, address):
        """What this person gets at an address, without looking at the page."""
        return self.context.request.get(address, max_redirects=0, headers={"Accept": "text/html"})

    def heading(self):
        return self.page.inner_text("h1")

    def check(self):
        """Call when a walk ends."""
        violations = self.page.evaluate("window.violations || []")
        assert violations == [], (self.page.url, violations)
        assert self.trouble == [], "\n".join(self.trouble)

    def heard_here(self):
        """What went wrong since the last question, so that one walk can tell of many pages."""
        violations = [f"{self.page.url}: {each}" for each in self.page.evaluate("window.violations")]
        found, self.trouble[:] = [*violations, *self.trouble], []
        self.page.evaluate("window.violations = []")
        return found

    def speak(self, language):
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.site.address}])

    def settle(self):
        """Wait until fonts are there and the page has been laid out anew: scripts look at widths only then."""
        self.page.evaluate(
            "() => document.fonts.ready.then(() =>"
            " new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"
        )

    def faults(self, *rules):
        """What axe finds (by all rules, or by these), and whether the page scrolls sideways."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        result = self.page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(rules or RULES)}}})")
        found = [f"{each['id']}: {node['html'][:200]}" for each in result["violations"] for node in each["nodes"][:3]]
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("scrolls sideways")
        return found

    def paint(self, theme):
        self.page.evaluate(
            "theme => { document.documentElement.dataset.theme = theme;"
            " document.dispatchEvent(new Event('themechange')); }",
            theme,
        )

    def photograph(self, name):
        if folder := os.environ.get("ZHIKONG_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            safe = re.sub(r"[^\w.-]+", "-", name).strip("-")
            self.page.screenshot(path=str(Path(folder) / f"{safe}.png"), full_page=True)


@pytest.fixture(scope="session")
def signed_in(site, chromium):
    """Everybody's cookies, after one sign-in each through the form."""
    states = {}

    def state(part):
        if part not in states:
            person = Person(site, chromium, part).sign_in()
            assert person.heading(), part
            states[part] = person.context.storage_state()
            person.check()
            person.context.close()
        return states[part]

    return state


@pytest.fixture
def person(site, chromium, signed_in):
    """person("city_officer") sits down, already signed in; person(None) is the citizen without an account."""
    present = []

    def sit_down(part, width=1366):
        someone = Person(site, chromium, part, signed_in(part) if part else None, width)
        present.append(someone)
        return someone

    yield sit_down
    for someone in present:
        someone.check()
        someone.context.close()
