"""Run the examples of docs/stats, page by page, and draw their plots.

    python scripts/stats_pages.py            draw every plot again into docs/stats/images
    python scripts/stats_pages.py control    of one page

A page is Markdown. Its Python blocks run from top to bottom in one namespace: a block with `>>>` is a doctest, any other
is plain code. A plain block draws with `plt` and ends with `save("name")`, which is the picture shown below it.
"""

import doctest
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

PAGES = Path(__file__).resolve().parents[1] / "docs" / "stats"
IMAGES = PAGES / "images"
STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "zhikong", "font.family": "sans-serif", "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "figure.figsize": (6.4, 3.0), "lines.linewidth": 1.2,
    "axes.prop_cycle": mpl.cycler(color=["#0b6b6b", "#b45309", "#6b7280", "#9f1239"]),
}  # fmt: skip
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


class Wrong(AssertionError):
    """A page whose example does not give what it shows."""


def run(page: Path, keep: Callable[[str, Any], None]) -> list[str]:
    """Run a page; `keep(name, figure)` receives each plot. Returns the names of the plots."""
    names: list[str] = []

    def save(name: str) -> None:
        names.append(name)
        keep(name, plt.gcf())
        plt.close("all")

    space: dict[str, Any] = {"plt": plt, "save": save}
    text = page.read_text(encoding="utf-8")
    with mpl.rc_context(STYLE):
        for match in re.finditer(r"^```python\n(.*?)^```", text, re.M | re.S):
            line = text[: match.start()].count("\n") + 1
            if ">>>" in match[1]:
                example = doctest.DocTestParser().get_doctest(match[1], space, page.name, str(page), line)
                told: list[str] = []
                doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=told.append, clear_globs=False)
                space |= example.globs
                if told:
                    raise Wrong("".join(told))
            else:
                exec(compile("\n" * line + match[1], str(page), "exec"), space)
    shown = re.findall(r"!\[[^]]*\]\(images/([\w-]+)\.svg\)", text)
    if shown != names:
        raise Wrong(f"{page.name} shows {shown} and draws {names}")
    return names


def write(name: str, figure: Any) -> None:
    IMAGES.mkdir(exist_ok=True)
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")


if __name__ == "__main__":
    for page in sorted(PAGES.glob("*.md")):
        if len(sys.argv) == 1 or page.stem in sys.argv[1:]:
            print(page.stem, *run(page, write))
