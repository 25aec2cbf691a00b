"""Build the few vendored front-end files, or check them.

`python scripts/build_frontend.py` fetches the exact npm releases named below, bundles ECharts, copies axe-core and
writes each folder's VERSIONS.md; the result is committed, so that neither installing nor testing needs npm.
`python scripts/build_frontend.py --check` compares every vendored file with the checksum written there.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "zhikong" / "hub" / "core" / "static" / "core" / "vendor"
TESTS = ROOT / "tests" / "browser" / "vendor"
FOLDERS = (PAGES, TESTS)

# echarts names the exact versions of zrender and tslib that go into the bundle.
RELEASES = {"echarts": "6.1.0", "zrender": "6.1.0", "tslib": "2.3.0", "esbuild": "0.28.2", "axe-core": "4.14.1"}

# Only what charts.js draws, with the SVG renderer: the canvas one would blur in print and on wall displays.
ENTRY = """
import * as echarts from "echarts/core";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
echarts.use([BarChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, TooltipComponent, LabelLayout,
  SVGRenderer]);
export const { init, getInstanceByDom, version } = echarts;
"""
OLDEST_BROWSER = "chrome109"  # the last one for Windows 7, still found in offices


def run(*command, folder):
    subprocess.run(command, cwd=folder, check=True)


def build(folder):
    """Fill both vendor folders from a fresh install in `folder`."""
    exact = [f"{name}@{version}" for name, version in RELEASES.items()]
    (folder / "package.json").write_text("{}")
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *exact, folder=folder)
    modules = folder / "node_modules"
    for name, version in RELEASES.items():
        found = json.loads((modules / name / "package.json").read_text())["version"]
        if found != version or len(list(modules.glob(f"**/node_modules/{name}/package.json"))):
            sys.exit(f"{name}: {found} was installed, {version} is wanted once.")
    (folder / "entry.js").write_text(ENTRY)
    PAGES.mkdir(parents=True, exist_ok=True)
    TESTS.mkdir(parents=True, exist_ok=True)
    run(
        str(modules / ".bin" / "esbuild"),
        "entry.js",
        "--bundle",
        "--minify",
        "--format=iife",
        "--global-name=echarts",
        f"--target={OLDEST_BROWSER}",
        "--define:process.env.NODE_ENV='production'",
        "--legal-comments=inline",
        "--charset=utf8",
        f"--outfile={PAGES / 'echarts.custom.min.js'}",
        folder=folder,
    )
    shutil.copyfile(modules / "axe-core" / "axe.min.js", TESTS / "axe.min.js")
    for name, source, target in (
        ("echarts", "LICENSE", PAGES / "LICENSE.echarts.txt"),
        ("echarts", "NOTICE", PAGES / "NOTICE.echarts.txt"),
        ("zrender", "LICENSE", PAGES / "LICENSE.zrender.txt"),
        ("tslib", "LICENSE.txt", PAGES / "LICENSE.tslib.txt"),
        ("axe-core", "LICENSE", TESTS / "LICENSE.axe-core.txt"),
        ("axe-core", "LICENSE-3RD-PARTY.txt", TESTS / "LICENSE-3RD-PARTY.axe-core.txt"),
    ):
        shutil.copyfile(modules / name / source, target)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def listing(folder):
    """The table of VERSIONS.md: one row a file."""
    rows = [f"| `{path.name}` | `{sha256(path)}` |" for path in sorted(folder.iterdir()) if path.name != "VERSIONS.md"]
    return "\n".join(["| File | SHA-256 |", "|---|---|", *rows]) + "\n"


def write_versions():
    again = "Build again: `python scripts/build_frontend.py`; check: the same with `--check`.\n"
    esbuild = (
        f"Bundled by esbuild {RELEASES['esbuild']} (MIT; a tool, nothing of it is in the file) for {OLDEST_BROWSER}."
    )
    (PAGES / "VERSIONS.md").write_text(
        "# Vendored files served to browsers\n\n"
        "| What | Version | Licence |\n|---|---|---|\n"
        f"| Apache ECharts (`echarts` on npm): "
        f"SVG renderer, bar, line, scatter, grid, tooltip, mark line, label layout "
        f"| {RELEASES['echarts']} | Apache-2.0 |\n"
        f"| zrender, inside the bundle | {RELEASES['zrender']} | BSD-3-Clause |\n"
        f"| tslib, inside the bundle | {RELEASES['tslib']} | 0BSD |\n\n"
        f"{esbuild}\n{again}\n{listing(PAGES)}"
    )
    (TESTS / "VERSIONS.md").write_text(
        "# Vendored files used by the browser tests only\n\n"
        "Never served to users and not part of the installed package.\n\n"
        "| What | Version | Licence |\n|---|---|---|\n"
        f"| axe-core (npm), unchanged `axe.min.js` | {RELEASES['axe-core']} | MPL-2.0 |\n\n"
        f"{again}\n{listing(TESTS)}"
    )


def faults(folder):
    """What differs between a vendor folder and its VERSIONS.md, one sentence each."""
    lines = (folder / "VERSIONS.md").read_text().splitlines()
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    stated = {cell[0]: cell[1] for cell in cells}
    present = {path.name for path in folder.iterdir()} - {"VERSIONS.md"}
    found = [f"{name} is listed and missing" for name in sorted(set(stated) - present)]
    found += [f"{name} is not listed in VERSIONS.md" for name in sorted(present - set(stated))]
    found += [
        f"{name} has another checksum than VERSIONS.md says"
        for name in sorted(present & set(stated))
        if sha256(folder / name) != stated[name]
    ]
    return [f"{folder.name}: {fault}" for fault in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="build nothing, compare the files with their checksums")
    if not parser.parse_args().check:
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder))
        write_versions()
    found = [fault for folder in FOLDERS for fault in faults(folder)]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
