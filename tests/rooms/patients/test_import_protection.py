"""What a list says of protection: believed even of a row with mistakes, taken away by nobody who may not see the protected,
and by no undo."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import operations, queries
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations.imports import TakesProtectionAway
from pcnhub.care.patients.queries import BatchView
from pcnhub.care.patients.rules import ChangeKind, ImportState
from pcnhub.care.sharing.operations import deactivate
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW, World, world

pytestmark = pytest.mark.django_db

HEADER = "NHS number,Surname,Forename,DOB,Postcode,Sensitive,Dissent,Deduction date"
NUMBER = "9000000009"
ANN = "9476719915,McVey,Ann,1970-01-02,DN16 3LQ,{},N,"


@pytest.fixture
def cast() -> World:
    return world()


def jane(postcode: str = "", sensitive: str = "", dissent: str = "", left: str = "") -> str:
    return f"{NUMBER},Smith,Jane,1980-04-12,{postcode},{sensitive},{dissent},{left}"


def send(actor: Actor, *rows: str, practice_id: int | None = None) -> BatchView:
    file = io.BytesIO("\r\n".join([HEADER, *rows]).encode())
    at = practice_id or actor.organisation.id
    batch_id = operations.receive(actor=actor, now=NOW, practice_id=at, file=file, file_name="list.csv")
    work_off()
    return progress(actor, batch_id)


def progress(actor: Actor, batch_id: int) -> BatchView:
    return queries.progress(actor=actor, now=NOW, batch_id=batch_id)


def take_in(actor: Actor, batch: BatchView) -> BatchView:
    operations.take_in(actor=actor, now=NOW, batch_id=batch.id, changes_sha256=batch.changes_sha256)
    return progress(actor, batch.id)


def work_off() -> None:
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=NOW + timedelta(minutes=1))


def held(cast: World, number: str = NUMBER) -> Patient:
    with unit_of_work(cast.dilys):
        return Patient.objects.get(organisation=cast.ash.pk, nhs_number=number)


def sighted(actor: Actor) -> Actor:
    return replace(actor, permissions=actor.permissions | {Permission.VIEW_SENSITIVE})


def test_protection_in_a_rejected_row_is_believed_and_the_row_names_the_person(cast: World) -> None:
    batch = send(cast.dilys, jane("BADPC", sensitive="Y", dissent="Y"), ANN.format("N"))
    assert (batch.rows, batch.created, batch.changed, batch.unchanged, batch.rejected) == (2, 1, 1, 0, 1)
    assert batch.absent == 0
    take_in(cast.dilys, batch)
    assert (held(cast).is_sensitive, held(cast).dissents_from_sharing, held(cast).postcode) == (True, True, "")


def test_who_left_and_is_protected_is_both(cast: World) -> None:
    batch = send(cast.dilys, jane(sensitive="Y", left="2026-10-01"))
    assert (batch.closed, batch.changed, batch.unchanged) == (1, 0, 0)
    take_in(cast.dilys, batch)
    assert (held(cast).is_sensitive, held(cast).registration_state) == (True, "left")


def test_a_rejected_row_with_another_birth_date_protects_nobody(cast: World) -> None:
    batch = send(cast.dilys, jane("BADPC", sensitive="Y").replace("1980-04-12", "1981-04-12"))
    assert (batch.changed, batch.absent) == (0, 0)


def test_an_empty_cell_leaves_protection_as_it_is(cast: World) -> None:
    take_in(cast.dilys, send(cast.dilys, jane(sensitive="Y", dissent="Y"), ANN.format("")))
    batch = send(cast.dilys, jane("DN16 3LQ"), ANN.format(""))
    assert (batch.changed, batch.unchanged, batch.unprotected) == (1, 1, 0)
    take_in(cast.dilys, batch)
    assert (held(cast).is_sensitive, held(cast).dissents_from_sharing, held(cast).postcode) == (True, True, "DN16 3LQ")
    assert not held(cast, "9476719915").is_sensitive


def test_who_may_not_see_the_protected_takes_nobodys_protection_away(cast: World) -> None:
    take_in(cast.dilys, send(cast.dilys, jane(sensitive="Y")))
    batch = send(cast.dilys, jane(sensitive="N"))
    assert batch.unprotected == 1
    with pytest.raises(TakesProtectionAway):
        take_in(cast.dilys, batch)
    assert held(cast).is_sensitive
    assert take_in(sighted(cast.dilys), batch).state == ImportState.IMPORTED
    assert not held(cast).is_sensitive


def test_an_undo_takes_no_protection_away(cast: World) -> None:
    take_in(cast.dilys, send(cast.dilys, jane()))
    first = take_in(cast.dilys, send(cast.dilys, jane("DN16 3LQ", sensitive="Y", dissent="Y")))
    take_in(cast.dilys, send(cast.dilys, jane("DN16 3LQ", sensitive="Y", dissent="Y")))  # says the same
    operations.undo(actor=cast.dilys, now=NOW, batch_id=first.id, reason="wrong file")
    assert (held(cast).is_sensitive, held(cast).dissents_from_sharing, held(cast).postcode) == (True, True, "")
    left = queries.left_by_undo(actor=sighted(cast.dilys), now=NOW, batch_id=first.id).items
    assert [(each.nhs_number, each.left_because) for each in left] == [
        (NUMBER, "Stays protected: an undo takes nobody's protection away.")
    ]


def test_what_was_asked_under_an_agreement_that_has_ended_is_not_taken_in(cast: World) -> None:
    batch = send(cast.carys, ANN.format("N"), practice_id=cast.ash.pk)
    assert take_in(cast.carys, batch).state == ImportState.IMPORTING
    boss = replace(cast.farah, permissions=frozenset(Permission))
    record = cast.agreements[AgreementKind.CARE_RECORD]
    deactivate(actor=boss, now=NOW, agreement_id=record.pk, side=Side.GIVES, reason="paused")
    work_off()
    stopped = progress(cast.dilys, batch.id)
    assert (stopped.state, stopped.created) == (ImportState.CHECKED, 1)
    assert "no longer shares" in stopped.failure
    new = queries.changes(actor=cast.dilys, now=NOW, batch_id=batch.id, kind=ChangeKind.NEW)
    assert [item.nhs_number for item in new.items] == ["9476719915"]
    assert take_in(cast.dilys, stopped).state == ImportState.IMPORTED  # the practice itself may


def test_rows_of_the_protected_are_shown_to_nobody_who_may_not_see_them(cast: World) -> None:
    take_in(cast.dilys, send(cast.dilys, jane(sensitive="Y")))
    batch = send(
        cast.dilys,
        jane("BADPC"),  # held as protected
        "9476719915,McVey,Ann,1970-01-02,WORSE,Y,,",  # protected by its own word
        "9476719923,Prout,Bob,1971-01-02,ALSO,,,",
        ",Smyth,Jane,1980-04-12,DN16 3LQ,,,",  # resembles who is protected
    )
    asked = {"now": NOW, "batch_id": batch.id}
    rejections = queries.batch(actor=cast.dilys, **asked).rejections  # type: ignore[arg-type]
    quoted = [(each.line, each.value, each.nhs_number) for each in rejections]
    hidden = "Protected: not shown to you"
    assert quoted == [(2, hidden, ""), (3, hidden, ""), (4, "ALSO", "9476719923"), (5, "", "")]
    assert [each.value for each in queries.rejections_of(actor=cast.dilys, **asked)] == [hidden, hidden, "ALSO", ""]  # type: ignore[arg-type]
    (pair,) = queries.possible_duplicates(actor=cast.dilys, **asked).items  # type: ignore[arg-type]
    assert (pair.is_withheld, pair.row, pair.agreeing) == (True, {}, ())
    rows = queries.preview(actor=cast.dilys, **asked).rows  # type: ignore[arg-type]
    assert ("McVey" in rows[1], set(rows[1])) == (False, {hidden})
    may = sighted(cast.dilys)
    assert [each.value for each in queries.rejections_of(actor=may, **asked)] == ["BADPC", "WORSE", "ALSO", ""]  # type: ignore[arg-type]
    assert queries.possible_duplicates(actor=may, **asked).items[0].row["family_name"] == "Smyth"  # type: ignore[arg-type]
    assert "McVey" in queries.preview(actor=may, **asked).rows[1]  # type: ignore[arg-type]


def test_a_row_without_a_number_that_calls_itself_protected_is_withheld(cast: World) -> None:
    batch = send(cast.dilys, ",Smyth,Jane,1980-04-12,DN16 3LQ,Y,,")
    (pair,) = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch.id).items
    assert (pair.is_withheld, pair.row, pair.patient_id) == (True, {}, None)
