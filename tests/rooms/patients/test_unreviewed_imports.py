"""A file that nobody is to review comes in as it is read: the same as step by step, in one transaction, or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import DatabaseError, transaction
from django.forms import model_to_dict

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries
from pcnhub.care.patients.models import ImportBatch, ImportChange, ImportFile, ImportRejection, Patient
from pcnhub.care.patients.operations.imports import bring_in, bulk, receiving, taking, unreviewed
from pcnhub.care.patients.operations.imports.steps import StepFailed
from pcnhub.care.patients.operations.imports.taking import TakesProtectionAway
from pcnhub.care.patients.queries import BatchView
from pcnhub.care.patients.queries.pieces import opened
from pcnhub.care.patients.rules.vectors import reading
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.ahead import ahead
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted
from tests.cast import NOW, World, world
from tests.rooms.patients.test_imports import send, take_in

pytestmark = pytest.mark.django_db

HEADER = "NHS number,Surname,Forename,DOB,Sex,Postcode,Sensitive,Deduction date"
ROWS = (
    "9476719915,McVey,Ann,1970-01-02,F,DN16 3LQ,N,",
    "9476719923,Prout,Bob,1971-13-02,M,DN16 3LQ,N,",  # a month that there is not
    "9000000009,Smith-Hill,Jane,1980-04-12,F,DN16 3LQ,N,",  # held in the cast as Smith
    "9476719958,Banton,Dolly,1955-09-18,F,,Y,",
    ",Smith,Jane,1980-04-12,F,,N,",  # has no number, and may be Jane
    "9434765919,Ng,Li,1999-01-02,F,,N,2026-01-05",  # has left
)


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("\n".join([HEADER, *ROWS]))
    return path


def state(actor: Actor, batch_id: int) -> BatchView:
    return queries.progress(actor=actor, now=NOW, batch_id=batch_id)


def everything(actor: Actor) -> tuple[list[dict[str, Any]], ...]:
    """What there is of people and imports, but for what each row is numbered and who brought it."""
    numbered = ("id", "batch", "made_in", "patient", "pieces")
    with unit_of_work(actor):
        return tuple(
            [
                {name: value for name, value in model_to_dict(row).items() if name not in numbered}
                for row in model.objects.filter(organisation=actor.organisation.id).order_by("pk")
            ]
            for model in (Patient, ImportRejection, ImportChange)
        )


def test_it_leads_to_what_the_steps_lead_to(cast: World, file: Path) -> None:
    with transaction.atomic():
        staged = take_in(cast.dilys, send(cast.dilys, *ROWS, header=HEADER))
        by_steps = everything(cast.dilys)
        transaction.set_rollback(True)
    told: list[int] = []
    done = state(cast.dilys, bring_in(actor=cast.dilys, now=NOW, file=file, on_progress=told.append))
    assert everything(cast.dilys) == by_steps
    assert [len(rows) for rows in by_steps] == [3, 3, 1]
    assert told == [2]
    for name in ("state", "rows", "created", "changed", "rejected", "closed", "absent", "changes_sha256", "kinds"):
        assert getattr(done, name) == getattr(staged, name), name
    with unit_of_work(cast.dilys):
        assert {piece.kind for piece in ImportFile.objects.filter(batch=done.id)} == {"file"}
        acts = AuditEvent.objects.filter(action__startswith="patients.import").values_list("action", flat=True)
        assert {"patients.import-received", "patients.imported"} <= set(acts)
    again = state(cast.dilys, bring_in(actor=cast.dilys, now=NOW, file=file))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)


@pytest.mark.parametrize("lines", [1, 65_536], ids=["more stretches than pieces", "more pieces than stretches"])
def test_the_whole_file_is_kept_whatever_is_written_between_its_pieces(
    cast: World, file: Path, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    monkeypatch.setattr(reading, "LINES", lines)
    for module in (receiving, unreviewed):
        monkeypatch.setattr(module, "PIECE", 120 if lines > 1 else 400)
    file.write_text("\n".join([HEADER, *ROWS, *(f"1,Bad{place},Row,1955-09-18,F,,N," for place in range(20))]))
    done = state(cast.dilys, bring_in(actor=cast.dilys, now=NOW, file=file))
    with unit_of_work(cast.dilys):
        batch = ImportBatch.objects.get(pk=done.id)
        assert (opened(batch).read(), batch.file_bytes) == (file.read_bytes(), file.stat().st_size)
        assert batch.file_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
        assert batch.rows == len(ROWS) + 20
        stretches, pieces = (batch.rows if lines == 1 else 1), ImportFile.objects.filter(batch=done.id).count()
        assert pieces > 4 * stretches if lines > 1 else pieces < stretches


def test_who_comes_in_an_earlier_stretch_is_no_double_of_a_later_row(
    cast: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LINES", 1)
    file.write_text("\n".join([HEADER, ROWS[0], ROWS[3], ",McVey,Ann,1970-01-02,F,DN16 3LQ,N,", ROWS[2]]))
    batch_id = bring_in(actor=cast.dilys, now=NOW, file=file)
    done = state(cast.dilys, batch_id)
    assert (done.rows, done.created, done.changed, done.duplicates) == (4, 2, 1, 0)


@pytest.mark.parametrize("where", ["insert", "finish"])
def test_what_breaks_off_was_never_begun(cast: World, file: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    before = everything(cast.dilys)
    module: Any = taking if where == "insert" else unreviewed

    def breaks(*_args: object, **_values: object) -> int:
        raise DatabaseError("a disk is full, McVey")

    monkeypatch.setattr(module, where, breaks)
    with pytest.raises(StepFailed) as refused:
        bring_in(actor=cast.dilys, now=NOW, file=file)
    assert "McVey" not in str(refused.value) + refused.value.remedy
    monkeypatch.undo()
    assert everything(cast.dilys) == before
    with unit_of_work(cast.dilys):
        assert not ImportBatch.objects.exists()
        assert not ImportFile.objects.exists()


def test_a_file_that_somebody_writes_to_is_not_taken_in(
    cast: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = taking.put

    def written_meanwhile(*args: Any, **values: Any) -> int:
        with file.open("a") as open_file:
            open_file.write("\n9476719966,Late,Row,1955-09-18,F,,N,")
        return real(*args, **values)

    monkeypatch.setattr(unreviewed, "put", written_meanwhile)
    with pytest.raises(InvalidInput) as refused:
        bring_in(actor=cast.dilys, now=NOW, file=file)
    assert [problem.code for problem in refused.value.problems] == ["file-changed"]
    with unit_of_work(cast.dilys):
        assert not ImportBatch.objects.exists()


def test_a_pipe_is_refused_and_not_waited_for(cast: World, tmp_path: Path) -> None:
    """The file is read twice at a time: of a pipe the second reader would wait for ever, and with it the practice's imports."""
    pipe = tmp_path / "list.csv"
    os.mkfifo(pipe)
    with pytest.raises(InvalidInput) as refused:
        bring_in(actor=cast.dilys, now=NOW, file=pipe)
    assert [problem.code for problem in refused.value.problems] == ["file-read-once"]


def test_a_header_that_means_nothing_says_so_and_nothing_is_kept(cast: World, file: Path) -> None:
    file.write_text("a,b\n1,2\n")
    with pytest.raises(InvalidInput):
        bring_in(actor=cast.dilys, now=NOW, file=file)
    with unit_of_work(cast.dilys):
        assert not ImportBatch.objects.exists()


def test_outsiders_the_hub_and_whoever_may_not_import_take_nothing_in(cast: World, file: Path) -> None:
    before = everything(cast.dilys)
    for actor in (cast.carys, cast.ada, replace(cast.dilys, permissions=frozenset())):
        with pytest.raises(NotPermitted):
            bring_in(actor=actor, now=NOW, file=file)
    assert everything(cast.dilys) == before
    bring_in(
        actor=replace(cast.charlie, permissions=frozenset(Permission)), now=NOW, file=file
    )  # at their own practice
    assert everything(cast.dilys) == before


def test_protection_is_taken_away_by_nobody_who_may_not_see_it(cast: World, file: Path) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_sensitive=True)
    blind = replace(cast.dilys, permissions=cast.dilys.permissions - {Permission.VIEW_SENSITIVE})
    with pytest.raises(TakesProtectionAway):
        bring_in(actor=blind, now=NOW, file=file)
    with unit_of_work(cast.dilys):
        assert Patient.objects.get(pk=cast.patient_of_ash.pk).is_sensitive
        assert not ImportBatch.objects.exists()


def test_what_is_made_ahead_comes_in_order_says_what_went_wrong_and_is_not_made_for_nobody() -> None:
    made: list[int] = []

    def making() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            if number == 50:
                raise ValueError("the fiftieth")
            yield number

    with ahead(making(), 2) as items:
        assert [next(items), next(items)] == [0, 1]
    assert len(made) <= 5
    made.clear()
    with pytest.raises(ValueError, match="the fiftieth"), ahead(making(), 2) as items:
        assert list(items) == []


def test_marks_that_part_texts_move_nothing_to_another_person(cast: World, file: Path) -> None:
    """Within what the file says and within what is quoted of it; and one row alone, of which something is empty."""
    marked = '9476719915,"Mc\x1eVey","An\x1dn\x1f",1970-01-02,F,"DN16\x1e3LQ",N,'
    wrong = '9476719923,"Pr\x1dout",Bob,"1971\x1e-13-02",M,"\x1f",N,'
    file.write_text("\n".join([HEADER, ROWS[3], marked, wrong, ROWS[0].replace("9476719915", "9434765919")]))
    batch_id = bring_in(actor=cast.dilys, now=NOW, file=file)
    with unit_of_work(cast.dilys):
        came = Patient.objects.filter(made_in=batch_id).order_by("nhs_number")
        assert [(row.nhs_number, row.family_name, row.given_name, row.postcode) for row in came] == [
            ("9434765919", "McVey", "Ann", "DN16 3LQ"),
            ("9476719915", "Mc Vey", "An n", "DN16 3LQ"),
            ("9476719958", "Banton", "Dolly", ""),
        ]
        rejected = ImportRejection.objects.filter(batch=batch_id).values_list("line", "column", "value")
        assert ("DOB", "1971 -13-02") in {(column, value) for _line, column, value in rejected}
        assert {line for line, _column, _value in rejected} == {4}
    with pytest.raises(ValueError, match="a text has the mark"):
        bulk.arrays(pl.DataFrame({"one": ["a\x1eb", "c"]}))
    with unit_of_work(cast.dilys):
        row = pl.DataFrame({"value": [""], "line": [7]})
        said = {"column": "", "code": "x", "message": "m", "remedy": "r", "nhs_number": ""}
        bulk.insert(ImportRejection, row, organisation_id=cast.ash.pk, batch_id=batch_id, is_sensitive=False, **said)
        assert ImportRejection.objects.get(batch=batch_id, line=7).value == ""
