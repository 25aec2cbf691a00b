"""Build the region tables of the network room from one exact npm release.

Run `python scripts/build_regions.py` (needs npm and the network once). The result is committed: a site never runs this.
Give `--tarball FILE` to build from a release fetched before.
"""

import argparse
import csv
import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "china-division@2.7.0"
SHA256 = "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"
DATA = Path(__file__).resolve().parent.parent / "zhikong" / "hub" / "network" / "data"
COLUMNS = ("code", "name", "short_name", "level", "parent_code", "kind")

MUNICIPALITIES = ("11", "12", "31", "50")
# In GB/T 2260 but outside the statistics table, which stops at the province for them.
PROVINCES_WITHOUT_TABLE = (
    ("710000", "台湾省", "台湾", "province"),
    ("810000", "香港特别行政区", "香港", "special_administrative_region"),
    ("820000", "澳门特别行政区", "澳门", "special_administrative_region"),
)
# Cities without counties; the statistics table puts one stand-in row (for Sansha, three) under each.
CITIES_WITHOUT_COUNTIES = ("4419", "4420", "4603", "4604", "6202")
# The statistics table numbers functional areas 71 to 79. These five stand outside that block and yet are not in
# GB/T 2260; 230751 金林区 and the 50015x districts look alike and are.
FUNCTIONAL_OUTSIDE_BLOCK = ("232761", "232762", "232763", "232764", "632857")

SHORT_NAMES = {"神农架林区": "神农架", "六枝特区": "六枝", "大柴旦行政委员会": "大柴旦"}
KEPT_WHOLE = ("滨海新区", "浦东新区", "沈北新区", "井陉矿区", "峰峰矿区", "鹰手营子矿区", "白云鄂博矿区")
PEOPLES_TEXT = """
各族 阿昌族 白族 保安族 布朗族 布依族 朝鲜族 达斡尔族 傣族 德昂族 东乡族 侗族 独龙族 鄂伦春族
鄂温克族 高山族 仡佬族 哈尼族 哈萨克族 哈萨克 赫哲族 回族 基诺族 京族 景颇族 柯尔克孜族 柯尔克孜
拉祜族 黎族 傈僳族 珞巴族 满族 毛南族 门巴族 蒙古族 蒙古 苗族 仫佬族 纳西族 怒族 普米族 羌族
撒拉族 畲族 水族 塔吉克族 塔吉克 土家族 土族 佤族 维吾尔族 维吾尔 锡伯族 锡伯 瑶族 彝族 裕固族
藏族 壮族
"""
PEOPLES = tuple(PEOPLES_TEXT.split())


def fetch(folder):
    """Fetch the exact release with npm and return the path of its archive."""
    done = subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, check=True, capture_output=True, text=True)
    return Path(folder) / done.stdout.strip().splitlines()[-1]


def read(archive, name):
    """The rows of one CSV file inside the archive."""
    text = archive.extractfile(f"package/dist/{name}.csv").read().decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def without_peoples(name):
    """Strip the names of peoples from the end, as long as two characters stay."""
    while True:
        ending = next((p for p in PEOPLES if name.endswith(p) and len(name) - len(p) >= 2), None)
        if ending is None:
            return name
        name = name.removesuffix(ending)


def short_name(name, level, kind):
    """The name as people say it: 郑州市 -> 郑州. What would lose its sense stays whole."""
    if name in SHORT_NAMES:
        return SHORT_NAMES[name]
    if kind == "functional" or name in KEPT_WHOLE:
        return name
    if level == "township":
        endings = {"subdistrict": ("街道办事处", "街道", "办事处"), "town": ("镇",), "rural_township": ("民族乡", "乡")}
    else:
        # A banner keeps its word: 阿拉善左旗 without it says nothing.
        endings = {None: ("特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "省", "市", "区", "县", "盟")}
    for ending in endings.get(kind, endings.get(None, ())):
        stem = name.removesuffix(ending)
        if stem != name and len(stem) >= 2:
            if ending == "民族乡":
                return stem
            if ending not in ("市", "省", "盟", "地区"):
                stem = without_peoples(stem)
            # 东乡族自治县 is named after the people itself.
            return stem.removesuffix("族") if ending.startswith("自治") and len(stem) >= 3 else stem
    return name


def province_kind(name, code):
    if code in MUNICIPALITIES:
        return "municipality"
    return "autonomous_region" if name.endswith("自治区") else "province"


def city_kind(name):
    endings = {"自治州": "autonomous_prefecture", "地区": "prefecture", "盟": "league", "市": "prefecture_city"}
    return next(kind for ending, kind in endings.items() if name.endswith(ending))


def county_kind(name, code):
    if "71" <= code[4:] <= "79" or code in FUNCTIONAL_OUTSIDE_BLOCK:
        return "functional"
    endings = {
        "自治县": "autonomous_county",
        "自治旗": "autonomous_banner",
        "特区": "special_district",
        "旗": "banner",
        "市": "county_city",
        "区": "district",
        "县": "county",
    }
    return next(kind for ending, kind in endings.items() if name.endswith(ending))


def township_kind(code):
    """By the official numbering of the third segment: 0 street, 1 town, 2 and 3 township, then the rest."""
    return {"0": "subdistrict", "1": "town", "2": "rural_township", "3": "rural_township"}.get(code[6], "functional")


def build(archive):
    """Return the rows of regions.csv and of townships.csv.gz, both in code order."""
    regions, townships = [], []

    def add(code, name, level, parent, kind, short=None):
        row = (code, name, short or short_name(name, level, kind), level, parent, kind)
        (townships if level == "township" else regions).append(row)

    for row in read(archive, "provinces"):
        add(row["code"] + "0000", row["name"], "province", "", province_kind(row["name"], row["code"]))
    for code, name, short, kind in PROVINCES_WITHOUT_TABLE:
        add(code, name, "province", "", kind, short)

    pseudo = set()
    for row in read(archive, "cities"):
        # 市辖区 and 县 under a municipality, and 省直辖县级行政区划, are headings of the table and no places.
        if row["code"][:2] in MUNICIPALITIES or row["code"][2:] == "90":
            pseudo.add(row["code"])
        else:
            add(row["code"] + "00", row["name"], "city", row["provinceCode"] + "0000", city_kind(row["name"]))

    home = {}
    for row in read(archive, "areas"):
        code, city, province = row["code"], row["cityCode"], row["provinceCode"] + "0000"
        if city in CITIES_WITHOUT_COUNTIES:
            home[code] = city + "00"
            continue
        home[code] = code
        if city.endswith("90"):
            add(code, row["name"], "city", province, "directly_administered")
        else:
            parent = province if city in pseudo else city + "00"
            add(code, row["name"], "county", parent, county_kind(row["name"], code))

    for row in read(archive, "streets"):
        add(row["code"], row["name"], "township", home[row["areaCode"]], township_kind(row["code"]))
    return [tell_apart(sorted(rows)) for rows in (regions, townships)]


def tell_apart(rows):
    """Give siblings their whole names back where the short ones agree (伊宁市 and 伊宁县)."""
    count = {}
    for _code, _name, short, _level, parent, _kind in rows:
        count[parent, short] = count.get((parent, short), 0) + 1
    return [(c, n, n if count[parent, s] > 1 else s, level, parent, k) for c, n, s, level, parent, k in rows]


def as_csv(rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tarball", type=Path, help="a release fetched before; its checksum is verified all the same")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.tarball or fetch(folder)
        content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        sys.exit(f"{PACKAGE}: sha256 is {found}, expected {SHA256}. Nothing was written.")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        regions, townships = build(archive)
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "regions.csv").write_bytes(as_csv(regions))
    # mtime 0 and no file name: the same input gives the same bytes wherever zlib is the same. gzip.compress() would
    # write another system byte on other Python versions.
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(as_csv(townships))
    (DATA / "townships.csv.gz").write_bytes(packed.getvalue())
    print(f"{len(regions)} regions, {len(townships)} townships")


if __name__ == "__main__":
    main()
