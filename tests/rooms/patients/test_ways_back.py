"""A step of the patients' tables that guards the protected can be taken back, and taken again: an operator may have to."""

from __future__ import annotations

from importlib import import_module

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from pcnhub.foundations.database.migrate import pending
from tests.conftest import FreshDatabase

GUARDS = """
select t.tgname, pg_get_triggerdef(t.oid), f.prosrc from pg_trigger t join pg_proc f on f.oid = t.tgfoid
where t.tgrelid = 'patients_patient'::regclass and not t.tgisinternal
  and t.tgname in ('patients_keep_protected', 'patients_word_of_pds_stands', 'patients_word_of_practices_stands')
order by t.tgname
"""


def guards() -> list[tuple[str, str, str]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(GUARDS)
        return [(name, trigger, body) for name, trigger, body in cursor.fetchall()]


def go_to(*names: str) -> None:
    executor = MigrationExecutor(connections["owner"])
    executor.migrate([("patients", name) for name in names])


def test_the_word_of_the_national_service_has_a_way_back(fresh_database: FreshDatabase) -> None:
    latest = [name for app, name in MigrationExecutor(connections["owner"]).loader.graph.leaf_nodes("patients")]
    now = guards()
    assert len(now) > 1
    go_to("0015_protected_numbers")
    [(name, trigger, body)] = guards()
    before = import_module("pcnhub.care.patients.migrations.0015_protected_numbers").CLOSES
    assert name == "patients_keep_protected"
    assert body in before
    assert "registered_patient_id IS NULL" in trigger
    go_to(*latest)
    assert guards() == now
    assert pending("owner") == []


def test_a_dump_makes_every_trigger_anew(fresh_database: FreshDatabase) -> None:
    """A trigger may have come before a column with which PostgreSQL would not make it: then no backup could be restored."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "select tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) from pg_trigger"
            " where not tgisinternal and tgparentid = 0"
        )
        triggers = cursor.fetchall()
        assert len(triggers) > 10
        for name, table, definition in triggers:
            cursor.execute(f"drop trigger {name} on {table}")
            cursor.execute(definition)
