"""A file of patients is reviewed before it comes in, comes in whole or not at all, and can be undone."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import operations, queries
from pcnhub.care.patients.jobs import ask_to_forget
from pcnhub.care.patients.models import ImportFile, Patient
from pcnhub.care.patients.operations import ChangesetAltered, NotAtThisStep, NotThePractices
from pcnhub.care.patients.operations.imports.receiving import KEPT
from pcnhub.care.patients.queries import BatchView
from pcnhub.care.patients.rules import ChangeKind, ImportState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, system_for, world
from tests.evening import visitor

pytestmark = pytest.mark.django_db

HEADER = "NHS number,Surname,Forename,DOB,Sex,Postcode,Deduction date"
JANE = "9000000009,Smith,Jane,1980-04-12,F,,"  # held in the cast, without a postcode
NEW = ("9476719915,McVey,Ann,1970-01-02,F,DN16 3LQ,", "9476719923,Prout,Bob,1971-01-02,M,DN16 3LQ,")


@pytest.fixture
def cast() -> World:
    return world()


def csv(*rows: str, header: str = HEADER) -> io.BytesIO:
    return io.BytesIO("\r\n".join([header, *rows]).encode())


def send(actor: Actor, *rows: str, practice_id: int | None = None, is_delta: bool = False, header: str = HEADER) -> int:
    at = practice_id or actor.organisation.id
    return operations.receive(
        actor=actor, now=NOW, practice_id=at, file=csv(*rows, header=header), file_name="list.csv", is_delta=is_delta
    )


def state(actor: Actor, batch_id: int) -> BatchView:
    return queries.progress(actor=actor, now=NOW, batch_id=batch_id)


def take_in(actor: Actor, batch_id: int) -> BatchView:
    digest = state(actor, batch_id).changes_sha256
    operations.take_in(actor=actor, now=NOW, batch_id=batch_id, changes_sha256=digest)
    return state(actor, batch_id)


def people(actor: Actor, batch_id: int, kind: ChangeKind) -> list[tuple[str, tuple[str, ...]]]:
    page = queries.changes(actor=actor, now=NOW, batch_id=batch_id, kind=kind)
    return [(item.nhs_number, tuple(field.name for field in item.fields)) for item in page.items]


def work_off() -> None:
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=NOW + timedelta(minutes=1))


def held(actor: Actor, number: str) -> Patient | None:
    with unit_of_work(actor):
        return Patient.objects.filter(organisation=actor.organisation.id, nhs_number=number).first()


def test_what_a_file_would_do_is_shown_before_anything_is_done(cast: World) -> None:
    batch_id = send(cast.dilys, *NEW, "9000000009,Smith-Hill,Jane,1980-04-12,F,,", "1,Bad,Row,1980-04-12,F,,")
    shown = state(cast.dilys, batch_id)
    assert (shown.state, shown.rows, shown.created, shown.changed, shown.rejected) == (ImportState.CHECKED, 4, 2, 1, 1)
    assert people(cast.dilys, batch_id, ChangeKind.NEW) == [("9476719915", ()), ("9476719923", ())]
    assert people(cast.dilys, batch_id, ChangeKind.CHANGED) == [("9000000009", ("family_name",))]
    assert held(cast.dilys, "9476719915") is None
    done = take_in(cast.dilys, batch_id)
    assert (done.state, done.active_after) == (ImportState.IMPORTED, 3)
    jane = held(cast.dilys, "9000000009")
    assert jane is not None
    assert jane.family_name == "Smith-Hill"
    assert people(cast.dilys, batch_id, ChangeKind.NEW) == [("9476719915", ()), ("9476719923", ())]
    told = queries.who_saw(actor=replace(cast.dilys, permissions=frozenset(Permission)), now=NOW, patient_id=jane.pk)
    assert {"patients.changed", "patients.import-opened"} <= {act.action for act in told.items}


def test_how_many_are_active_afterwards_is_added_up_as_it_would_be_counted(cast: World) -> None:
    """One list on top of the other: who left may have died since, and who is held as dead may come back."""
    header = "NHS number,Surname,Forename,DOB,Sex,Deduction date,Date of death"
    jane, ann = "9000000009,Smith,Jane,1980-04-12,F", "9476719915,McVey,Ann,1970-01-02,F"
    bob = "9476719923,Prout,Bob,1971-01-02,M"
    for rows, active in (
        ((f"{jane},,", f"{ann},,"), 2),
        ((f"{jane},2026-10-01,", f"{ann},,"), 1),
        ((f"{jane},,2026-10-02", f"{ann},,2026-10-03"), 0),
        ((f"{jane},,", f"{bob},,"), 2),
    ):
        done = take_in(cast.dilys, send(cast.dilys, *rows, header=header))
        with unit_of_work(cast.dilys):
            here = Patient.objects.filter(organisation=cast.ash.pk, registration_state="active")
            assert (done.active_after, here.count()) == (active, active), rows


def test_the_same_file_again_changes_nothing(cast: World) -> None:
    take_in(cast.dilys, send(cast.dilys, *NEW, JANE))
    again = state(cast.dilys, send(cast.dilys, *NEW, JANE))
    assert (again.created, again.changed, again.unchanged, again.absent) == (0, 0, 3, 0)
    before = held(cast.dilys, "9476719915")
    take_in(cast.dilys, again.id)
    assert before == held(cast.dilys, "9476719915")
    assert before is not None
    assert before.version == 1


def test_a_delta_says_nothing_of_whom_it_does_not_name(cast: World) -> None:
    whole, delta = send(cast.dilys, NEW[0]), send(cast.dilys, NEW[0], is_delta=True)
    assert people(cast.dilys, whole, ChangeKind.ABSENT) == [("9000000009", ())]
    assert state(cast.dilys, delta).absent == 0


def test_who_is_missing_from_a_whole_list_is_ended_when_somebody_chooses_so_and_the_undo_takes_it_back(
    cast: World,
) -> None:
    batch_id = send(cast.carys, NEW[0], practice_id=cast.ash.pk)
    work_off()
    operations.choose_absent(actor=cast.carys, now=NOW + timedelta(seconds=5), batch_id=batch_id, ends=True)
    work_off()
    shown = state(cast.carys, batch_id)
    assert (shown.state, shown.closed, shown.absent, shown.created) == (ImportState.CHECKED, 1, 0, 1)
    assert people(cast.carys, batch_id, ChangeKind.LEFT) == [("9000000009", ("left_on", "registration_state"))]
    take_in(cast.carys, batch_id)
    work_off()
    jane = held(cast.dilys, "9000000009")
    assert jane is not None
    assert (jane.registration_state, jane.left_on) == ("left", NOW.date())
    operations.undo(actor=cast.dilys, now=NOW, batch_id=batch_id, reason="a filter was on")
    jane = held(cast.dilys, "9000000009")
    assert jane is not None
    assert (jane.registration_state, jane.left_on) == ("active", None)


def test_it_is_taken_back_before_and_never_chosen_of_a_file_of_changes(cast: World) -> None:
    """Whoever stands in a row that can't be used is in the list all the same."""
    bad = "9000000009,Smith,Jane,1980-04-12,F,BAD,"
    assert state(cast.dilys, send(cast.dilys, NEW[0], bad)).absent == 0
    whole, delta = send(cast.dilys, NEW[0]), send(cast.dilys, NEW[0], is_delta=True)
    before = state(cast.dilys, whole).changes_sha256
    for ends, counted in ((True, (1, 0)), (False, (0, 1))):
        operations.choose_absent(actor=cast.dilys, now=NOW, batch_id=whole, ends=ends)
        shown = state(cast.dilys, whole)
        assert (shown.closed, shown.absent) == counted
    assert state(cast.dilys, whole).changes_sha256 == before
    with pytest.raises(InvalidInput):
        operations.choose_absent(actor=cast.dilys, now=NOW, batch_id=delta, ends=True)
    for outsider in (cast.charlie, cast.efe):
        with pytest.raises((NotFound, NotPermitted)):
            operations.choose_absent(actor=outsider, now=NOW, batch_id=whole, ends=True)


def test_what_is_taken_in_is_what_was_shown(cast: World) -> None:
    batch_id = send(cast.dilys, NEW[0], "9000000009,Smith-Hill,Jane,1980-04-12,F,,")
    with pytest.raises(ChangesetAltered):
        operations.take_in(actor=cast.dilys, now=NOW, batch_id=batch_id, changes_sha256="another")
    with unit_of_work(cast.dilys):  # somebody else changes her meanwhile
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(family_name="Smith-Hill")
    after = take_in(cast.dilys, batch_id)
    assert (after.state, after.changed, held(cast.dilys, "9476719915")) == (ImportState.CHECKED, 0, None)
    assert "Look at its changes again" in after.failure
    assert take_in(cast.dilys, batch_id).state == ImportState.IMPORTED
    with pytest.raises(NotAtThisStep):
        take_in(cast.dilys, batch_id)


def test_undoing_puts_back_what_nobody_touched_since_and_names_the_rest(cast: World) -> None:
    take_in(cast.dilys, send(cast.dilys, *NEW, JANE, "9476719931,Dawes,Cy,1972-01-02,M,,"))
    batch_id = send(
        cast.dilys,
        "9476719915,McVey-Hill,Ann,1970-01-02,F,DN16 3LQ,",  # changed, and put back
        "9476719923,Prout,Bob,1971-01-02,M,DN16 3LQ,2026-10-01",  # left, and here again
        "9000000009,Smith,Jane,1980-04-12,F,DN16 3LQ,",  # changed, and again since
        "9476719958,Banton,Di,1973-01-02,F,,",  # new, and gone
        "9476719966,Ennis,Ed,1974-01-02,M,,",  # new, and registered at the hub since
    )
    assert take_in(cast.dilys, batch_id).closed == 1
    ed = held(cast.dilys, "9476719966")
    assert ed is not None
    visitor(cast, ed, cast.ash)
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(email="jane@example.org")
    with pytest.raises(InvalidInput):
        operations.undo(actor=cast.dilys, now=NOW, batch_id=batch_id, reason=" ")
    operations.undo(actor=cast.dilys, now=NOW, batch_id=batch_id, reason="another practice's file")
    ann, bob = held(cast.dilys, "9476719915"), held(cast.dilys, "9476719923")
    assert ann is not None
    assert ann.family_name == "McVey"
    assert bob is not None
    assert (bob.registration_state, bob.left_on) == ("active", None)
    assert held(cast.dilys, "9476719958") is None
    assert held(cast.dilys, "9476719966") == ed
    jane = held(cast.dilys, "9000000009")  # another column was changed since: hers is put back, and that stays
    assert jane is not None
    assert (jane.postcode, jane.email) == ("", "jane@example.org")
    undone = state(cast.dilys, batch_id)
    assert (undone.state, undone.kept_back, undone.undone_by) == (ImportState.UNDONE, 1, cast.dilys.name)
    left = queries.left_by_undo(actor=cast.dilys, now=NOW, batch_id=batch_id).items
    assert [(item.nhs_number, item.left_because) for item in left] == [("9476719966", "In use since: patient.")]


def test_who_was_written_over_since_is_left_and_a_hidden_reference_holds(cast: World) -> None:
    batch_id = send(cast.dilys, "9000000009,Smith,Jane,1980-04-12,F,DN16 3LQ,", NEW[0])
    take_in(cast.dilys, batch_id)
    ann = held(cast.dilys, "9476719915")
    assert ann is not None
    row = visitor(cast, ann, cast.ash)
    with unit_of_work(system_for(cast.hub)):  # by now another practice's, so that this one sees nothing of it
        Patient.objects.filter(pk=row.pk).update(registered_practice=cast.birch)
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(postcode="DN17 1AA")
    operations.undo(actor=cast.dilys, now=NOW, batch_id=batch_id, reason="wrong file")
    left = queries.left_by_undo(actor=cast.dilys, now=NOW, batch_id=batch_id).items
    reasons = {item.nhs_number: item.left_because for item in left}
    assert reasons == {
        "9000000009": "Changed again after this import.",
        "9476719915": "Registered or booked at a hub since.",
    }


def test_a_hub_brings_a_members_file_and_the_practice_can_undo_it(cast: World) -> None:
    peter = "9000000017,Jones,Peter,1955-09-01,M,,"  # Birch Road's until now
    batch_id = send(cast.carys, NEW[0], peter, JANE, practice_id=cast.ash.pk)
    assert state(cast.carys, batch_id).state == ImportState.RECEIVED
    work_off()
    shown = state(cast.carys, batch_id)
    assert (shown.state, shown.created, shown.moved) == (ImportState.CHECKED, 2, 1)
    assert people(cast.carys, batch_id, ChangeKind.MOVED) == [("9000000017", ())]
    assert take_in(cast.carys, batch_id).state == ImportState.IMPORTING
    work_off()
    assert state(cast.dilys, batch_id).state == ImportState.IMPORTED
    assert [each.id for each in queries.batches(actor=cast.dilys, now=NOW)] == [batch_id]
    claimed = queries.claims(actor=cast.carys, now=NOW)
    assert [(item.nhs_number, len(item.claims)) for item in claimed.items] == [("9000000017", 2)]
    operations.undo(actor=cast.dilys, now=NOW, batch_id=batch_id, reason="wrong file")
    assert held(cast.dilys, "9476719915") is None
    for outsider in (cast.charlie, cast.efe):
        with pytest.raises((NotFound, NotPermitted)):
            state(outsider, batch_id)
    for practice in (cast.outside, cast.hub):
        with pytest.raises((NotShared, NotThePractices)):
            send(cast.carys, NEW[0], practice_id=practice.pk)


def test_a_decided_claim_leads_the_hubs_registration(cast: World) -> None:
    at_hub = visitor(cast, cast.patient_of_birch, cast.birch)
    born = cast.patient_of_birch.birth_date.isoformat()
    take_in(cast.dilys, send(cast.dilys, f"9000000017,Jones,Peter,{born},M,,", JANE))
    work_off()  # the newer registration leads, until somebody says otherwise

    def home() -> int | None:
        with unit_of_work(system_for(cast.hub)):
            return Patient.objects.get(pk=at_hub.pk).registered_practice_id

    assert home() == cast.ash.pk
    decide = {"actor": cast.carys, "now": NOW, "nhs_number": "9000000017", "practice_id": cast.birch.pk}
    with pytest.raises(InvalidInput):
        operations.decide_claim(**decide, source="person")  # type: ignore[arg-type]
    operations.decide_claim(**decide, source="person", reason="rang both")  # type: ignore[arg-type]
    assert home() == cast.birch.pk
    decided = queries.claims(actor=cast.carys, now=NOW).items[0].decision
    assert decided is not None
    assert decided.practice_id == cast.birch.pk
    with pytest.raises(NotFound):
        operations.decide_claim(
            actor=cast.carys, now=NOW, nhs_number="9000000009", practice_id=cast.ash.pk, source="pds"
        )


def test_a_header_that_says_nothing_is_mapped_by_a_person_once(cast: World) -> None:
    header = "Pt,Last,First,Day"
    batch_id = send(cast.dilys, "9476719915,McVey,Ann,1970-01-02", header=header)
    failed = state(cast.dilys, batch_id)
    assert failed.state == ImportState.FAILED
    assert "Map the file's columns" in failed.failure
    assert "9476719915" not in failed.failure
    seen = queries.preview(actor=cast.dilys, now=NOW, batch_id=batch_id)
    assert (seen.headers, seen.rows[0][1]) == (("Pt", "Last", "First", "Day"), "McVey")
    mapping = {"columns": {"Pt": "nhs_number", "Last": "family_name", "First": "given_name", "Day": "birth_date"}}
    operations.map_columns(actor=cast.dilys, now=NOW, batch_id=batch_id, mapping=mapping)
    assert state(cast.dilys, batch_id).created == 1
    operations.save_mapping(actor=cast.dilys, now=NOW, name="Old system", headers=seen.headers, content=mapping)
    assert [each.name for each in queries.mappings(actor=cast.dilys, now=NOW)] == ["Old system"]
    assert state(cast.dilys, send(cast.dilys, "9476719923,Prout,Bob,1971-01-02", header=header)).created == 1


def test_a_file_is_sealed_at_rest_and_goes_when_dropped_or_when_its_time_is_over(cast: World) -> None:
    dropped, kept = send(cast.dilys, *NEW), send(cast.dilys, *NEW)
    with unit_of_work(cast.dilys):
        pieces = [bytes(each) for each in ImportFile.objects.values_list("content", flat=True)]
    assert pieces
    assert not any(b"McVey" in piece or b"9476719915" in piece for piece in pieces)
    operations.drop(actor=cast.dilys, now=NOW, batch_id=dropped)
    assert state(cast.dilys, dropped).state == ImportState.DROPPED
    with pytest.raises(NotFound):
        queries.preview(actor=cast.dilys, now=NOW, batch_id=dropped)
    with pytest.raises(NotAtThisStep):
        take_in(cast.dilys, dropped)
    later = NOW + KEPT + timedelta(days=1)
    ask_to_forget(later)
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=later)
    assert state(cast.dilys, kept).state == ImportState.DROPPED
    with unit_of_work(cast.dilys):
        assert not ImportFile.objects.exists()


def test_a_row_without_a_number_stands_beside_whom_it_may_be(cast: World) -> None:
    batch_id = send(cast.dilys, ",Smyth,Jane,1980-04-12,F,,")
    page = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id)
    assert [(pair.patient_id, pair.is_same) for pair in page.items] == [(cast.patient_of_ash.pk, None)]
    assert page.items[0].row["family_name"] == "Smyth"
    operations.decide_duplicate(actor=cast.dilys, now=NOW, duplicate_id=page.items[0].id, is_same=True)
    assert queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id).items[0].is_same
    with pytest.raises(NotFound):
        operations.decide_duplicate(actor=cast.charlie, now=NOW, duplicate_id=page.items[0].id, is_same=True)


def test_a_slip_in_the_year_of_birth_hides_nobody_however_many_rows_have_no_number(cast: World) -> None:
    """Who moved house besides is found by the days that a slip makes of the date, not by everybody born in some years."""
    strangers = (f",Other{each},Row,1950-01-02,M,," for each in range(300))
    batch_id = send(cast.dilys, *strangers, ",Smith,Jane,1990-04-12,F,LS1 5HT,")
    page = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id)
    assert [(pair.patient_id, pair.line) for pair in page.items] == [(cast.patient_of_ash.pk, 302)]


def test_who_is_protected_is_not_named_to_who_may_not_know(cast: World) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_sensitive=True)
    batch_id = send(cast.dilys, "9000000009,Smith-Hill,Jane,1980-04-12,F,,")
    assert people(cast.dilys, batch_id, ChangeKind.CHANGED) == [("", ())]
    may = replace(cast.dilys, permissions=cast.dilys.permissions | {Permission.VIEW_SENSITIVE})
    assert people(may, batch_id, ChangeKind.CHANGED) == [("9000000009", ("family_name",))]


def test_what_stopped_is_asked_for_again(cast: World) -> None:
    batch_id = send(cast.carys, NEW[0], practice_id=cast.ash.pk)
    operations.resume(actor=cast.carys, now=NOW + timedelta(seconds=5), batch_id=batch_id)
    work_off()
    assert state(cast.carys, batch_id).state == ImportState.CHECKED
    assert state(cast.carys, batch_id).created == 1
    operations.drop(actor=cast.carys, now=NOW, batch_id=batch_id)
    work_off()
    with unit_of_work(cast.dilys):
        assert not ImportFile.objects.exists()
