"""The examples of docs/stats give what the pages show, and every plot is there."""

import io
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "stats").glob("*.md"))


@pytest.mark.thorough
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_runs(page, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import stats_pages

    def keep(name, figure):
        figure.savefig(io.BytesIO(), format="svg")
        assert (stats_pages.IMAGES / f"{name}.svg").exists(), f"run scripts/stats_pages.py {page.stem}"

    stats_pages.run(page, keep)


@pytest.mark.thorough
def test_a_wrong_page_is_seen(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import stats_pages

    page = tmp_path / "page.md"
    for text in ("```python\n>>> 1 + 1\n3\n```\n", "```python\nplt.plot([1])\nsave('x')\n```\n"):
        page.write_text(text)
        with pytest.raises(stats_pages.Wrong):
            stats_pages.run(page, lambda name, figure: None)
    assert "stats_pages" in sys.modules
