"""The documents keep up with the code: settings, targets, links, decisions, and the English catalogue."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS_ONLY = {"ZHIKONG_CASES"}


def text_of(*names):
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def variables(text):
    return set(re.findall(r"ZHIKONG_[A-Z]+(?:_[A-Z]+)*", text))


def test_every_setting_is_documented_and_none_is_invented():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("zhikong", "tests", "bench", "scripts")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sh"} and path.name != "test_docs.py"
    )
    documented = variables(text_of("docs/operations/settings.md"))
    assert variables(code) - documented == set()
    assert documented - variables(code) - TESTS_ONLY == set()


def test_links_lead_somewhere():
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http", "mailto")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_readme_names_targets_that_exist():
    makefile = text_of("Makefile")
    for target in set(re.findall(r"make ([a-z-]+)", text_of("README.md", "README.zh-CN.md", ".ci/run"))):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_decisions_are_numbered_without_gap():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_english_catalogue_is_complete():
    done = subprocess.run(
        [sys.executable, "scripts/messages.py", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
