"""The English catalogue: `update [AREA]` takes new strings in and compiles, `check` fails on a missing, fuzzy or stale entry.

Babel reads Python; Django itself turns a template into something Babel can read. No gettext needs to be installed.
The compiled .mo files are committed, so that running the platform needs neither.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
AREAS = ROOT / "zhikong" / "hub"
BESIDE = {"network": ["demo"]}  # folders without a catalogue of their own, and the area that speaks for them
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def source_catalogue(area: Path) -> Catalog:
    """Every marked string of one area, with the files it stands in."""
    catalogue = Catalog(charset="utf-8")
    folders = [area, *(area.parent / name for name in BESIDE.get(area.name, []))]
    for path in sorted(
        path for folder in folders for end in ("py", "html", "txt") for path in folder.rglob(f"*.{end}")
    ):
        place = path.relative_to(ROOT).as_posix()
        if "/tests/" in place or "/migrations/" in place:
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # Inside brackets Python's reader does not mind the indentation of HTML.
            text = f"(\n{templatize(text, origin=place)}\n)"
        for _line, message, comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
            if message:
                catalogue.add(message, locations=[(place, None)], auto_comments=comments, context=context)
    return catalogue


def areas() -> list[Path]:
    """The areas named on the command line, or all."""
    named = set(sys.argv[2:])
    return sorted(path for path in AREAS.iterdir() if (path / "apps.py").exists() and (not named or path.name in named))


def po_path(area: Path) -> Path:
    return area / "locale" / "en" / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False, header_comment="")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def update() -> None:
    for area in areas():
        path = po_path(area)
        catalogue = read(path)
        # No fuzzy guesses: a sentence that changed is translated anew.
        catalogue.update(source_catalogue(area), no_fuzzy_matching=True, keep_user_comments=True)
        catalogue.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True, omit_header=False, no_location=False)
    compile_all()


def compile_all() -> None:
    for area in areas():
        with po_path(area).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(po_path(area)))


def faults() -> list[str]:
    """One line for each string without an English text, each fuzzy or obsolete entry, each stale .mo."""
    found = []
    for area in areas():
        path = po_path(area)
        catalogue = read(path)
        wanted = source_catalogue(area)
        for message in wanted:
            if not message.id:
                continue
            entry = catalogue.get(message.id, message.context)
            texts = [] if entry is None else entry.string if isinstance(entry.string, tuple | list) else [entry.string]
            if not texts or not all(texts):
                found.append(f"{path.relative_to(ROOT)}: no English for {message.id!r} ({message.locations[0][0]})")
            elif entry.fuzzy:
                found.append(f"{path.relative_to(ROOT)}: fuzzy {message.id!r}")
            else:
                found += [f"{path.relative_to(ROOT)}: {problem} in {message.id!r}" for problem in entry.check()]
        found += [
            f"{path.relative_to(ROOT)}: {message.id!r} is no longer in the source"
            for message in catalogue
            if message.id and wanted.get(message.id, message.context) is None
        ]
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        if not path.with_suffix(".mo").exists() or path.with_suffix(".mo").read_bytes() != compiled.getvalue():
            found.append(f"{path.with_suffix('.mo').relative_to(ROOT)} is stale: make messages")
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["update"]:
        update()
    elif sys.argv[1:2] == ["compile"]:
        compile_all()
    missing = faults()
    print("\n".join(missing) or "the English catalogue is complete")
    sys.exit(bool(missing) and sys.argv[1:2] != ["update"])
