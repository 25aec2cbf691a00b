"""The shipped region table: codes, levels, parents and the traps of the statistics table it was made from."""

import csv
import gzip
import io
from collections import Counter
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent / "data"
COLUMNS = ["code", "name", "short_name", "level", "parent_code", "kind"]


def read(text):
    reader = csv.DictReader(text)
    assert reader.fieldnames == COLUMNS
    return list(reader)


@pytest.fixture(scope="module")
def regions():
    rows = read(io.StringIO((DATA / "regions.csv").read_text()))
    return {row["code"]: row for row in rows}


@pytest.fixture(scope="module")
def townships():
    return read(io.StringIO(gzip.decompress((DATA / "townships.csv.gz").read_bytes()).decode()))


def under(regions, parent, level):
    return [row["short_name"] for row in regions.values() if (row["parent_code"], row["level"]) == (parent, level)]


def test_henan_has_18_cities_in_the_order_of_their_codes(regions):
    # The 17 prefecture-level cities and Jiyuan, which the network counts as the eighteenth.
    cities = "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 济源"
    assert under(regions, "410000", "city") == cities.split()
    assert regions["419001"]["kind"] == "directly_administered"


def test_hubei_has_17_and_guangxi_14(regions):
    assert len(under(regions, "420000", "city")) == 17
    assert under(regions, "420000", "city")[-5:] == ["恩施", "仙桃", "潜江", "天门", "神农架"]
    assert len(under(regions, "450000", "city")) == 14


def test_counts_are_the_published_ones(regions):
    levels = Counter((row["level"], row["kind"] in ("directly_administered", "functional")) for row in regions.values())
    # GB/T 2260: 34 provinces, autonomous regions, municipalities and special administrative regions.
    assert levels["province", False] == 34
    # Ministry of Civil Affairs, administrative divisions at the end of 2022: 333 units of prefecture level.
    assert levels["city", False] == 333
    # The same: 2,843 of county level; with Baiyang, founded in January 2023, 2,844. Not in the table as counties: the
    # two districts of Sansha, which the statistics table replaces by island groups (here: townships of Sansha).
    directly = [row for row in regions.values() if row["kind"] == "directly_administered"]
    assert levels["county", False] + len(directly) == 2844 - 2


def test_every_region_hangs_in_the_tree(regions):
    above = {"province": {""}, "city": {"province"}, "county": {"city", "province"}}
    for row in regions.values():
        parent = regions.get(row["parent_code"], {"level": "", "kind": ""})
        assert parent["level"] in above[row["level"]], row
        if row["level"] == "county" and parent["level"] == "province":
            assert parent["kind"] == "municipality", row
        assert len(row["code"]) == 6
        assert row["code"][:2] == (row["parent_code"] or row["code"])[:2]


def test_headings_of_the_statistics_table_are_no_regions(regions):
    names = {row["name"] for row in regions.values()}
    assert not {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"} & names
    assert len(under(regions, "110000", "county")) == 16  # the districts of Beijing
    assert len(under(regions, "500000", "county")) == 38  # of Chongqing: 26 districts and 12 counties


def test_functional_areas_are_told_apart(regions):
    assert regions["410171"]["kind"] == regions["410173"]["kind"] == "functional"
    assert regions["410173"]["name"] == "郑州航空港经济综合实验区"
    # Numbers that look alike and are ordinary districts.
    assert regions["230751"]["kind"] == regions["500151"]["kind"] == regions["310151"]["kind"] == "district"
    assert regions["632857"]["kind"] == regions["232761"]["kind"] == "functional"


@pytest.mark.parametrize("code", ["441900", "442000", "460300", "460400", "620200", "419001", "429021"])
def test_city_without_counties_has_its_townships(regions, townships, code):
    assert under(regions, code, "county") == []
    assert [row for row in townships if row["parent_code"] == code]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("郑州市", "郑州"),
        ("恩施土家族苗族自治州", "恩施"),
        ("神农架林区", "神农架"),
        ("博尔塔拉蒙古自治州", "博尔塔拉"),
        ("内蒙古自治区", "内蒙古"),
        ("香港特别行政区", "香港"),
        ("大兴安岭地区", "大兴安岭"),
        ("管城回族区", "管城"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("东乡族自治县", "东乡"),
        ("鄂温克族自治旗", "鄂温克"),
        ("阿拉善左旗", "阿拉善左旗"),
        ("滨海新区", "滨海新区"),
        ("碑林区", "碑林"),
        ("郊区", "郊区"),
    ],
)
def test_short_name_is_what_people_say(regions, name, short):
    assert {row["short_name"] for row in regions.values() if row["name"] == name} == {short}


def test_siblings_keep_different_short_names(regions, townships):
    for rows in (regions.values(), townships):
        count = Counter((row["parent_code"], row["short_name"]) for row in rows)
        assert [key for key, times in count.items() if times > 1] == []
    assert regions["654002"]["short_name"] == "伊宁市"


def test_townships_hang_under_counties_or_cities_without_any(regions, townships):
    assert len({row["code"] for row in townships}) == len(townships) == 41_352  # as the source table
    assert {len(row["code"]) for row in townships} == {9}
    assert {regions[row["parent_code"]]["level"] for row in townships} == {"county", "city"}
    assert (DATA / "townships.csv.gz").stat().st_size < 600_000


def test_tile_maps_place_every_city_once(regions):
    rows = list(csv.DictReader(io.StringIO((DATA / "tiles.csv").read_text())))
    for province in ("410000", "420000", "450000"):
        tiles = [row for row in rows if row["province_code"] == province]
        cities = {code for code, row in regions.items() if (row["parent_code"], row["level"]) == (province, "city")}
        assert {row["city_code"] for row in tiles} == cities
        assert len(tiles) == len(cities)
        places = {(int(row["row"]), int(row["column"])) for row in tiles}
        assert len(places) == len(cities)
        assert min(row for row, _ in places) == min(column for _, column in places) == 1
