"""Whatever is done to the ledger behind its back, the check finds and names it; an honest ledger has no fault."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, override_settings

from zhikong.hub.core import actions, audit, capture, ledger
from zhikong.hub.core.models import LedgerEntry, RowChange, User
from zhikong.hub.testing import NOW

ENTRIES = 6


def flipped(text):
    """One bit of the middle character changed, still printable."""
    middle = len(text) // 2
    return text[:middle] + chr(ord(text[middle]) ^ 1) + text[middle + 1 :]


class Ledger(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.users = [
            actions.create_account(by=None, at=NOW, username=f"person{number}", name=f"某{number}")[0]
            for number in range(ENTRIES)
        ]

    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        home = override_settings(HOME=self.home)
        home.enable()
        self.addCleanup(home.disable)

    def run_sql(self, statement, *parameters):
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    def unprotect(self, *tables):
        """As somebody would who owns the database."""
        for table in tables or capture.APPEND_ONLY:
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
                    names = [name for (name,) in cursor.fetchall()]
                for name in names:
                    self.run_sql(f'DROP TRIGGER "{name}"')
            else:
                self.run_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')

    def faults(self, **options):
        return [(fault.kind, fault.where) for fault in ledger.check(**options).faults]

    def test_honest_ledger_has_no_fault(self):
        report = ledger.check(rows=True)
        self.assertEqual(report.faults, [])
        self.assertEqual((report.entries, report.changes), (ENTRIES, ENTRIES))
        self.assertEqual(report.head, LedgerEntry.objects.latest("seq").digest)
        self.assertGreaterEqual(report.rows, ENTRIES)

    def test_empty_ledger_has_no_fault(self):
        self.unprotect()
        self.run_sql("DELETE FROM core_rowchange")
        self.run_sql("DELETE FROM core_ledgerentry")
        self.assertEqual(self.faults(), [])

    def test_flipped_bit_in_any_text_column_of_an_entry(self):
        self.unprotect()
        expected = {
            "body": {("chain", "#3")},
            "digest": {("chain", "#3"), ("chain", "#4")},
            "token": {("column", "#3"), ("changes", "#3")},
            "action": {("column", "#3")},
            "subject_table": {("column", "#3")},
            "subject_pk": {("column", "#3")},
        }
        for column, wanted in expected.items():
            with self.subTest(column):
                kept = LedgerEntry.objects.values_list(column, flat=True).get(seq=3)
                self.run_sql(f"UPDATE core_ledgerentry SET {column} = %s WHERE seq = 3", flipped(kept))
                self.assertLessEqual(wanted, set(self.faults()))
                self.run_sql(f"UPDATE core_ledgerentry SET {column} = %s WHERE seq = 3", kept)
                self.assertEqual(self.faults(), [])

    def test_another_person_or_moment_on_an_entry(self):
        self.unprotect()
        for column, value in (("by_id", 77), ("at", "2026-11-23 09:00:01")):
            with self.subTest(column):
                kept = LedgerEntry.objects.values_list(column, flat=True).get(seq=3)
                self.run_sql(f"UPDATE core_ledgerentry SET {column} = %s WHERE seq = 3", value)
                self.assertEqual(self.faults(), [("column", "#3")])
                LedgerEntry.objects.filter(seq=3).update(**{column: kept})
        self.assertEqual(self.faults(), [])

    def test_flipped_bit_in_any_column_of_a_change(self):
        self.unprotect()
        token = LedgerEntry.objects.get(seq=3).token
        for column in ("table_name", "row_pk", "operation", "new"):
            with self.subTest(column):
                field = "table" if column == "table_name" else column
                kept = RowChange.objects.values_list(field, flat=True).get(token=token)
                self.run_sql(f"UPDATE core_rowchange SET {column} = %s WHERE token = %s", flipped(kept), token)
                self.assertEqual(self.faults(), [("changes", "#3")])
                self.run_sql(f"UPDATE core_rowchange SET {column} = %s WHERE token = %s", kept, token)
        self.run_sql("UPDATE core_rowchange SET old = '' WHERE token = %s", token)
        self.assertEqual(self.faults(), [("changes", "#3")])

    def test_change_given_to_another_entry_or_to_none(self):
        self.unprotect()
        third, fourth = LedgerEntry.objects.filter(seq__in=(3, 4)).order_by("seq")
        self.run_sql("UPDATE core_rowchange SET token = %s WHERE token = %s", fourth.token, third.token)
        self.assertEqual(self.faults(), [("changes", "#3"), ("changes", "#4")])
        pk = self.users[3].pk
        self.run_sql("UPDATE core_rowchange SET token = 'x' WHERE row_pk = %s", str(pk))
        self.assertIn(("no entry", f"core_user {pk}"), self.faults())

    def test_removed_rows(self):
        self.unprotect()
        self.run_sql("DELETE FROM core_rowchange WHERE row_pk = %s", str(self.users[1].pk))
        self.assertEqual(self.faults(), [("changes", "#2")])
        self.run_sql("DELETE FROM core_ledgerentry WHERE seq = 4")
        found = self.faults()
        self.assertIn(("gap", "#5"), found)
        self.assertIn(("chain", "#5"), found)
        self.assertIn(("no entry", f"core_user {self.users[3].pk}"), found)

    def test_removed_first_and_last(self):
        self.unprotect()
        self.run_sql("DELETE FROM core_rowchange")
        ledger.export_head()
        self.run_sql("DELETE FROM core_ledgerentry WHERE seq IN (1, 6)")
        found = self.faults()
        self.assertIn(("gap", "#2"), found)
        self.assertTrue(any(kind == "head" for kind, _where in found))

    def test_the_file_of_a_head_is_named_by_the_day_here(self):
        """At half past seven in Shanghai it is still yesterday in UTC."""
        with mock.patch.object(ledger, "datetime", wraps=datetime) as clock:
            clock.now.return_value = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
            path = ledger.export_head()
        self.assertEqual(path.name, "2026-11-26.txt")
        self.assertTrue(path.read_text().startswith("2026-11-25T23:30:00+00:00 6 "))

    def test_truncated_end_shows_by_its_changes(self):
        self.unprotect()
        self.run_sql("DELETE FROM core_ledgerentry WHERE seq = 6")
        self.assertEqual(self.faults(), [("no entry", f"core_user {self.users[5].pk}")])

    def test_two_entries_exchanged(self):
        self.unprotect()
        for old, new in ((3, 100), (4, 3), (100, 4)):
            self.run_sql("UPDATE core_ledgerentry SET seq = %s WHERE seq = %s", new, old)
        found = self.faults()
        for seq in ("#3", "#4", "#5"):
            self.assertIn(("chain", seq), found)

    def test_rewritten_from_the_middle_shows_by_the_exported_head(self):
        """Whoever can compute digests can forge a whole chain; the head kept elsewhere says so."""
        ledger.export_head()
        self.unprotect()
        previous = LedgerEntry.objects.get(seq=3).digest
        for entry in LedgerEntry.objects.filter(seq__gte=4).order_by("seq"):
            body = audit.canonical({**json.loads(entry.body), "reason": "forged"})
            previous = audit.chained(previous, body)
            self.run_sql("UPDATE core_ledgerentry SET body = %s, digest = %s WHERE seq = %s", body, previous, entry.seq)
        self.assertEqual([kind for kind, _where in self.faults()], ["head"])

    def test_change_outside_every_action(self):
        User.objects.filter(pk=self.users[0].pk).update(name="by a shell")
        self.assertEqual(self.faults(), [("outside", f"core_user {self.users[0].pk}")])

    def test_rows_edited_added_and_removed_with_the_triggers_off(self):
        self.unprotect("core_user")
        edited, removed = self.users[1], self.users[2]
        self.run_sql("UPDATE core_user SET duty = 'audit' WHERE id = %s", edited.pk)
        self.run_sql("DELETE FROM core_passwordrecord WHERE user_id = %s", removed.pk)
        self.run_sql("DELETE FROM core_user WHERE id = %s", removed.pk)
        added = User.objects.create(username="ghost", name="无")
        self.assertEqual(self.faults(), [])
        found = {fault.where: fault.message for fault in ledger.check(rows=True).faults}
        self.assertEqual(set(found), {f"core_user {user_pk}" for user_pk in (edited.pk, removed.pk or 0, added.pk)})
        self.assertIn("duty", found[f"core_user {edited.pk}"])

    def test_password_and_last_sign_in_are_not_part_of_it(self):
        self.run_sql("UPDATE core_user SET last_login = %s WHERE id = %s", NOW, self.users[1].pk)
        self.assertEqual(self.faults(rows=True), [])

    def test_batches_meet(self):
        with mock.patch.object(ledger, "BATCH", 2):
            self.assertEqual(self.faults(), [])
            self.unprotect()
            first, last = (LedgerEntry.objects.get(seq=seq).token for seq in (1, ENTRIES))
            self.run_sql("UPDATE core_rowchange SET token = %s WHERE token = %s", first, last)
            self.assertEqual(self.faults(), [("changes", f"#{ENTRIES}"), ("changes", "#1")])

    def test_command_prints_and_fails(self):
        out = StringIO()
        call_command("check_ledger", "--rows", stdout=out)
        self.assertIn("没有发现问题", out.getvalue())
        self.unprotect()
        self.run_sql("UPDATE core_ledgerentry SET body = 'x' WHERE seq = 2")
        out = StringIO()
        with self.assertRaises(CommandError) as failure:
            call_command("check_ledger", "--json", stdout=out)
        self.assertEqual(failure.exception.returncode, 1)
        told = json.loads(out.getvalue())
        self.assertEqual({(f["kind"], f["where"]) for f in told["faults"]}, {("chain", "#2"), ("body", "#2")})

    def test_head_is_written_day_by_day(self):
        call_command("ledger_head", stdout=StringIO())
        call_command("ledger_head", stdout=StringIO())
        (file,) = (self.home / ledger.HEADS).iterdir()
        lines = file.read_text().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[0].split()[1:], [str(ENTRIES), LedgerEntry.objects.get(seq=ENTRIES).digest])
        file.write_text("rubbish\n")
        self.assertEqual([kind for kind, _where in self.faults()], ["head"])


class Administrators(TestCase):
    def test_there_is_none_until_asked_for(self):
        self.assertFalse(User.objects.exists())
        out = StringIO()
        call_command("create_administrator", stdout=out)
        self.assertEqual(set(User.objects.values_list("duty", flat=True)), {"system", "security", "audit"})
        for line in out.getvalue().splitlines():
            username, password = line.split()[1:]
            user = User.objects.get(username=username)
            self.assertTrue(user.check_password(password))
            self.assertTrue(user.must_change_password)
        again = StringIO()
        call_command("create_administrator", stdout=again)
        self.assertEqual(again.getvalue().count("there already"), 3)
        with self.assertRaises(CommandError):
            call_command("create_administrator", "--duty", "audit", stdout=StringIO())
        call_command("create_administrator", "--duty", "audit", "--username", "auditor2", stdout=StringIO())
        self.assertEqual(User.objects.filter(duty="audit").count(), 2)
