"""Workbooks as offices make them: merged cells, hidden sheets and rows, line breaks in a cell."""

from __future__ import annotations

import io

import openpyxl
import pytest

from zhikong.hub.network.notice import NoticeError, default_dictionary, examine_notice, message, read_notice
from zhikong.hub.network.notice.names import divide_names

HEADER = ["序号", "市", "已成立数量", "未成立专业"]


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(*rows: list[object], merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "附件2"
    for row in (HEADER, *rows):
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    return saved(book)


def test_a_second_figure_below_a_merged_city_is_refused_not_joined() -> None:
    data = sheet_of(
        [1, "郑州市", 60, "烧伤（1个）"], [None, None, 3, "产科（1个）"], [2, "洛阳市", 50, "烧伤（1个）"],
        merged=("A2:A3", "B2:B3"),
    )  # fmt: skip
    with pytest.raises(NoticeError) as refusal:
        read_notice(data, "a.xlsx")
    # 60 above 3 once read as 603.
    assert "附件2!C3" in str(refusal.value)
    assert "郑州市" in str(refusal.value)
    assert "请" in str(refusal.value)


@pytest.mark.parametrize("row", [[None, None, 3, None], [None, None, "3", "产科"]])
def test_a_figure_without_a_city_is_refused(row: list[object]) -> None:
    for first in (60, None):
        with pytest.raises(NoticeError, match="附件2!C3"):
            read_notice(sheet_of([1, "郑州市", first, "烧伤"], row), "a.xlsx")


def test_a_list_that_goes_on_behind_its_count_is_refused() -> None:
    data = sheet_of([1, "郑州市", 60, "烧伤（1个）"], [None, None, None, "产科（1个）"], merged=("B2:B3", "C2:C3"))
    with pytest.raises(NoticeError, match="附件2!D3"):
        read_notice(data, "a.xlsx")


def test_one_specialty_a_row_under_a_merged_city() -> None:
    data = sheet_of(
        [1, "郑州市", 60, "烧伤"], [None, None, None, "产科"], [None, None, None, "儿童早期"],
        [None, None, None, "发展与评估（3个）"], [2, "洛阳市", 50, "无"], merged=("A2:A5", "B2:B5", "C2:C5"),
    )  # fmt: skip
    notice = divide_names(read_notice(data, "a.xlsx"), default_dictionary())
    assert [row.missing for row in notice.cities] == [("烧伤", "产科", "儿童早期发展与评估"), ()]
    assert not [item for item in examine_notice(notice).findings if item.severity == "contradiction"]


def test_hosts_of_a_merged_centre_are_two() -> None:
    book = openpyxl.Workbook()
    for row in (
        ["序号", "质控中心名称", "责任单位"], [1, "河南省烧伤质控中心", "郑州大学第三附属医院"],
        [None, None, "河南省儿童医院"], [2, "河南省产科质控中心", "广西医科大学\n第一附属医院"],
    ):  # fmt: skip
        book.active.append(row)
    assert [row.hosts for row in read_notice(saved(book), "a.xlsx").centres] == [
        ("郑州大学第三附属医院", "河南省儿童医院"),
        ("广西医科大学第一附属医院",),
    ]


def test_line_breaks_in_a_cell_divide_names_and_wrap_them() -> None:
    data = sheet_of([1, "郑州市", 60, "烧伤\n儿童早期\n发展与评估\n丙丁戊\n（3个）"])
    notice = divide_names(read_notice(data, "a.xlsx"), default_dictionary())
    assert notice.cities[0].missing == ("烧伤", "儿童早期发展与评估", "丙丁戊")
    assert notice.cities[0].stated_missing is not None
    assert notice.cities[0].stated_missing.value == 3


def test_hidden_sheets_and_rows_are_not_read_and_the_report_says_so() -> None:
    book = openpyxl.Workbook()
    book.active.title = "附件2"
    for sheet in (book.active, book.create_sheet("旧版"), book.create_sheet("更旧"), book.create_sheet("空")):
        if sheet.title != "空":
            for row in (HEADER, [1, "郑州市", 60, "烧伤（1个）"], [2, "洛阳市", 50, "烧伤（1个）"]):
                sheet.append(row)
    book["旧版"].sheet_state, book["更旧"].sheet_state = "hidden", "veryHidden"
    book["空"].sheet_state = "hidden"
    for number, name in enumerate(("开封市", "安阳市", "鹤壁市"), start=4):
        book["附件2"].append([number - 1, name, 1, "无"])
        book["附件2"].row_dimensions[number].hidden = name != "鹤壁市"
    notice = read_notice(saved(book), "a.xlsx")
    assert [row.city.value for row in notice.cities] == ["郑州市", "洛阳市", "鹤壁市"]
    said = {fact.kind: fact for fact in examine_notice(notice).checked if not fact.done}
    assert message(said["hidden_sheets"]) == "隐藏的工作表没有读入：旧版、更旧"
    assert message(said["hidden_rows"]) == "隐藏的 2 行没有读入：附件2!4–5"
    assert message(said["hidden_rows"], "en") == "2 hidden rows were not read: 附件2!4–5"
    assert type(notice).from_dict(notice.to_dict()) == notice


def test_a_workbook_of_which_all_is_hidden_says_why_nothing_is_found() -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheet_of([1, "郑州市", 60, "烧伤"])))
    book.create_sheet("说明").append(["见附件"])
    book["附件2"].sheet_state = "hidden"
    with pytest.raises(NoticeError, match=r"隐藏.*附件2.*取消隐藏"):
        read_notice(saved(book), "a.xlsx")
