"""How the database keeps rehearsals and real work apart: a mark on each row, and policies that ask for it.

Every table gets a column `rehearsal_id`, which no room knows: its default is the rehearsal of the transaction, so that what a
rehearsal writes is marked by whoever writes it, and what real work writes never is. Where rows hold a patient, a restrictive
policy shows real rows to real work and a run's rows to that run, and nothing else to either; so it does where a model says
`rehearses_apart` (the book). Where a model says `hides_rehearsals` (who works here), a rehearsal reads the real rows as well,
but changes its own alone.

Marked anew with each `pcnhub migrate`, so that a table that is new is never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, connections
from psycopg import sql

FUNCTIONS = """
create or replace function pcnhub_rehearsing() returns bigint
language sql stable parallel safe as $$
  select nullif(current_setting('pcnhub.rehearsal', true), '')::bigint
$$;

create or replace function pcnhub_is_at_work() returns boolean
language sql stable parallel safe as $$
  select coalesce(current_setting('pcnhub.user', true), '') <> ''
$$;

-- Append-only means that nobody changes what happened. A rehearsal did not happen: its rows may go, by its own erasing alone.
create or replace function pcnhub_refuse_change() returns trigger
language plpgsql as $$
begin
  if tg_op = 'DELETE' and tg_level = 'ROW' and tg_table_name <> 'audit_auditevent' then
    if (to_jsonb(old) ->> 'rehearsal_id')::bigint = pcnhub_rehearsing()
       and current_setting('pcnhub.erases', true) = 'rehearsal' then
      return old;
    end if;
  end if;
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end
$$;

-- Takes away everything that a run has written but the audit; says of how many rows. It acts as the tables' owner, to whom the
-- policies show rows of the run that is set here, and no others: a real patient's row can't be named to it.
create or replace function pcnhub_erase_rehearsal(run bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  waiting name[]; again name[]; place name; gone bigint; total bigint := 0;
begin
  if run is null or run <= 0 then
    raise exception 'only what a rehearsal has written can be erased' using errcode = 'insufficient_privilege';
  end if;
  perform set_config('pcnhub.rehearsal', run::text, true), set_config('pcnhub.erases', 'rehearsal', true);
  set constraints all deferred;
  waiting := array(select name from pcnhub_rehearsed_tables() as name);
  loop
    again := '{}';
    foreach place in array waiting loop
      begin
        execute format('delete from public.%I where rehearsal_id = $1', place) using run;
        get diagnostics gone = row_count;
        total := total + gone;
      exception when foreign_key_violation then  -- of the keys that can't be deferred: after the rows that point here
        again := again || place;
      end;
    end loop;
    exit when again = '{}';
    if again = waiting then
      raise exception 'something real points at rows of rehearsal %: %', run, again using errcode = 'foreign_key_violation';
    end if;
    waiting := again;
  end loop;
  set constraints all immediate;
  perform set_config('pcnhub.rehearsal', '', true), set_config('pcnhub.erases', '', true);
  return total;
end
$$;

create or replace function pcnhub_rehearsed_tables() returns setof name
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select c.relname from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'rehearsal_id'
    and not a.attisdropped and c.relname <> 'audit_auditevent'
  order by c.relname
$$;

-- What is left of a run, table by table; nothing, when it is clean. The audit stays, and is not counted.
create or replace function pcnhub_left_of_rehearsal(run bigint) returns table (table_name name, row_count bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  place record;
begin
  perform set_config('pcnhub.rehearsal', run::text, true);
  for place in select name from pcnhub_rehearsed_tables() as name loop
    table_name := place.name;
    execute format('select count(*) from public.%I where rehearsal_id = $1', place.name) into row_count using run;
    if row_count > 0 then
      return next;
    end if;
  end loop;
  perform set_config('pcnhub.rehearsal', '', true);
end
$$;
"""

# Without row security of its own, and no part of what happens: never marked.
_UNMARKED = frozenset({"django_migrations", "django_content_type", "auth_permission", "auth_group"})
# The audit says what was done in a rehearsal as well, to everybody who may read it: marked, and never hidden or erased.
_ON_RECORD = "audit_auditevent"

_TABLES = """
select c.relname, c.relrowsecurity,
  exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'rehearsal_id' and not a.attisdropped),
  exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'rehearsals_apart')
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname
"""
_COLUMN = """
alter table {table} add column rehearsal_id bigint default pcnhub_rehearsing();
create index {index} on {table} (rehearsal_id) where rehearsal_id is not null
"""
# A `case`, for the planner believes of `is not distinct from` that hardly a row is so, and then reads a nation's book one by one.
_MINE = """(case when rehearsal_id is null then (select pcnhub_rehearsing()) is null
  else rehearsal_id = (select pcnhub_rehearsing()) end)"""
# Policies of earlier releases, which said it so: all of such a table are made again.
_WITHOUT_OLD = """
do $$
declare
  old record;
begin
  for old in
    select p.polname, p.polrelid::regclass as place from pg_policy p where p.polname like 'rehearsals%' and p.polrelid in (
      select polrelid from pg_policy where polname like 'rehearsals%'
        and concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) like '%DISTINCT FROM%')
  loop
    execute format('drop policy %I on %s', old.polname, old.place);
  end loop;
end
$$
"""
_APART = f"""
create policy rehearsals_apart on {{table}} as restrictive for all using {_MINE};
create policy rehearsals_erased on {{table}} for all to {{owner}} using (rehearsal_id = (select pcnhub_rehearsing()))
"""
_OPEN = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy everybody on {table} using (true)
"""
# Outside a unit of work nobody acts: the door looks up who is there, the worker what to do next.
_HIDDEN = f"""
create policy rehearsals_apart on {{table}} as restrictive for select using
  (rehearsal_id is null or rehearsal_id = (select pcnhub_rehearsing()) or not (select pcnhub_is_at_work()));
create policy rehearsals_write_theirs on {{table}} as restrictive for insert with check {_MINE};
create policy rehearsals_change_theirs on {{table}} as restrictive for update using
  ({_MINE} or not (select pcnhub_is_at_work()));
create policy rehearsals_delete_theirs on {{table}} as restrictive for delete using
  ({_MINE} or not (select pcnhub_is_at_work()))
"""


def mark(*, alias: str, owner: str, hiding: Iterable[str], apart: Iterable[str]) -> None:
    """Give each table that lacks them the mark and its policies. Run as the owner, in a transaction; twice, it changes nothing.

    Of the tables without patients, `hiding` names those whose marked rows only their own rehearsal may see, `apart` those of
    which it sees no others either.
    """
    hides, keeps_apart = frozenset(hiding), frozenset(apart)
    with connections[alias].cursor() as cursor:
        cursor.execute(FUNCTIONS)
        cursor.execute(_WITHOUT_OLD)
        cursor.execute(_TABLES)
        needed: list[sql.Composed] = []
        for table, has_row_security, is_marked, is_apart in cursor.fetchall():
            if table in _UNMARKED:
                continue
            names = {
                "table": sql.Identifier(table),
                "index": sql.Identifier(f"{table[:50]}_rehearsal"),
                "owner": sql.Identifier(owner),
            }
            if not is_marked:
                needed.append(sql.SQL(_COLUMN).format(**names))
            if is_apart or table == _ON_RECORD:
                continue
            if not has_row_security and table in hides | keeps_apart:
                needed.append(sql.SQL(_OPEN).format(**names))
            if table in hides:
                needed.append(sql.SQL(_HIDDEN).format(**names))
            elif has_row_security or table in keeps_apart:
                needed.append(sql.SQL(_APART).format(**names))
        if needed:
            cursor.execute(sql.SQL(";").join(needed))


def unmarked() -> tuple[str, ...]:
    """The tables that lack the mark, or with row security its policy: a release whose `pcnhub migrate` did not end."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return tuple(
            table
            for table, has_row_security, is_marked, is_apart in cursor.fetchall()
            if table not in _UNMARKED and not (is_marked and (is_apart or not has_row_security or table == _ON_RECORD))
        )
