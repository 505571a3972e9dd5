"""Every table is marked for rehearsals, and every one that a rehearsal writes hides what it wrote."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, connections

from pcnhub.foundations.database.migrate import tables_saying
from pcnhub.foundations.database.rehearsal_marks import mark
from pcnhub.foundations.database.roles import OWNER

# What nobody is shown: sessions by a key that is secret, and the device behind each; the many-to-many rows of what is hidden.
SHOWN_TO_NOBODY = {"django_session", "otp_totp_totpdevice", "appointments_session_groups"}
ON_RECORD = {"audit_auditevent"}


def tables(condition: str) -> set[str]:
    return {name for (name,) in rows(f"select c.relname from pg_class c where {CATALOGUE} and {condition}")}  # noqa: S608


CATALOGUE = "c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
MARKED = "exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'rehearsal_id')"
APART = "exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'rehearsals_apart')"


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_every_table_has_the_mark_and_every_guarded_one_asks_for_it() -> None:
    assert tables(f"not {MARKED}") <= {"django_migrations", "django_content_type", "auth_permission", "auth_group"} | {
        "auth_group_permissions"
    }
    assert tables(f"c.relrowsecurity and not {APART}") == ON_RECORD
    hides = {*tables_saying("hides_rehearsals"), *tables_saying("rehearses_apart")}
    assert hides <= tables(f"c.relrowsecurity and c.relforcerowsecurity and {APART}")


POLICIES = "select tablename, policyname, cmd, permissive, qual, with_check from pg_policies order by 1, 2"
OLD = "rehearsal_id is not distinct from (select pcnhub_rehearsing())"
MISLEADING = "polname like 'rehearsals%' and pg_get_expr(polqual, polrelid) like '%DISTINCT FROM%'"


@pytest.mark.usefixtures("fresh_database")
def test_policies_of_an_earlier_release_which_misled_the_planner_are_made_anew() -> None:
    """Of "is not distinct from" it believed that hardly a row is so, and read a nation's sessions one by one."""
    made = rows(POLICIES)
    with connections["owner"].cursor() as cursor:
        for table in ("appointments_slot", "organisations_account"):
            cursor.execute(f"drop policy rehearsals_apart on {table}")
            cursor.execute(f"create policy rehearsals_apart on {table} as restrictive for select using ({OLD})")
    assert rows(f"select count(*) from pg_policy where {MISLEADING}") == [(2,)]  # noqa: S608
    hiding, apart = tables_saying("hides_rehearsals"), tables_saying("rehearses_apart")
    mark(alias="owner", owner=OWNER, hiding=hiding, apart=apart)

    assert rows(f"select count(*) from pg_policy where {MISLEADING}") == [(0,)]  # noqa: S608
    assert rows(POLICIES) == made
