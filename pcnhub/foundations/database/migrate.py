"""Brings the tables up to date as their owner, marks them for rehearsals and for patients, then grants the serving role exactly
what it needs."""

from collections.abc import Iterator

from django.apps import apps
from django.core.management import call_command
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from .patient_marks import shut_out_patients
from .rehearsal_marks import mark
from .roles import APP, OWNER

OWNER_ALIAS = "owner"


def migrate(*, verbosity: int = 1) -> None:
    """Applies every migration as the owner, marks the tables and sets the grants anew. Run twice, it changes nothing.

    Needs the database alias "owner" (PCNHUB_OWNER_DATABASE_URL, or the embedded server).
    """
    call_command("migrate", database=OWNER_ALIAS, interactive=False, verbosity=verbosity)
    with transaction.atomic(using=OWNER_ALIAS):
        mark(
            alias=OWNER_ALIAS,
            owner=OWNER,
            hiding=tables_saying("hides_rehearsals"),
            apart=tables_saying("rehearses_apart"),
        )
        shut_out_patients(alias=OWNER_ALIAS, reach=reach_of_patients())
    grant()


def pending(alias: str = "default") -> list[str]:
    """The migrations that this code has and the database has not, as `app.name`."""
    executor = MigrationExecutor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def grant() -> None:
    """Lets the serving role read and write rows, never change tables; append-only tables take new rows and no others."""
    app = sql.Identifier(APP)
    with transaction.atomic(using=OWNER_ALIAS), connections[OWNER_ALIAS].cursor() as cursor:

        def run(statement: str, *names: str) -> None:
            cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names), app=app))

        run("revoke all on all tables in schema public from {app}")
        run("grant usage on schema public to {app}")
        run("grant select, insert, update, delete on all tables in schema public to {app}")
        run("grant usage, select on all sequences in schema public to {app}")
        run("grant execute on all functions in schema public to {app}")
        run("revoke insert, update, delete on {} from {app}", "django_migrations")
        for table in append_only_tables():
            run("revoke update, delete on {} from {app}", table)
        for table in tables_saying("database_only"):  # written by triggers alone, such as the heads of the audit chains
            run("revoke insert, update, delete on {} from {app}", table)


def append_only_tables() -> Iterator[str]:
    """The tables whose model says `append_only = True`: their rows stand as written."""
    return tables_saying("append_only")


def reach_of_patients() -> dict[str, str]:
    """What the models say that a patient reaches by a link of their own, by table."""
    return {
        model._meta.db_table: model.patients_reach  # noqa: SLF001 - Django documents it
        for model in apps.get_models()
        if hasattr(model, "patients_reach")
    }


def tables_saying(word: str) -> Iterator[str]:
    """The tables whose model sets this word to True."""
    for model in apps.get_models(include_auto_created=True):
        if getattr(model, word, False):
            yield model._meta.db_table  # noqa: SLF001 - Django documents it
