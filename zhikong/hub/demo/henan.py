"""Henan's network as published: 豫卫医函〔2024〕96号, annexes 1 and 2.

The figures are the notice's; the wording is ours.

The brackets round the stated counts are full-width in thirteen rows and half-width in five, as printed there.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
NUMBER = "豫卫医函〔2024〕96号"
TITLE = "河南省质控织网行动重点任务推进情况通报"
HALF_WIDTH = {"鹤壁", "新乡", "焦作", "濮阳", "许昌"}
# The text at hand carries no date; its number says 2024, and the last day of that year stands for it.
ISSUED_ON = dt.date(2024, 12, 31)


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def notice_text() -> str:
    """The notice in the shape in which such documents come out of a PDF: paragraphs, then tab-separated annexes."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from ("河南省卫生健康委员会", "", NUMBER, "", TITLE, "")
    yield "各省辖市、济源示范区卫生健康委，航空港区教卫体局，省直各医疗机构，各省级医疗质量控制中心："
    yield ""
    yield "一、组建情况"
    yield "（一）省级。全省已组建省级质控中心54个。"
    yield (
        "（二）市级。全省共组建市级质控中心824个，其中组建数量较多的地区是：三门峡66个、洛阳63个、郑州62个、商丘60个、"
        "驻马店55个；组建数量较少的地区是：济源25个、新乡28个、开封33个、漯河33个。"
    )
    yield (
        "（三）县级。全省共组建1780个县（市）级质控组织，其中组建数量较多的地区是：信阳238个、南阳212个、洛阳209个、"
        "商丘150个、周口149个；组建数量较少的地区是：鹤壁8个、新乡17个、开封17个。"
    )
    yield from ("", "附件1", "", "已组建省级质控中心名单", "", "序号\t质控中心名称\t责任单位")
    for number, row in enumerate(rows("henan_centres.csv"), start=1):
        yield f"{number}\t{row['name']}\t{row['hosts'].replace(';', ' ')}"
    yield from ("", "附件2", "", "各地组建市级质控中心情况", "", "序号\t省辖市\t已成立数量\t未成立质控中心的专业")
    for number, row in enumerate(rows("henan_cities.csv"), start=1):
        left, right = "()" if row["city"] in HALF_WIDTH else "（）"
        missing = row["listed_missing"].replace(";", "、")
        yield f"{number}\t{row['city']}\t{row['established']}\t{missing}{left}{row['stated_missing']}个{right}"
