"""An outline map from the deployer's own boundary file (GeoJSON). None ships: such files carry review-number rules."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

WIDTH, HEIGHT = 720, 640
MOST_BYTES = 20_000_000
CODE_NAMES = ("adcode", "code")


@dataclass(slots=True)
class Outlines:
    """Paths by region code, and what the file says of its origin, to be printed beside the map."""

    paths: dict[str, str] = field(default_factory=dict)
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)
    review_number: str = ""
    attribution: str = ""
    box: str = f"0 0 {WIDTH} {HEIGHT}"


def outlines(codes: set[str]) -> Outlines | None:
    """The map of these regions, or None when no file is given, it cannot be read, or it lacks one of them."""
    if not settings.BOUNDARIES:
        return None
    path = Path(settings.BOUNDARIES)
    try:
        stamp = path.stat().st_mtime_ns
        collection = _read(str(path), stamp)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    shapes = {_plain(code): shape for code, shape in collection["shapes"].items()}
    wanted = {code: shapes.get(_plain(code)) for code in codes}
    if not wanted or not all(wanted.values()):
        return None
    return _drawn({code: shape for code, shape in wanted.items() if shape}, collection)


def _plain(code: str) -> str:
    """4103 and 410300 are one; trailing pairs of zeros say only how deep a region lies."""
    code = str(code)
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


@lru_cache(maxsize=2)
def _read(path: str, stamp: int) -> dict[str, Any]:
    file = Path(path)
    if file.stat().st_size > MOST_BYTES:
        raise ValueError("the boundary file is too large")
    data = json.loads(file.read_text(encoding="utf-8"))
    top = {**(data.get("properties") or {}), **{k: v for k, v in data.items() if isinstance(v, str)}}
    shapes = {}
    for feature in data["features"]:
        properties = feature.get("properties") or {}
        code = next((properties[name] for name in CODE_NAMES if properties.get(name)), None)
        geometry = feature.get("geometry") or {}
        if code is None or geometry.get("type") not in ("Polygon", "MultiPolygon"):
            continue
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        shapes[str(code)] = [ring for polygon in polygons for ring in polygon]
    return {
        "shapes": shapes,
        "review_number": str(top.get("review_number", "")),
        "attribution": str(top.get("attribution", "")),
    }


def _drawn(shapes: dict[str, list], collection: dict[str, Any]) -> Outlines:
    """Longitude and latitude on a flat sheet, one degree of longitude shortened by the latitude in the middle."""
    from math import cos, radians

    points = [point for rings in shapes.values() for ring in rings for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    shrink = cos(radians((south + north) / 2))
    scale = min(WIDTH / ((east - west) * shrink or 1), HEIGHT / (north - south or 1))

    def place(point) -> tuple[float, float]:
        return (point[0] - west) * shrink * scale, (north - point[1]) * scale

    found = Outlines(review_number=collection["review_number"], attribution=collection["attribution"])
    for code, rings in shapes.items():
        parts = []
        for ring in rings:
            xy = [place(point) for point in ring]
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy) + "Z")
        found.paths[code] = "".join(parts)
        largest = max(rings, key=len)
        middle = [place(point) for point in largest]
        found.labels[code] = (
            f"{sum(x for x, _y in middle) / len(middle):.1f}",
            f"{sum(y for _x, y in middle) / len(middle):.1f}",
        )
    found.box = f"0 0 {(east - west) * shrink * scale:.0f} {(north - south) * scale:.0f}"
    return found
