"""Exports: text stays text, the file says who took it, the ledger holds its hash."""

import csv
import datetime as dt
import hashlib
import io
import json

import openpyxl

from zhikong.hub.core import exports
from zhikong.hub.core.models import LedgerEntry
from zhikong.hub.testing import NOW, NetworkStory

DANGEROUS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "＝1+1", '=HYPERLINK("http://x")', "'=1", "='x'!A1"]


class Export(NetworkStory):
    def export(self, rows, format="xlsx", columns=("编码", "名称"), **fields):
        response = exports.table_response(
            "机构", columns, rows, format=format, by=self.people["city_officer"], at=NOW, filters="洛阳市", **fields
        )
        content = b"".join(response)
        response.file_to_stream.close()  # closing the response would end the test's database connection
        return response, content

    def test_workbook_keeps_text_as_text(self):
        _, content = self.export([(value, f"{number}") for number, value in enumerate(DANGEROUS)])
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        for row, value in zip(sheet.iter_rows(min_row=2), DANGEROUS, strict=True):
            with self.subTest(value=value):
                self.assertEqual(row[0].data_type, "s")
                self.assertEqual(row[0].value.replace("_x000D_", "\r"), value)
                self.assertTrue(row[0].quotePrefix)  # or Excel would run it once the user edits the cell

    def test_csv_keeps_text_as_text(self):
        _, content = self.export([(value, "x") for value in DANGEROUS], format="csv")
        self.assertTrue(content.startswith(b"\xef\xbb\xbf"))
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        self.assertEqual(rows[0], ["编码", "名称"])
        for row, value in zip(rows[1:], DANGEROUS, strict=True):
            self.assertEqual(row[0], f"'{value}")

    def test_numbers_and_dates_are_not_text(self):
        values = [(-5, dt.date(2026, 1, 2)), (2.5, None), (True, dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC))]
        _, content = self.export(values)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        # The moment is shown in China's time, eight hours ahead of UTC.
        day = dt.datetime(2026, 1, 2)  # noqa: DTZ001  workbooks know no time zone
        self.assertEqual(found, [[-5, day], [2.5, None], ["是", "2026-01-02 11:04"]])
        _, content = self.export(values, format="csv")
        self.assertIn("-5,2026-01-02", content.decode("utf-8-sig"))

    def test_dates_before_excels_calendar_stay_what_they_are(self):
        _, content = self.export(
            [(dt.date(1884, 1, 1), dt.date(1, 1, 1)), (dt.date(1899, 12, 31), dt.date(1900, 3, 1))]
        )
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        found = [cell.value for row in sheet.iter_rows(min_row=2) for cell in row]
        day = dt.datetime(1900, 3, 1)  # noqa: DTZ001  workbooks know no time zone
        self.assertEqual(found, ["1884-01-01", "0001-01-01", "1899-12-31", day])

    def test_odd_text_does_not_break_the_file(self):
        rows = [("\ud800", "x" * 40_000), ("\x00\x0b", "𠮷"), (float("nan"), float("inf"))]
        _, content = self.export(rows)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        self.assertEqual(sheet["A2"].value, "\ufffd")
        self.assertEqual(len(sheet["B2"].value), 32_767)
        self.assertEqual(sheet["B3"].value, "𠮷")
        self.export(rows, format="csv")

    def test_second_sheet_says_who_and_what(self):
        response, content = self.export([("1", "甲")])
        about = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
        facts = {row[0].value: row[1].value for row in about.iter_rows()}
        self.assertEqual(facts["筛选"], "洛阳市")
        self.assertEqual(facts["行数"], "1")
        self.assertEqual(facts["导出人"], "洛阳市质控管理员 洛阳市 2026-11-23 17:00")
        self.assertIn("filename*=UTF-8''%E6%9C%BA%E6%9E%84-20261123-1700.xlsx", response["Content-Disposition"])
        self.assertEqual(response["Cache-Control"], "private, no-store")

    def test_ledger_holds_filter_count_and_hash(self):
        for format in ("xlsx", "csv"):
            _, content = self.export(((str(n), "x") for n in range(3)), format=format, reason="季度核对")
            body = json.loads(LedgerEntry.objects.latest("seq").body)
            self.assertEqual(body["facts"]["rows"], 3)
            self.assertEqual(body["facts"]["filters"], "洛阳市")
            self.assertEqual(body["facts"]["sha256"], hashlib.sha256(content).hexdigest())
            self.assertEqual((body["by_name"], body["reason"]), ("洛阳市质控管理员", "季度核对"))

    def test_many_rows_need_a_reason(self):
        rows = [(str(number), "x") for number in range(4)]
        for format in ("xlsx", "csv"):
            with self.settings(EXPORT_REASON_ROWS=3):
                self.export(rows[:3], format=format)
                unread = (row for row in rows)
                with self.assertRaises(exports.ReasonNeeded):
                    self.export(unread, format=format)
                self.assertIsNone(unread.gi_frame, "closed, and with it a cursor of the database")
                _, content = self.export(iter(rows), format=format, reason="年度核对")
            self.assertEqual(json.loads(LedgerEntry.objects.latest("seq").body)["facts"]["rows"], 4)
        self.assertEqual(len(content.decode("utf-8-sig").splitlines()), 5)
        self.assertEqual(LedgerEntry.objects.count(), 4)  # what was not given away is not recorded as given

    def test_nothing_to_export_is_a_table_with_a_heading(self):
        _, content = self.export([], format="csv")
        self.assertEqual(content.decode("utf-8-sig"), "编码,名称\r\n")
