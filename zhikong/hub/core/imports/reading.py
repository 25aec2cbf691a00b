"""The child process that opens uploaded tables. It knows nothing of the site: a file in, JSON lines out.

    python -I reading.py FILE '{"memory": ..., "seconds": ..., ...}'

First line {"head": [...], ...}, then [row number, [values]], last {"end": rows}; or at any point {"refused": code}.
A hostile file can at worst kill this process: its memory and processor time are limited by the kernel, and what it
holds is checked before it is opened.
"""

import codecs
import csv
import datetime as dt
import gc
import json
import os
import re
import resource
import stat
import sys
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK = 1 << 20
TEMPLATE_SHEET = "_zhikong"
SLACK = 20_000  # what an honest file may hold beyond its share: a heading formatted to the last column
RATIO_FROM = 32 << 20  # a small archive may be packed as tightly as it likes
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


class Refused(Exception):
    def __init__(self, code: str, **detail: Any) -> None:
        self.code, self.detail = code, detail


def main(path: str, limits: dict[str, Any]) -> int:
    _limit(limits)
    gc.disable()  # nothing here makes cycles; walking millions of cells in search of some takes most of the time
    out = sys.stdout
    try:
        for line in _table(path, limits):
            out.write(json.dumps(line))  # ASCII only: a lone surrogate must not break the pipe
            out.write("\n")
    except Refused as refusal:
        out.write(json.dumps({"refused": refusal.code, **refusal.detail}) + "\n")
    except MemoryError:
        out.write('{"refused": "memory"}\n')
    except BrokenPipeError:
        return 1  # nobody reads any more
    out.flush()
    return 0


def _limit(limits: dict[str, Any]) -> None:
    memory, seconds = int(limits["memory"]), int(limits["seconds"])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _table(path: str, limits: dict[str, Any]) -> Iterator[Any]:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        start = file.read(4096)
        file.seek(0)
        if not start:
            raise Refused("empty")
        if start.startswith(b"PK\x03\x04"):
            yield from _workbook(file, limits)
        elif start.startswith(OLE):
            held = file.read(1 << 20)
            raise Refused("encrypted" if "EncryptedPackage".encode("utf-16-le") in held else "old_format")
        elif start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html", b"<table", b"<?xml")):
            raise Refused("markup")
        else:
            yield from _separated(file, path, limits)


# ---- both kinds -----------------------------------------------------------------------------------------------------


def _lines(rows: Iterator[tuple[int, list[Any]]], about: dict[str, Any], limits: dict[str, Any]) -> Iterator[Any]:
    """The heading, then every row that holds anything."""
    head: list[str] = []
    count = 0
    for number, values in rows:
        while values and (values[-1] is None or values[-1] == ""):
            values.pop()
        if not values:
            continue
        if number > limits["rows"] + 1:
            raise Refused("far_cell", cell=f"{letters(len(values))}{number}")
        if not head:
            if len(values) > limits["columns"]:
                raise Refused("far_cell", cell=f"{letters(len(values))}{number}")
            head = ["" if value is None else str(value).strip() for value in values]
            yield {**about, "head": head, "head_row": number}
            continue
        if len(values) > len(head):
            raise Refused("no_heading", cell=f"{letters(len(values))}{number}")
        count += 1
        yield [number, values]
    if not head:
        raise Refused("no_rows")
    yield {"end": count}


def letters(column: int) -> str:
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def numbered(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number


# ---- workbooks ------------------------------------------------------------------------------------------------------


def _workbook(file: BinaryIO, limits: dict[str, Any]) -> Iterator[Any]:
    try:
        with zipfile.ZipFile(file) as archive:
            total = _inspect(archive, file, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, RuntimeError) as error:
        raise Refused("broken") from error
    except Exception as error:
        if type(error).__module__ in {"zlib", "lzma"}:
            raise Refused("broken") from error
        raise
    file.seek(0)
    # Where they are installed openpyxl loads them, and their libraries alone would fill the memory allowed here.
    sys.modules.update({"numpy": None, "PIL": None, "lxml": None, "pandas": None})  # type: ignore[dict-item]
    import openpyxl
    from openpyxl.reader import excel
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    excel.read_string_table = _shared_strings
    ReadOnlyWorksheet._get_size = lambda sheet: None  # it would parse a whole sheet that does not state its size
    warnings.simplefilter("ignore")
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise Refused("no_rows" if book.worksheets else "broken")
        about = {"sheet": sheets[0].title, "sheets": len(sheets), "total": total, "template": _template(book)}
        yield from _lines(_cells(sheets[0], book, limits), about, limits)
    except (Refused, MemoryError, BrokenPipeError):
        raise
    except Exception as error:  # openpyxl raises whatever its parsing meets
        if "memory" in str(error):  # expat says so in words
            raise Refused("memory") from error
        raise Refused("broken") from error


def _inspect(archive: zipfile.ZipFile, file: BinaryIO, limits: dict[str, Any]) -> int:
    """Refuse what no spreadsheet program writes, before any parser sees it. Gives the rows of the longest sheet."""
    parts = archive.infolist()
    if len(parts) > limits["parts"]:
        raise Refused("bomb")
    packed = file.seek(0, os.SEEK_END)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits["unpacked"] or (unpacked > RATIO_FROM and unpacked > limits["ratio"] * packed):
        raise Refused("bomb")
    file.seek(-22, os.SEEK_END)
    end = file.read()
    if end[:4] != b"PK\x05\x06" or end[20:] != b"\0\0" or min((part.header_offset for part in parts), default=1):
        raise Refused("two_in_one")  # bytes before the first part, or after the last: two formats in one file
    names = {part.filename for part in parts}
    if len(names) < len(parts) or "[Content_Types].xml" not in names:
        raise Refused("broken")
    for part in parts:
        if part.flag_bits & 1:
            raise Refused("encrypted")
        if stat.S_ISLNK(part.external_attr >> 16) or part.filename.startswith("/") or ".." in part.filename.split("/"):
            raise Refused("two_in_one")
        if part.filename.lower().endswith("vbaproject.bin"):
            raise Refused("macros")
        if part.filename.lower().endswith((".zip", ".xlsx", ".xlsm", ".xls", ".docx", ".7z", ".gz", ".rar", ".exe")):
            raise Refused("nested")
    if "xl/workbook.xml" not in names:
        raise Refused("not_a_workbook")
    rows = strings = used = 0
    for part in parts:
        if not part.filename.lower().endswith((".xml", ".rels")):
            with archive.open(part) as source:
                if source.read(4) == b"PK\x03\x04":
                    raise Refused("nested")
            continue
        counts = _scan(archive, part)
        rows, strings, used = max(rows, counts[0]), strings + counts[1], used + counts[2]
        if counts[3] > counts[0] * limits["columns"] + SLACK:
            raise Refused("bomb")  # far more cells in a row than a table has columns
    # Programs keep one string per distinct text of the cells. Strings that no cell uses are there to fill memory.
    if strings > used + SLACK:
        raise Refused("bomb")
    return max(0, rows - 1)


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int, int, int]:
    """Rows, shared strings, cells that use one and cells, counted in the bytes; entities are refused on the way."""
    rows = strings = used = cells = 0
    is_sheet = part.filename.startswith("xl/worksheets/")
    is_strings = part.filename.startswith("xl/sharedStrings")
    tail = b""
    with archive.open(part) as source:
        while chunk := source.read(CHUNK):
            if not tail:
                begin = chunk[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
                declared = ENCODING.search(begin.split(b"?>")[0]) if begin.startswith(b"<?xml") else None
                if not begin.startswith(b"<") or b"\0" in begin:
                    raise Refused("entities")  # another encoding, in which the search below would see nothing
                if declared and declared[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
                    raise Refused("entities")
            window = tail + chunk
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise Refused("entities")
            if is_sheet:
                rows += chunk.count(b"<row")
                used += chunk.count(b't="s"')
                cells += chunk.count(b"<c ") + chunk.count(b"<c>")
            elif is_strings:
                strings += chunk.count(b"<si")
            tail = chunk[-16:]
    return rows, strings, used, cells


def _shared_strings(source: Any) -> list[str]:
    """In place of openpyxl's, which builds an object for every string."""
    from xml.etree.ElementTree import iterparse

    strings: list[str] = []
    root = None
    for event, node in iterparse(source, events=("start", "end")):  # noqa: S314
        if root is None:
            root = node
        if event == "end" and node.tag.endswith("}si"):
            strings.append(_text(node))
            root.clear()
    return strings


def _text(node: Any) -> str:
    """The text of a string item without its phonetic guide."""
    if len(node) == 1 and node[0].tag.endswith("}t"):
        text = node[0].text or ""
    else:
        plain = f"{node.tag[: node.tag.index('}') + 1]}t"
        runs = (
            child if child.tag == plain else child.find(plain) for child in node if child.tag.endswith(("}t", "}r"))
        )
        text = "".join(run.text or "" for run in runs if run is not None)
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _cells(sheet: Any, book: Any, limits: dict[str, Any]) -> Iterator[tuple[int, list[Any]]]:
    from xml.etree.ElementTree import iterparse

    strings, dates, spans = sheet._shared_strings, book._date_formats, book._timedelta_formats
    width = limits["columns"]
    number = 0
    root = data = None
    with sheet._get_source() as source:
        for event, node in iterparse(source, events=("start", "end")):  # noqa: S314
            tag = node.tag
            if event == "start":
                if root is None:
                    root = node
                elif tag.endswith("}sheetData"):
                    data = node
                continue
            if data is None or not tag.endswith("}row"):
                if tag.endswith("}sheetData"):
                    return
                continue
            at = node.get("r")
            number = int(float(at)) if at else number + 1
            values: list[Any] = []
            for cell in node:
                reference = cell.get("r")
                column = numbered(reference.rstrip("0123456789")) if reference else len(values) + 1
                value = _value(cell, strings, dates, spans, book.epoch)
                if value is None or value == "":
                    continue
                if column > width or number > limits["rows"] + 1:
                    raise Refused("far_cell", cell=f"{letters(column)}{number}")
                if column > len(values):
                    values.extend([None] * (column - len(values)))
                values[column - 1] = value
            data.clear()
            yield number, values


def _value(cell: Any, strings: list[str], dates: Any, spans: Any, epoch: Any) -> Any:
    kind = cell.get("t", "n")
    text = found = None
    is_formula = False
    for child in cell:
        tag = child.tag
        if tag.endswith("}v"):
            text = child.text
        elif tag.endswith("}f"):
            is_formula = True
        elif tag.endswith("}is"):
            found = child
    if kind == "inlineStr":
        return None if found is None else _text(found)
    if text is None:
        return {"e": "formula"} if is_formula else None
    if kind == "s":
        return strings[int(text)]
    if kind == "str":
        return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
    if kind == "b":
        return text.strip() not in {"0", "false"}
    if kind == "e":
        return {"e": text}
    if kind == "d":
        return {"d": text[:10]} if text[10:] in {"", "T00:00:00", "T00:00:00Z"} else {"t": text}
    value = float(text) if any(mark in text for mark in ".eE") else int(text)
    style = cell.get("s")
    if style and int(style) in dates:
        return _moment(value, int(style) in spans, epoch)
    return value


def _moment(value: float, is_span: bool, epoch: Any) -> dict[str, str]:
    from openpyxl.utils.datetime import from_excel

    try:
        moment = from_excel(value, epoch, timedelta=is_span)
    except (OverflowError, ValueError):
        return {"e": "#VALUE!"}
    if isinstance(moment, dt.datetime):
        return {"d": f"{moment:%Y-%m-%d}"} if moment.time() == dt.time() else {"t": moment.isoformat()}
    return {"t": str(moment)}


def _template(book: Any) -> list[str] | None:
    """What our own template says of itself in its hidden sheet."""
    if TEMPLATE_SHEET not in book.sheetnames:
        return None
    for row in book[TEMPLATE_SHEET].iter_rows(max_row=1, max_col=2, values_only=True):
        return [str(value or "") for value in row]
    return None


# ---- separated text -------------------------------------------------------------------------------------------------


def _separated(file: BinaryIO, path: str, limits: dict[str, Any]) -> Iterator[Any]:
    encoding, total = _encoding(file)
    with open(path, encoding=encoding, newline="") as text:
        first = text.readline(100_000)
        text.seek(0)
        separator = max(",\t;", key=first.count)
        csv.field_size_limit(CHUNK)
        reader = csv.reader(text, delimiter=separator, strict=True)
        about = {"sheet": None, "sheets": 1, "total": max(0, total - 1), "template": None, "encoding": encoding}
        try:
            yield from _lines(_records(reader), about, limits)
        except csv.Error as error:
            raise Refused("quotes", row=reader.line_num) from error


def _records(reader: Any) -> Iterator[tuple[int, list[Any]]]:
    for number, record in enumerate(reader, start=1):
        # An apostrophe before a formula sign is our own export's guard, not the user's text.
        yield number, [v[1:] if v.startswith("'") and v[1:].startswith(FORMULA_STARTS) else v for v in record]


def _encoding(file: BinaryIO) -> tuple[str, int]:
    """UTF-8 with or without mark, UTF-16 with mark, or GB18030; and the number of lines."""
    start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        lines = 1
        try:
            while chunk := file.read(CHUNK):
                if b"\0" in chunk and encoding != "utf-16":
                    raise Refused("not_a_table")
                text = decoder.decode(chunk)
                if re.search("[\x01-\x08\x0e-\x1a\x1c-\x1f]", text):
                    raise Refused("not_a_table")
                lines += text.count("\n")
            if decoder.decode(b"", final=True).endswith("\n"):
                lines -= 1
            return encoding, lines
        except UnicodeDecodeError:
            continue
    raise Refused("encoding")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
