"""One thing altered in the notice: the right finding appears at the right place, and nothing that is not true of it."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhikong.hub.network.notice import Finding, default_dictionary, examine_notice, message, read_notice

from .henan import City, NoticeData, henan

CITY_NAMES = [city.name for city in henan().cities]


def findings(data: NoticeData) -> list[Finding]:
    return list(examine_notice(read_notice(data.text().encode(), "notice.txt")).findings)


def identity(finding: Finding) -> tuple[object, ...]:
    """A finding without its line, which shifts when rows come and go."""
    return (finding.kind, finding.subject, finding.stated, finding.computed, message(finding))


BASELINE = {identity(finding) for finding in findings(henan())}


def new_findings(data: NoticeData) -> list[Finding]:
    return [finding for finding in findings(data) if identity(finding) not in BASELINE]


def line(data: NoticeData, start: str, nth: int = -1) -> int:
    return [number for number, text in enumerate(data.text().split("\n"), 1) if text.startswith(start)][nth]


def find(found: list[Finding], kind: str, subject: str) -> Finding:
    matching = [finding for finding in found if (finding.kind, finding.subject) == (kind, subject)]
    assert len(matching) == 1, [identity(finding) for finding in found]
    return matching[0]


@pytest.mark.parametrize("delta", [-3, -1, 1, 20])
@pytest.mark.parametrize("index", range(18), ids=CITY_NAMES)
def test_established_altered(index: int, delta: int) -> None:
    data = henan()
    city = data.cities[index]
    city.established += delta
    found = new_findings(data)
    total = find(found, "total", "city")
    assert (total.stated, total.computed) == (824, 824 + delta)
    assert total.place.line == line(data, "（二）")
    listed = dict(data.tops["city"] + data.bottoms["city"])
    if city.name in listed:
        value = find(found, "ranking_value", city.name)
        assert (value.stated, value.computed) == (listed[city.name], city.established)
        assert value.related[0].line == line(data, f"{index + 1}\t{city.name}")
    elif city.established > 55 or city.established < 33:
        find(found, "ranking_omits", city.name)
    explained = max(len(city.missing), city.stated)
    if city.established + explained < 54:
        shortfall = find(found, "shortfall", city.name)
        assert shortfall.computed == city.established + explained
    # 焦作 loses its explanation (35 + 19 = 54), so its missing count is worded anew.
    allowed = {"total", "ranking_value", "ranking_omits", "ranking_tie", "shortfall"}
    assert {finding.kind for finding in found} <= allowed | ({"missing_count"} if city.name == "焦作" else set())


@pytest.mark.parametrize("index", range(18), ids=CITY_NAMES)
def test_stated_missing_count_altered(index: int) -> None:
    data = henan()
    city = data.cities[index]
    city.stated += 2
    found = new_findings(data)
    finding = find(found, "missing_count", city.name)
    assert (finding.stated, finding.computed) == (city.stated, len(city.missing))
    assert finding.place.line == line(data, f"{index + 1}\t{city.name}")
    # Established + stated may still not reach 54, which is then a second truth about the same city.
    assert {(item.kind, item.subject) for item in found} <= {("missing_count", city.name), ("shortfall", city.name)}


EVERY_NAME = [(city, name) for city in range(18) for name in range(len(henan().cities[city].missing))]


@pytest.mark.parametrize(("city", "name"), EVERY_NAME)
def test_every_listed_name_altered(city: int, name: int) -> None:
    data = henan()
    data.cities[city].missing[name] = "丙丁戊"
    found = new_findings(data)
    unknown = find(found, "unknown_name", "丙丁戊")
    assert unknown.place.line == line(data, f"{city + 1}\t{data.cities[city].name}")
    assert unknown.candidates == ()
    # The name that went is one use fewer of an alias or misprint, or the last mention of a specialty.
    assert {finding.kind for finding in found} <= {"unknown_name", "alias_used", "misprint", "never_missing"}


def test_what_an_open_name_may_mean_is_not_called_established_everywhere() -> None:
    data = henan()
    city = data.cities[1]  # 开封 alone lists 肿瘤性疾病
    city.missing[city.missing.index("肿瘤性疾病")] = "肿瘤性病"
    assert {finding.kind for finding in new_findings(data)} == {"unknown_name"}


@pytest.mark.parametrize("index", range(18), ids=CITY_NAMES)
def test_a_name_listed_twice(index: int) -> None:
    data = henan()
    city = data.cities[index]
    city.missing.append(city.missing[0])
    city.stated += 1
    finding = find(new_findings(data), "duplicate_name", city.name)
    assert (finding.stated, finding.computed) == (len(city.missing), len(city.missing) - 1)
    assert finding.place.line == line(data, f"{index + 1}\t{city.name}")


def test_a_name_listed_twice_under_two_names() -> None:
    data = henan()
    data.cities[1].missing.append("儿童康复医学")  # 开封 lists 儿童康复 already
    finding = find(new_findings(data), "duplicate_name", "开封")
    assert finding.params["names"] == ("儿童康复", "儿童康复医学")


@pytest.mark.parametrize("index", range(54))
def test_a_provincial_centre_left_out(index: int) -> None:
    data = henan()
    data.centre_numbers = [number for number in range(1, 55) if number != index + 1]
    del data.centres[index]
    found = new_findings(data)
    total = find(found, "total", "province")
    assert (total.stated, total.computed) == (54, 53)
    if index < 53:
        gap = find(found, "numbering", "centres")
        assert (gap.stated, gap.computed) == (index + 2, index + 1)
        assert gap.place.line == line(data, f"{index + 2}\t河南省")


@pytest.mark.parametrize("index", range(54))
def test_a_provincial_centre_listed_twice(index: int) -> None:
    data = henan()
    data.centres.append((data.centres[index][0].replace("专业", ""), "河南省人民医院"))
    data.provincial_total = 55
    found = [finding for finding in new_findings(data) if finding.kind == "duplicate_centre"]
    assert len(found) == 1
    assert found[0].place.line == line(data, "55\t")
    assert found[0].related[0].line == line(data, f"{index + 1}\t河南省")


@pytest.mark.parametrize("index", range(54))
def test_a_provincial_centre_with_an_unknown_name(index: int) -> None:
    data = henan()
    data.centres[index] = ("丙丁戊质量控制中心", data.centres[index][1])
    finding = find(new_findings(data), "unknown_centre", "丙丁戊")
    assert finding.place.line == line(data, f"{index + 1}\t河南省丙")


@pytest.mark.parametrize("delta", [-2, 1])
@pytest.mark.parametrize("position", range(9))
def test_a_city_figure_of_the_prose_altered(position: int, delta: int) -> None:
    data = henan()
    items = (data.tops["city"], data.bottoms["city"])[position >= 5]
    at = position if position < 5 else position - 5
    city, count = items[at]
    items[at] = (city, count + delta)
    found = new_findings(data)
    finding = find(found, "ranking_value", city)
    assert (finding.stated, finding.computed) == (count + delta, count)
    assert finding.place.line == line(data, "（二）")
    assert {item.kind for item in found} <= {"ranking_value", "ranking_order", "ranking_omits", "ranking_tie"}


@pytest.mark.parametrize("position", range(9))
def test_a_city_left_out_of_a_ranking(position: int) -> None:
    data = henan()
    items = (data.tops["city"], data.bottoms["city"])[position >= 5]
    city, count = items.pop(position if position < 5 else position - 5)
    found = new_findings(data)
    bound = min(c for _, c in items) if position < 5 else max(c for _, c in items)
    if position == 4:  # the list simply ends earlier, with 60
        assert found == []
    elif count == bound:  # 开封 and 漯河 tie at 33
        tie = find(found, "ranking_tie", city)
        assert tie.severity == "hint"
    else:
        omitted = find(found, "ranking_omits", city)
        assert omitted.computed == count
        assert omitted.place.line == line(data, "（二）")


def test_an_unknown_city_in_a_ranking() -> None:
    data = henan()
    data.tops["county"][1] = ("南洋", 212)
    finding = find(new_findings(data), "ranking_without_row", "南洋")
    assert finding.place.line == line(data, "较多的地区")


def test_other_numbers_of_cities_are_no_ranking_of_centres() -> None:
    text = henan().text()
    assert text.count("附件 1") == 1
    for sentence in (
        "市级质控中心下去指导次数较少的地区是：郑州 3 个、开封2个。",
        "市级质控中心组建情况如下，郑州有3个专家组。",
        "全省另有县市级质控中心12个。",
    ):
        altered = text.replace("附件 1", f"{sentence}\n\n附件 1")
        report = examine_notice(read_notice(altered.encode(), "notice.txt"))
        assert {identity(finding) for finding in report.findings} == BASELINE


def test_a_county_total_under_another_name() -> None:
    text = henan().text().replace("县（市）级质控组织", "县市级质控中心")
    text = text.replace("（二）市级。全省已有市级质控中心824个，其中组建", "（二）其中市级质控中心组建")
    report = examine_notice(read_notice(text.encode(), "notice.txt"))
    assert {finding.subject for finding in report.findings if "total" in finding.kind} == {"county"}


def test_a_ranking_out_of_order() -> None:
    data = henan()
    data.tops["city"][0], data.tops["city"][1] = data.tops["city"][1], data.tops["city"][0]
    found = new_findings(data)
    assert [finding.kind for finding in found] == ["ranking_order"]
    assert (found[0].stated, found[0].computed) == (66, 63)


def test_a_city_twice_in_a_ranking_and_in_both() -> None:
    data = henan()
    data.tops["county"].append(("信阳", 149))
    finding = find(new_findings(data), "ranking_repeats", "信阳")
    assert finding.computed == 2
    data = henan()
    data.bottoms["county"][2] = ("信阳", 17)
    assert find(new_findings(data), "ranking_overlap", "信阳").severity == "contradiction"


def test_the_fewest_above_the_most() -> None:
    data = henan()
    data.bottoms["county"] = [("鹤壁", 8), ("新乡", 17), ("开封", 160)]
    finding = find(new_findings(data), "ranking_overlap", "county")
    assert (finding.stated, finding.computed) == (149, 160)


@pytest.mark.parametrize(
    ("county_total", "impossible"),
    # 8 cities hold 1000; the other 10 lie between 17 and 149, so together between 170 and 1490.
    [(1169, True), (1170, False), (1780, False), (2490, False), (2491, True), (999, True)],
)
def test_a_county_total_that_cannot_be(county_total: int, impossible: bool) -> None:
    data = henan()
    data.county_total = county_total
    found = [finding for finding in findings(data) if finding.subject == "county"]
    assert [finding.kind for finding in found] == ["impossible_total" if impossible else "total_not_checkable"]
    assert found[0].params["remainder"] == county_total - 1000
    assert found[0].place.line == line(data, "（三）")


@pytest.mark.parametrize("total", [823, 825, 1])
def test_city_total_altered(total: int) -> None:
    data = henan()
    data.city_total = total
    found = new_findings(data)
    assert [(finding.kind, finding.stated, finding.computed) for finding in found] == [("total", total, 824)]
    assert message(found[0]) == f"写明市级合计 {total}，各市已建相加 824，差 {abs(total - 824)}"


def test_provincial_total_altered() -> None:
    data = henan()
    data.provincial_total = 55
    found = new_findings(data)
    assert [message(finding) for finding in found] == ["写明省级 55 个，附件列出 54 行，差 1"]


@pytest.mark.parametrize("index", range(18), ids=CITY_NAMES)
def test_a_city_row_twice(index: int) -> None:
    data = henan()
    data.cities.append(data.copy().cities[index])
    found = new_findings(data)
    finding = find(found, "duplicate_city", CITY_NAMES[index])
    assert finding.place.line == line(data, "19\t")
    assert find(found, "total", "city").computed == 824 + data.cities[index].established


@pytest.mark.parametrize("index", range(18), ids=CITY_NAMES)
def test_a_city_row_left_out(index: int) -> None:
    data = henan()
    data.city_numbers = [number for number in range(1, 19) if number != index + 1]
    city = data.cities.pop(index)
    found = new_findings(data)
    assert find(found, "total", "city").computed == 824 - city.established
    listed = {name for items in (*data.tops.values(), *data.bottoms.values()) for name, _ in items}
    assert (city.name in listed) == any(finding.kind == "ranking_without_row" for finding in found)
    if index < 17:
        assert find(found, "numbering", "cities").stated == index + 2


@pytest.mark.parametrize(
    ("numbers", "stated", "expected"),
    [
        ([*range(1, 10), 3, *range(11, 19)], 3, None),
        ([*range(1, 10), 19, *range(11, 19)], 19, 10),
        ([*range(1, 10), 9, *range(10, 18)], 9, None),
        ([*range(1, 10), *range(11, 20)], 11, 10),
    ],
)
def test_a_wrong_serial_number(numbers: list[int], stated: int, expected: int | None) -> None:
    data = henan()
    data.city_numbers = numbers
    found = new_findings(data)
    assert [(item.kind, item.stated, item.computed) for item in found] == [("numbering", stated, expected)]
    assert found[0].place.line == line(data, f"{stated}\t许昌")


@pytest.mark.parametrize(
    ("printed", "kind"),
    [("-5", "impossible_number"), ("三十几", "not_a_number"), ("", "not_a_number"), ("3.5", "not_a_number")],
)
def test_an_established_figure_that_is_no_number(printed: str, kind: str) -> None:
    data = henan()
    data.cities[1].established = printed
    found = new_findings(data)
    assert [(finding.kind, finding.subject) for finding in found] == [(kind, "开封")]
    assert found[0].place.line == line(data, "2\t开封")


@pytest.mark.parametrize("printed", ["二十几", "-20", "2x"])
def test_a_stated_count_that_is_no_number(printed: str) -> None:
    data = henan()
    data.cities[1].stated = printed
    found = new_findings(data)
    assert [finding.subject for finding in found] == ["开封"]
    assert found[0].kind == ("impossible_number" if printed == "-20" else "not_a_number")


def test_more_missing_than_there_are_specialties() -> None:
    data = henan()
    data.cities[0].stated = 55
    finding = find(new_findings(data), "too_many_missing", "郑州")
    assert (finding.stated, finding.computed) == (55, 54)


def test_a_known_specialty_outside_the_provincial_list() -> None:
    data = henan()
    data.cities[0].missing[0] = "眼科"
    finding = find(new_findings(data), "name_outside_list", "眼科")
    assert finding.place.line == line(data, "1\t郑州")


def test_one_width_of_brackets_is_no_finding() -> None:
    data = henan()
    for city in data.cities:
        city.brackets = "()"
    assert "mixed_brackets" not in {finding.kind for finding in findings(data)}
    data.cities[3].brackets = "（)"
    assert find(findings(data), "mixed_brackets", "cities").place.line == line(data, "4\t平顶山")


def test_an_addressee_with_a_row_is_no_finding() -> None:
    data = henan()
    data.addressees = ["各省辖市卫生健康委", "郑州市卫生健康委", "省直各医疗机构", "阜外华中心血管病医院"]
    assert "addressee_without_row" not in {finding.kind for finding in findings(data)}
    data.addressees.append("南洋市卫生健康委员会")
    assert find(findings(data), "addressee_without_row", "南洋市").place.line == line(data, "各省辖市")


SPECIALTIES = [specialty.name for specialty in default_dictionary().specialties]


@st.composite
def sound_notices(draw: st.DrawFn) -> NoticeData:
    """Any province whose notice is right in every figure and name."""
    names = draw(st.lists(st.sampled_from(SPECIALTIES), min_size=3, max_size=30, unique=True))
    cities = []
    for city in draw(st.lists(st.sampled_from(CITY_NAMES), min_size=4, max_size=18, unique=True)):
        missing = draw(st.lists(st.sampled_from(names), max_size=len(names) - 1, unique=True))
        established = len(names) - len(missing) + draw(st.integers(0, 9))
        cities.append(City(city, established, len(missing) if missing else None, missing))
    county = {city.name: draw(st.integers(1, 300)) for city in cities}
    tops, bottoms = {}, {}
    for level, amounts in (("city", {city.name: city.established for city in cities}), ("county", county)):
        falling = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
        high, low = falling[0][1], falling[-1][1]
        if high == low:  # nobody writes of most and fewest then
            continue
        tops[level] = [item for item in falling if item[1] == high]
        bottoms[level] = [item for item in falling if item[1] == low]
    return NoticeData(
        province="河南省",
        centres=[(f"{name}质量控制中心", "河南省人民医院") for name in names],
        cities=cities,
        provincial_total=len(names),
        city_total=sum(city.established for city in cities),
        county_total=sum(county.values()),
        tops=tops,
        bottoms=bottoms,
        addressees=["各省辖市卫生健康委", "省直各医疗机构"],
    )


@settings(max_examples=60, deadline=None)
@given(sound_notices())
def test_a_sound_notice_raises_no_alarm(data: NoticeData) -> None:
    for form, content in (("n.txt", data.text().encode()), ("n.csv", data.csv().encode())):
        report = examine_notice(read_notice(content, form))
        assert {finding.kind for finding in report.findings} <= {"never_missing", "total_not_checkable"}


CITY_HEADS = ["省辖市", "市", "地区", "市（州）", "地（州、市）", "设区市", "地市"]
ESTABLISHED_HEADS = ["已成立数量", "已成立质控中心个数", "已建", "组建数量"]
MISSING_HEADS = ["未成立质控中心的专业", "未组建专业", "尚未成立的专业", "未 成立\n专业"]
COUNTS = [
    "（{}个）",
    "（共{}个）",
    "（{}个专业）",
    "({})",
    "（{} 家）",
    "【{}个】",
    "，共{}个",
    "等{}个",
    "（{}项）。",
    "",
]
JOINS = ["、", "，", "；", "､", ";", " ", "/", "、\n", "\n", "和", "与"]
TOTALS = ["合计", "全省合计", "总计", "全省", "小计", "合  计", "全区合计"]
HAN = "零一二三四五六七八九十"


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sound notice in the layout of any province: its own heads, separators, counts, figures, total row and form."""
    data = draw(sound_notices())
    join, count, total = draw(st.sampled_from(JOINS)), draw(st.sampled_from(COUNTS)), draw(st.sampled_from(TOTALS))
    form = draw(st.sampled_from(["txt", "csv", "xlsx"]))
    figures = draw(st.sampled_from(["{}", "{}个", "{}.0", "{} 家", "han"]))
    none = draw(st.sampled_from(["", "无", "暂无", "—", "均已成立", "无（0个）", "暂无（0个）"]))
    if form == "txt" and "\n" in join:
        join = "、"
    rows = [["序号", *(draw(st.sampled_from(h)) for h in (CITY_HEADS, ESTABLISHED_HEADS, MISSING_HEADS))]]
    if form == "txt":
        rows[0] = ["".join(cell.split()) for cell in rows[0]]
    for number, city in enumerate(data.cities, 1):
        amount = city.established
        assert isinstance(amount, int)
        han = figures == "han" and amount <= 10
        printed = HAN[amount] if han else figures.replace("han", "{}").format(amount)
        listed = join.join(city.missing) + count.format(len(city.missing)) if city.missing else none
        rows.append([str(number), draw(st.sampled_from([city.name, f"{city.name}市"])), printed, listed])
    if draw(st.booleans()):
        rows.append(
            [*draw(st.sampled_from([["", total], [total, ""], [str(len(rows)), total]])), str(data.city_total), ""]
        )
    centres = [list(data.CENTRE_HEADER), *data.centre_table()]
    prose = [line for line in data.prose() if line]
    if form == "xlsx":
        book = openpyxl.Workbook()
        for title, lines in (("正文", [[line] for line in prose]), ("附件1", centres), ("附件2", rows)):
            sheet = book.create_sheet(title)
            for row in lines:
                sheet.append([int(cell) if cell.isdigit() and cell.isascii() else cell for cell in row])
        copy = book.copy_worksheet(book["附件2"])  # last year's sheet, hidden and forgotten
        copy.sheet_state = "hidden"
        del book["Sheet"]
        out = io.BytesIO()
        book.save(out)
        return "n.xlsx", out.getvalue()
    if form == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([*([line] for line in prose), *centres, ["附件2"], *rows])
        content = text.getvalue()
    else:
        content = "\n".join([*prose, "附件1", *("\t".join(row) for row in (*centres, ["附件2"], *rows))])
    return f"n.{form}", content.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030"])))


@settings(max_examples=150, deadline=None)
@given(laid_out())
def test_a_sound_notice_raises_no_alarm_in_any_layout(upload: tuple[str, bytes]) -> None:
    name, content = upload
    notice = read_notice(content, name)
    report = examine_notice(notice)
    # The width of brackets and copied names differ by row here, and a bare city name beside a full one is no fault.
    assert {finding.kind for finding in report.findings} <= {"never_missing", "total_not_checkable", "mixed_brackets"}
    assert "total.sum" in {fact.kind for fact in report.checked}


@settings(max_examples=40, deadline=None)
@given(sound_notices(), st.data())
def test_one_fault_in_a_sound_notice_is_found(data: NoticeData, draw: st.DataObject) -> None:
    city = draw.draw(st.sampled_from(data.cities))
    city.established += draw.draw(st.integers(1, 50))
    report = examine_notice(read_notice(data.text().encode(), "n.txt"))
    assert "total" in {finding.kind for finding in report.findings}
    assert all(finding.kind != "shortfall" for finding in report.findings)
