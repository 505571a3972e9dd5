"""A hub brings a practice's list: whom the practice hides from it, it can neither change nor find out by the answers."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import operations, queries
from pcnhub.care.patients.models import ImportBatch, ImportFile, Patient
from pcnhub.care.patients.operations.imports import receiving
from pcnhub.care.patients.queries import BatchView
from pcnhub.care.patients.queries.pieces import opened
from pcnhub.care.patients.rules import ChangeKind, ImportState, PieceKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import NOW, World, world

pytestmark = pytest.mark.django_db

HEADER = "NHS number,Surname,Forename,DOB,Postcode,Sensitive,Dissent"
JANE = "9000000009,Smith,Jane,1980-04-12,,N,N"  # held in the cast
NEW = "9476719915,McVey,Ann,1970-01-02,DN16 3LQ,N,N"


@pytest.fixture(params=["is_sensitive", "dissents_from_sharing"])
def cast(request: pytest.FixtureRequest) -> World:
    made = world()
    with unit_of_work(made.dilys):
        Patient.objects.filter(pk=made.patient_of_ash.pk).update(**{request.param: True})
    return made


def bring(actor: Actor, practice_id: int, *rows: str, is_delta: bool = True) -> BatchView:
    file = io.BytesIO("\r\n".join([HEADER, *rows]).encode())
    batch_id = operations.receive(
        actor=actor, now=NOW, practice_id=practice_id, file=file, file_name="list.csv", is_delta=is_delta
    )
    work_off()
    return queries.progress(actor=actor, now=NOW, batch_id=batch_id)


def take_in(actor: Actor, batch: BatchView) -> BatchView:
    operations.take_in(actor=actor, now=NOW, batch_id=batch.id, changes_sha256=batch.changes_sha256)
    work_off()
    return queries.progress(actor=actor, now=NOW, batch_id=batch.id)


def work_off() -> None:
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=NOW + timedelta(minutes=1))


def jane(cast: World) -> Patient:
    with unit_of_work(cast.dilys):
        return Patient.objects.get(pk=cast.patient_of_ash.pk)


def sighted(actor: Actor) -> Actor:
    return replace(actor, permissions=actor.permissions | {Permission.VIEW_SENSITIVE})


def test_a_hub_can_not_take_protection_away_nor_change_the_protected(cast: World) -> None:
    before = jane(cast)
    brought = bring(cast.carys, cast.ash.pk, JANE.replace("Smith", "Other"), NEW)
    done = take_in(cast.carys, brought)
    assert done.state == ImportState.IMPORTED
    assert jane(cast) == before
    assert (jane(cast).family_name, jane(cast).version) == (before.family_name, before.version)
    with unit_of_work(cast.carys):
        seen = Patient.objects.filter(organisation=cast.ash.pk)
        assert [row.nhs_number for row in seen] == ["9476719915"]


@pytest.mark.parametrize(
    "row",
    [
        JANE,  # right in everything
        JANE.replace("Smith", "Other").replace("1980-04-12", "1901-01-01"),  # would be another person
        JANE.replace("Smith", "Smith-Hill"),  # would be a change
        JANE.replace(",N,N", ",Y,N"),
    ],
)
def test_who_is_hidden_is_to_the_hub_as_nobody_whom_the_practice_holds(cast: World, row: str) -> None:
    held = bring(cast.carys, cast.ash.pk, row)
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(nhs_number="9476719923")
    nobody = bring(cast.carys, cast.ash.pk, row)
    assert seen_of(cast.carys, held) == seen_of(cast.carys, nobody)
    assert held.changes_sha256 == nobody.changes_sha256
    assert (held.created, held.changed, held.unchanged, held.rejected) == (1, 0, 0, 0)


def seen_of(actor: Actor, batch: BatchView) -> object:
    told = replace(batch, id=0, received_at=NOW, checked_at=NOW)
    people = [queries.changes(actor=actor, now=NOW, batch_id=batch.id, kind=kind).items for kind in ChangeKind]
    rejections = queries.batch(actor=actor, now=NOW, batch_id=batch.id).rejections
    pairs = queries.possible_duplicates(actor=actor, now=NOW, batch_id=batch.id).total
    kept = queries.kept_out(actor=actor, now=NOW, batch_id=batch.id).total
    return told, people, rejections, pairs, kept


def test_whether_a_list_names_who_is_hidden_is_not_seen_from_who_is_absent(cast: World) -> None:
    assert bring(cast.carys, cast.ash.pk, NEW, is_delta=False).absent == 0
    assert bring(cast.carys, cast.ash.pk, NEW, JANE, is_delta=False).absent == 0


def test_a_row_without_a_number_is_no_pair_with_who_is_hidden(cast: World) -> None:
    brought = bring(cast.carys, cast.ash.pk, JANE.removeprefix("9000000009"), NEW)
    assert brought.duplicates == 0
    assert queries.possible_duplicates(actor=cast.carys, now=NOW, batch_id=brought.id).total == 0


def test_a_file_of_several_pieces_is_brought_anew_as_a_whole(cast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from the database: another thread, which works for nobody, would be shown none of it."""
    monkeypatch.setattr(receiving, "PIECE", 150)
    brought = bring(cast.carys, cast.ash.pk, JANE, NEW, *(f"1,Bad{place},Row,1955-09-18,F,,," for place in range(20)))
    own = operations.bring_as_own(actor=sighted(cast.dilys), now=NOW, batch_id=brought.id)
    with unit_of_work(cast.dilys):
        first, second = (ImportBatch.objects.get(pk=each) for each in (brought.id, own))
        assert ImportFile.objects.filter(batch=second, kind=PieceKind.FILE).count() > 3
        assert (first.file_sha256, first.file_bytes) == (second.file_sha256, second.file_bytes)
        assert opened(first).read() == opened(second).read()


def test_what_was_kept_out_is_named_to_the_practice_alone_which_brings_it_as_its_own(cast: World) -> None:
    brought = bring(cast.carys, cast.ash.pk, JANE, NEW)
    after = take_in(cast.carys, brought)
    assert (after.kept_out, queries.kept_out(actor=cast.carys, now=NOW, batch_id=brought.id).items) == (0, ())
    new = queries.changes(actor=cast.carys, now=NOW, batch_id=brought.id, kind=ChangeKind.NEW)
    assert [item.nhs_number for item in new.items] == ["9000000009", "9476719915"]
    with unit_of_work(cast.carys):
        assert not ImportFile.objects.filter(kind=PieceKind.KEPT_OUT).exists()
    with pytest.raises(NotFound):
        operations.bring_as_own(actor=cast.carys, now=NOW, batch_id=brought.id)
    dilys = sighted(cast.dilys)
    assert queries.progress(actor=dilys, now=NOW, batch_id=brought.id).kept_out == 1
    (kept,) = queries.kept_out(actor=dilys, now=NOW, batch_id=brought.id).items
    assert (kept.nhs_number, kept.patient_id) == ("9000000009", cast.patient_of_ash.pk)
    own = operations.bring_as_own(actor=dilys, now=NOW, batch_id=brought.id)
    shown = queries.progress(actor=dilys, now=NOW, batch_id=own)
    assert (shown.state, shown.changed, shown.unchanged, shown.created) == (ImportState.CHECKED, 1, 1, 0)
    take_in(dilys, shown)
    assert (jane(cast).is_sensitive, jane(cast).dissents_from_sharing) == (False, False)
