"""Every write is one action with one entry; what triggers saw is what the entry covers."""

import json
from contextlib import suppress
from itertools import pairwise

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext_lazy as _

from zhikong.hub.core import audit
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import LedgerEntry, RowChange, User
from zhikong.hub.testing import NOW, NetworkStory

RENAMED = audit.verb("account renamed in a test", _("改名"))


@audit.action
def rename(user, *, by, at, name):
    if not name:
        raise Refused("no name")
    user.name = name
    user.save(update_fields=["name"])
    audit.record(RENAMED, user, by=by, at=at, reason="a test")


@audit.action
def rename_in_silence(user, *, by, at):
    User.objects.filter(pk=user.pk).update(name="nobody saw")


@audit.action
def rename_two(first, second, *, by, at):
    rename(first, by=by, at=at, name="one")
    second.name = "two"
    second.save(update_fields=["name"])
    audit.record(RENAMED, second, by=by, at=at)


class Audit(NetworkStory):
    def setUp(self):
        self.user = self.people["city_officer"]
        self.by = self.people["system_admin"]

    def test_entry_covers_the_change(self):
        before = self.user.name
        rename(self.user, by=self.by, at=NOW, name="新名")
        entry = LedgerEntry.objects.latest("seq")
        change = RowChange.objects.get(token=entry.token)
        self.assertEqual(json.loads(change.old)["name"], before)
        self.assertEqual(json.loads(change.new)["name"], "新名")
        self.assertNotIn("password", json.loads(change.new))
        body = json.loads(entry.body)
        self.assertEqual((body["changes"], body["by"], body["reason"]), (1, self.by.pk, "a test"))

    def test_chain_begins_at_genesis_and_goes_on(self):
        rename(self.user, by=self.by, at=NOW, name="甲")
        rename(self.user, by=self.by, at=NOW, name="乙")
        first, second = LedgerEntry.objects.order_by("seq")
        self.assertEqual(first.digest, audit.chained(audit.GENESIS, first.body))
        self.assertEqual(second.digest, audit.chained(first.digest, second.body))

    def test_refusal_leaves_nothing(self):
        with self.assertRaises(Refused):
            rename(self.user, by=self.by, at=NOW, name="")
        self.assertFalse(LedgerEntry.objects.exists())

    def test_silent_action_is_rolled_back(self):
        with self.assertRaises(audit.NotRecorded):
            rename_in_silence(self.user, by=self.by, at=NOW)
        self.user.refresh_from_db()
        self.assertNotEqual(self.user.name, "nobody saw")

    def test_nested_actions_keep_their_own_changes(self):
        rename_two(self.user, self.people["outsider"], by=self.by, at=NOW)
        inner, outer = LedgerEntry.objects.order_by("seq")
        self.assertEqual([json.loads(entry.body)["changes"] for entry in (inner, outer)], [1, 1])

    def test_nested_actions_are_chained_when_the_outermost_ends(self):
        """The chain's lock comes last: taken within, it and a row's lock would be waited for crosswise."""

        @audit.action
        def outer(user, *, by, at):
            rename(user, by=by, at=at, name="内")
            self.assertFalse(LedgerEntry.objects.exists())
            with suppress(Refused):
                rename(user, by=by, at=at, name="")
            rename(user, by=by, at=at, name="又一")
            audit.record(RENAMED, user, by=by, at=at, reason="outer")

        outer(self.user, by=self.by, at=NOW)
        entries = list(LedgerEntry.objects.order_by("seq"))
        self.assertEqual([json.loads(entry.body)["reason"] for entry in entries], ["a test", "a test", "outer"])
        self.assertEqual([json.loads(entry.body)["changes"] for entry in entries], [1, 1, 0])
        for before, after in pairwise(entries):
            self.assertEqual(after.digest, audit.chained(before.digest, after.body))

    def test_change_outside_every_action_is_recorded_without_token(self):
        User.objects.filter(pk=self.user.pk).update(name="by a shell")
        self.assertEqual(json.loads(RowChange.objects.latest("id").new)["name"], "by a shell")
        self.assertEqual(RowChange.objects.latest("id").token, "")

    def test_ledger_refuses_change_and_removal(self):
        rename(self.user, by=self.by, at=NOW, name="丙")
        for statement in (
            "UPDATE core_ledgerentry SET body = ''",
            "DELETE FROM core_ledgerentry",
            "UPDATE core_rowchange SET token = ''",
            "DELETE FROM core_rowchange",
        ):
            with (
                self.assertRaisesMessage(DatabaseError, "append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    def test_action_must_take_by_and_at(self):
        with self.assertRaisesMessage(TypeError, "must take by="):
            audit.action(lambda subject: None)
