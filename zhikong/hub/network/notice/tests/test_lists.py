"""The cells of a table of cities as other provinces print them: lists, counts, "none", figures and total rows."""

from __future__ import annotations

import pytest

from zhikong.hub.network.notice import Finding, Report, default_dictionary, examine_notice, message, read_notice
from zhikong.hub.network.notice.names import divide_names

HEADER = "序号\t设区市\t已成立数量\t未成立专业\n"
SECOND = "2\t柳州市\t4\t烧伤（1个）\n"


def notice_of(rows: str, header: str = HEADER):
    return divide_names(read_notice((header + rows).encode(), "a.txt"), default_dictionary())


def examined(rows: str, header: str = HEADER) -> Report:
    return examine_notice(read_notice((header + rows).encode(), "a.txt"))


def listed(cell: str) -> tuple[tuple[str, ...], int | None]:
    row = notice_of(f"1\t南宁市\t3\t{cell}\n").cities[0]
    return row.missing, row.stated_missing.value if row.stated_missing else None


def contradictions(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.severity == "contradiction"]


def kinds(report: Report) -> set[str]:
    return {finding.kind for finding in report.findings}


@pytest.mark.parametrize(
    "cell",
    [
        "烧伤、呼吸内科（2个）",
        "烧伤､呼吸内科（2个）",
        "烧伤;呼吸内科（2个）",
        "烧伤；呼吸内科（2个）",
        "烧伤 呼吸内科（2个）",
        "烧伤\u3000呼吸内科（2个）",
        "烧伤/呼吸内科（2个）",
        "烧伤／呼吸内科（2个）",
        "烧伤和呼吸内科（2个）",
        "烧伤与呼吸内科（2个）",
        "烧伤及呼吸内科（2个）",
        "烧伤．呼吸内科（2个）",
        "烧伤·呼吸内科（2个）",
        "1.烧伤、2.呼吸内科（2个）",
        "1、烧伤；2、呼吸内科（2个）",
        "①烧伤②呼吸内科（2个）",
        "（1）烧伤（2）呼吸内科（2个）",
        "烧伤、呼吸内科。（2个）",
        "烧伤、呼吸内科（2个）。",
        "烧伤、呼吸内科（共2个）",
        "烧伤、呼吸内科（2个专业）",
        "烧伤、呼吸内科（两个）",
        "烧伤、呼吸内科（二个）",
        "烧伤、呼吸内科（2家）",
        "烧伤、呼吸内科（2项）",
        "烧伤、呼吸内科（2）",
        "烧伤、呼吸内科（ ２ 个 ）",
        "烧伤、呼吸内科【2个】",
        "烧伤、呼吸内科[2]",
        "烧伤、呼吸内科 共2个",
        "烧伤、呼吸内科，共计2个专业",
        "烧伤、呼吸内科等2个",
        "烧伤、呼吸内科等（2个）",
        "共2个：烧伤、呼吸内科",
        "烧伤（1个）、呼吸内科（1个）",
        "2个（烧伤、呼吸内科）",
        "（2个）烧伤、呼吸内科",
        "缺2个专业：烧伤、呼吸内科",
        "烧伤 呼吸内科 2个",
        "烧伤、呼吸内科2个",
        "“烧伤”“呼吸内科”（2个）",
        "烧伤，以及呼吸内科（2个）",
        "烧伤|呼吸内科（2个）",
        "烧伤、呼吸内科、（2个）",
        "烧伤、、呼吸内科（2个）",
    ],
)
def test_two_names_and_their_count_however_they_are_written(cell: str) -> None:
    assert listed(cell) in ((("烧伤", "呼吸内科"), 2), (("“烧伤”", "“呼吸内科”"), 2))


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("烧伤、慢病（2型糖尿病）", ("烧伤", "慢病（2型糖尿病）")),
        ("中医（骨伤、针灸）、烧伤", ("中医（骨伤、针灸）", "烧伤")),
        ("中医(骨伤/针灸) 烧伤、产科", ("中医(骨伤/针灸) 烧伤", "产科")),
        ("烧伤（含2个亚专业）、产科", ("烧伤（含2个亚专业）", "产科")),
        ("烧伤（2024）、产科", ("烧伤（2024）", "产科")),
        # Known names keep the word that joins two others.
        ("儿科及小儿外科、儿童早期发展与评估", ("儿科及小儿外科", "儿童早期发展与评估")),
        ("皮肤和性传播疾病和烧伤", ("皮肤和性传播疾病", "烧伤")),
        ("儿童早期发展与评估与产科", ("儿童早期发展与评估", "产科")),
        # A document that came out of a PDF breaks names at spaces.
        ("儿童早期 发展与评估、烧 伤", ("儿童早期发展与评估", "烧伤")),
        ("丙 丁戊、烧伤", ("丙丁戊", "烧伤")),
        ("中医（骨伤、烧伤", ("中医（骨伤", "烧伤")),  # a bracket that never closes holds nothing
    ],
)
def test_names_that_stay_whole(cell: str, names: tuple[str, ...]) -> None:
    assert listed(cell) == (tuple(names), None)


@pytest.mark.parametrize(
    ("cell", "stated"),
    [
        *(
            (word, None)
            for word in ("", "无", "无。", "暂无", "没有", "—", "——", "－", "-", "/", "均已成立", "已全部成立")
        ),
        *((word, None) for word in ("全部组建", "全覆盖", "无未成立专业", "0", "专业全覆盖", "已实现全覆盖")),
        *((f"{word}（0个）", 0) for word in ("暂无", "均已成立", "无", "—", "全部成立", "")),
        ("无（0）", 0),
        ("0个", 0),
    ],
)
def test_none_missing(cell: str, stated: int | None) -> None:
    assert listed(cell) == ((), stated)
    assert not contradictions(examined(f"1\t南宁市\t5\t{cell}\n" + SECOND))


def test_none_missing_but_three_stated_is_a_contradiction() -> None:
    found = contradictions(examined(f"1\t南宁市\t5\t均已成立（3个）\n{SECOND}"))
    assert [(item.kind, item.subject, item.stated, item.computed) for item in found] == [
        ("missing_count", "南宁市", 3, 0)
    ]


@pytest.mark.parametrize("printed", ["3", "３", "3个", "3家", "3.0", "三", "3 个", "三个", "3项"])
def test_figures_as_printed(printed: str) -> None:
    row = notice_of(f"1\t南宁市\t{printed}\t烧伤（1个）\n").cities[0]
    assert row.established is not None
    assert (row.established.value, row.established.raw) == (3, printed)


@pytest.mark.parametrize(
    ("printed", "value"),
    [("十", 10), ("十二", 12), ("三十三", 33), ("一百零五", 105), ("两", 2), ("〇", 0), ("二〇", None), ("约3", None),
     ("3.5", None), ("3-5", None), ("十几", None)],
)  # fmt: skip
def test_chinese_figures(printed: str, value: int | None) -> None:
    row = notice_of(f"1\t南宁市\t{printed}\t烧伤（1个）\n").cities[0]
    assert row.established is not None
    assert row.established.value == value


def test_no_gap_in_the_count_column_is_none() -> None:
    header = "序号\t市州\t已建\t未成立专业\t数量\n"
    for word in ("无", "—", "/", "0"):
        report = examined(f"1\t南宁市\t5\t无\t{word}\n2\t柳州市\t4\t烧伤\t1\n", header)
        assert not contradictions(report), word


# ---- a joined name that nobody knows is asked about, and accuses nobody ----------------------------------------------


def test_a_joined_name_of_which_only_a_part_is_known_is_asked_about() -> None:
    report = examined("1\t南宁市\t3\t烧伤和怪名字、产科（4个）\n" + SECOND)
    asked = next(finding for finding in report.findings if finding.kind == "unknown_name")
    assert (asked.severity, asked.subject, asked.params["parts"]) == ("doubt", "烧伤和怪名字", ("烧伤", "怪名字"))
    assert "若是 2 个名称（烧伤、怪名字）" in message(asked)
    assert "烧伤、怪名字" in message(asked, "en").replace(", ", "、")
    # Two or three are listed, never four: that is provable whatever the joined name means.
    found = contradictions(report)
    assert [(item.kind, item.stated, item.computed) for item in found] == [("missing_count", 4, 3)]


def test_a_count_that_a_reading_explains_is_no_contradiction() -> None:
    for count in (1, 2):
        report = examined(f"1\t南宁市\t3\t烧伤和怪名字（{count}个）\n{SECOND}")
        assert not contradictions(report)
        assert "unknown_name" in kinds(report)
    # The count says which of the two it is.
    assert listed("烧伤和怪名字（2个）") == (("烧伤", "怪名字"), 2)
    assert listed("PET/CT（1个）") == (("PET/CT",), 1)
    assert listed("PET/CT（2个）") == (("PET", "CT"), 2)


def test_a_confirmed_alias_with_a_joining_word_is_not_divided() -> None:
    notice = read_notice(f"{HEADER}1\t南宁市\t3\t烧伤和呼吸内科（1个）\n{SECOND}".encode(), "a.txt")
    report = examine_notice(notice, default_dictionary().with_decisions({"烧伤和呼吸内科": "SP009"}))
    assert not contradictions(report)
    assert [finding.subject for finding in report.findings if finding.kind == "alias_used"] == ["烧伤和呼吸内科"]


def test_a_list_that_ends_in_and_others_is_doubtful_not_contradictory() -> None:
    report = examined("1\t南宁市\t3\t烧伤、呼吸内科等5个\n" + SECOND)
    assert not contradictions(report)
    open_list = next(finding for finding in report.findings if finding.kind == "list_unfinished")
    assert (open_list.severity, open_list.stated, open_list.computed) == ("doubt", 5, 2)


def test_a_doubled_specialty_is_found_whatever_joins_it() -> None:
    for cell in (
        "烧伤、产科、烧伤（3个）",
        "烧伤和烧伤、产科（3个）",
        "烧伤 烧伤专业 产科（3个）",
        "烧伤/产科/烧伤（3个）",
    ):
        found = contradictions(examined(f"1\t南宁市\t3\t{cell}\n{SECOND}"))
        assert [(item.kind, item.stated, item.computed) for item in found] == [("duplicate_name", 3, 2)], cell


# ---- total rows -----------------------------------------------------------------------------------------------------

TWO = "1\t南宁市\t3\t烧伤、呼吸内科（2个）\n2\t柳州市\t4\t烧伤（1个）\n"


@pytest.mark.parametrize(
    "label",
    ["合计", "总计", "共计", "小计", "全省", "全区", "全省合计", "全区合计", "合 计", "全省（合计）", "总数", "全区小计",
     "合计（2个市）", "Total"],
)  # fmt: skip
@pytest.mark.parametrize("column", ["\t{}\t7\t", "{}\t\t7\t3", "{}\t2个市\t7\t（3个）", "3\t{}\t7\t（3个）"])
def test_total_rows_are_no_cities(label: str, column: str) -> None:
    report = examined(TWO + column.format(label) + "\n")
    assert kinds(report) <= {"never_missing"}
    assert {"total.sum", "total.part"} & {fact.kind for fact in report.checked}


def test_a_wrong_total_row_is_found_at_its_place() -> None:
    found = contradictions(examined(TWO + "\t全区合计\t8\t\n"))
    assert [(item.kind, item.stated, item.computed, item.place.line) for item in found] == [("total", 8, 7, 4)]


def test_subtotals_are_held_against_their_own_rows() -> None:
    rows = (
        "1\t南宁市\t3\t烧伤\n2\t柳州市\t4\t烧伤\n\t小计\t7\t\n3\t桂林市\t5\t烧伤\n4\t梧州市\t6\t烧伤\n\t小计\t{}\t\n"
        "\t合计\t18\t\n"
    )
    assert not contradictions(examined(rows.format(11)))
    found = contradictions(examined(rows.format(12)))
    assert [(item.kind, item.stated, item.computed, item.place.line) for item in found] == [("total", 12, 11, 7)]


def test_each_of_two_tables_has_its_own_total() -> None:
    first = "附件2-1\n" + HEADER + TWO + "\t合计\t7\t\n"
    second = "附件2-2\n" + HEADER + "1\t桂林市\t5\t烧伤\n2\t梧州市\t6\t烧伤\n\t{}\t{}\t\n"
    for label, stated in (("合计", 11), ("总计", 18)):
        assert not contradictions(examined(second.format(label, stated), first))
    notice = read_notice((first + second.format("合计", 11)).encode(), "a.txt")
    assert notice.totals == ()  # neither is the province's


def test_a_total_row_of_the_provincial_list() -> None:
    rows = "序号\t质控中心名称\t挂靠单位\n1\t广西烧伤质控中心\t甲医院\n2\t广西产科质控中心\t乙医院\n合计\t{}\t\n"
    assert not contradictions(examined(rows.format(2), ""))
    found = contradictions(examined(rows.format(3), ""))
    assert [(item.kind, item.stated, item.computed) for item in found] == [("total", 3, 2)]


# ---- numbering ------------------------------------------------------------------------------------------------------

CENTRES = "序号\t质控中心名称\t责任单位\n"


def test_each_annex_counts_from_one() -> None:
    first = CENTRES + "1\t河南省烧伤质控中心\t甲医院\n2\t河南省呼吸内科质控中心\t乙医院\n"
    second = "1\t河南省护理管理质控中心\t甲医院\n2\t河南省产科质控中心\t乙医院\n"
    for between in ("附件2\n" + CENTRES, CENTRES, "二、管理类\n", "二、管理类\t\t\n"):
        report = examined(second, first + between)
        assert "numbering" not in kinds(report), between
        assert len([fact for fact in report.checked if fact.kind == "numbering"]) == 2
    # A repeated page header goes on counting, and a restart without one is a fault.
    assert "numbering" not in kinds(examined(second.replace("1\t", "3\t").replace("2\t", "4\t"), first + CENTRES))
    assert "numbering" in kinds(examined(second, first))


def test_rows_below_a_heading_inside_a_text_table_are_not_lost() -> None:
    text = CENTRES + "1\t河南省烧伤质控中心\t甲医院\n二、管理类\n2\t河南省护理管理质控中心\t乙医院\n"
    assert len(read_notice(text.encode(), "a.txt").centres) == 2
