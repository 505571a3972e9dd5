"""What the database shows to patients who come by a link of their own: themselves, and nobody else.

Such an actor is of an organisation, as staff are, so that an organisation's own policies would show them everything. Every table
that holds a patient therefore gets one policy more, restrictive, which shuts out patients altogether; or, where a model
says `patients_reach`, all rows but those of which that condition is true. Staff and systems are never asked the condition.

Marked anew with each `pcnhub migrate`, so that a table that is new is shut by itself, and never open by being forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connections
from psycopg import sql

from .roles import APP

# By the user, not by whether somebody thought of naming a patient: who comes as a patient and names none sees nothing.
# The `exists` are functions, not subqueries: planned when they are asked, which for staff is never.
FUNCTIONS = """
create or replace function pcnhub_is_patient() returns boolean
language sql stable parallel safe as $$
  select coalesce(current_setting('pcnhub.user', true), '') like 'patient:%'
$$;
create or replace function pcnhub_own_patient() returns bigint
language sql stable parallel safe as $$
  select nullif(current_setting('pcnhub.patient', true), '')::bigint
$$;
create or replace function pcnhub_own_number() returns text
language sql stable parallel safe as $$
  select nullif(current_setting('pcnhub.patient_number', true), '')
$$;
create or replace function pcnhub_is_own_patient(asked bigint) returns boolean
language plpgsql stable parallel safe cost 1 as $$
begin
  return exists (select 1 from patients_patient p where p.id = asked);
end
$$;
create or replace function pcnhub_is_own_booking(asked bigint) returns boolean
language plpgsql stable parallel safe cost 1 as $$
begin
  return exists (select 1 from appointments_booking b where b.id = asked);
end
$$;
"""

# Tables that hold nobody have a policy for everybody, for the sake of rehearsals: they stay open.
_TABLES = """
select c.relname, exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'patients_apart')
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
  and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'everybody')
order by c.relname
"""
EVERYTHING = "true"
# For the serving role: what the owner's own functions do (an index of names) follows from what was let in.
CREATE = "create policy patients_apart on {table} as restrictive for all to {app}"


def shut_out_patients(*, alias: str, reach: Mapping[str, str]) -> None:
    """Give each table with row security its policy, `reach` by the table's name: SQL of our own, never typed by anybody. Run as
    the owner, in a transaction; twice, it changes nothing but what `reach` says anew."""
    with connections[alias].cursor() as cursor:
        cursor.execute(FUNCTIONS)
        cursor.execute(_TABLES)
        app = sql.Identifier(APP)
        needed: list[sql.Composed] = []
        for table, is_marked in cursor.fetchall():
            condition = reach.get(table)
            if condition == EVERYTHING:
                continue
            shut = "not (select pcnhub_is_patient())"
            verb = "alter policy patients_apart on {table}" if is_marked else CREATE
            statement = f"{verb} using ({shut} or ({condition}))" if condition else f"{verb} using ({shut})"
            needed.append(sql.SQL(statement).format(table=sql.Identifier(table), app=app))
        if needed:
            cursor.execute(sql.SQL(";").join(needed))
