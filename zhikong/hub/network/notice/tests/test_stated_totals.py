"""Which numbers of the prose are totals. Increments, parts, goals and other places' figures are none."""

from __future__ import annotations

import pytest

from zhikong.hub.network.notice import Notice, examine_notice, message, read_notice

CITIES = "\n序号\t设区市\t已成立数量\t未成立专业\n1\t南宁市\t3\t烧伤、呼吸内科（2个）\n2\t柳州市\t4\t烧伤（1个）\n"
DISTRICTS = "\n序号\t{}\t已成立数量\n1\t东城区\t30\n2\t西城区\t50\n"


def read(prose: str, table: str = CITIES) -> Notice:
    return read_notice((prose + table).encode(), "a.txt")


def totals(prose: str, table: str = CITIES) -> dict[str, int | None]:
    return {total.level: total.figure.value for total in read(prose, table).totals}


@pytest.mark.parametrize(
    "prose",
    [
        "市级质控中心共7个。",
        "全区共有市级质控中心7个。",
        "目前，全区已有7个市级质控中心。",
        "全区市级质控中心总数达7个，比上年增加2个。",
        "截至2025年6月底，全区累计成立市级医疗质量控制中心7个，其中新成立2个。",
        "截至目前，市级质控中心达到7个。",
        "2025年，全区新成立市级质控中心2个。截至目前，市级质控中心共7个。",
        "2026年底前全区市级质控中心达到900个。目前全区市级质控中心共7个。",
        "力争到2026年底市级质控中心达900个；目前共有市级质控中心7个。",
        "其中中医类市级质控中心2个。全区市级质控中心合计7个。",
        "全区共有省级质控中心39个、市级质控中心7个，县级质控组织80个。",
        "一、总体情况\n市级质控中心共7个。",
        "（二）市级。全区已组建7个设区市级质控中心；",
        "全区已有市级质控中心 7\n个。",
        "市级质控中心共7个。郑州市级质控中心共3个。南宁市有市级质控中心3个。",
        "市级质控中心共7个，其中市级质控中心达到2个专业以上的有5个市。",
        "全省市级质控中心共7个，较去年增加2个，市级质控中心覆盖率达95%。",
        "全省18个省辖市共建立市级质控中心7个。",
        "各市（州）共成立市（州）级质控中心7个。",
        "据统计，全区共建成市级质控中心７个。",
    ],
)
def test_totals(prose: str) -> None:
    assert totals(prose)["city"] == 7
    assert not [item for item in examine_notice(read(prose)).findings if item.kind == "total"]


@pytest.mark.parametrize(
    "prose",
    [
        "2025年，全区新成立市级质控中心2个。",
        "2025年，全区成立市级质控中心2个。",
        "2025年全区共成立市级质控中心2个。",
        "今年以来全区共新增市级质控中心2个。",
        "2026年底前市级质控中心达到900个。",
        "到2026年底，全区市级质控中心达到900个。",
        "2026年，全区市级质控中心达到900个。",
        "力争全区市级质控中心达到900个。",
        "全区要建成市级质控中心共900个的目标。",
        "全区市级质控中心达到900个的目标。",
        "其中，市级质控中心共2个。",
        "其中中医类市级质控中心2个。",
        "中医类市级质控中心共2个。",
        "另有市级质控中心2个。",
        "南宁市有市级质控中心3个。",
        "南宁市：市级质控中心共3个。",
        "南宁市共有市级质控中心3个。",
        "全区共有2个市级质控中心完成换届。",
        "全区市级质控中心共涉及3个专业。",
        "全区市级质控中心达3个专业。",
        "平均每个市级质控中心达3个。",
        "全区市级质控中心不少于3个。",
        "全区市级质控中心达3个以上。",
        "全区已撤销市级质控中心2个。",
        "比去年共增加市级质控中心2个。",
        "市级质控中心2个。",
    ],
)
def test_what_is_no_total(prose: str) -> None:
    assert totals(prose) == {}
    report = examine_notice(read(prose))
    assert not [finding for finding in report.findings if "total" in finding.kind]
    assert "no_total" in {fact.kind for fact in report.checked if not fact.done}


def test_of_several_totals_none_is_compared_and_the_report_says_so() -> None:
    notice = read("截至2024年底，全区共有市级质控中心6个。截至2025年底，全区共有市级质控中心7个。")
    assert notice.totals == ()
    report = examine_notice(notice)
    assert not [finding for finding in report.findings if "total" in finding.kind]
    said = next(fact for fact in report.checked if fact.kind == "several_totals")
    assert not said.done
    assert message(said) == "正文写了几个不同的市级合计（6、7），不知以哪个为准，未核对"
    assert type(notice).from_dict(notice.to_dict()) == notice


def test_a_wrong_total_is_still_found() -> None:
    found = [
        f for f in examine_notice(read("2025年新成立2个。全区共有市级质控中心8个。")).findings if f.kind == "total"
    ]
    assert [(item.stated, item.computed, item.place.line) for item in found] == [(8, 7, 1)]


def test_parts_of_the_provincial_centres_are_no_total() -> None:
    table = "\n序号\t质控中心名称\t责任单位\n1\t河南省烧伤质控中心\t甲医院\n2\t河南省产科质控中心\t乙医院\n"
    assert totals("其中中医类省级质控中心1个。全省省级质控中心共2个。", table) == {"province": 2}


@pytest.mark.parametrize("head", ["地区", "区", "各区", "区县"])
def test_the_centres_of_a_municipality_are_not_the_sum_of_its_districts(head: str) -> None:
    prose = "北京市卫生健康委员会\n京卫医〔2025〕1号\n全市共有市级质控中心49个，区级质控组织80个。"
    notice = read(prose, DISTRICTS.format(head))
    report = examine_notice(notice)
    assert not [finding for finding in report.findings if finding.severity == "contradiction"]
    # 30 + 50 = 80: the districts' own.
    assert {(fact.kind, fact.params.get("sum")) for fact in report.checked} >= {("total.sum", 80)}
    wrong = examine_notice(read(prose.replace("80", "81"), DISTRICTS.format(head)))
    assert [(f.kind, f.subject, f.stated, f.computed) for f in wrong.findings if f.severity == "contradiction"] == [
        ("total", "county", 81, 80)
    ]


def test_the_centres_of_a_city_are_not_the_sum_of_its_counties() -> None:
    table = "\n序号\t县区\t已成立数量\n1\t涧西区\t5\n2\t洛宁县\t4\n3\t邓州市\t3\n"
    for head in ("县区", "地区"):
        prose = "全市共有市级质控中心49个，县级质控中心12个。"
        report = examine_notice(read(prose, table.replace("县区", head, 1)))
        assert not [finding for finding in report.findings if finding.severity == "contradiction"]
        assert ("total.sum", 12) in {(fact.kind, fact.params.get("sum")) for fact in report.checked}
