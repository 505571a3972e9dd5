"""Raw SQL as the serving role sees an organisation's own rows and those that an effective agreement opens, nothing else.

Every table that holds a patient, found in the database's own catalogue x select, insert, update, delete x the states that
agreements can be in x whoever may ask. `one_of_each.KINDS` says what must come out.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.rules import Side
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, system_for, world
from tests.conftest import FreshDatabase
from tests.proof.kinds import KINDS
from tests.proof.one_of_each import One, one_of_each

TODAY = london_date(timezone.now())  # the policies ask the database's clock
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
VERBS = ("select", "insert", "update", "delete")


def parties(side: Side, **values: object) -> Callable[[], object]:
    return lambda: Party.objects.filter(side=side).update(**values)


def agreements(**values: object) -> Callable[[], object]:
    return lambda: Agreement.objects.update(**values)


# What is done to every agreement -> whether it is effective afterwards.
STATES: dict[str, tuple[Callable[[], object], bool]] = {
    "both sides active": (lambda: None, True),
    "only the giver active": (parties(Side.USES, state="created"), False),
    "only the user active": (parties(Side.GIVES, state="created"), False),
    "deactivated by the giver": (parties(Side.GIVES, state="inactive"), False),
    "deactivated by the user": (parties(Side.USES, state="inactive"), False),
    "nobody is a party": (lambda: Party.objects.update(left_on=TODAY), False),
    "the user leaves tomorrow": (parties(Side.USES, left_on=TOMORROW), True),
    "the giver joins tomorrow": (parties(Side.GIVES, joined_on=TOMORROW, left_on=None), False),
    "its dates have lapsed": (agreements(ends_on=TODAY), False),
    "it ends tomorrow": (agreements(ends_on=TOMORROW), True),
    "it starts tomorrow": (agreements(starts_on=TOMORROW), False),
    "the giver has not accepted new terms": (parties(Side.GIVES, terms_accepted="0"), False),
    "the user has not accepted new terms": (parties(Side.USES, terms_accepted="0"), False),
    "the terms were changed": (agreements(terms_version="2"), False),
}

# Who asks -> the context that its raw SQL sets: organisation, user, purpose.
Context = tuple[str, str, str]
NOBODY = ("no context", "the hub without a user", "the hub without a purpose", "the practice without a user")
# No agreement has a say about them: they ask where all is open and where nothing is, not in every state between.
WITH_NOBODY = ("both sides active", "nobody is a party")


def askers(cast: World) -> dict[str, Context]:
    hub, ash = str(cast.hub.pk), str(cast.ash.pk)
    whole = {name: getattr(cast, name).pk for name in ("hub", "ash", "birch", "outside")}
    return {name: (str(pk), "account:1", "direct-care") for name, pk in whole.items()} | {
        "no context": ("", "", ""),
        "the hub without a user": (hub, "", "direct-care"),
        "the hub without a purpose": (hub, "account:1", ""),
        "the practice without a user": (ash, "", "direct-care"),
    }


def holding_a_patient() -> set[str]:
    """From the catalogue: tables from which foreign keys lead to a patient, or whose columns name one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with recursive about(oid) as (
                select 'patients_patient'::regclass::oid
                union select c.conrelid from pg_constraint c join about on c.confrelid = about.oid where c.contype = 'f')
            select oid::regclass::text from about
            union select c.table_name from information_schema.columns c
              join information_schema.tables t using (table_schema, table_name)
            where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
              and (c.column_name ~ 'nhs_number|patient' or c.column_name in ('birth_date', 'postcode'))
            union select relname::text from pg_class c where relrowsecurity and relnamespace = 'public'::regnamespace
              -- open to everybody, but for the rows of rehearsals (tests/rehearsal/test_marks.py)
              and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'everybody')
            """
        )
        # a site's postcode is nobody's home; whether patients may book a type of slot is nobody's secret
        return {name for (name,) in cursor.fetchall()} - {"organisations_site", "appointments_slottype"}


# Every statement in a savepoint of its own that is undone, all in one call: asked one by one they would take minutes.
TRY_ALL = """
do $$
declare asked jsonb; changed bigint; through boolean; answers jsonb := '[]';
begin
    for asked in select value from jsonb_array_elements(current_setting('proof.asked')::jsonb) loop
        begin
            execute asked ->> 0 using asked ->> 1;
            get diagnostics changed = row_count;
            raise exception using errcode = 'UNDO1';
        exception
            when sqlstate 'UNDO1' then through := changed > 0;
            when insufficient_privilege then through := false;
            -- whatever else (a key that is taken, a row that others point to) comes after row security
            when others then through := true;
        end;
        answers := answers || to_jsonb(through);
    end loop;
    perform set_config('proof.answers', answers::text, true);
end $$
"""


def act(context: Context, ones: list[One], contents: dict[One, str]) -> Iterator[tuple[One, str, bool]]:
    """Do everything to every row with this context; whether each was let through."""
    tried = [(one, verb) for one in ones for verb in VERBS]
    asked = [_statement(verb, one, contents[one]) for one, verb in tried]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select set_config('pcnhub.organisation', %s, true), set_config('pcnhub.user', %s, true),"
            " set_config('pcnhub.purpose', %s, true), set_config('proof.asked', %s, true)",
            [*context, json.dumps(asked)],
        )
        cursor.execute(TRY_ALL)
        cursor.execute("select current_setting('proof.answers'), set_config('pcnhub.organisation', '', true)")
        answers: list[bool] = json.loads(cursor.fetchall()[0][0])
    for (one, verb), through in zip(tried, answers, strict=True):
        yield one, verb, through


def _statement(verb: str, one: One, content: str) -> tuple[str, str]:
    """The statement, and its one value as text."""
    columns, row_id = _written(one.table), str(one.id)
    choices = {
        "select": (f"select 1 from {one.table} where id = $1::bigint", row_id),  # noqa: S608
        # the very same row again: a unique constraint may refuse it, row security must have its say before
        "insert": (
            f"insert into {one.table} ({columns})"  # noqa: S608
            f" select {columns} from jsonb_populate_record(null::{one.table}, $1::jsonb)",
            content,
        ),
        "update": (f"update {one.table} set id = id where id = $1::bigint", row_id),  # noqa: S608
        "delete": (f"delete from {one.table} where id = $1::bigint", row_id),  # noqa: S608
    }
    return choices[verb]


@functools.cache
def _written(table: str) -> str:
    """The columns that a statement may name: the database generates the others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
            " where table_schema = 'public' and table_name = %s and is_generated = 'NEVER'",
            [table],
        )
        return str(cursor.fetchall()[0][0])


def contents_of(ones: list[One], cast: World) -> dict[One, str]:
    """Each row as JSON, read by whoever holds it; of what nobody holds, no more than an empty one."""
    contents = dict.fromkeys(ones, "{}")
    for context in list(askers(cast).values())[:2]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "select set_config('pcnhub.organisation', %s, true), set_config('pcnhub.user', %s, true),"
                " set_config('pcnhub.purpose', %s, true)",
                context,
            )
            for one in ones:
                cursor.execute(f"select to_jsonb(t) from {one.table} t where id = %s", [one.id])  # noqa: S608
                if row := cursor.fetchone():
                    contents[one] = row[0] if isinstance(row[0], str) else json.dumps(row[0])
            cursor.execute("select set_config('pcnhub.organisation', '', true)")
    return contents


def surprises(cast: World, ones: list[One], *, effective: bool, but: Sequence[str] = ()) -> list[str]:
    """Where the database lets through what must not be, or refuses what must be possible. `but`: who does not ask."""
    contents = contents_of(ones, cast)
    found = []
    for who, context in askers(cast).items():
        if who in but:
            continue
        for one, verb, was_let_through in act(context, ones, contents):
            when = KINDS[one.kind][1].get(who, {}).get(verb, "never")
            expected = when == "always" or (when == "agreed" and effective)
            if was_let_through != expected:
                found.append(f"{who} {'may' if was_let_through else 'may not'} {verb} {one.kind} ({one.table})")
    return found


@pytest.mark.django_db
def test_every_table_that_holds_a_patient_is_here_and_guarded() -> None:
    tables = holding_a_patient()
    assert tables == {table for table, _ in KINDS.values()}
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and relrowsecurity and relforcerowsecurity"
        )
        assert {name for (name,) in cursor.fetchall()} >= tables


@pytest.mark.django_db
@pytest.mark.parametrize("state", STATES)
def test_only_own_rows_and_what_an_effective_agreement_opens(state: str) -> None:
    cast = world()
    ones = one_of_each(cast)
    assert {one.kind for one in ones} == set(KINDS)
    spoil, effective = STATES[state]
    spoil()
    assert surprises(cast, ones, effective=effective, but=() if state in WITH_NOBODY else NOBODY) == []


# What a patient reaches by a link of their own, besides the link: themselves and their appointments.
OWN = {
    "the practice's patient", "a temporary registration", "a booking", "a seat of a booking", "a step of a booking",
    "a practice's word on a contact detail",
}  # fmt: skip


@pytest.mark.django_db
def test_a_patient_with_a_link_reaches_themselves_and_nobody_else() -> None:
    cast = world()
    ones = one_of_each(cast)
    contents = contents_of(ones, cast)
    own_row = cast.patient_of_ash
    for at in (cast.ash, cast.hub):
        by_link = (str(at.pk), "patient:0", "direct-care")
        with named(str(own_row.pk), own_row.number):
            through = {(one.kind, verb) for one, verb, was in act(by_link, ones, contents) if was}
        assert {
            kind for kind, _ in through
        } == OWN  # the practice's own row the hub reads under the care-record agreement
        with named(str(cast.patient_of_birch.pk), cast.patient_of_birch.number):
            assert [each for each in act(by_link, ones, contents) if each[2]] == []
    assert [each for each in act(by_link, ones, contents) if each[2]] == []  # who comes as a patient and names none


def test_negative_control_without_its_policy_a_patient_reaches_others(fresh_database: FreshDatabase) -> None:
    cast = world()
    ones = one_of_each(cast)
    contents = contents_of(ones, cast)
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        for table in ("records_item", "appointments_booking", "patients_patient"):
            its = [one for one in ones if one.table == table]
            by_link = (str(cast.ash.pk), "patient:0", "direct-care")
            assert not any(was for _, _, was in act(by_link, its, contents)), table
            owner.execute(f"alter policy patients_apart on {table} using (true)")
            assert any(was for _, _, was in act(by_link, its, contents)), table


@contextmanager
def named(patient: str, number: str) -> Iterator[None]:
    """The patient whom a link's actor is."""
    with connection.cursor() as cursor:
        put = "select set_config('pcnhub.patient', %s, true), set_config('pcnhub.patient_number', %s, true)"
        cursor.execute(put, [patient, number])
        yield
        cursor.execute(put, ["", ""])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "who"), [("a consultation written back", "hub"), ("a booking", "ash"), ("an entry of the record", "ash")]
)
def test_nothing_is_written_about_a_patient_of_another_organisation(kind: str, who: str) -> None:
    """Where an agreement lets one organisation write into another's book or record, the patient must be of that one."""
    cast = world()
    one = next(each for each in one_of_each(cast) if each.kind == kind)
    content = json.loads(contents_of([one], cast)[one]) | {"id": 10**9, "patient_id": cast.patient_of_birch.pk}
    content |= {"receipt": "another", "version": 2, "idempotency_key": "another", "status": "cancelled"}
    with (
        # whichever guard speaks first: row security, or the key behind it
        pytest.raises(DatabaseError, match="patient_of_organisation|row-level security"),
        unit_of_work(system_for(getattr(cast, who))),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"insert into {one.table} select * from jsonb_populate_record(null::{one.table}, %s)",  # noqa: S608
            [json.dumps(content | {"cancelled_at": content.get("booked_at")})],
        )


def test_negative_control_without_row_security_each_table_is_seen_to_leak(fresh_database: FreshDatabase) -> None:
    """With the guard taken from one table at a time, the same comparison finds that table, and no other."""
    cast = world()
    ones = one_of_each(cast)
    Party.objects.update(state="inactive")
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        for table in sorted({one.table for one in ones}):
            owner.execute(f"alter table {table} disable row level security")
            rows = [one for one in ones if one.table == table]
            leaks = surprises(cast, rows, effective=False)
            owner.execute(f"alter table {table} enable row level security")
            assert any(leak.startswith("outside may select") for leak in leaks), table
            assert any(leak.startswith("no context may select") for leak in leaks), table
        assert surprises(cast, ones, effective=False) == []
