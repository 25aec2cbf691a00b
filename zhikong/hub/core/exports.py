"""Tables that leave the platform, as a workbook or as CSV.

    return exports.table_response("机构", columns, rows, format="xlsx", by=request.user, at=now(), filters=shown_filter)

Text is text: nothing that a user once typed is run as a formula by Excel or WPS. Each export says in its second sheet
what was filtered and who took it, and stands in the ledger with the hash of the file.
"""

import csv
import datetime as dt
import hashlib
import io
import itertools
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter
from django.conf import settings
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import files, shell
from .actions.exports import record_export
from .errors import Refused
from .models import User

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("xlsx", "csv")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SHEET_ROWS = 1_048_575  # of a sheet, less the heading
CELL_CHARACTERS = 32_767
_SURROGATE = re.compile("[\ud800-\udfff]")
SAFE_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


class ReasonNeeded(Exception):
    """So many rows leave only with a reason, which the ledger keeps."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and how wide its column stands in a workbook (in characters)."""

    label: Any
    width: int = 14


def table_response(
    filename: str,
    columns: Sequence[Column | Any],
    rows: Iterable[Sequence[Any]],
    *,
    format: str = "xlsx",
    by: User,
    at: dt.datetime,
    what: str = "",
    filters: str = "",
    reason: str = "",
) -> FileResponse:
    """A download of the rows, which may be a generator: few of them are held in memory at once.

    `filename` carries no suffix. `columns` are Columns or plain labels; cells are text, numbers, dates, moments,
    booleans or None. Refused when the disk is full or a sheet cannot hold the rows. Raises ReasonNeeded beyond
    `settings.EXPORT_REASON_ROWS` rows without a reason.
    """
    if format not in FORMATS:
        format = "xlsx"
    rest = iter(rows)
    first = list(itertools.islice(rest, settings.EXPORT_REASON_ROWS + 1))
    if len(first) > settings.EXPORT_REASON_ROWS and not reason:
        _close(rest)
        raise ReasonNeeded
    headings = [column if isinstance(column, Column) else Column(column) for column in columns]
    out = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    try:
        with files.writing_scratch():
            write = _write_csv if format == "csv" else _write_workbook
            count = write(
                out, headings, itertools.chain(first, rest), watermark(by, at), filters, str(what or filename)
            )
        out.seek(0)
        sha256 = hashlib.file_digest(out, "sha256").hexdigest()
        record_export(str(what or filename), filters=filters, rows=count, sha256=sha256, by=by, at=at, reason=reason)
    except BaseException:
        out.close()
        _close(rest)
        raise
    out.seek(0)
    name = files.clean_name(f"{filename}-{timezone.localtime(at):%Y%m%d-%H%M}.{format}")
    return files.attachment(out, name, XLSX if format == "xlsx" else "text/csv; charset=utf-8")


def _close(rows: Any) -> None:
    """Rows that are read no further: their cursor in the database must not outlive the transaction that opened it."""
    if hasattr(rows, "close"):
        rows.close()


def watermark(user: User, at: dt.datetime) -> str:
    """Who, from where, when."""
    return " ".join(
        part for part in (user.name, shell.scope_of(user), f"{timezone.localtime(at):%Y-%m-%d %H:%M}") if part
    )


def begins_a_formula(text: str) -> bool:
    return text.startswith(FORMULA_STARTS)


def csv_cell(value: Any) -> Any:
    """The value as CSV carries it: text that a spreadsheet would run gets an apostrophe, which our own reader drops."""
    value = plain(value)
    if isinstance(value, str) and (begins_a_formula(value) or value.startswith("'")):
        return f"'{value}"
    return value


def plain(value: Any) -> Any:
    """What both formats can hold: text, number, date or None."""
    if value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%Y-%m-%d %H:%M}"
    if isinstance(value, dt.date):
        return value
    return _SURROGATE.sub("\ufffd", str(value))


def _write_csv(out: BinaryIO, headings, rows, mark: str, filters: str, what: str) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([csv_cell(str(heading.label)) for heading in headings])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        writer.writerow([csv_cell(value) for value in row])
    text.flush()
    text.detach()
    return count


def _write_workbook(out: BinaryIO, headings, rows, mark: str, filters: str, what: str) -> int:
    book = xlsxwriter.Workbook(out, SAFE_OPTIONS)
    sheet, about = book.add_worksheet(_("数据")), book.add_worksheet(_("导出说明"))
    formats = CellFormats(book)
    for index, heading in enumerate(headings):
        sheet.set_column(index, index, heading.width)
        sheet.write_string(0, index, str(heading.label), formats.head)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header("&L" + mark.replace("&", "&&")[:200])
    sheet.set_footer(_("&C第 &P 页 / 共 &N 页"))
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > SHEET_ROWS:
            raise Refused(
                _("结果超过一张工作表能容纳的 %(limit)d 行。请缩小筛选范围，或导出 CSV。") % {"limit": SHEET_ROWS}
            )
        for index, value in enumerate(row):
            write_cell(sheet, count, index, value, formats)
    about.set_column(0, 0, 14)
    about.set_column(1, 1, 80)
    facts = [
        (_("内容"), what),
        (_("筛选"), filters or _("无")),
        (_("行数"), str(count)),
        (_("导出人"), mark),
        (pgettext("export", "提示"), _("内部资料，不得外传。")),
    ]
    for number, (label, text) in enumerate(facts):
        write_cell(about, number, 0, label, formats, formats.head)
        write_cell(about, number, 1, text, formats)
    book.close()
    return count


class CellFormats:
    """The few cell formats of our workbooks."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E8F1F0", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.text = book.add_format({"num_format": "@"})
        self.guarded = book.add_format({"num_format": "@", "quote_prefix": True})


def write_cell(sheet, row: int, column: int, value: Any, formats: CellFormats, own_format=None) -> None:
    """One cell, as what it is; text never becomes a formula, not even when a user edits the cell."""
    value = plain(value)
    if value is None or value == "":
        if own_format is not None:
            sheet.write_blank(row, column, None, own_format)
    elif isinstance(value, str):
        guard = formats.guarded if begins_a_formula(value) or value.startswith("'") else None
        sheet.write_string(row, column, value[:CELL_CHARACTERS], own_format or guard)
    elif isinstance(value, dt.date) and value.year < 1900:  # before the day on which Excel's calendar begins
        sheet.write_string(row, column, value.isoformat(), own_format)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), own_format or formats.date)  # noqa: DTZ001
    elif (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
        sheet.write_string(row, column, str(value), own_format)
    else:
        sheet.write_number(row, column, value, own_format)
