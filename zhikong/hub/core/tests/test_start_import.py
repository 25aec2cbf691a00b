"""Uploading: who, how much, and what a full disk or an impatient user does."""

import errno
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhikong.hub.core import actions, files, jobs
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.imports import staging
from zhikong.hub.core.models import ImportBatch, Job, StoredFile
from zhikong.hub.testing import NOW, NetworkStory

TABLE = "机构编码,机构名称,地区代码,类别,所有制\n41030009,新设示例医院,410305,综合医院,公立\n".encode()


class StartImport(NetworkStory):
    def post(self, content=TABLE, name="机构.csv", kind="institutions", part="city_officer"):
        self.sign_in(part)
        upload = {"file": SimpleUploadedFile(name, content)} if content is not None else {}
        return self.client.post(reverse("core:new_import"), {"kind": kind, **upload})

    def test_upload_writes_no_data_and_queues_a_check(self):
        response = self.post()
        batch = ImportBatch.objects.get()
        self.assertRedirects(response, reverse("core:import_batch", args=[batch.pk]))
        self.assertEqual((batch.state, Job.objects.get().kind), ("checking", "import check"))
        self.assertContains(self.client.get(reverse("core:import_batch", args=[batch.pk])), "检查中")

    @override_settings(UPLOAD_LIMIT=1000)
    def test_too_large_is_refused_on_the_way_in(self):
        response = self.post(b"x" * 1001)
        self.assertContains(response, "文件超过")
        self.assertFalse(StoredFile.objects.exists() or ImportBatch.objects.exists())

    def test_disk_full_while_receiving(self):
        full = OSError(errno.ENOSPC, "full")
        with mock.patch.object(TemporaryFileUploadHandler, "receive_data_chunk", side_effect=full):
            response = self.post()
        self.assertContains(response, "存储空间不足")
        self.assertFalse(StoredFile.objects.exists() or ImportBatch.objects.exists())

    def test_disk_full_while_keeping(self):
        with mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "full")):
            response = self.post()
        self.assertContains(response, "存储空间不足")
        self.assertFalse(StoredFile.objects.exists() or ImportBatch.objects.exists())

    def test_disk_full_while_checking(self):
        self.post()
        with mock.patch.object(staging.Writer, "add", side_effect=OSError(errno.ENOSPC, "full")):
            jobs.run_due()
        batch = ImportBatch.objects.get()
        self.assertEqual(batch.state, "refused")
        self.assertIn("存储空间不足", batch.message)
        self.assertFalse(staging.folder_of(batch.pk).exists())

    def test_nothing_chosen(self):
        self.assertContains(self.post(None), "form-control")
        self.assertFalse(ImportBatch.objects.exists())

    def test_empty_file_is_told_by_the_check(self):
        self.post(b"")
        jobs.run_due()
        self.assertIn("0 字节", ImportBatch.objects.get().message)

    def test_kind_that_does_not_exist(self):
        self.assertContains(self.post(kind="people"), "people")
        self.assertFalse(ImportBatch.objects.exists())

    def test_action_refuses_whoever_may_not(self):
        for part in ("technician", "system_admin"):
            with self.assertRaises(Refused):
                actions.start_import("institutions", files.place([TABLE]), name="x.csv", by=self.people[part], at=NOW)

    def test_changes_come_by_post_with_a_token(self):
        self.post()
        batch = ImportBatch.objects.get()
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.people["city_officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
        for name in ("write_import", "recheck_import", "cancel_import"):
            with self.subTest(name):
                address = reverse(f"core:{name}", args=[batch.pk])
                self.assertEqual(self.client.get(address).status_code, 405)
                self.assertEqual(strict.post(address).status_code, 403)

    def test_job_cancelled_leaves_a_way_on(self):
        self.post()
        actions.cancel_job(Job.objects.get(), by=self.people["city_officer"], at=NOW)
        batch = ImportBatch.objects.get()
        self.assertContains(self.client.get(reverse("core:import_batch", args=[batch.pk])), "重新检查")
        self.client.post(reverse("core:recheck_import", args=[batch.pk]))
        jobs.run_due()
        batch.refresh_from_db()
        self.assertEqual((batch.state, batch.new_rows), ("ready", 1))

    def test_preview_that_was_swept_is_checked_again(self):
        self.post()
        jobs.run_due()
        batch = ImportBatch.objects.get()
        staging.discard(batch.pk)
        self.assertContains(self.client.get(reverse("core:import_batch", args=[batch.pk])), "预览已经过期")
        self.client.post(reverse("core:write_import", args=[batch.pk]))
        jobs.run_due()
        batch.refresh_from_db()
        self.assertEqual(batch.state, "stale")
        self.client.post(reverse("core:recheck_import", args=[batch.pk]))
        jobs.run_due()
        batch.refresh_from_db()
        self.assertEqual(batch.state, "ready")

    def test_sweep_takes_old_previews_only(self):
        self.post()
        jobs.run_due()
        folder = staging.folder_of(ImportBatch.objects.get().pk)
        self.assertTrue(folder.is_dir())
        now = folder.stat().st_mtime
        staging.sweep(now=now + 29 * 86_400)
        self.assertTrue(folder.is_dir())
        staging.sweep(now=now + 31 * 86_400)
        self.assertFalse(folder.exists())

    def test_list_asks_the_same_number_of_questions(self):
        self.sign_in("city_officer")
        batch = actions.start_import(
            "institutions", files.place([TABLE]), name="x.csv", by=self.people["city_officer"], at=NOW
        )
        few = self.questions()
        ImportBatch.objects.bulk_create(
            ImportBatch(kind="institutions", owner=batch.owner, source=batch.source, created_at=NOW)
            for _ in range(1000)
        )
        self.assertEqual(self.questions(), few)
        self.assertLess(few, 30)
        self.assertContains(self.client.get(reverse("core:imports")), "1,001")

    def questions(self):
        self.client.get(reverse("core:imports"))
        with CaptureQueriesContext(connection) as queries:
            self.client.get(reverse("core:imports"))
        return len(queries)
