"""Bytes to rows: text, CSV or workbook. Whatever comes, only NoticeError goes out."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .records import NoticeError, Place

Form = Literal["text", "csv", "xlsx"]

# A notice with its annexes has some hundred lines. The limits keep a wrong upload from being read to its end.
MOST_BYTES = 20_000_000
MOST_CHARACTERS = 1_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 64
MOST_SPANS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a text or one row of a sheet. `sheet` is empty but for workbooks."""

    form: Form
    index: int
    cells: tuple[str, ...]
    sheet: str = ""

    def place(self, column: int = 1) -> Place:
        if self.form == "text":
            return Place(line=self.index)
        return Place(sheet=self.sheet if self.form == "xlsx" else None, row=self.index, column=column)

    def cell(self, column: int | None) -> str:
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file, and what of a workbook was passed over because it is hidden."""

    form: Form
    rows: list[Row]
    hidden_sheets: tuple[str, ...] = ()
    hidden_rows: tuple[str, ...] = ()
    hidden_row_count: int = 0


def read_rows(data: bytes, filename: str, is_header: Callable[[Row], bool]) -> Rows:
    """Rows of a file. What the file is, its content says; the name only tells CSV from text.

    `is_header` tells the separator of a CSV: the one under which a row is the header of a table.
    """
    if len(data) > MOST_BYTES:
        raise NoticeError(f"文件超过 {MOST_BYTES // 1_000_000} MB，不像一份通报。请只上传通报正文和附表。")
    if not data.strip():
        raise NoticeError("文件是空的。请重新导出后再上传。")
    if data.startswith(b"PK\x03\x04"):
        return _workbook_rows(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise NoticeError("这是旧版 .xls 或加了密码的文件，无法读取。请去掉密码，另存为 .xlsx 后再上传。")
    if data.startswith(b"%PDF"):
        raise NoticeError("这是 PDF 文件。请把附表复制到 Excel 存为 .xlsx，或另存为文本文件后再上传。")
    text = _decode(data)
    if len(text) > MOST_CHARACTERS:
        raise NoticeError(f"文件超过 {MOST_CHARACTERS // 10_000} 万字，不像一份通报。请只上传通报正文和附表。")
    if filename.lower().endswith((".csv", ".tsv")):
        return Rows("csv", _csv_rows(text, is_header))
    lines = re.split(r"\r\n|\r|\n", text)
    if len(lines) > MOST_ROWS:
        raise NoticeError(f"文件超过 {MOST_ROWS} 行，不像一份通报。请只上传通报正文和附表。")
    return Rows("text", [Row("text", number, tuple(line.split("\t"))) for number, line in enumerate(lines, 1)])


def _decode(data: bytes) -> str:
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise NoticeError("文件不是可读的文字：编码不是 UTF-8 或 GB18030。请另存为 UTF-8 文本、CSV 或 .xlsx 后再上传。")


def _csv_rows(text: str, is_header: Callable[[Row], bool]) -> list[Row]:
    best: list[Row] = []
    for delimiter in (",", "\t"):
        rows = []
        try:
            for index, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
                rows.append(Row("csv", index, tuple(cells)))
                if index > MOST_ROWS:
                    raise NoticeError(f"文件超过 {MOST_ROWS} 行，不像一份通报。请只上传通报的附表。")
        except csv.Error as error:
            place = f"CSV 第 {len(rows) + 1} 行"
            raise NoticeError(f"{place}无法读取。请用 Excel 打开检查该行的引号，另存后再上传。") from error
        if any(is_header(row) for row in rows):
            return rows
        best = best or rows
    return best


def _workbook_rows(data: bytes) -> Rows:
    from openpyxl import load_workbook

    rows: list[Row] = []
    hidden_sheets: list[str] = []
    spans: list[tuple[str, int, int]] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that a notice does not need
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            for sheet in book.worksheets:
                # The stated size may lie (WPS states whole columns); without it only cells that exist cost anything.
                sheet.reset_dimensions()
                if sheet.sheet_state != "visible":
                    if next(_filled_rows(sheet), None):
                        hidden_sheets.append(sheet.title)
                    continue
                hidden = _hidden_rows(sheet)
                for index, texts in _filled_rows(sheet):
                    if index in hidden:
                        _extend(spans, sheet.title, index)
                    else:
                        rows.append(Row("xlsx", index, texts, sheet.title))
            book.close()
    except NoticeError:
        raise
    except Exception as error:  # a broken workbook makes openpyxl raise nearly anything
        raise NoticeError(
            "工作簿已损坏或不是 Excel 文件，无法打开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"
        ) from error
    labels = [f"{sheet}!{first}" + (f"–{last}" if last > first else "") for sheet, first, last in spans[:MOST_SPANS]]
    labels += ["…"] if len(spans) > MOST_SPANS else []
    count = sum(last - first + 1 for _, first, last in spans)
    return Rows("xlsx", rows, tuple(hidden_sheets), tuple(labels), count)


def _filled_rows(sheet: Any) -> Iterator[tuple[int, tuple[str, ...]]]:
    for index, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        texts = tuple(_cell_text(value) for value in cells)
        if not any(texts):
            continue
        if index > MOST_ROWS or any(texts[MOST_COLUMNS:]):
            raise NoticeError(
                f"工作表“{sheet.title}”超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列，不像一份通报。请只保留附表。"
            )
        yield index, texts


def _hidden_rows(sheet: Any) -> set[int]:
    """Rows hidden by hand or by a filter. openpyxl reads them past in the mode that reads only."""
    from xml.etree.ElementTree import iterparse

    hidden: set[int] = set()
    number, data = 0, None
    with sheet._get_source() as source:
        # The parser that openpyxl has just read this very part with; the child that runs us is limited by the kernel.
        for event, node in iterparse(source, events=("start", "end")):  # noqa: S314
            if event == "start" and node.tag.endswith("}sheetData"):
                data = node
            elif event == "start" and node.tag.endswith("}row"):
                number = int(node.get("r") or number + 1)
                if node.get("hidden") in ("1", "true"):
                    hidden.add(number)
            elif event == "end" and node.tag.endswith("}row") and data is not None:
                data.clear()
                if number > MOST_ROWS:
                    break
    return hidden


def _extend(spans: list[tuple[str, int, int]], sheet: str, row: int) -> None:
    if spans and spans[-1][0] == sheet and spans[-1][2] == row - 1:
        spans[-1] = (sheet, spans[-1][1], row)
    else:
        spans.append((sheet, row, row))


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
