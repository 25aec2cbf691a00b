"""Database triggers that write every change of a ledgered table to `core_rowchange`, whatever route it came by.

A model says `ledgered = True`, and `ledger_omits = ("password",)` for columns that must not be copied. The triggers read
the token of the running action: on PostgreSQL from a transaction-local setting, on SQLite from a function that only our
own connections define, so that another program's write to a ledgered table is refused there. The ledger's own two tables
refuse UPDATE and DELETE.
"""

from collections.abc import Iterator
from contextvars import ContextVar

from django.apps import AppConfig, apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

token: ContextVar[str] = ContextVar("token", default="")

APPEND_ONLY = ("core_ledgerentry", "core_rowchange")


def connect() -> None:
    connection_created.connect(_define_function, dispatch_uid="zhikong.capture.function")
    post_migrate.connect(_after_migrate, dispatch_uid="zhikong.capture.triggers")


def _define_function(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("zhikong_action", 0, token.get)


def set_token(connection: BaseDatabaseWrapper, value: str) -> None:
    token.set(value)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('zhikong.action', %s, true)", [value])


def ledgered_models(app_config: AppConfig | None = None) -> Iterator[type[models.Model]]:
    """The models under capture, with the automatic tables of their many-to-many fields."""
    for model in (app_config or apps).get_models():
        if getattr(model, "ledgered", False):
            yield model
            for field in model._meta.local_many_to_many:
                if field.remote_field.through._meta.auto_created:
                    yield field.remote_field.through


def captured_columns(model: type[models.Model]) -> list[str]:
    omitted = set(getattr(model, "ledger_omits", ()))
    return [field.column for field in model._meta.local_concrete_fields if field.name not in omitted]


def row_text(model: type[models.Model], row: str) -> str:
    """The SQL expression, on SQLite, that gives a row as the JSON text the triggers store."""
    pairs = ", ".join(f"'{column}', {row}.\"{column}\"" for column in captured_columns(model))
    return f"json_object({pairs})"


def _after_migrate(app_config: AppConfig, using: str, **_: object) -> None:
    if app_config.name.startswith("zhikong."):
        install(connections[using], app_config)


def install(connection: BaseDatabaseWrapper, app_config: AppConfig) -> None:
    """Create the triggers of one area anew. Runs after every migrate, since SQLite drops them when it remakes a table."""
    tables = set(connection.introspection.table_names())
    if "core_rowchange" not in tables:
        return
    with connection.cursor() as cursor:
        if app_config.label == "core":
            for statement in _append_only(connection.vendor):
                cursor.execute(statement)
        for model in ledgered_models(app_config):
            if model._meta.db_table in tables:
                for statement in _capture(connection.vendor, model):
                    cursor.execute(statement)


def _append_only(vendor: str) -> Iterator[str]:
    if vendor == "sqlite":
        for table in APPEND_ONLY:
            for operation in ("UPDATE", "DELETE"):
                name = f"{table}_refuse_{operation.lower()}"
                yield f'DROP TRIGGER IF EXISTS "{name}"'
                yield (
                    f'CREATE TRIGGER "{name}" BEFORE {operation} ON "{table}" '
                    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
                )
        return
    yield (
        "CREATE OR REPLACE FUNCTION zhikong_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    for table in APPEND_ONLY:
        yield f'DROP TRIGGER IF EXISTS "{table}_refuse" ON "{table}"'
        yield (
            f'CREATE TRIGGER "{table}_refuse" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION zhikong_refuse()"
        )
    yield """
        CREATE OR REPLACE FUNCTION zhikong_capture() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            omitted text[] := TG_ARGV[1:];
            before jsonb := NULL;
            after jsonb := NULL;
        BEGIN
            IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD) - omitted; END IF;
            IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW) - omitted; END IF;
            IF before IS DISTINCT FROM after THEN
                INSERT INTO core_rowchange (token, table_name, row_pk, operation, old, new)
                VALUES (coalesce(current_setting('zhikong.action', true), ''), TG_TABLE_NAME,
                        coalesce(after, before) ->> TG_ARGV[0], lower(TG_OP), before::text, after::text);
            END IF;
            RETURN NULL;
        END $$"""


def _capture(vendor: str, model: type[models.Model]) -> Iterator[str]:
    table, key = model._meta.db_table, model._meta.pk.column
    if vendor == "sqlite":
        was, now = row_text(model, "OLD"), row_text(model, "NEW")
        insert = "INSERT INTO core_rowchange (token, table_name, row_pk, operation, old, new) VALUES"
        for operation, row, old, new, condition in (
            ("INSERT", "NEW", "NULL", now, ""),
            ("UPDATE", "NEW", was, now, f"WHEN {was} IS NOT {now}"),
            ("DELETE", "OLD", was, "NULL", ""),
        ):
            name = f"{table}_capture_{operation.lower()}"
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            yield (
                f'CREATE TRIGGER "{name}" AFTER {operation} ON "{table}" FOR EACH ROW {condition} BEGIN '
                f"{insert} (zhikong_action(), '{table}', CAST({row}.\"{key}\" AS TEXT), '{operation.lower()}', {old}, {new}); END"
            )
        return
    omitted = {field.name: field.column for field in model._meta.local_concrete_fields}
    arguments = ", ".join(f"'{omitted[name]}'" for name in getattr(model, "ledger_omits", ()))
    yield f'DROP TRIGGER IF EXISTS "{table}_capture" ON "{table}"'
    yield (
        f'CREATE TRIGGER "{table}_capture" AFTER INSERT OR UPDATE OR DELETE ON "{table}" FOR EACH ROW '
        f"EXECUTE FUNCTION zhikong_capture('{key}'{', ' if arguments else ''}{arguments})"
    )
