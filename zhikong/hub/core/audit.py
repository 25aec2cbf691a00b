"""The ledger's front door: `@action` around every write, `record` inside it.

    CLOSED = audit.verb("finding closed", _("关闭问题"))

    @audit.action
    def close_finding(finding, *, by, at, conclusion):
        ...
        audit.record(CLOSED, finding, by=by, at=at, reason=conclusion)

An action is one transaction. Its row changes, which triggers collect, and its entry commit together or not at all; an
action that changed a ledgered table and recorded nothing is a bug and is rolled back.

Actions may call actions. Entries are chained when the outermost one ends, in the order in which they ended: the chain's
lock is then the last that the transaction takes, and two actions never wait for each other crosswise.
"""

import functools
import hashlib
import inspect
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

from django.db import connection, models, transaction

from . import capture
from .models import LedgerEntry, RowChange, User

P = ParamSpec("P")
R = TypeVar("R")

GENESIS = "0" * 64
_LOCK = 7_201_411  # PostgreSQL advisory lock: entries are chained one after another


class NotRecorded(RuntimeError):
    """An action changed ledgered rows without a record, or recorded twice: a bug in the action."""


@dataclass(slots=True)
class _Running:
    token: str
    entry: dict[str, Any] | None = None
    ended: list[dict[str, Any]] = field(default_factory=list)  # entries of this and of the actions within it


_running: ContextVar[_Running | None] = ContextVar("running", default=None)
_origin: ContextVar[str] = ContextVar("origin", default="command")
_verbs: dict[str, Any] = {}


def verb(code: str, label: Any) -> str:
    """Name what an action does: the English code goes into the ledger, the label is shown."""
    assert _verbs.setdefault(code, label) is label, f"the verb {code!r} is named twice"
    return code


def verbs() -> list[tuple[str, Any]]:
    return list(_verbs.items())


def verb_label(code: str) -> str:
    return str(_verbs.get(code, code))


@contextmanager
def origin(name: str) -> Iterator[None]:
    """Say from where actions come in this block: web, api, import, command."""
    reset = _origin.set(name)
    try:
        yield
    finally:
        _origin.reset(reset)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Make a write atomic and hold it to the ledger. The function must take keyword-only `by` and `at`."""
    parameters = inspect.signature(function).parameters
    for name in ("by", "at"):
        if name not in parameters or parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY:
            raise TypeError(f"{function.__module__}.{function.__name__} must take {name}= as a keyword")

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = _running.get()
        this = _Running(f"{time.time_ns():016x}{secrets.token_hex(8)}")
        goes_on = connection.in_atomic_block  # what follows in the same transaction must not count as ours
        with transaction.atomic():
            reset = _running.set(this)
            captured = capture.token.get()
            try:
                capture.set_token(connection, this.token)
                result = function(*args, **kwargs)
                _close(this)
                if outer is None:
                    _chain(this.ended)
                if goes_on:
                    capture.set_token(connection, outer.token if outer else "")
            finally:
                capture.token.set(captured)
                _running.reset(reset)
        if outer is not None:
            outer.ended += this.ended
        return result

    wrapper.is_action = True  # type: ignore[attr-defined]
    return wrapper


def record(
    code: str,
    subject: models.Model,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    """Say what the running action did. Closed when the action ends, so that it covers all of its changes."""
    running = _running.get()
    if running is None or running.entry is not None:
        raise NotRecorded(f"{code!r}: record once, inside an @action")
    if code not in _verbs:
        raise NotRecorded(f"{code!r} is not named by audit.verb()")
    running.entry = {
        "action": code,
        "at": at.astimezone(UTC).isoformat(),
        "by": None if by is None else by.pk,
        "by_name": "" if by is None else by.name,
        "facts": facts or {},
        "origin": _origin.get(),
        "reason": reason,
        "subject": str(subject),
        "subject_pk": str(subject.pk),
        "subject_table": subject._meta.db_table,
    }


def canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(previous: str, body: str) -> str:
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


class ChangesDigest:
    """Running digest over row changes in the order in which they were made."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def add(self, table: str, row_pk: str, operation: str, old: str | None, new: str | None) -> None:
        self.count += 1
        # Length first: two different lists of parts can never give the same bytes.
        self._hash.update(
            b"".join(
                [
                    b"-;" if part is None else b"%d:%b" % (len(data := part.encode()), data)
                    for part in (table, row_pk, operation, old, new)
                ]
            )
        )

    def hexdigest(self) -> str:
        return self._hash.hexdigest() if self.count else ""


def _close(this: _Running) -> None:
    """The entry with the digest of the action's changes, ready to be chained."""
    changes = ChangesDigest()
    rows = RowChange.objects.filter(token=this.token).order_by("id")
    for row in rows.values_list("table", "row_pk", "operation", "old", "new").iterator(chunk_size=2000):
        changes.add(*row)
    if this.entry is None:
        if changes.count:
            raise NotRecorded(f"{changes.count} ledgered rows changed and nothing was recorded")
        return
    this.ended.append(
        {**this.entry, "changes": changes.count, "changes_digest": changes.hexdigest(), "token": this.token}
    )


def _chain(entries: list[dict[str, Any]]) -> None:
    """Append to the chain. Serial: on PostgreSQL its lock is held from here to the commit."""
    if not entries:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = LedgerEntry.objects.order_by("-seq").values_list("seq", "digest").first()
    seq, previous = last or (0, GENESIS)
    for entry in entries:
        seq += 1
        body = canonical({**entry, "seq": seq})
        digest = chained(previous, body)
        LedgerEntry.objects.create(
            seq=seq,
            token=entry["token"],
            at=datetime.fromisoformat(entry["at"]),
            by_id=entry["by"],
            action=entry["action"],
            subject_table=entry["subject_table"],
            subject_pk=entry["subject_pk"],
            body=body,
            digest=digest,
        )
        previous = digest
