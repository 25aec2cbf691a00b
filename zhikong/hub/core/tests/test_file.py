"""Files: names that say nothing on disk, opened only by whoever may, written whole or not at all."""

import errno
import os
import time
from pathlib import Path
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from zhikong.hub.core import actions, files
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import LedgerEntry, StoredFile
from zhikong.hub.testing import NOW, NetworkStory

ODD_NAMES = [
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\me\\报表.xlsx", "报表.xlsx"),
    ("报\u202excod.exe", "报xcod.exe"),  # right-to-left override
    ("a\x00b\r\nc.txt", "abc.txt"),
    ("zero\u200bwidth\ufeff.csv", "zerowidth.csv"),
    ("lone\ud800.txt", "lone.txt"),
    ('q"<>|?*.txt', "q______.txt"),
    ("𠮷野家.xlsx", "𠮷野家.xlsx"),  # a Han character of four bytes
    ("...", "未命名"),
    ("x" * 500 + ".xlsx", "x" * 190 + ".xlsx"),
]


class File(NetworkStory):
    def store(self, content=b"one,two\n", name="报表 一.csv", by="city_officer", **fields):
        return actions.store_file([content], name=name, by=self.people[by], at=NOW, **fields)

    def open_as(self, part, stored):
        return self.sign_in(part).get(reverse("core:file", args=[stored.pk]))

    def test_owner_downloads_the_bytes(self):
        stored = self.store()
        response = self.open_as("city_officer", stored)
        self.assertEqual(b"".join(response), b"one,two\n")
        self.assertEqual(response["X-Content-Type-Options"], "nosniff")
        self.assertEqual(response["Cache-Control"], "private, no-store")
        self.assertEqual(
            response["Content-Disposition"],
            "attachment; filename=\"csv\"; filename*=UTF-8''%E6%8A%A5%E8%A1%A8%20%E4%B8%80.csv",
        )

    def test_others_see_nothing(self):
        stored = self.store()
        for part in ("outsider", "province_officer", "hospital_reporter", "system_admin", "audit_admin"):
            with self.subTest(part=part):
                self.assertEqual(self.open_as(part, stored).status_code, 404)
        self.assertEqual(self.open_as(None, stored).status_code, 302)

    def test_file_of_a_record_opens_for_whoever_sees_the_record(self):
        stored = self.store(subject=self.county_centre)
        for part, status in {"county_officer": 200, "province_officer": 200, "outsider": 404, "foreigner": 404}.items():
            with self.subTest(part=part):
                response = self.open_as(part, stored)
                self.assertEqual(response.status_code, status)
                b"".join(response)

    def test_absent_and_malformed_addresses(self):
        self.sign_in("city_officer")
        self.assertEqual(self.client.get("/files/00000000-0000-0000-0000-000000000000/").status_code, 404)
        self.assertEqual(self.client.get("/files/../secret_key/").status_code, 404)

    def test_row_without_bytes_is_absent(self):
        stored = self.store()
        files.path_of(stored.pk).unlink()
        self.assertEqual(self.open_as("city_officer", stored).status_code, 404)

    def test_name_never_reaches_the_disk(self):
        stored = self.store(name="../../../outside.csv")
        path = Path(stored.content.path)
        self.assertEqual(path, files.root() / stored.pk.hex[:2] / stored.pk.hex)
        self.assertEqual(stored.name, "outside.csv")

    def test_odd_names(self):
        for given, kept in ODD_NAMES:
            with self.subTest(given=given[:20]):
                self.assertEqual(files.clean_name(given), kept)

    def test_header_cannot_be_split(self):
        stored = self.store(name='a"\r\nSet-Cookie: x=1.csv')
        response = self.open_as("city_officer", stored)
        self.assertNotIn("\n", response["Content-Disposition"])
        self.assertNotIn("Set-Cookie:", response.headers)
        b"".join(response)

    def test_ledger_holds_the_hash(self):
        stored = self.store(b"")
        # SHA-256 of nothing: FIPS 180-4 test vector.
        self.assertEqual(stored.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        self.assertIn(stored.sha256, LedgerEntry.objects.latest("seq").body)

    @override_settings(UPLOAD_LIMIT=10)
    def test_too_large_is_refused_and_leaves_nothing(self):
        with self.assertRaisesMessage(Refused, "文件超过"):
            self.store(b"x" * 11)
        self.assertFalse(StoredFile.objects.exists())
        self.assertEqual(self.leftovers(), [])
        self.store(b"x" * 10)

    def leftovers(self):
        folder = files.root() / "incoming"
        return list(folder.iterdir()) if folder.is_dir() else []

    def test_full_disk_is_said_and_leaves_nothing(self):
        full = mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "full"))
        with full, self.assertRaisesMessage(Refused, "存储空间不足"):
            self.store()
        self.assertFalse(StoredFile.objects.exists())
        self.assertEqual(self.leftovers(), [])

    def test_other_errors_of_the_disk_surface(self):
        with mock.patch("os.fsync", side_effect=OSError(errno.EIO, "broken")), self.assertRaises(OSError):
            self.store()

    def test_no_row_points_at_a_file_that_is_not_whole(self):
        """What a kill -9 leaves: a part, or a whole file without a row; the sweep takes both, and nothing else."""
        kept = self.store()
        placed = files.place([b"whole, no row"])
        part = files.root() / "incoming" / "half.part"
        part.write_bytes(b"half")
        fresh = files.root() / "incoming" / "fresh.part"
        fresh.write_bytes(b"still being written")
        old = time.time() - 25 * 3600
        for path in (part, files.path_of(placed.pk), files.path_of(kept.pk)):
            os.utime(path, (old, old))
        self.assertEqual(files.sweep_orphans(), 2)
        self.assertFalse(part.exists() or files.path_of(placed.pk).exists())
        self.assertTrue(fresh.exists())
        fresh.unlink()
        self.assertTrue(files.path_of(kept.pk).exists())

    def test_removed_file_goes_with_the_next_sweep(self):
        stored = self.store()
        path = files.path_of(stored.pk)
        actions.remove_file(stored, by=None, at=NOW, reason="结果保留期满")
        self.assertTrue(path.exists())
        files.sweep_orphans(now=time.time() + 25 * 3600)
        self.assertFalse(path.exists())

    def test_uploaded_file_with_one_endless_line(self):
        upload = SimpleUploadedFile("a.csv", b"x" * 3_000_000)
        self.assertEqual(files.place(upload).size, 3_000_000)
