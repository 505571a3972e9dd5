"""Killed with -9 in the middle of a list, the hub holds nothing of it, and the same worker's successor takes all of it in."""

from __future__ import annotations

import io

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients import operations, queries
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import ImportState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from tests.cast import NOW, world
from tests.conftest import FreshDatabase
from tests.proof.import_harness import STEP
from tests.proof.killing import kill_at

LIST = (
    b"NHS number,Surname,Forename,DOB\n9476719915,McVey,Ann,1970-01-02\n9476719923,Prout,Bob,1971-01-02\n"
    b"9000000009,Smith-Hill,Jane,1980-04-12\n"
)


def test_a_killed_import_leaves_nothing_half_done(fresh_database: FreshDatabase) -> None:
    cast = world()
    batch_id = operations.receive(
        actor=cast.carys, now=NOW, practice_id=cast.ash.pk, file=io.BytesIO(LIST), file_name="list.csv"
    )
    worker = Worker("test", lambda at, _: system_actor_for(organisation_id=at))
    worker.drain(now=NOW)
    shown = queries.progress(actor=cast.carys, now=NOW, batch_id=batch_id)
    operations.take_in(actor=cast.carys, now=NOW, batch_id=batch_id, changes_sha256=shown.changes_sha256)

    def names() -> set[str]:
        with unit_of_work(cast.dilys):
            return set(Patient.objects.filter(organisation=cast.ash).values_list("family_name", flat=True))

    kill_at(
        "tests.proof.import_harness", fresh_database, STEP, "--practice", str(cast.ash.pk), "--batch", str(batch_id)
    )
    assert names() == {"Smith"}
    assert queries.progress(actor=cast.dilys, now=NOW, batch_id=batch_id).state == ImportState.IMPORTING
    worker.drain(now=NOW)
    assert names() == {"McVey", "Prout", "Smith-Hill"}
    assert queries.progress(actor=cast.dilys, now=NOW, batch_id=batch_id).state == ImportState.IMPORTED
