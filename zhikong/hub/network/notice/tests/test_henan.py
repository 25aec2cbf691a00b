"""The published notice gives exactly the findings worked out by hand from it, in every form, each at its place."""

import json
import time

import pytest

from zhikong.hub.network.notice import (
    Finding,
    Notice,
    NoticeError,
    Report,
    default_dictionary,
    examine_notice,
    message,
    read_notice,
    report_json,
    report_text,
    resolve_notice,
    title,
)

from .henan import henan

# kind, severity, subject, stated, computed. Worked out by hand from annexes 1 and 2 of 豫卫医函〔2024〕96号.
EXPECTED = [
    ("missing_count", "contradiction", "焦作", 19, 15),
    ("missing_count", "contradiction", "济源", 31, 30),
    ("shortfall", "contradiction", "开封", 54, 53),  # 33 + 20
    ("shortfall", "contradiction", "鹤壁", 54, 53),  # 39 + 14
    ("shortfall", "contradiction", "漯河", 54, 52),  # 33 + 19
    ("unknown_name", "doubt", "儿童介入技术", "儿童介入技术", None),
    ("unknown_name", "doubt", "心脏介入技术", "心脏介入技术", None),
    ("unknown_name", "doubt", "影像", "影像", None),
    ("alias_used", "doubt", "儿童康复", "儿童康复", "儿童康复医学"),
    ("alias_used", "doubt", "心律失常介入技术", "心律失常介入技术", "心律失常介入诊疗"),
    ("alias_used", "doubt", "医学消毒供应", "医学消毒供应", "医院消毒供应"),
    ("alias_used", "doubt", "儿童发展与评估", "儿童发展与评估", "儿童早期发展与评估"),
    ("alias_used", "doubt", "临床检验", "临床检验", "临床检验中心"),
    ("alias_used", "doubt", "院前急救", "院前急救", "院前急救管理"),
    ("misprint", "doubt", "静脉血栓塞症诊疗", "静脉血栓塞症诊疗", "静脉血栓栓塞症"),
    ("several_hosts", "doubt", "儿科及小儿外科", None, 2),
    ("mixed_naming", "doubt", "centres", None, 6),
    ("addressee_without_row", "doubt", "航空港区", "航空港区教卫体局", None),
    ("total_not_checkable", "hint", "county", 1780, 1000),
    ("never_missing", "hint", "cities", None, 12),
    ("mixed_brackets", "hint", "cities", None, 5),
]

CHECKED = [
    "16 市写明的缺口数与名单个数一致（18 市中）",
    "各市写明的缺口合计 230，名单合计 225",
    "读入 225 个专业名：200 个与名单同名，22 个按别名，3 个待确认，0 个不在名单",
    "省级中心名单序号 1 到 54 连续",
    "各市表序号 1 到 18 连续",
    "省级中心名单 54 行，与正文一致",
    "18 市已建合计 824，与写明的一致",
    "正文市级较多名单 5 市与附表一致",
    "正文市级较少名单 4 市与附表一致",
    "正文县级较多名单 5 市次序无误",
    "正文县级较少名单 3 市次序无误",
]

FORMS = {
    "notice.txt": lambda data: data.text().encode(),
    "notice.csv": lambda data: data.csv().encode("utf-8-sig"),
    "notice-gb.csv": lambda data: data.csv().encode("gb18030"),
    "notice.xlsx": lambda data: data.workbook(),
}


def facts(finding: Finding) -> tuple[object, ...]:
    return (finding.kind, finding.severity, finding.subject, finding.stated, finding.computed)


@pytest.fixture(scope="module")
def text() -> str:
    return henan().text()


@pytest.fixture(scope="module")
def notice(text: str) -> Notice:
    return read_notice(text.encode(), "notice.txt")


@pytest.fixture(scope="module")
def report(notice: Notice) -> Report:
    return examine_notice(notice)


def line_of(text: str, start: str) -> int:
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith(start)]
    assert len(lines) == 1, start
    return lines[0]


def one(report: Report, kind: str, subject: str) -> Finding:
    found = [finding for finding in report.findings if (finding.kind, finding.subject) == (kind, subject)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("form", FORMS)
def test_exactly_the_expected_findings(form: str) -> None:
    report = examine_notice(read_notice(FORMS[form](henan()), form))
    assert [facts(finding) for finding in report.findings] == EXPECTED
    assert [message(item) for item in report.checked] == CHECKED


def test_head_and_stated_facts(notice: Notice, text: str) -> None:
    assert notice.number is not None
    assert notice.number.value == "豫卫医函〔2024〕96号"
    assert notice.number.place.line == line_of(text, "豫卫医函")
    assert notice.title is not None
    assert notice.title.value == "关于质控网络建设进展的通报"
    assert notice.issuer is not None
    assert notice.issuer.value == "河南省卫生健康委员会"
    assert [item.value for item in notice.addressees][2] == "航空港区教卫体局"
    assert {total.level: total.figure.value for total in notice.totals} == {
        "province": 54,
        "city": 824,
        "county": 1780,
    }
    rankings = {
        (ranking.level, ranking.end): [(item.city.value, item.figure.value) for item in ranking.cities]
        for ranking in notice.rankings
    }
    data = henan()
    assert rankings == {
        ("city", "top"): data.tops["city"],
        ("city", "bottom"): data.bottoms["city"],
        ("county", "top"): data.tops["county"],
        ("county", "bottom"): data.bottoms["county"],
    }
    county = next(ranking for ranking in notice.rankings if ranking.level == "county")
    assert county.place.line == line_of(text, "较多的地区是：信阳")
    assert sum(total.figure.place.line == line_of(text, "（三）") for total in notice.totals) == 1


@pytest.mark.parametrize(
    ("kind", "subject", "start", "chinese"),
    [
        (
            "missing_count",
            "焦作",
            "8\t焦作",
            "写明 19 个，名单 15 个；已建 35 + 写明 19 = 54，正好是省级数，名单多半漏印 4 个",
        ),
        ("missing_count", "济源", "18\t济源", "写明 31 个，名单 30 个，差 1 个"),
        (
            "shortfall",
            "开封",
            "2\t开封",
            "已建 33 + 缺口 20 = 53，比省级 54 个少 1 个：有 1 个专业既不在已建也不在缺口",
        ),
        (
            "shortfall",
            "漯河",
            "11\t漯河",
            "已建 33 + 缺口 19 = 52，比省级 54 个少 2 个：有 2 个专业既不在已建也不在缺口",
        ),
        ("unknown_name", "影像", "7\t新乡", "“影像”（新乡）不在省级名单，可能是：放射影像；请确认，未作对应"),
        (
            "alias_used",
            "心律失常介入技术",
            "2\t开封",
            "“心律失常介入技术”按省级名单的“心律失常介入诊疗”读入："
            "8 市（开封、平顶山、安阳、新乡、漯河、三门峡、信阳、济源）",
        ),
        (
            "misprint",
            "静脉血栓塞症诊疗",
            "41\t河南省",
            "省级名单第 41 号印作“静脉血栓塞症诊疗”，规范名称是“静脉血栓栓塞症”，疑漏一个“栓”；"
            "5 市（平顶山、新乡、漯河、南阳、周口）写作“静脉血栓栓塞症”",
        ),
        (
            "several_hosts",
            "儿科及小儿外科",
            "14\t河南省",
            "第 14 号“儿科及小儿外科”有 2 个责任单位：郑州大学第三附属医院、河南省儿童医院；未写明由谁牵头",
        ),
        (
            "mixed_naming",
            "centres",
            "1\t河南省呼吸内科",
            "54 个名称用了 6 种后缀：质量控制中心 21、医疗质量控制中心 18、专业医疗质量控制中心 10、"
            "专业质量控制中心 3、中心 1、质控评价中心 1；应按编码而不是名称对应",
        ),
        (
            "total_not_checkable",
            "county",
            "（三）",
            "县级合计 1780，正文只给 8 市（共 1000），其余 10 市应共 780，没有附表可核对",
        ),
        (
            "addressee_without_row",
            "航空港区",
            "各省辖市",
            "“航空港区教卫体局”是收文单位，但各市表没有“航空港区”这一行",
        ),
        ("mixed_brackets", "cities", "6\t鹤壁", "缺口数的括号全角、半角混用：全角 13 市，半角 5 市，一全一半 0 市"),
    ],
)
def test_place_and_arithmetic(report: Report, text: str, kind: str, subject: str, start: str, chinese: str) -> None:
    finding = one(report, kind, subject)
    assert finding.place.line == line_of(text, start)
    assert message(finding) == chinese


def test_never_missing_names_the_twelve(report: Report) -> None:
    # Counted from annex 2: these twelve of annex 1 stand in no city's list.
    assert one(report, "never_missing", "cities").params["names"] == (
        "肾脏病",
        "血液净化治疗",
        "口腔",
        "康复医学",
        "麻醉",
        "重症医学",
        "新生儿重症",
        "脑损伤",
        "神经系统疾病",
        "护理管理",
        "病理",
        "医院感染管理",
    )


def test_unknown_names_come_with_candidates_the_city_does_not_list_already(report: Report) -> None:
    child = one(report, "unknown_name", "儿童介入技术")
    names = [candidate.name for candidate in child.candidates]
    assert {"儿童早期发展与评估", "结构性心脏病介入技术"} <= set(names)
    assert not {"综合介入技术", "外周血管介入技术", "儿童康复医学"} & set(names)
    assert all(0 < candidate.similarity < 1 and candidate.code for candidate in child.candidates)


def test_workbook_and_csv_places() -> None:
    data = henan()
    book = examine_notice(read_notice(data.workbook(), "notice.xlsx"))
    assert one(book, "missing_count", "焦作").place.short() == {"sheet": "附件2", "cell": "D10"}
    assert one(book, "several_hosts", "儿科及小儿外科").place.short() == {"sheet": "附件1", "cell": "C16"}
    assert one(book, "addressee_without_row", "航空港区").place.short() == {"sheet": "正文", "cell": "A7"}
    rows = data.csv().split("\r\n")
    listed = examine_notice(read_notice(data.csv().encode(), "notice.csv"))
    row = next(number for number, line in enumerate(rows, 1) if line.startswith("8,焦作"))
    assert one(listed, "missing_count", "焦作").place.short() == {"row": row, "column": 4}


def test_questions_are_the_three_open_names(notice: Notice) -> None:
    resolved = resolve_notice(notice, default_dictionary())
    assert [(match.printed, cities) for match, cities in resolved.questions] == [
        ("儿童介入技术", ("新乡",)),
        ("心脏介入技术", ("新乡",)),
        ("影像", ("新乡",)),
    ]


def test_decisions_answer_the_questions(notice: Notice) -> None:
    answers = {"影像": "SP047", "心脏介入技术": None}
    dictionary = default_dictionary().with_decisions(answers)
    found = [facts(finding) for finding in examine_notice(notice, dictionary).findings]
    assert ("alias_used", "doubt", "影像", "影像", "放射影像") in found
    assert ("name_decided_outside", "hint", "心脏介入技术", "心脏介入技术", None) in found
    assert [item[2] for item in found if item[0] == "unknown_name"] == ["儿童介入技术"]
    with pytest.raises(ValueError, match="SP999"):
        default_dictionary().with_decisions({"影像": "SP999"})


def test_cities_of_the_province_are_held_against_the_rows(notice: Notice) -> None:
    official = [f"{city.name}市" for city in henan().cities]
    assert [facts(item) for item in examine_notice(notice, cities=official).findings] == EXPECTED
    fewer = examine_notice(notice, cities=[city for city in official if city != "鹤壁市"])
    assert one(fewer, "unknown_city", "鹤壁").severity == "doubt"
    more = examine_notice(notice, cities=[*official, "航空港区"])
    assert one(more, "city_without_row", "航空港区").severity == "doubt"
    aliased = examine_notice(notice, cities=[*official[1:], "商都市"], city_aliases={"郑州": "商都市"})
    assert [facts(item) for item in aliased.findings] == EXPECTED


def test_a_table_alone_needs_a_provincial_list_for_the_shortfall() -> None:
    data = henan()
    rows = ["city,established,stated_missing,listed_missing_specialties"]
    rows += [f"{city.name},{city.established},{city.stated},{';'.join(city.missing)}" for city in data.cities]
    notice = read_notice("\n".join(rows).encode(), "network.csv")
    alone = examine_notice(notice)
    assert [finding.subject for finding in alone.findings if finding.severity == "contradiction"] == ["焦作", "济源"]
    assert [item.kind for item in alone.checked if not item.done] == ["no_catalogue", "no_total"]
    provincial = default_dictionary().with_provincial(f"SP{number:03d}" for number in range(1, 55))
    given = examine_notice(notice, provincial)
    assert [facts(item) for item in given.findings if item.severity == "contradiction"] == EXPECTED[:5]


def test_json_has_one_record_a_finding_and_is_stable(notice: Notice, report: Report) -> None:
    records = json.loads(report_json(report))
    assert len(records) == len(EXPECTED)
    for record in records:
        assert {"kind", "severity", "place", "stated", "computed", "message"} <= record.keys()
    assert records[0]["place"] == {"line": report.findings[0].place.line}
    assert report_json(report) == report_json(examine_notice(notice))


def test_text_report_in_both_languages(notice: Notice, report: Report) -> None:
    chinese, english = report_text(notice, report), report_text(notice, report, "en")
    assert "读入 54 个省级中心、18 市、225 个专业名：5 处矛盾、13 处存疑、3 处提示" in chinese
    assert "5 contradictions, 13 doubts, 3 hints" in english
    assert title(report.findings[0]) == "焦作 缺口"
    for finding in report.findings:
        assert message(finding) in chinese
        assert message(finding, "en") in english
        assert "{" not in message(finding, "en")


def test_records_survive_json(notice: Notice, report: Report) -> None:
    assert Notice.from_dict(json.loads(json.dumps(notice.to_dict()))) == notice
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_under_a_tenth_of_a_second(text: str) -> None:
    data = text.encode()
    best = 1.0
    for _ in range(3):
        start = time.perf_counter()
        examine_notice(read_notice(data, "notice.txt"))
        best = min(best, time.perf_counter() - start)
    assert best < 0.1


def test_an_evaluation_table_is_refused_with_its_place() -> None:
    table = "序号,质控中心,评估结果,挂靠单位\n1,广西临床检验中心,优秀,自治区人民医院\n"
    with pytest.raises(NoticeError, match="第 2 行第 3 列"):
        read_notice(table.encode(), "evaluation.csv")
