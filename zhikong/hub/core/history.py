"""The history of one record, told from the ledger: who, when, from where, old to new, why.

A record page adds the tab in one line, beside its other tabs:

    {% load ledger %}
    <nav class="tabs"><a href="..." aria-current="true">内容</a>{% history_tab centre %}</nav>

The tab leads to `core:history`, which proves the record visible to the reader first. Or the view reads it itself, as
`history.of(centre, request)` in `history`, and the template says `{% include "core/history_lines.html" %}`.

A child row is shown with its parent where its model names the way: `history_of = "centre"`. Say so only of rows that
whoever sees the parent may see. The link back to the record is its `get_absolute_url()`, where it has one.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import audit, capture
from .listing import Page, page_of
from .models import LedgerEntry, RowChange, User

ORIGINS = {
    "web": gettext_lazy("网页"),
    "api": gettext_lazy("接口"),
    "import": gettext_lazy("Excel 导入"),
    "command": gettext_lazy("命令行"),
    "worker": gettext_lazy("后台任务"),
}
MOST_CHANGES = 5_000  # of one record: the oldest beyond them are left to the audit administrator


@dataclass(frozen=True, slots=True)
class FieldChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowLines:
    """What happened to one row. `what` is empty for the record itself."""

    what: str
    operation: str  # insert, update, delete
    fields: list[FieldChange]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the ledger; without `at` and `action`, changes made outside every action."""

    at: datetime | None
    who: str
    origin: str
    action: str
    reason: str
    rows: list[RowLines]


@dataclass(frozen=True, slots=True)
class History:
    page: Page
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class _Child:
    model: type[models.Model]
    parent: str  # name of the foreign key


def of(record: models.Model, request: HttpRequest) -> History:
    """One page (`?history=2`) of entries, newest first. The number of queries does not grow with the entries."""
    reader: Any = request.user
    rows = _Rows(record, reader)
    entries = LedgerEntry.objects.filter(
        Q(token__in=rows.tokens) | Q(subject_table=record._meta.db_table, subject_pk=str(record.pk))
    ).order_by("-seq")
    page = page_of(request, entries, name="history")
    found = list(page)
    changes = rows.of_entries(found)
    outside = rows.outside() if page.number == 1 else []
    names = Names(reader, [*(change for group in changes.values() for change in group), *outside])
    lines = [_line(entry, names.rows(changes.get(entry.token, []), of=record)) for entry in found]
    if outside:
        lines.insert(0, Line(None, "", "", _("不经任何操作的改动"), "", names.rows(outside, of=record)))
    return History(page, lines)


def _line(entry: LedgerEntry, rows: list[RowLines]) -> Line:
    body = entry.told()
    return Line(
        entry.at,
        body["by_name"] or _("系统"),
        str(ORIGINS.get(body["origin"], body["origin"])),
        audit.verb_label(entry.action),
        body["reason"],
        rows,
    )


class _Rows:
    """The row changes of a record and of its children."""

    def __init__(self, record: models.Model, reader: User) -> None:
        self.record = record
        self.children = _children(type(record))
        self.where = Q(table=record._meta.db_table, row_pk=str(record.pk))
        for table, keys in self._child_keys(reader).items():
            self.where |= Q(table=table, row_pk__in=keys)
        tokens = RowChange.objects.filter(self.where).order_by("-id").values_list("token", flat=True)[:MOST_CHANGES]
        self.tokens = set(tokens)
        self.has_outside = "" in self.tokens
        self.tokens.discard("")

    def _child_keys(self, reader: User) -> dict[str, list[str]]:
        """Keys as literals: PostgreSQL finds no index through an OR of subqueries."""
        parts = []
        for child in self.children:
            rows = child.model._default_manager.filter(**{child.parent: self.record.pk})
            if hasattr(rows, "visible_to"):
                rows = rows.visible_to(reader)
            table = Value(child.model._meta.db_table, output_field=models.CharField())
            key = Cast("pk", models.CharField())
            parts.append(rows.order_by().values_list(table, key))
        found: dict[str, list[str]] = {}
        if parts:
            for table, key in parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]:
                found.setdefault(table, []).append(key)
        return found

    def of_entries(self, entries: list[LedgerEntry]) -> dict[str, list[RowChange]]:
        record = self.record
        # Rows that are gone are reached only through entries about the parent itself.
        about = [e.token for e in entries if (e.subject_table, e.subject_pk) == (record._meta.db_table, str(record.pk))]
        where = Q(self.where, token__in=[entry.token for entry in entries])
        parents = {child.model._meta.db_table: _column(child.model, child.parent) for child in self.children}
        if about and parents:
            where |= Q(token__in=about, table__in=list(parents))
        own = record._meta.db_table
        groups: dict[str, list[RowChange]] = {}
        for change in RowChange.objects.filter(where).order_by("id")[:MOST_CHANGES]:
            column = parents.get(change.table)
            if change.table == own and change.row_pk == str(record.pk):
                pass
            elif column is None or str(_row(change).get(column)) != str(record.pk):
                continue
            groups.setdefault(change.token, []).append(change)
        return groups

    def outside(self) -> list[RowChange]:
        if not self.has_outside:
            return []
        return list(RowChange.objects.filter(self.where, token="").order_by("-id")[:50])


class Names:
    """Turns captured rows into words: field names, choices, and the names of what foreign keys point at.

    What the reader may not see stays a number.
    """

    def __init__(self, reader: User, changes: Iterable[RowChange]) -> None:
        wanted: dict[type[models.Model], set[str]] = {}
        for change in changes:
            model = _model_of(change.table)
            if model is None:
                continue
            for values in (change.old, change.new):
                row = json.loads(values) if values else {}
                for field in _fields(model):
                    if field.is_relation and row.get(field.column) is not None:
                        wanted.setdefault(field.related_model, set()).add(str(row[field.column]))
        self._names: dict[tuple[type[models.Model], str], str] = {}
        for model, keys in wanted.items():
            for found in _visible(model, reader).filter(pk__in=keys):
                self._names[model, str(found.pk)] = str(found)

    def rows(self, changes: Iterable[RowChange], *, of: models.Model | None = None) -> list[RowLines]:
        return [lines for change in changes if (lines := self._row(change, of))]

    def _row(self, change: RowChange, record: models.Model | None) -> RowLines | None:
        model = _model_of(change.table)
        old, new = (json.loads(text) if text else {} for text in (change.old, change.new))
        if model is None:
            fields = [FieldChange(key, str(old.get(key, "")), str(new.get(key, ""))) for key in old | new]
            return RowLines(change.table, change.operation, [f for f in fields if f.old != f.new])
        itself = record is not None and isinstance(record, model) and change.row_pk == str(record.pk)
        skipped = {model._meta.pk.column, *_parent_columns(model, record)}
        fields = []
        for field in _fields(model):
            before, after = old.get(field.column), new.get(field.column)
            if field.column in skipped or before == after:
                continue
            pair = FieldChange(_label(field), self._text(field, before), self._text(field, after))
            if pair.old != pair.new:
                fields.append(pair)
        if not fields and change.operation == "update":
            return None
        return RowLines("" if itself else self._what(model, new or old, record), change.operation, fields)

    def _what(self, model: type[models.Model], row: dict[str, Any], record: models.Model | None) -> str:
        """The kind of row, and the first name in it."""
        kind = _kind(model)
        skipped = _parent_columns(model, record)
        plain = (f for f in _fields(model) if isinstance(f, models.CharField) and not f.choices)
        links = (f for f in _fields(model) if f.is_relation and f.column not in skipped)
        for field in (*plain, *links):
            text = self._text(field, row.get(field.column))
            if text:
                return f"{kind} {text}"
        return kind

    def _text(self, field: models.Field, value: Any) -> str:
        if value is None or value == "":
            return ""
        if field.is_relation:
            return self._names.get((field.related_model, str(value)), f"#{value}")
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, models.BooleanField):
            return _("是") if value else _("否")
        if isinstance(field, models.DateTimeField):
            return _moment(str(value))
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False)
        return str(value)


def _moment(text: str) -> str:
    """SQLite keeps moments in UTC without saying so."""
    moment = parse_datetime(text)
    if moment is None:
        return text
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _visible(model: type[models.Model], reader: User) -> models.QuerySet:
    rows = model._default_manager.all()
    return rows.visible_to(reader) if hasattr(rows, "visible_to") else rows.none()


def _row(change: RowChange) -> dict[str, Any]:
    return json.loads(change.new or change.old or "{}")


def _fields(model: type[models.Model]) -> Iterator[models.Field]:
    omitted = set(getattr(model, "ledger_omits", ()))
    return (field for field in model._meta.local_concrete_fields if field.name not in omitted)


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)


def _label(field: models.Field) -> str:
    """A foreign key without words of its own is called after what it points at."""
    if field.is_relation and field.verbose_name == field.name.replace("_", " "):
        return str(field.related_model._meta.verbose_name)
    return str(field.verbose_name)


def _kind(model: type[models.Model]) -> str:
    made_by = _many_to_many(model)
    return str(made_by.verbose_name) if made_by else str(model._meta.verbose_name)


def _many_to_many(through: type[models.Model]) -> models.ManyToManyField | None:
    owner = through._meta.auto_created
    if not owner:
        return None
    return next(field for field in owner._meta.local_many_to_many if field.remote_field.through is through)


def _parent_columns(model: type[models.Model], record: models.Model | None) -> set[str]:
    if record is None:
        return set()
    return {_column(child.model, child.parent) for child in _children(type(record)) if child.model is model}


@cache
def _children(model: type[models.Model]) -> tuple[_Child, ...]:
    """Ledgered models that say `history_of` about this one, and its own many-to-many tables."""
    found = []
    for candidate in capture.ledgered_models():
        name = getattr(candidate, "history_of", None)
        made_by = _many_to_many(candidate)
        if name and candidate._meta.get_field(name).related_model is model:
            found.append(_Child(candidate, name))
        elif made_by and made_by.model is model:
            found.append(_Child(candidate, made_by.m2m_field_name()))
    return tuple(found)


@cache
def _model_of(table: str) -> type[models.Model] | None:
    every = apps.get_models(include_auto_created=True)
    return next((model for model in every if model._meta.db_table == table), None)
