"""Hostile, broken and odd files: each is refused with its own sentence within two seconds, and the reader lives on."""

import io
import os
import stat
import struct
import tempfile
import time
import zipfile
import zlib
from pathlib import Path
from unittest import mock

import openpyxl
import xlsxwriter
from django.test import SimpleTestCase, override_settings

from zhikong.hub.core.imports import rows
from zhikong.hub.core.imports.rows import REASONS, Unreadable, opened

SECONDS = 2  # RELIABILITY S7
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def workbook(*lines):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("填写")
        for number, line in enumerate(lines or (["a", "b"], [1, "二"])):
            sheet.write_row(number, 0, line)
    return out.getvalue()


def with_part(name, content, *, base=None, replace=True, **attributes):
    """The bytes of a sound workbook with one part put in or replaced; `content` may be an iterable of chunks."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base or workbook())) as source,
        zipfile.ZipFile(out, "w", 8, compresslevel=9) as made,
    ):
        for part in source.infolist():
            if part.filename != name:
                made.writestr(part, source.read(part))
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        for key, value in attributes.items():
            setattr(info, key, value)
        with made.open(info, "w", force_zip64=True) as target:
            for chunk in [content] if isinstance(content, bytes) else content:
                target.write(chunk)
    return out.getvalue()


def sheet(rows_xml, before=""):
    head = f'<?xml version="1.0" encoding="UTF-8"?>{before}'
    return f'{head}<worksheet xmlns="{MAIN}"><sheetData>{rows_xml}</sheetData></worksheet>'


def sheet_part(rows_xml, before=""):
    return with_part("xl/worksheets/sheet1.xml", sheet(rows_xml, before).encode())


def laughs(encoding="utf-8"):
    entities = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    text = f"<!DOCTYPE x [{entities}]>"
    body = sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>', text)
    return with_part("xl/worksheets/sheet1.xml", body.replace("UTF-8", encoding.upper()).encode(encoding))


def picture(side=20_000):
    """A PNG of side x side pixels: 50 MB once unpacked, 50 kB as it stands."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def unused_strings():
    items = "".join(f"<si><t>{n}</t></si>" for n in range(100_000))
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{MAIN}" count="100000" uniqueCount="100000">{items}</sst>'
    )
    return with_part("xl/sharedStrings.xml", text.encode())


def other_zip(names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


def bombs():
    """(title, bytes, the code it must be refused with)."""
    yield "zip bomb of 512 MB", with_part("xl/worksheets/sheet1.xml", (b" " * (1 << 20) for _ in range(512))), "bomb"
    yield "tightly packed 64 MB", with_part("xl/media/image1.bmp", (bytes(1 << 20) for _ in range(64))), "bomb"
    yield "more parts than a workbook has", other_zip([f"{n}.xml" for n in range(1001)]), "bomb"
    yield "one cell at XFD1048576", sheet_part('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "far_cell"
    yield "one cell in the last column", sheet_part('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "far_cell"
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    yield "one cell in the last row", sheet_part(far), "far_cell"
    yield "100,000 shared strings for no cell", unused_strings(), "bomb"
    wide = '<row r="1">' + "<c><v>1</v></c>" * 1_500_000 + "</row>"
    yield "one row of 1,500,000 cells", sheet_part(wide), "bomb"
    yield "billion laughs", laughs(), "entities"
    yield "billion laughs in UTF-16", laughs("utf-16"), "entities"
    yield (
        "another encoding declared",
        with_part("xl/worksheets/sheet1.xml", b'<?xml version="1.0" encoding="cp037"?>'),
        "entities",
    )
    yield "nested zip", with_part("xl/embeddings/inner.zip", other_zip(["a"])), "nested"
    yield "nested zip under another name", with_part("xl/embeddings/oleObject1.bin", other_zip(["a"])), "nested"
    link = {"external_attr": (stat.S_IFLNK | 0o777) << 16}
    yield "symbolic link", with_part("xl/media/link", b"/etc/passwd", **link), "two_in_one"
    yield "part that climbs out", with_part("../../evil.xml", b"<x/>"), "two_in_one"
    yield "macros", with_part("xl/vbaProject.bin", b"x"), "macros"
    yield "picture of 20,000 x 20,000", picture(), "not_a_table"
    yield "PDF before the archive", b"%PDF-1.7\n%%EOF\n" + workbook(), "not_a_table"
    yield "archive with bytes before its first part", b"PK\x03\x04" + bytes(60) + workbook(), "two_in_one"
    yield "script after the archive", workbook() + b"<script>alert(1)</script>", "two_in_one"
    yield "0 bytes", b"", "empty"
    yield "encrypted workbook", OLE + bytes(2000) + "EncryptedPackage".encode("utf-16-le"), "encrypted"
    yield "old .xls renamed", OLE + bytes(2000) + "Workbook".encode("utf-16-le"), "old_format"
    yield "web page renamed", b"<html><table><tr><td>1</td></tr></table></html>", "markup"
    yield "document of another program", other_zip(["[Content_Types].xml", "word/document.xml"]), "not_a_workbook"
    yield "half a workbook", workbook()[:2000], "broken"
    yield "workbook without its sheet", with_part("xl/workbook.xml", b"<workbook/>"), "broken"
    yield "random bytes", bytes(range(256)) * 40, "not_a_table"
    yield "text with NUL", b"a,b\n1,\x00\n", "not_a_table"
    yield "neither UTF-8 nor GB18030", b"a,b\n\xff\xff\xff,1\n", "encoding"
    yield "quote that never closes", b'a,b\n1,"' + b"x" * 10_000_000, "quotes"
    yield "nothing but blank rows", b"\n\n,,,\n", "no_rows"
    yield "cell without a heading", b"a,b\n1,2,3\n", "no_heading"


class Reading(SimpleTestCase):
    def read(self, content):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            with opened(Path(file.name)) as (heading, lines):
                return heading, list(lines)


class Bombs(Reading):
    def test_each_is_refused_in_time_with_a_sentence(self):
        seen = {"memory", "time"}  # these have their own tests below
        for title, content, code in bombs():
            seen.add(code)
            with self.subTest(title):
                started = time.monotonic()
                with self.assertRaises(Unreadable) as caught:
                    self.read(content)
                taken = time.monotonic() - started
                self.assertEqual(caught.exception.code, code)
                self.assertLess(taken, SECONDS)
                self.assertNotIn("%(", str(caught.exception))
        self.assertEqual(seen, set(REASONS))
        self.assertEqual(self.read(workbook())[1], [(2, [1, "二"])])

    @override_settings(IMPORT_MEMORY_MB=40)
    def test_memory_limit_is_said(self):
        items = "".join(f"<si><t>{'字' * 200}{n}</t></si>" for n in range(40_000))
        text = f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{MAIN}">{items}</sst>'
        cells = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(40_000))
        content = with_part("xl/worksheets/sheet1.xml", sheet(cells).encode())
        content = with_part("xl/sharedStrings.xml", text.encode(), base=content)
        with self.assertRaises(Unreadable) as caught:
            self.read(content)
        self.assertEqual(caught.exception.code, "memory")

    def test_child_that_stalls_is_killed(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write("import time\ntime.sleep(60)\n")
            script.flush()
            stall = override_settings(IMPORT_STALL_SECONDS=0.2)
            started = time.monotonic()
            patch = mock.patch.object(rows.reading, "__file__", script.name)
            with stall, patch, self.assertRaises(Unreadable) as caught:
                self.read(b"a,b\n")
        self.assertEqual(caught.exception.code, "time")
        self.assertLess(time.monotonic() - started, SECONDS)

    @override_settings(IMPORT_CPU_SECONDS=1)
    def test_child_that_computes_for_ever_is_killed(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write("import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass\n")
            script.flush()
            with mock.patch.object(rows.reading, "__file__", script.name), self.assertRaises(Unreadable) as caught:
                self.read(b"a,b\n")
        self.assertEqual(caught.exception.code, "time")

    def test_child_knows_nothing_of_the_site(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write(
                "import json, os\n"
                "print(json.dumps({'head': sorted(os.environ), 'head_row': 1, 'total': 0, 'sheet': None, 'sheets': 1,"
                " 'template': None}))\nprint('{\"end\": 0}')\n"
            )
            script.flush()
            with mock.patch.object(rows.reading, "__file__", script.name), mock.patch.dict(os.environ, {"SECRET": "x"}):
                heading, _ = self.read(b"a,b\n")
        self.assertFalse([name for name in heading.labels if "ZHIKONG" in name or name == "SECRET"])

    def test_no_child_is_left_when_the_reader_stops_early(self):
        content = b"a,b\n" + b"1,2\n" * 200_000
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            with opened(Path(file.name)) as (_, lines):
                next(lines)
                child = next(iter(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()))
            self.assertFalse(Path(f"/proc/{child}").exists())


class OddFiles(Reading):
    """Files that people really have, and how their cells arrive."""

    def test_cells_of_every_type(self):
        content = sheet_part(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="str"><v>b</v></c>'
            '<c r="C1" t="inlineStr"><is><r><t>c</t></r><r><t>d</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c></row>'
            '<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3"><v>1.5</v></c><c r="C3" t="e"><v>#REF!</v></c></row>'
            '<row r="4"><c r="A4"><f>1+1</f></c><c r="B4"><f>1+1</f><v>2</v></c>'
            '<c r="C4" t="d"><v>2026-01-02</v></c></row>'
            '<row r="5"><c r="C5" t="inlineStr"><is><t>_xD800_</t></is></c></row>'
            '<row r="9"/>'
        )
        heading, found = self.read(content)
        self.assertEqual(heading.labels, ["a", "b", "cd"])
        self.assertEqual(
            found,
            [
                (3, [True, 1.5, {"e": "#REF!"}]),
                (4, [{"e": "formula"}, 2, {"d": "2026-01-02"}]),
                (5, [None, None, "\ud800"]),
            ],
        )

    def test_dates_by_their_format(self):
        book = openpyxl.Workbook()
        book.active.append(["日期", "时刻", "数"])
        book.active["A2"], book.active["B2"], book.active["C2"] = 45000, 45000.5, 45000
        book.active["A2"].number_format = "yyyy/m/d"
        book.active["B2"].number_format = "yyyy/m/d h:mm"
        out = io.BytesIO()
        book.save(out)
        # Day 45000 of the 1900 calendar is 2023-03-15 (Microsoft's own example counts 2008-01-01 as 39448).
        self.assertEqual(
            self.read(out.getvalue())[1], [(2, [{"d": "2023-03-15"}, {"t": "2023-03-15T12:00:00"}, 45000])]
        )

    def test_hidden_sheet_is_passed_over(self):
        book = openpyxl.Workbook()
        book.active.title, book.active.sheet_state = "藏", "hidden"
        book.create_sheet("表").append(["a"])
        out = io.BytesIO()
        book.save(out)
        self.assertEqual(self.read(out.getvalue())[0].sheet, "表")

    def test_separated_text(self):
        for content, wanted in {
            "a,b\r\n1,二\r\n".encode(): [1, "utf-8"],
            "a\tb\n1\t二\n".encode("utf-16"): [1, "utf-16"],
            "a;b\n1;二\n".encode("gb18030"): [1, "gb18030"],
            "\ufeffa,b\n1,二\n\n,\n".encode(): [1, "utf-8-sig"],
        }.items():
            with self.subTest(wanted):
                heading, found = self.read(content)
                self.assertEqual(found, [(2, ["1", "二"])])
                self.assertEqual([len(found), heading.encoding], wanted)
                self.assertEqual(heading.labels, ["a", "b"])

    def test_guard_of_our_exports_is_dropped(self):
        content = "a,b,c,d\n'=1+1,'x,''=2,'－3\n".encode("utf-8-sig")
        self.assertEqual(self.read(content)[1], [(2, ["=1+1", "'x", "'=2", "－3"])])

    def test_line_break_in_a_quoted_cell(self):
        self.assertEqual(self.read(b'a,b\n"1\n2",3\n4,5\n')[1], [(2, ["1\n2", "3"]), (3, ["4", "5"])])
