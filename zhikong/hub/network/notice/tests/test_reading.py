"""Files as they come: encodings, broken rows, odd columns, wrong files. Whatever comes, only NoticeError goes out."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhikong.hub.network.notice import (
    Notice,
    NoticeError,
    examine_notice,
    message,
    read_notice,
    report_json,
    report_text,
)
from zhikong.hub.network.notice.tables import split_hosts

from .henan import henan

HEADER = "序号,省辖市,已成立数量,未成立质控中心的专业"


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for index, rows in enumerate(sheets):
        sheet = book.create_sheet(f"表{index + 1}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def values(notice: Notice) -> list[tuple[object, ...]]:
    return [
        (
            row.city.value,
            row.established.value if row.established else None,
            row.missing,
            row.stated_missing.value if row.stated_missing else None,
        )
        for row in notice.cities
    ]


HENAN_VALUES = [(city.name, city.established, tuple(city.missing), city.stated) for city in henan().cities]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends(encoding: str, newline: str) -> None:
    data = henan().text().replace("\n", newline).encode(encoding)
    notice = read_notice(data, "notice.txt")
    assert values(notice) == HENAN_VALUES
    assert (
        notice.cities[0].city.place.line
        == henan()
        .text()
        .split("\n")
        .index(next(line for line in henan().text().split("\n") if line.startswith("1\t郑州")))
        + 1
    )


def test_a_path_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "notice.csv"
    path.write_text(henan().csv(), encoding="gb18030")
    assert values(read_notice(path)) == HENAN_VALUES
    assert read_notice(str(path)).filename == "notice.csv"
    with pytest.raises(NoticeError, match="打不开"):
        read_notice(tmp_path / "absent.csv")


def test_full_width_digits_and_separators() -> None:
    text = f'{HEADER}\n１,郑州市,６２,艾滋病诊疗；产科（２个）\n2,开封,"1,033",无\n'
    assert values(read_notice(text.encode(), "a.csv")) == [
        ("郑州市", 62, ("艾滋病诊疗", "产科"), 2),
        ("开封", 1033, (), None),
    ]


def test_a_row_broken_over_lines_and_pages() -> None:
    text = "\n".join(
        [
            HEADER.replace(",", "\t"),
            "1\t郑州\t62\t艾滋病诊疗、产科、",
            "",
            "— 3 —",
            "",
            HEADER.replace(",", "\t"),
            "\t\t\t儿童早期",
            "发展与评估、妇科（4个）",
            "2\t开封\t33\t产科（1个）",
            "附件 3、说明",
        ]
    )
    assert values(read_notice(text.encode(), "a.txt")) == [
        ("郑州", 62, ("艾滋病诊疗", "产科", "儿童早期发展与评估", "妇科"), 4),
        ("开封", 33, ("产科",), 1),
    ]


def test_a_count_column_under_a_merged_header() -> None:
    rows: list[list[object]] = [
        ["各地情况"],
        ["序号", "市（州）", "已建", "未成立质控中心的专业", None],
        [None, None, None, "专业名称", "数量"],
        [1, "郑州", 62, "艾滋病诊疗", 1],
        [2, "开封", 33.0, "产科、妇科（2个）", 3],
        ["合计", None, 96, None, None],
    ]
    notice = read_notice(workbook(rows), "a.xlsx")
    assert values(notice) == [("郑州", 62, ("艾滋病诊疗",), 1), ("开封", 33, ("产科", "妇科"), 2)]
    found = {finding.kind: finding for finding in examine_notice(notice).findings}
    assert found["missing_count"].place.short() == {"sheet": "表1", "cell": "E5"}
    assert message(found["missing_count"]) == "括号中写明 2 个，数量列写明 3 个"
    assert found["total"].place.short() == {"sheet": "表1", "cell": "C6"}
    assert (found["total"].stated, found["total"].computed) == (96, 95)


def test_a_note_below_a_table_is_prose() -> None:
    rows: list[list[object]] = [["市", "已成立"], ["郑州", 62], ["注：截至上月底"], ["开封", 33]]
    assert [row.city.value for row in read_notice(workbook(rows), "a.xlsx").cities] == ["郑州", "开封"]


@pytest.mark.parametrize(
    ("printed", "hosts"),
    [
        ("郑州大学第三附属医院 河南省儿童医院", ("郑州大学第三附属医院", "河南省儿童医院")),
        ("郑州大学第三附属医院、河南省儿童医院", ("郑州大学第三附属医院", "河南省儿童医院")),
        ("郑州大学第三附属医院；河南省儿童医院", ("郑州大学第三附属医院", "河南省儿童医院")),
        # PDF text of 桂卫办发〔2025〕15号 breaks this one name at a space.
        ("广西医科大学 第一附属医院", ("广西医科大学第一附属医院",)),
        ("广西医科大学 附属肿瘤医院", ("广西医科大学附属肿瘤医院",)),
        ("郑州市中心医院 附属康复医院", ("郑州市中心医院附属康复医院",)),
        ("", ()),
    ],
)
def test_hosts(printed: str, hosts: tuple[str, ...]) -> None:
    assert split_hosts(printed) == hosts


def test_numbers_broken_by_spaces_and_lines() -> None:
    text = henan().text().replace("市级质控中心824个", "市级质控中心 8\n24 个").replace("洛阳63个", "洛 阳\n６３ 个")
    notice = read_notice(text.encode(), "a.txt")
    assert [total.figure.value for total in notice.totals] == [54, 824, 1780]
    assert [(item.city.value, item.figure.value) for item in notice.rankings[0].cities][1] == ("洛阳", 63)
    assert len(examine_notice(notice).findings) == 21


@pytest.mark.parametrize(
    ("data", "filename", "says"),
    [
        (b"", "a.txt", "空"),
        (b" \r\n ", "a.csv", "空"),
        (b"%PDF-1.7 ...", "a.pdf", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "旧版 .xls"),
        (b"PK\x03\x04 not a workbook", "a.xlsx", "已损坏"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.png", "不是可读的文字"),
        ("质控工作简报\n\n按：一段文字。\n".encode(), "a.txt", "全文 4 行中没有找到"),
        (f"{HEADER}\n".encode(), "a.csv", "只有表头"),
        (f"{HEADER},备注\n1,郑州,62,产科,x\n".encode(), "a.csv", "“备注”（第 1 行第 5 列）"),
        (f"{HEADER}\n1,郑州,62,产科,x\n".encode(), "a.csv", "第 2 行第 5 列有内容"),
        (f"{HEADER},市\n1,郑州,62,产科,x\n".encode(), "a.csv", "“省辖市”（第 1 行第 2 列）、“市”（第 1 行第 5 列）"),
        (workbook([["市", "已成立", "电话"], ["郑州", 62, "x"]]), "a.xlsx", "“电话”（工作表“表1” C1）"),
        (workbook([["指标", "数值"], ["a", 1]]), "a.xlsx", "各工作表共 2 行中没有找到"),
        (b"no,dimension,name\n1,a,b\n", "a.csv", "没有找到"),
        (b'city,established\n"' + b"x" * 200_000 + b'",1\n', "a.csv", "CSV 第 2 行"),
        (b"a\n" * 20_001, "a.txt", "20000 行"),
        (b"a\n" * 20_001, "a.csv", "20000 行"),
        (f"{HEADER}\n1,郑州,62,{'产科、' * 12_000}\n".encode(), "a.csv", "12001 个名称"),
        (b"a" * 1_000_001, "a.txt", "100 万字"),
        (b"a" * 20_000_001, "a.xlsx", "20 MB"),
        (workbook([["市", "已成立", *[None] * 70, "x"], ["郑州", 62]]), "a.xlsx", "64 列"),
    ],
)
def test_wrong_files_are_refused_with_place_and_remedy(data: bytes, filename: str, says: str) -> None:
    with pytest.raises(NoticeError) as refusal:
        read_notice(data, filename)
    assert says in str(refusal.value)
    assert "请" in str(refusal.value)


def survives(data: bytes, filename: str) -> None:
    """Reads or refuses; what is read can be checked and reported in both languages."""
    try:
        notice = read_notice(data, filename)
    except NoticeError:
        return
    report = examine_notice(notice)
    for language in ("zh", "en"):
        report_text(notice, report, language)
        report_json(report, language)
    assert Notice.from_dict(notice.to_dict()) == notice


NAMES = st.sampled_from(["a.txt", "a.csv", "a.xlsx", ""])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), NAMES)
@example(b"PK\x03\x04", "a.xlsx")
def test_any_bytes(data: bytes, filename: str) -> None:
    survives(data, filename)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), NAMES)
@example("\0", "a.csv")
@example("市\t已成立\n\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "a.txt")
def test_any_text(text: str, filename: str) -> None:
    survives(text.encode(), filename)


TOKENS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "序号",
                    "省辖市",
                    "已成立数量",
                    "未成立质控中心的专业",
                    "数量",
                    "质控中心名称",
                    "责任单位",
                    "评估结果",
                ),
                *(
                    "\t",
                    "\t",
                    "\t",
                    "\n",
                    "\n",
                    ",",
                    ",",
                    "、",
                    "：",
                    "。",
                    " ",
                    '"',
                    "（",
                    "）",
                    "(",
                    ")",
                    "个",
                    "合计",
                ),
                *(
                    "郑州",
                    "开封",
                    "产科",
                    "儿童康复",
                    "省级质控中心",
                    "市级质控中心",
                    "县（市）级质控中心",
                    "组建较多",
                    "较少",
                ),
                *(
                    "1",
                    "2",
                    "-7",
                    "54",
                    "99999999999999999999",
                    "１２",
                    "²",
                    "٣",
                    "{x}",
                    "{",
                    "附件 1",
                    "— 3 —",
                    "：",
                    "各市",
                ),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=120,
)


@settings(max_examples=300, deadline=None)
@given(TOKENS, NAMES)
def test_any_heap_of_the_words_of_notices(tokens: list[str], filename: str) -> None:
    survives("".join(tokens).encode("utf-8", "replace"), filename)


@settings(max_examples=150, deadline=None)
@given(TOKENS)
def test_any_rows_under_a_true_header(tokens: list[str]) -> None:
    survives(("序号\t省辖市\t已成立数量\t未成立质控中心的专业\n" + "".join(tokens)).encode("utf-8", "replace"), "a.txt")
    survives((f"{HEADER}\n" + "".join(tokens)).encode("utf-8", "replace"), "a.csv")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_workbook(data: st.DataObject) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(content), "a.xlsx")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_notice_with_lines_lost_and_doubled(data: st.DataObject) -> None:
    lines = TEXT.split("\n")
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + 1] = [lines[at]] * data.draw(st.integers(0, 2))
    survives("\n".join(lines).encode(), "a.txt")


WORKBOOK = henan().workbook()
TEXT = henan().text()
