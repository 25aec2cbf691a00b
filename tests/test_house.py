"""The rules of the house. Each is a function from source text to faults, and each is seen to fail on a planted one."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
HUB = ROOT / "zhikong" / "hub"
STATS = ROOT / "zhikong" / "stats"
LONGEST_FILE = 600
FORBIDDEN_NAMES = {"utils", "helpers", "managers", "services", "base", "common"}
WRITES = {"save", "create", "bulk_create", "bulk_update", "delete", "get_or_create", "update_or_create"}

Rule = Callable[[Path, str], Iterator[str]]


def sources(*suffixes: str, under: Path = HUB) -> Iterator[Path]:
    for path in sorted(under.rglob("*")):
        if path.suffix in suffixes and "migrations" not in path.parts and "vendor" not in path.parts:
            yield path


def in_layer(path: Path, *layers: str) -> bool:
    """Whether the file is the area's module of that name, or inside its package of that name."""
    return "tests" not in path.parts and any(layer in path.parts or path.stem == layer for layer in layers)


def area_of(path: Path) -> str | None:
    parts = path.parts
    index = len(parts) - 1 - parts[::-1].index("hub") if "hub" in parts else None
    return parts[index + 1] if index is not None and len(parts) > index + 2 else None


# ---- the rules ------------------------------------------------------------------------------------------------------


def views_do_not_write(path: Path, text: str) -> Iterator[str]:
    if path.suffix != ".py" or not in_layer(path, "views", "forms", "api"):
        return
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        receiver = ast.unparse(node.func.value)
        if node.func.attr in WRITES and not receiver.endswith("actions"):
            yield f"{path}:{node.lineno} calls {node.func.attr}(): a write belongs into actions"
        if node.func.attr == "update" and "objects" in receiver:
            yield f"{path}:{node.lineno} calls update() on a queryset: a write belongs into actions"


def actions_say_who_and_when(path: Path, text: str) -> Iterator[str]:
    if path.suffix != ".py" or not in_layer(path, "actions"):
        return
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        keywords = {argument.arg for argument in node.args.kwonlyargs}
        if not {"by", "at"} <= keywords:
            yield f"{path}:{node.lineno} {node.name} lacks keyword-only by= and at="
        decorators = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
        if "action" not in decorators:
            yield f"{path}:{node.lineno} {node.name} is not an @audit.action"


def areas_meet_at_models_and_actions(path: Path, text: str) -> Iterator[str]:
    area = area_of(path)
    if path.suffix != ".py" or area in {None, "config", "demo"} or "tests" in path.parts:
        return
    for node in ast.walk(ast.parse(text)):
        names = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        for name in names:
            match = re.match(r"zhikong\.hub\.(\w+)\.?(\w*)", name)
            if not match or match[1] in {area, "core", "testing", "demo"}:
                continue
            if match[2] not in {"models", "actions", "roles", ""}:
                yield f"{path}:{node.lineno} reaches into {name}: areas meet at models and actions"


def files_stay_short(path: Path, text: str) -> Iterator[str]:
    if path.suffix == ".py" and (lines := text.count("\n")) > LONGEST_FILE:
        yield f"{path} has {lines} lines: split it by noun"


def names_say_something(path: Path, text: str) -> Iterator[str]:
    if path.suffix == ".py" and path.stem in FORBIDDEN_NAMES:
        yield f"{path}: call it by what it holds"


def templates_keep_the_policy(path: Path, text: str) -> Iterator[str]:
    if path.suffix != ".html":
        return
    for pattern, why in (
        (r"\sstyle\s*=", "style="),
        (r"<style", "a style element"),
        (r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", "inline script"),
        (r"\son\w+\s*=\s*[\"']", "an event attribute"),
        (r"\|\s*safe\b", "|safe"),
        (r"autoescape\s+off", "autoescape off"),
        (r"javascript:", "a javascript: address"),
    ):
        for match in re.finditer(pattern, text, re.I):
            yield f"{path}:{text[: match.start()].count(chr(10)) + 1} has {why}: the content policy forbids it"


def no_escape_hatches(path: Path, text: str) -> Iterator[str]:
    if path.suffix != ".py" or "tests" in path.parts:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"mark_safe", "extra", "RawSQL"}:
                yield f"{path}:{node.lineno} calls {name}()"
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"{path}:{node.lineno} catches everything"


def words_stand_outside_f_strings(path: Path, text: str) -> Iterator[str]:
    """Before Python 3.12 a reader of source text sees no call inside an f-string, so the word would have no English."""
    if path.suffix != ".py":
        return
    for string in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.JoinedStr)):
        for node in ast.walk(string):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "ngettext", "pgettext"}:
                yield f"{path}:{node.lineno} translates inside an f-string"


def statistics_tell_their_contract(path: Path, text: str) -> Iterator[str]:
    if path.suffix != ".py" or "stats" not in path.parts or {"tests", "conformance"} & set(path.parts):
        return
    if path.stem in {"arguments", "kernels"} or path.stem.startswith("_"):
        return
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        told = ast.get_docstring(node) or ""
        for section in ("Parameters", "Returns", "Raises", "References"):
            if not re.search(rf"^{section}\n-+$", told, re.M):
                yield f"{path}:{node.lineno} {node.name} has no section {section}"


RULES: list[tuple[Rule, str, str]] = [
    (views_do_not_write, "zhikong/hub/x/views.py", "def view(request):\n    Centre.objects.create(name='x')\n"),
    (views_do_not_write, "zhikong/hub/x/forms.py", "def clean(self):\n    self.instance.save()\n"),
    (views_do_not_write, "zhikong/hub/x/views/a.py", "def v(r):\n    X.objects.filter(pk=1).update(a=2)\n"),
    (actions_say_who_and_when, "zhikong/hub/x/actions.py", "@audit.action\ndef close(x, by, at):\n    pass\n"),
    (actions_say_who_and_when, "zhikong/hub/x/actions/a.py", "def close(x, *, by, at):\n    pass\n"),
    (areas_meet_at_models_and_actions, "zhikong/hub/iqc/views.py", "from zhikong.hub.network.forms import F\n"),
    (files_stay_short, "zhikong/hub/x/views.py", "x = 1\n" * (LONGEST_FILE + 1)),
    (names_say_something, "zhikong/hub/x/utils.py", ""),
    (templates_keep_the_policy, "zhikong/hub/x/a.html", '<p style="color: red">'),
    (templates_keep_the_policy, "zhikong/hub/x/a.html", "<script>alert(1)</script>"),
    (templates_keep_the_policy, "zhikong/hub/x/a.html", '<a onclick="go()">'),
    (templates_keep_the_policy, "zhikong/hub/x/a.html", "{{ name|safe }}"),
    (words_stand_outside_f_strings, "zhikong/hub/x/views.py", "f\"{_('网络')}{name}\"\n"),
    (statistics_tell_their_contract, "zhikong/stats/x.py", 'def mean(values):\n    """The mean."""\n'),
    (no_escape_hatches, "zhikong/hub/x/views.py", "mark_safe(name)\n"),
    (no_escape_hatches, "zhikong/hub/x/views.py", "try:\n    a()\nexcept:\n    pass\n"),
]


@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in RULES}, key=lambda rule: rule.__name__))
def test_house_keeps_the_rule(rule):
    places = (
        [HUB, STATS, ROOT / "tests", ROOT / "scripts", ROOT / "bench"] if rule is files_stay_short else [HUB, STATS]
    )
    faults = [
        fault
        for place in places
        for path in sources(".py", ".html", under=place)
        for fault in rule(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("rule", "path", "planted"), RULES)
def test_rule_sees_a_planted_fault(rule, path, planted):
    assert list(rule(Path(path), planted))


# ---- models ---------------------------------------------------------------------------------------------------------


def model_faults(model) -> Iterator[str]:
    if not hasattr(model.objects.none(), "visible_to"):
        yield f"{model.__name__} has no visible_to(user)"
    if not getattr(model, "ledgered", False) and not getattr(model, "not_ledgered", ""):
        yield f"{model.__name__} is neither ledgered nor says why not"
    for name, called in [("", model._meta.verbose_name), *((f.name, f.verbose_name) for f in model._meta.many_to_many)]:
        if getattr(model, "ledgered", False) and not re.search("[\u4e00-\u9fff]", str(called)):
            yield f"{model.__name__} {name} is called {called!r} where users read the ledger"


def own_models():
    return [model for model in apps.get_models() if model.__module__.startswith("zhikong.")]


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model.__name__)
def test_model_keeps_the_rules(model):
    assert not list(model_faults(model))


def test_model_rule_sees_a_planted_fault():
    from django.contrib.sessions.models import Session

    assert len(list(model_faults(Session))) == 2
    model = next(each for each in own_models() if getattr(each, "ledgered", False))
    with mock.patch.object(model._meta, "verbose_name", "stated count"):
        assert len(list(model_faults(model))) == 1


# ---- imports --------------------------------------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([tool, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("place", "line", "broken"),
    [
        ("core/errors.py", "from zhikong.hub.network import roles", "Areas point one way"),
        ("network/models/regions.py", "from zhikong.hub.network import views", "Inside an area"),
        ("network/notice/__init__.py", "import django", "The notice reader knows nothing of the web"),
        ("../stats/arguments.py", "import zhikong.cli", "Statistics know nothing of the rest"),
        ("stray/__init__.py", "", "Areas point one way"),
    ],
)
def test_import_linter_sees_a_planted_fault(tmp_path, place, line, broken):
    shutil.copytree(
        ROOT / "zhikong", tmp_path / "zhikong", ignore=shutil.ignore_patterns("__pycache__", "static", "data")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "zhikong" / "hub" / place
    planted.parent.mkdir(exist_ok=True)
    with planted.open("a") as file:
        file.write(f"\n{line}\n")
    answer = lint_imports(tmp_path)
    assert answer.returncode != 0
    assert broken in answer.stdout
