"""Any altered, deleted, reordered or cut row of the audit is found and named, whoever did it with whatever rights.

The tampering is done as the database's superuser with triggers off, on a database of the test's own.
"""

# ruff: noqa: S608 - the statements are the tests' own

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcnhub.care.organisations.models import Organisation
from pcnhub.foundations.audit import chain, trail
from pcnhub.foundations.audit.chain import Kept
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.audit.trail import AnonymousAct, Basis, Subject, record
from pcnhub.foundations.database.work import NoUnitOfWork, unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, system_actor
from tests.cast import NOW, organisation, ref, system_for
from tests.cli.running import process, within
from tests.conftest import FreshDatabase

ROWS = 8


@pytest.fixture
def hub(fresh_database: FreshDatabase) -> Actor:
    """A hub with eight events, and a practice with three."""
    made = [organisation("Y07108", "Riverside", "hub"), organisation("A81001", "Ash Lane", "practice")]  # type: ignore[arg-type]
    for each, rows in zip(made, (ROWS, 3), strict=True):
        write_events(system_for(each), rows)
    return system_for(made[0])


def write_events(actor: Actor, rows: int) -> None:
    for number in range(rows):
        with unit_of_work(actor):
            record(
                actor=actor, now=NOW, action="tests.done", subject=Subject("thing", number), reason=f"event {number}"
            )


COLUMNS = ", ".join(f'"{field.column}"' for field in AuditEvent._meta.concrete_fields if field.column != "id")
REHASHED = "hash = encode(sha256(convert_to(audit_canonical(audit_auditevent), 'UTF8')), 'hex')"
MINE = "organisation_id = (select id from organisations_organisation where ods_code = 'Y07108')"


def changes(assignment: str, sequence: int) -> str:
    return f"update audit_auditevent set {assignment} where {MINE} and sequence = {sequence}"


TAMPERINGS = {
    "altered reason": ([changes("reason = 'nothing'", 4)], {(4, "altered")}),
    "altered who": ([changes("user_name = 'Somebody Else'", 1)], {(1, "altered")}),
    "altered time": ([changes("at = at + interval '1 microsecond'", 8)], {(8, "altered")}),
    "altered and hashed anew": (
        [changes("reason = 'nothing'", 4), changes(REHASHED, 4)],
        {(5, "reordered")},
    ),
    "altered at the end and hashed anew": (
        [changes("reason = 'x'", 8), changes(REHASHED, 8)],
        {(8, "altered")},
    ),
    "deleted in the middle": ([f"delete from audit_auditevent where {MINE} and sequence in (3, 4)"], {(3, "missing")}),
    "deleted at the beginning": ([f"delete from audit_auditevent where {MINE} and sequence = 1"], {(1, "missing")}),
    "cut at the end": ([f"delete from audit_auditevent where {MINE} and sequence > 6"], {(7, "cut")}),
    "emptied": ([f"delete from audit_auditevent where {MINE}"], {(1, "cut")}),
    "two rows swapped": (
        [changes("sequence = 99", 3), changes("sequence = 3", 5), changes("sequence = 5", 99)],
        {(3, "reordered"), (3, "altered"), (4, "reordered"), (5, "reordered"), (5, "altered"), (6, "reordered")},
    ),
    "deleted and renumbered": (
        [f"delete from audit_auditevent where {MINE} and sequence = 3",
         *(changes(f"sequence = {number - 1}", number) for number in range(4, ROWS + 1))],
        {(3, "reordered"), *((number, "altered") for number in range(3, ROWS)), (ROWS, "cut")},
    ),
    "given to another organisation": (
        [f"update audit_auditevent set organisation_id = 12345 where {MINE} and sequence = 4"],
        {(4, "missing")},
    ),
    "a row put in twice": (
        [f"insert into audit_auditevent ({COLUMNS}) select {COLUMNS} from audit_auditevent where {MINE} and sequence = 4"],
        {(4, "reordered")},
    ),
    "head taken away": ([f"delete from audit_audithead where {MINE}"], {(8, "cut")}),
    "head set back": ([f"update audit_audithead set sequence = 6 where {MINE}"], {(7, "altered")}),
    "head's hash changed": ([f"update audit_audithead set hash = 'x' where {MINE}"], {(8, "altered")}),
}  # fmt: skip


def found(actor: Actor, kept: Kept | None = None) -> set[tuple[int, str]]:
    return {(each.sequence, each.fault) for each in chain.verify(actor=actor, kept=kept).breaks}


def test_every_tampering_is_found_and_named(fresh_database: FreshDatabase, hub: Actor) -> None:
    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as superuser:
        for statement in (
            "set session_replication_role = replica",  # no trigger fires
            "alter table audit_auditevent drop constraint audit_one_row_a_place",
            "create table kept_events as table audit_auditevent",
            "create table kept_heads as table audit_audithead",
        ):
            superuser.execute(statement.encode())
        assert found(hub) == set()
        for name, (tampering, expected) in TAMPERINGS.items():
            for statement in tampering:
                superuser.execute(statement.encode())
            assert found(hub) == expected, name
            for table in ("event", "head"):
                superuser.execute(f"delete from audit_audit{table}".encode())
                superuser.execute(f"insert into audit_audit{table} select * from kept_{table}s".encode())
            assert found(hub) == set(), f"put back after: {name}"


def test_a_chain_written_anew_to_its_end_is_found_against_what_was_kept(
    fresh_database: FreshDatabase, hub: Actor
) -> None:
    kept = chain.verify(actor=hub).head
    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as superuser:
        superuser.execute("alter table audit_auditevent disable trigger audit_append_only")
        superuser.execute(f"delete from audit_auditevent where {MINE}".encode())
        superuser.execute(f"delete from audit_audithead where {MINE}".encode())
    assert found(hub) == set(), "an empty chain alone looks like a new one"
    assert found(hub, kept) == {(ROWS, "rewritten")}
    write_events(hub, ROWS + 2)
    assert found(hub) == set()
    with unit_of_work(hub):
        assert AuditEvent.objects.count() == ROWS + 2
    assert found(hub, Kept(kept.sequence, "0" * 64)) == {(ROWS, "rewritten")}


def test_events_appended_while_it_is_read_do_not_confuse(fresh_database: FreshDatabase, hub: Actor) -> None:
    stop = threading.Event()

    def write_on() -> None:
        while not stop.is_set():
            write_events(hub, 1)
        connection.close()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        assert [found(hub) for _ in range(20)] == [set()] * 20
    finally:
        stop.set()
        writer.join()


def test_the_command_names_the_organisation_and_exits_1(
    fresh_database: FreshDatabase, hub: Actor, tmp_path: Path
) -> None:
    whole = within("audit", "verify", "--json")
    document = json.loads(whole.stdout)
    assert (whole.returncode, document["holds"]) == (0, True)
    events = {each["organisation"]: each["events"] for each in document["chains"]}
    assert (events["Y07108"], events["A81001"]) == (ROWS, 3)
    kept = tmp_path / "kept.json"
    kept.write_text(whole.stdout)
    assert within("audit", "verify", "--against", kept).returncode == 0

    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as superuser:
        superuser.execute("set session_replication_role = replica")
        superuser.execute(changes("reason = 'nothing'", 4).encode())
    broken = process(fresh_database, "audit", "verify")
    assert broken.returncode == 1
    assert "Y07108: row 4 altered: its content is not what was written" in broken.stdout
    assert "A81001: 3 events, whole" in broken.stdout
    assert within("audit", "verify", "--organisation", "A81001").returncode == 0
    kept.write_text("[]")
    assert within("audit", "verify", "--against", kept).returncode == 1


def test_the_application_can_change_nothing_and_the_owner_only_by_force(
    fresh_database: FreshDatabase, hub: Actor
) -> None:
    for statement in (
        "update audit_auditevent set reason = 'x'",
        "delete from audit_auditevent",
        "truncate audit_auditevent",
        "update audit_audithead set sequence = 0",
        "insert into audit_audithead values (77, 1, 'x')",
        "delete from audit_audithead",
        "alter table audit_auditevent disable trigger all",
        "drop trigger audit_chain on audit_auditevent",
        "set session_replication_role = replica",
    ):
        with pytest.raises(ProgrammingError, match="permission denied|must be owner"):
            run_as(hub, statement)
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        # row security hides the rows even from the owner, unless it takes that away first; then the triggers refuse
        owner.execute("alter table audit_auditevent no force row level security")
        for statement in (
            "update audit_auditevent set reason = 'x'",
            "delete from audit_auditevent",
            "truncate audit_auditevent",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                owner.execute(statement.encode())
    assert found(hub) == set()


def run_as(actor: Actor, statement: str) -> None:
    with unit_of_work(actor), connection.cursor() as cursor:
        cursor.execute(statement)


def test_nobody_chooses_a_place_a_hash_or_another_organisation(fresh_database: FreshDatabase, hub: Actor) -> None:
    values = {
        "at": NOW, "user": "account:1", "user_name": "x", "purpose": "audit", "action": "tests.forged", "data_organisation_id": 1
    }  # fmt: skip
    with unit_of_work(hub):
        AuditEvent.objects.create(
            organisation_id=hub.organisation.id, sequence=999, hash="x", previous_hash="x", **values
        )
    assert found(hub) == set()
    with pytest.raises(ProgrammingError, match="row-level security"), unit_of_work(hub):
        AuditEvent.objects.create(organisation_id=hub.organisation.id + 1, **values)


# --- in one transaction with the act


def act(actor: Actor, new_name: str) -> None:
    """An operation as all are: a change, and its record."""
    with unit_of_work(actor):
        Organisation.objects.filter(pk=actor.organisation.id).update(name=new_name)
        record(actor=actor, now=NOW, action="tests.renamed", subject=Subject("organisation", actor.organisation.id))


def test_what_cannot_be_put_on_record_does_not_happen(
    fresh_database: FreshDatabase, hub: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(hub, "Renamed")
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("alter table audit_auditevent add constraint full_up check (action <> 'tests.renamed') not valid")
    with pytest.raises(IntegrityError, match="full_up"):
        act(hub, "Renamed in secret")
    assert Organisation.objects.get(ods_code="Y07108").name == "Renamed"

    # Negative control: were the record not written within the unit of work, the act would happen unrecorded.
    monkeypatch.setattr(trail, "_write", lambda _work: None)
    act(hub, "Renamed in secret")
    assert Organisation.objects.get(ods_code="Y07108").name == "Renamed in secret"


@pytest.mark.django_db
def test_an_act_without_its_actor_is_a_bug() -> None:
    hub = system_for(organisation("Y07108", "Riverside", "hub"))  # type: ignore[arg-type]
    other = system_actor(name="other", organisation=hub.organisation)
    nobody = Actor(user="", name="", organisation=hub.organisation, purpose=hub.purpose)
    with pytest.raises(NoUnitOfWork):
        record(actor=hub, now=NOW, action="tests.done", subject=Subject("thing"))
    for actor in (other, nobody):
        with unit_of_work(hub), pytest.raises(AnonymousAct):
            record(actor=actor, now=NOW, action="tests.done", subject=Subject("thing"))


# --- the database and Python hash the same text

TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40)
NUMBER = st.none() | st.integers(-(2**63), 2**63 - 1)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis wants it so
    texts=st.lists(TEXT, min_size=11, max_size=11),
    numbers=st.lists(NUMBER, min_size=3, max_size=3),
    shown=st.lists(TEXT, max_size=3),
)
def test_the_hashed_text_is_the_same_in_sql_and_in_python(
    at: datetime, texts: list[str], numbers: list[int | None], shown: list[str]
) -> None:
    actor = system_actor(name=texts[0], organisation=OrganisationRef(5, "Y07108", "Riverside", "hub"))
    with transaction.atomic(), unit_of_work(actor):
        event = AuditEvent.objects.create(
            organisation_id=5, at=at, user=actor.user, user_name=texts[1], role_code=texts[2], role_name=texts[3],
            identity=texts[4], purpose="audit", action=texts[5], subject_type=texts[6], subject_id=numbers[0],
            nhs_number=texts[7], patient_id=numbers[1], data_organisation_id=5, agreement_id=numbers[2], basis=texts[8],
            reason=texts[9], origin="", request_id="", detail=texts[10], nhs_numbers=shown,
        )  # fmt: skip
        kept = AuditEvent.objects.get(pk=event.pk)
        with connection.cursor() as cursor:
            cursor.execute("select audit_canonical(e), e.hash from audit_auditevent e where id = %s", [event.pk])
            in_sql, in_row = cursor.fetchone()
    assert chain.canonical(kept) == in_sql
    assert chain.hash_of(kept) == in_row


def test_no_two_rows_give_one_text() -> None:
    """Moving characters over the border of two fields changes the text, because each field says its length."""
    one, other = (
        AuditEvent(organisation_id=1, sequence=1, at=NOW, data_organisation_id=1, user=user, user_name=name)
        for user, name in (("ab", "c"), ("a", "bc"))
    )
    assert chain.canonical(one) != chain.canonical(other)
    listed, joined = (
        AuditEvent(organisation_id=1, sequence=1, at=NOW, data_organisation_id=1, nhs_numbers=numbers)
        for numbers in (["9000000009", "9000000017"], ["90000000099000000017"])
    )
    assert chain.canonical(listed) != chain.canonical(joined)
    later = AuditEvent(organisation_id=1, sequence=1, at=NOW + timedelta(microseconds=1), data_organisation_id=1)
    assert chain.canonical(later) != chain.canonical(
        AuditEvent(organisation_id=1, sequence=1, at=NOW, data_organisation_id=1)
    )


def test_the_ground_relied_on_is_kept(fresh_database: FreshDatabase, hub: Actor) -> None:
    with unit_of_work(hub):
        record(
            actor=hub, now=NOW, action="tests.opened", subject=Subject("patient", 4, 4, "9000000009"),
            data_organisation_id=9, basis=Basis("Riverside care record", 3), reason="care", detail={"sections": ["problems"]},
        )  # fmt: skip
    with unit_of_work(hub):
        event = AuditEvent.objects.get(action="tests.opened")
    assert (event.basis, event.agreement_id, event.data_organisation_id, event.detail) == (
        "Riverside care record", 3, 9, '{"sections": ["problems"]}',
    )  # fmt: skip
    assert ref(Organisation.objects.get(ods_code="Y07108")) == hub.organisation
