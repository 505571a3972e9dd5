"""A whole rehearsal: over the real doors, with the real worker, and nothing left of it."""

from __future__ import annotations

from django.db import connection
from psycopg import sql

from pcnhub.rehearsal.rules import StepState
from tests.cast import World
from tests.rehearsal.conftest import Rehearse


def test_every_step_passes_at_each_practice_and_nothing_is_left(w: World, rehearse: Rehearse) -> None:
    before = rows_of_tables_without_patients()

    run = rehearse()

    said = [
        (row.name, step.name, step.said, step.remedy)
        for row in run.rows
        for step in row.steps
        if step.state is not StepState.PASSED
    ]
    assert not run.trouble
    assert said == []
    assert run.is_clean
    assert run.has_passed
    assert [row.name for row in run.rows] == [w.ash.name, w.birch.name, "Riverside 111", "An outsider"]
    # what no unit of work wrote is not marked: where row security does not forbid such rows, they are counted
    after = rows_of_tables_without_patients()
    assert {table for table, rows in after.items() if rows != before[table]} <= {"rehearsal_run", "audit_audithead"}


def rows_of_tables_without_patients() -> dict[str, int]:
    """How many rows each table has that the serving role may read without acting for anybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
            " and (not c.relrowsecurity or exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'everybody'))"
        )
        counts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
            [counts[table]] = cursor.fetchone()
    return counts
