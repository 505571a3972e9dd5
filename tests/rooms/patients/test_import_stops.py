"""An import that can't go on says so and can be given up; nothing of it is half done, and nothing is kept for ever."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients import operations, queries
from pcnhub.care.patients.jobs import ask_to_forget
from pcnhub.care.patients.models import ImportChange, ImportFile, Patient
from pcnhub.care.patients.operations.imports.receiving import KEPT
from pcnhub.care.patients.queries import BatchView
from pcnhub.care.patients.rules import ImportState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, world

pytestmark = pytest.mark.django_db

HEADER = "NHS number,Surname,Forename,DOB,Sex,Postcode"
JANE = "9000000009,Smith-Hill,Jane,1980-04-12,F,"  # held in the cast as Smith
ANN = "9476719915,McVey,Ann,1970-01-02,F,DN16 3LQ"


@pytest.fixture
def cast() -> World:
    return world()


def send(actor: Actor, *rows: str, practice_id: int | None = None, header: str = HEADER) -> int:
    file = io.BytesIO("\n".join([header, *rows]).encode())
    at = practice_id or actor.organisation.id
    return operations.receive(actor=actor, now=NOW, practice_id=at, file=file, file_name="list.csv")


def state(actor: Actor, batch_id: int) -> BatchView:
    return queries.progress(actor=actor, now=NOW, batch_id=batch_id)


def take_in(actor: Actor, batch_id: int) -> BatchView:
    digest = state(actor, batch_id).changes_sha256
    operations.take_in(actor=actor, now=NOW, batch_id=batch_id, changes_sha256=digest)
    return state(actor, batch_id)


def work_off(at: datetime) -> None:
    Worker("test", lambda organisation, _: system_actor_for(organisation_id=organisation)).drain(now=at)


def spoil(actor: Actor, batch_id: int, side: str) -> None:
    """What the database will not have: as a constraint, a full disk or a fault of ours would."""
    with unit_of_work(actor):
        change = ImportChange.objects.get(batch=batch_id, nhs_number="9000000009")
        setattr(change, side, {"family_name": "Smith", "birth_date": "rubbish"})
        change.save(update_fields=[side])


def names(cast: World) -> set[str]:
    with unit_of_work(cast.dilys):
        return set(Patient.objects.filter(organisation=cast.ash).values_list("family_name", flat=True))


def test_a_name_of_thousands_of_letters_keeps_nobody_else_out(cast: World) -> None:
    slipped = "9476719923," + "".join(f"z{n}" for n in range(2500)) + ",Bob,1971-01-02,M,"
    done = take_in(cast.dilys, send(cast.dilys, ANN, slipped))
    assert (done.state, done.created, done.rejected) == (ImportState.IMPORTED, 1, 1)


def test_what_the_database_refuses_is_said_and_the_file_can_be_dropped(cast: World) -> None:
    batch_id = send(cast.dilys, ANN, JANE)
    spoil(cast.dilys, batch_id, "after")
    failed = take_in(cast.dilys, batch_id)
    assert (failed.state, names(cast)) == (ImportState.FAILED, {"Smith"})
    assert "nothing of it was done" in failed.failure
    assert "rubbish" not in failed.failure
    operations.resume(actor=cast.dilys, now=NOW, batch_id=batch_id)  # checked anew, it is in order
    assert take_in(cast.dilys, batch_id).state == ImportState.IMPORTED
    again = send(cast.dilys, JANE.replace("Hill", "Moor"))
    spoil(cast.dilys, again, "after")
    take_in(cast.dilys, again)
    operations.drop(actor=cast.dilys, now=NOW, batch_id=again)
    assert state(cast.dilys, again).state == ImportState.DROPPED


def test_the_worker_tries_again_and_then_leaves_it_to_a_person(cast: World) -> None:
    batch_id = send(cast.carys, ANN, JANE, practice_id=cast.ash.pk)
    work_off(NOW + timedelta(minutes=1))
    take_in(cast.carys, batch_id)
    spoil(cast.dilys, batch_id, "after")
    for minutes, expected in ((2, ImportState.IMPORTING), (4, ImportState.IMPORTING), (8, ImportState.FAILED)):
        work_off(NOW + timedelta(minutes=minutes))
        assert state(cast.carys, batch_id).state == expected
    operations.drop(actor=cast.carys, now=NOW, batch_id=batch_id)


def test_an_undo_that_fails_leaves_the_import_as_it_was(cast: World) -> None:
    batch_id = send(cast.dilys, ANN, JANE)
    take_in(cast.dilys, batch_id)
    spoil(cast.dilys, batch_id, "before")
    operations.undo(actor=cast.dilys, now=NOW, batch_id=batch_id, reason="The wrong file")
    stands = state(cast.dilys, batch_id)
    assert (stands.state, names(cast)) == (ImportState.IMPORTED, {"McVey", "Smith-Hill"})
    assert "nothing of it was done" in stands.failure


def test_a_file_sealed_under_another_key_is_said_and_dropped(cast: World, settings: Any) -> None:
    batch_id = send(cast.dilys, ANN)
    settings.SECRET_KEY = "another" * 10
    failed = take_in(cast.dilys, batch_id)
    assert failed.state == ImportState.FAILED
    assert "Drop it, and send the file again" in failed.failure
    operations.drop(actor=cast.dilys, now=NOW, batch_id=batch_id)


def test_nothing_is_removed_of_what_waits_to_be_taken_in(cast: World) -> None:
    batch_id = send(cast.carys, ANN, practice_id=cast.ash.pk)
    work_off(NOW + timedelta(minutes=1))
    take_in(cast.carys, batch_id)
    ask_to_forget(NOW + KEPT + timedelta(days=1))
    work_off(NOW + KEPT + timedelta(days=2))
    assert (state(cast.dilys, batch_id).state, names(cast)) == (ImportState.IMPORTED, {"McVey", "Smith"})


def test_less_than_was_shown_is_never_taken_in(cast: World) -> None:
    batch_id = send(cast.dilys, ANN)
    with unit_of_work(cast.dilys):
        ImportFile.objects.filter(batch=batch_id).delete()
    failed = take_in(cast.dilys, batch_id)
    assert (failed.state, names(cast)) == (ImportState.FAILED, {"Smith"})
    assert "1 of the new people" in failed.failure


def test_a_text_that_looks_like_nothing_is_a_text(cast: World) -> None:
    row = ANN.replace("McVey", "\\N")
    take_in(cast.dilys, send(cast.dilys, row))
    assert state(cast.dilys, send(cast.dilys, row)).unchanged == 1
    assert state(cast.dilys, send(cast.dilys, row.replace("1970", "1971"))).changed == 1


SMYTH = ",Smyth,Jane,1980-04-12,F,"


def test_what_a_file_said_of_people_goes_with_it_and_what_was_decided_stays(cast: World) -> None:
    batch_id = send(cast.dilys, ANN, SMYTH, "9476719923,Prout,Bob,1971-01-02,M,Leeds")
    pair = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id).items[0]
    operations.decide_duplicate(actor=cast.dilys, now=NOW, duplicate_id=pair.id, is_same=True)
    take_in(cast.dilys, batch_id)
    later = NOW + KEPT + timedelta(days=1)
    ask_to_forget(later)
    work_off(later)
    rejected = queries.batch(actor=cast.dilys, now=NOW, batch_id=batch_id).rejections
    assert [(each.line, each.code, each.value) for each in rejected] == [
        (3, "nhs-number-missing", ""),
        (4, "postcode-form", ""),
    ]
    pair = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id).items[0]
    assert (pair.line, pair.row, pair.is_same) == (3, {}, True)


def test_rows_that_came_without_a_file_are_forgotten_too(cast: World) -> None:
    rows = [
        {"NHS number": "9476719923", "Surname": "Prout", "Forename": "Bob", "DOB": "1971-01-02", "Postcode": "Leeds"}
    ]
    done = operations.import_demographics(actor=cast.dilys, now=NOW, file=rows)
    assert done.batch_id
    later = NOW + KEPT + timedelta(days=1)
    ask_to_forget(later)
    work_off(later)
    rejected = queries.batch(actor=cast.dilys, now=NOW, batch_id=done.batch_id).rejections
    assert [(each.code, each.value) for each in rejected] == [("postcode-form", "")]


def test_a_second_check_keeps_what_people_said_of_the_same_row(cast: World) -> None:
    batch_id = send(cast.dilys, SMYTH)
    pair = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id).items[0]
    operations.decide_duplicate(actor=cast.dilys, now=NOW, duplicate_id=pair.id, is_same=False)
    operations.map_columns(actor=cast.dilys, now=NOW, batch_id=batch_id, mapping={"ignore": ["Sex"]})
    again = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id).items[0]
    assert again.is_same is None  # the row reads otherwise now
    operations.decide_duplicate(actor=cast.dilys, now=NOW, duplicate_id=again.id, is_same=False)
    operations.resume(actor=cast.dilys, now=NOW, batch_id=batch_id)
    assert queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id).items[0].is_same is False


@pytest.mark.parametrize("number", ["", "9\x000", "x" * 5000])
def test_what_is_no_number_is_no_claim(cast: World, number: str) -> None:
    with pytest.raises(InvalidInput):
        operations.decide_claim(
            actor=cast.carys, now=NOW, nhs_number=number, practice_id=cast.ash.pk, source="person", reason="They said\0"
        )
