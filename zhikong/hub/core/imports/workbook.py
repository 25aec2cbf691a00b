"""The two workbooks an import gives: the template to fill in, and the user's own table back with the errors marked."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _

from .. import files
from ..exports import SAFE_OPTIONS, CellFormats, write_cell
from . import staging
from .checking import ERRORS_HEADING, match_columns
from .kinds import Column, Kind, Row, State, presentable
from .reading import TEMPLATE_SHEET
from .rows import opened

TEMPLATE_ROWS = 20_000  # rows of the template that carry formats and drop-down lists
YES_NO = ("yes", "no")


def template(kind: Kind) -> BinaryIO:
    """An empty table of this kind and version, for download."""
    out = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    with files.writing_scratch():
        book = xlsxwriter.Workbook(out, {**SAFE_OPTIONS, "constant_memory": False})
        book.set_properties({"title": str(kind.label), "comments": f"{kind.code} {kind.version}"})
        sheet = book.add_worksheet(_("填写"))
        about = book.add_worksheet(_("填写说明"))
        hidden = book.add_worksheet(TEMPLATE_SHEET)
        hidden.very_hidden()
        hidden.write_row(0, 0, [kind.code, kind.version])
        book.define_name("zhikong_template", f"={TEMPLATE_SHEET}!$A$1:$B$1")
        formats = CellFormats(book)
        required = book.add_format({"bold": True, "bg_color": "#F9E3D0", "bottom": 1, "text_wrap": True})
        by_type = {"text": formats.text, "code": formats.text, "date": formats.date}
        for index, column in enumerate(kind.columns):
            sheet.set_column(index, index, column.width, by_type.get(column.type))
            sheet.write_string(0, index, str(column.label), required if column.required else formats.head)
            sheet.write_comment(0, index, guidance(column), {"x_scale": 2})
            _offer_choices(sheet, hidden, index, column)
        sheet.freeze_panes(1, 0)
        _explain(about, kind, formats)
        book.close()
    out.seek(0)
    return out


def guidance(column: Column) -> str:
    """What to write into a column, in one or two sentences."""
    forms = {
        "text": _("文字，不超过 %(limit)d 个字。") % {"limit": column.longest},
        "code": _("字母、数字和符号，不超过 %(limit)d 个，前面的 0 会保留。") % {"limit": column.longest},
        "integer": _("整数。"),
        "date": _("日期，如 2026-01-31。"),
        "choice": _("从下拉列表中选。"),
        "yes_no": _("是或否。"),
    }
    parts = [_("必填。") if column.required else _("可空。"), forms[column.type], str(column.note)]
    return "".join(part for part in parts if part)


def _offer_choices(sheet: Any, hidden: Any, index: int, column: Column) -> None:
    labels = [str(label) for _value, label in column.choices] if column.type == "choice" else []
    if column.type == "yes_no":
        labels = [_("是"), _("否")]
    if not labels:
        return
    # The list stands in cells: written into the rule itself it may have 255 characters at most.
    hidden.write_column(1, index, labels)
    letter = xlsxwriter.utility.xl_col_to_name(index)
    sheet.data_validation(
        1,
        index,
        TEMPLATE_ROWS,
        index,
        {
            "validate": "list",
            "source": f"={TEMPLATE_SHEET}!${letter}$2:${letter}${len(labels) + 1}",
            "error_title": _("不在可选项中"),
            "error_message": _("请从下拉列表中选。"),
        },
    )


def _explain(about: Any, kind: Kind, formats: CellFormats) -> None:
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 90)
    write_cell(about, 0, 0, str(kind.label), formats, formats.head)
    write_cell(about, 0, 1, str(kind.explanation), formats, formats.head)
    for number, column in enumerate(kind.columns, start=1):
        write_cell(about, number, 0, str(column.label), formats)
        choices = _("、").join(str(label) for _value, label in column.choices)
        write_cell(about, number, 1, guidance(column) + choices, formats)


def marked(path: Path, kind: Kind, reader: staging.Reader) -> BinaryIO:
    """The uploaded table with its own values: wrong cells red with a comment, the row's errors in a last column."""
    out = tempfile.TemporaryFile()  # noqa: SIM115  the caller places and closes it
    bad = reader.rows(State.BAD)
    with files.writing_scratch(), opened(path) as (heading, lines):
        columns = match_columns(heading, kind)
        book = xlsxwriter.Workbook(out, SAFE_OPTIONS)
        sheet = book.add_worksheet(_("检查结果"))
        formats = CellFormats(book)
        red = {
            kind_of: book.add_format({"bg_color": "#F7C9C4", "font_color": "#7A1A12", "border": 1, **more})
            for kind_of, more in {
                "text": {"num_format": "@", "quote_prefix": True},
                "date": {"num_format": "yyyy-mm-dd"},
                "number": {},
            }.items()
        }
        last = len(heading.labels)
        for index, (label, column) in enumerate(zip(heading.labels, columns, strict=True)):
            if column is None:
                continue
            sheet.set_column(index, index, column.width)
            write_cell(sheet, heading.row - 1, index, presentable(label), formats, formats.head)
        sheet.set_column(last, last, 60)
        write_cell(sheet, heading.row - 1, last, str(ERRORS_HEADING), formats, formats.head)
        sheet.freeze_panes(heading.row, 0)
        wrong: Row | None = next(bad, None)
        comments = 0
        for number, cells in lines:
            here = wrong if wrong is not None and wrong.number == number else None
            errors = _by_column(here) if here else {}
            for index, column in enumerate(columns):
                if column is None:
                    continue
                raw = cells[index] if index < len(cells) else None
                message = errors.get(column.name)
                _give_back(sheet, number - 1, index, raw, formats, red if message else None)
                if message and comments < settings.IMPORT_COMMENT_LIMIT:
                    sheet.write_comment(number - 1, index, message[:1000], {"x_scale": 2})
                    comments += 1
            if here is not None:
                write_cell(sheet, number - 1, last, _("；").join(_lines_of(here, kind)), formats, red["text"])
                wrong = next(bad, None)
        book.close()
    out.seek(0)
    return out


def _by_column(row: Row) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, sentence in row.errors:
        found[name] = found[name] + _("；") + sentence if name in found else sentence
    return found


def _lines_of(row: Row, kind: Kind) -> Iterator[str]:
    for name, sentence in row.errors:
        yield str(kind.column(name).label) + _("：") + sentence if name else sentence


def _give_back(sheet: Any, row: int, index: int, raw: Any, formats: CellFormats, red: dict[str, Any] | None) -> None:
    """The cell as it came: text, number or date, red where it is wrong."""
    value, look = raw, "text"
    if isinstance(raw, dict):
        value = next(iter(raw.values()))
        if "d" in raw:
            try:
                value, look = dt.date.fromisoformat(value), "date"
            except ValueError:
                look = "text"
            if look == "date" and value.year < 1900:  # before the day on which Excel's calendar begins
                value, look = str(value), "text"
        elif raw.get("e") == "formula":
            value = None
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        look = "number"
    if isinstance(value, str):
        value = presentable(value)
    write_cell(sheet, row, index, value, formats, red[look] if red else None)
