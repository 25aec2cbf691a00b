"""Taking in the table of regions."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import User
from zhikong.hub.core.search import initials_of

from ..models import Region

LOADED = audit.verb("regions loaded", gettext_lazy("载入行政区划"))

DATA = Path(__file__).resolve().parent.parent / "data"
BATCH = 500
# Any: without stubs for Django, mypy takes the members of a TextChoices for tuples.
Level: Any = Region.Level
Kind: Any = Region.Kind
COLUMNS = ("name", "short_name", "initials", "level", "kind", "parent_id", "tile_row", "tile_column")


@audit.action
def load_regions(province_code: str, *, by: User | None, at: datetime) -> int:
    """Every province and city, and this province's counties and townships; loading again changes nothing.

    Other provinces loaded before stay. Gives the number of regions new or changed; refused for an unknown province.
    """
    prefix = province_code[:2]
    rows = list(_rows(prefix))
    if not any(row["level"] == Level.PROVINCE and row["code"][:2] == prefix for row in rows):
        raise Refused(_("区划代码表中没有 %(code)s 这个省。") % {"code": province_code})
    tiles = {row["city_code"]: (int(row["row"]), int(row["column"])) for row in _csv("tiles.csv")}
    known: dict[str, Region] = {region.code: region for region in Region.objects.all()}
    made = changed = 0
    for level in Level.values:  # parents first
        new: list[Region] = []
        stale: list[Region] = []
        for row in rows:
            if row["level"] != level:
                continue
            wanted = _wanted(row, known, tiles)
            region = known.get(row["code"])
            if region is None:
                known[row["code"]] = region = Region(code=row["code"], **wanted)
                new.append(region)
            elif any(getattr(region, name) != value for name, value in wanted.items()):
                for name, value in wanted.items():
                    setattr(region, name, value)
                stale.append(region)
        Region.objects.bulk_create(new, batch_size=BATCH)
        Region.objects.bulk_update(stale, COLUMNS, batch_size=BATCH)
        made, changed = made + len(new), changed + len(stale)
    _number(known.values())
    if made or changed:
        province = next(r for r in known.values() if r.level == Level.PROVINCE and r.code[:2] == prefix)
        audit.record(LOADED, province, by=by, at=at, facts={"new": made, "changed": changed})
    return made + changed


def _csv(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _rows(prefix: str) -> Iterator[dict[str, str]]:
    for row in _csv("regions.csv"):
        if row["level"] in {Level.PROVINCE, Level.CITY} or row["code"][:2] == prefix:
            yield row
    with gzip.open(DATA / "townships.csv.gz") as file:
        for row in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")):
            if row["code"][:2] == prefix:
                yield row


def _wanted(row: dict[str, str], known: dict[str, Region], tiles: dict[str, tuple[int, int]]) -> dict[str, Any]:
    tile = tiles.get(row["code"], (None, None))
    return {
        "name": row["name"],
        "short_name": row["short_name"],
        "initials": initials_of(row["name"], 64),
        "level": row["level"],
        "kind": row["kind"] if row["kind"] in Kind.values else Kind.DIVISION,
        "parent_id": known[row["parent_code"]].pk if row["parent_code"] else None,
        "tile_row": tile[0],
        "tile_column": tile[1],
    }


def _number(regions: Iterable[Region]) -> None:
    """Count the tree depth first, in the order of the codes: `order` is a region's place, `last` its subtree's end."""
    children: dict[int | None, list[Region]] = {}
    for region in sorted(regions, key=lambda each: each.code):
        children.setdefault(region.parent_id, []).append(region)
    moved: list[Region] = []
    counter = 0

    def visit(region: Region) -> None:
        nonlocal counter
        counter += 1
        before, region.order = (region.order, region.last), counter
        for child in children.get(region.pk, []):
            visit(child)
        region.last = counter
        if before != (region.order, region.last):
            moved.append(region)

    for root in children.get(None, []):
        visit(root)
    Region.objects.bulk_update(moved, ["order", "last"], batch_size=BATCH)
