"""N finished versions, N copies acknowledged, none twice, in order: agreements switched, workers killed on the way. And of each
consultation for a practice elsewhere, the newest version alone handed to the connection, once.

Real processes on a database of their own, killed with -9 at each step of sending. The negative control is a receiver that
files under a new name each time: the same checker must find the doubles.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

import psycopg
import pytest
from django.utils import timezone

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing import operations as sharing
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.care.writeback.operations import set_window
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import World, patient, world
from tests.conftest import FreshDatabase
from tests.evening import notes, outcomes, visitor, waiting
from tests.proof.killing import WRITE_BACK, harness, kill_at, work_off
from tests.proof.write_back_harness import BY_THE_CLOCK, STEPS

pytestmark = pytest.mark.slow


@dataclass
class Evening:
    """Consultations one after another, and what was finished in which order for whom."""

    cast: World
    database: FreshDatabase
    patients: dict[str, Patient]
    finished: list[tuple[int, int, str]] = field(default_factory=list)  # consultation, version, patient
    reported: dict[int, int] = field(default_factory=dict)  # of a practice elsewhere: consultation, newest version
    booked: int = 0

    def consult(self, name: str, *, amendments: int = 0) -> None:
        self.booked += 1
        at = timezone.now() + timedelta(minutes=16 * self.booked)
        booking = waiting(self.cast, self.patients[name], at=at)
        actor = self.cast.bilal
        begun = consulting.start(actor=actor, now=timezone.now(), booking_id=booking)
        revision = consulting.save_draft(
            actor=actor, now=timezone.now(), consultation_id=begun, revision=0, notes=notes("version 1")
        )
        consulting.finish(actor=actor, now=timezone.now(), consultation_id=begun, revision=revision)
        if name == "sam":
            self.reported[begun] = amendments + 1
        else:
            self.finished += [(begun, version, name) for version in range(1, amendments + 2)]
        for version in range(1, amendments + 1):
            consulting.amend(
                actor=actor,
                now=timezone.now(),
                consultation_id=begun,
                version=version,
                notes=notes(f"version {version + 1}"),
                reason="Corrected",
            )

    def deactivate(self) -> None:
        sharing.deactivate(
            actor=self.cast.dilys,
            now=timezone.now(),
            agreement_id=self.cast.agreements[AgreementKind.WRITE_BACK].pk,
            side=Side.GIVES,
            reason="Proof",
        )

    def activate(self) -> None:
        sharing.activate(
            actor=self.cast.dilys,
            now=timezone.now(),
            agreement_id=self.cast.agreements[AgreementKind.WRITE_BACK].pk,
            side=Side.GIVES,
            accepted_terms="1",
            formulary="Ash Lane formulary",
            prescribing_position_id=self.cast.farah.position_id,
        )


@pytest.fixture
def evening(fresh_database: FreshDatabase) -> Evening:
    cast = world()
    outcomes(cast)
    Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.birch).update(
        formulary="Birch", prescribing_position=cast.farah.position_id
    )
    visitors = {
        "jane": visitor(cast, cast.patient_of_ash, cast.ash),
        "peter": visitor(cast, cast.patient_of_birch, cast.birch),
        "sam": visitor(cast, patient(cast.outside, "9000000025", "Sam", "Else", date(1970, 1, 1)), cast.outside),
    }
    Organisation.objects.filter(pk=cast.outside.pk).update(system="EMIS")
    set_window(actor=cast.carys, now=timezone.now(), minutes=0)
    return Evening(cast, fresh_database, visitors)


def wrongs(evening: Evening) -> list[str]:
    """The checker, as superuser and by SQL alone: lost, doubled, out of order, or a receipt at one end only."""
    with psycopg.connect(evening.database.superuser_url) as server:
        filed = server.execute(
            "select split_part(source_key, ':', 3)::bigint, version, receipt, organisation_id"
            " from records_filedconsultation order by id"
        ).fetchall()
        copies = server.execute(
            "select consultation_id, version, receipt, target_id from writeback_copy where state = 'acknowledged'"
        ).fetchall()
        reports = server.execute(
            "select c.consultation_id, c.version, c.state, (select count(*) from mesh_outgoing m where m.copy_id = c.id),"
            " (select count(*) from writeback_copyevent e where e.copy_id = c.id and e.state = 'handed-over' and e.reason = '')"
            " from writeback_copy c where c.route = 'mesh'"
        ).fetchall()
        unfinished = server.execute(
            "select state from jobs_job where state <> 'done' and fact <> all(%s)", [list(BY_THE_CLOCK)]
        ).fetchall()
        jobs = Counter(row[0] for row in unfinished)
    arrived = Counter((row[0], row[1]) for row in filed)
    sent = [(consultation, version) for consultation, version, _name in evening.finished]
    found = [f"lost: {one}" for one in sent if arrived[one] == 0]
    found += [f"doubled: {one}" for one, times in arrived.items() if times > 1]
    if Counter(filed) != Counter(copies):
        found.append("receipts differ between the two ends")
    for name in evening.patients:
        of_patient = [(consultation, version) for consultation, version, whose in evening.finished if whose == name]
        came = [(row[0], row[1]) for row in filed if (row[0], row[1]) in set(of_patient)]
        if came != [one for one in of_patient if one in set(came)]:
            found.append(f"out of order: {name} {came}")
    if jobs:
        found.append(f"unfinished: {dict(jobs)}")
    return found + _wrongs_elsewhere(evening, reports)


def _wrongs_elsewhere(evening: Evening, reports: list[tuple[int, int, str, int, int]]) -> list[str]:
    """The newest version of each consultation is queued at the connection, once; those before it are set aside."""
    queued = {(row[0], row[1]): row[3] for row in reports if row[2] == "handed-over"}
    found = [f"lost: report {one}" for one in evening.reported.items() if queued.get(one) != 1]
    found += [f"not the newest: report {one}" for one in queued if one not in evening.reported.items()]
    return found + [f"doubled: report {row[:2]}" for row in reports if row[3] > 1 or row[4] > 1]


def actor_for(organisation_id: int, request_id: str) -> Actor:
    return system_actor_for(organisation_id=organisation_id, request_id=request_id)


def first_half(evening: Evening) -> None:
    """Consultations while the practice's side is inactive: kept, every one."""
    evening.deactivate()
    evening.consult("jane", amendments=2)
    evening.consult("peter", amendments=1)
    evening.consult("sam")
    evening.consult("jane")
    Worker("first half", actor_for).drain(now=timezone.now())
    assert any(wrong.startswith("lost") for wrong in wrongs(evening)), "the kept copies must be missing so far"


def second_half(evening: Evening) -> None:
    """Activated again, with more coming meanwhile: the release and new copies of one patient meet."""
    evening.activate()
    evening.consult("sam", amendments=1)
    evening.consult("jane", amendments=1)
    evening.consult("peter", amendments=1)


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_this_step_loses_doubles_and_misorders_no_copy(evening: Evening, step: str) -> None:
    first_half(evening)
    second_half(evening)
    kill_at(WRITE_BACK, evening.database, step, "--time", "2")
    assert wrongs(evening), "the victim must have left work behind"
    evening.consult("jane")
    work_off(WRITE_BACK, evening.database)
    assert wrongs(evening) == []
    assert len(evening.finished) == 11


def test_three_workers_side_by_side_keep_every_order(evening: Evening) -> None:
    first_half(evening)
    second_half(evening)
    with (
        harness(WRITE_BACK, evening.database) as one,
        harness(WRITE_BACK, evening.database) as two,
        harness(WRITE_BACK, evening.database) as three,
    ):
        evening.consult("peter", amendments=2)
        evening.consult("jane", amendments=2)
        for worker in (one, two, three):
            worker.communicate(timeout=60)
    work_off(WRITE_BACK, evening.database)
    assert wrongs(evening) == []


def test_negative_control_a_forgetful_receiver_is_found_out(evening: Evening) -> None:
    evening.consult("jane", amendments=1)
    work_off(WRITE_BACK, evening.database, "--twice")
    assert any(wrong.startswith("doubled") for wrong in wrongs(evening))
