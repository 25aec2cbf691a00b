"""The front-end files are what they say they are, and follow the rules that a strict content security policy needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "zhikong" / "hub" / "core" / "static" / "core"
TEMPLATES = sorted((ROOT / "zhikong" / "hub").glob("*/templates/**/*.html"))
SCRIPTS = sorted(STATIC.glob("*.js"))

sys.path.insert(0, str(ROOT / "scripts"))
import build_frontend  # noqa: E402


def test_vendored_files_match_their_checksums():
    assert [fault for folder in build_frontend.FOLDERS for fault in build_frontend.faults(folder)] == []


def test_a_changed_an_unlisted_and_a_missing_file_are_faults(tmp_path):
    (tmp_path / "kept.js").write_text("1")
    (tmp_path / "gone.js").write_text("2")
    (tmp_path / "VERSIONS.md").write_text(build_frontend.listing(tmp_path))
    assert build_frontend.faults(tmp_path) == []
    (tmp_path / "kept.js").write_text("3")
    (tmp_path / "new.js").write_text("4")
    (tmp_path / "gone.js").unlink()
    found = "\n".join(build_frontend.faults(tmp_path))
    assert "gone.js is listed and missing" in found
    assert "new.js is not listed" in found
    assert "kept.js has another checksum" in found


def test_check_option_answers_by_exit_code():
    done = subprocess.run([sys.executable, ROOT / "scripts" / "build_frontend.py", "--check"], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_says_no_word_of_its_own(path):
    # Comments may quote sample attributes; what a person sees must come from the page, where it is translated.
    code = re.sub(r"(?m)(?<!:)//.*$", "", path.read_text())
    assert re.findall(r"[一-鿿]+", code) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_keeps_to_the_policy(path):
    code = path.read_text()
    assert re.findall(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|setAttribute\(\"style\"", code) == []


def test_style_sheet_works_in_chrome_109():
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "look.css").read_text(), flags=re.DOTALL)
    assert (
        re.findall(r"color-mix\(|light-dark\(|@layer|@scope|@starting-style|(?m:^\s*&)|url\(\s*['\"]?http", css) == []
    )
    assert css.count("{") == css.count("}")


def test_every_icon_in_a_template_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="i-([a-z-]+)"', (STATIC / "icons.svg").read_text()))
    text = "\n".join(path.read_text() for path in TEMPLATES)
    used = set(re.findall(r"""{%\s*icon ["']([a-z-]+)["']""", text)) | set(re.findall(r"#i-([a-z-]+)", text))
    assert len(drawn) == (STATIC / "icons.svg").read_text().count("<symbol")
    assert sorted(used - drawn) == []


def test_no_template_has_inline_style_or_script():
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:", text), path
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), path
