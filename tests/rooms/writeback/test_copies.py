"""Copies go home once, in order, and are kept with a reason while something stands in the way."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType

import pytest

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.patients.models import Patient
from pcnhub.care.records import operations as records
from pcnhub.care.records.models import FiledConsultation
from pcnhub.care.records.rules import Receipt
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.care.writeback import operations, queries
from pcnhub.care.writeback.models import CopyEvent
from pcnhub.care.writeback.operations import filing, sending
from pcnhub.care.writeback.rules import CopyState
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db


def actor_for(organisation_id: int, request_id: str) -> Actor:
    return organisations.system_actor_for(organisation_id=organisation_id, request_id=request_id)


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


def consulted(cast: World, patient: Patient, text: str = "Cough.", minutes: int = 0) -> int:
    """A finished consultation, `minutes` into the evening."""
    at = NOW + timedelta(minutes=minutes)
    consultation_id = consulting.start(actor=cast.bilal, now=at, booking_id=waiting(cast, patient, at=at))
    revision = consulting.save_draft(
        actor=cast.bilal, now=at, consultation_id=consultation_id, revision=0, notes=notes(text)
    )
    consulting.finish(actor=cast.bilal, now=at, consultation_id=consultation_id, revision=revision)
    return consultation_id


def amended(cast: World, consultation_id: int, version: int, text: str, minutes: int = 0) -> None:
    consulting.amend(
        actor=cast.bilal,
        now=NOW + timedelta(minutes=minutes),
        consultation_id=consultation_id,
        version=version,
        notes=notes(text),
        reason="Corrected",
    )


def drain(minutes: int = 60) -> int:
    return Worker("test", actor_for).drain(now=NOW + timedelta(minutes=minutes))


def at_practice(practice: Organisation) -> list[tuple[str, int]]:
    """What stands in the practice's record, in the order in which it came: text and version."""
    with unit_of_work(system_for(practice)):
        rows = FiledConsultation.objects.filter(organisation=practice).order_by("pk")
        return [(row.sections[0]["text"], row.version) for row in rows]


def states(cast: World, consultation_id: int) -> list[tuple[int, str, str]]:
    copies = queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    return [(copy.version, copy.state.value, copy.reason_code) for copy in copies]


def switch(cast: World, kind: AgreementKind, organisation: Organisation, state: ActivationState) -> None:
    """What (de)activating does to the side of one organisation."""
    Party.objects.filter(agreement=cast.agreements[kind], organisation=organisation).update(
        state=state, terms_accepted="1" if state == ActivationState.ACTIVE else ""
    )


def test_a_finished_consultation_stands_in_the_practices_record_with_a_receipt_at_both_ends(
    cast: World, visiting: Patient
) -> None:
    consultation_id = consulted(cast, visiting)
    drain()
    (copy,) = queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    with unit_of_work(system_for(cast.ash)):
        filed = FiledConsultation.objects.get(organisation=cast.ash)
        assert filed.title == "Enterprise Consultation (Riverside Health Centre)"
        assert (filed.patient_id, filed.receipt) == (cast.patient_of_ash.pk, copy.receipt)
        assert filed.outcome == "Seen, no follow-up"
        assert filed.entries[1] == {"code": "386725007", "term": "Body temperature", "value": "38.1 °C"}
    assert copy.state is CopyState.ACKNOWLEDGED
    with unit_of_work(cast.bilal):
        event = AuditEvent.objects.get(action="writeback.acknowledged")
    assert (event.data_organisation_id, event.basis) == (cast.ash.pk, "Riverside consultation-write-back")
    assert event.nhs_number == "9000000009"


def test_amendments_follow_as_versions_in_order(cast: World, visiting: Patient) -> None:
    consultation_id = consulted(cast, visiting, "one")
    amended(cast, consultation_id, 1, "two", 1)
    amended(cast, consultation_id, 2, "three", 2)
    drain()
    assert at_practice(cast.ash) == [("one", 1), ("two", 2), ("three", 3)]


@pytest.mark.parametrize("kind", [AgreementKind.WRITE_BACK, AgreementKind.COPY_CONSULTATION])
@pytest.mark.parametrize("side", ["ash", "hub"])
def test_an_inactive_agreement_keeps_the_copy_and_is_no_failure(
    cast: World, visiting: Patient, kind: AgreementKind, side: str
) -> None:
    organisation = getattr(cast, side)
    switch(cast, kind, organisation, ActivationState.INACTIVE)
    consultation_id = consulted(cast, visiting)
    amended(cast, consultation_id, 1, "again", 1)
    drain()
    assert states(cast, consultation_id) == [(1, "blocked", "agreement-inactive"), (2, "blocked", "earlier-copy-waits")]
    assert at_practice(cast.ash) == []
    assert not Job.objects.exclude(state=JobState.DONE).exclude(fact="readiness.check-due").exists()
    (first, _) = queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    assert organisation.name in first.reason
    assert first.who_can
    switch(cast, kind, organisation, ActivationState.ACTIVE)
    assert operations.release(actor=system_for(cast.hub), now=NOW + timedelta(hours=2)) == 2
    assert at_practice(cast.ash) == [("Cough.", 1), ("again", 2)]
    assert [event.state for event in _events(cast, first.id)] == ["pending", "blocked", "acknowledged"]


def _events(cast: World, copy_id: int) -> list[CopyEvent]:
    with unit_of_work(cast.bilal):
        return list(CopyEvent.objects.filter(copy=copy_id).order_by("pk"))


def test_a_later_consultation_of_the_patient_waits_for_the_earlier_one(cast: World, visiting: Patient) -> None:
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.INACTIVE)
    consulted(cast, visiting, "first")
    drain()
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.ACTIVE)
    # The later one's own job runs before anybody released the earlier one: it takes that one along, in front.
    consulted(cast, visiting, "second", 30)
    drain()
    assert at_practice(cast.ash) == [("first", 1), ("second", 1)]


def test_one_practices_blocked_copies_hold_back_nobody_else(cast: World, visiting: Patient) -> None:
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.INACTIVE)
    consulted(cast, visiting, "ash")
    consulted(cast, visitor(cast, cast.patient_of_birch, cast.birch), "birch", 20)
    Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.birch).update(
        formulary="Birch", prescribing_position=cast.farah.position_id
    )
    drain()
    assert at_practice(cast.birch) == [("birch", 1)]
    assert at_practice(cast.ash) == []


def test_a_practice_that_chose_no_formulary_blocks_until_it_does(cast: World, visiting: Patient) -> None:
    party = Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.ash)
    party.update(formulary="")
    consultation_id = consulted(cast, visiting)
    drain()
    assert states(cast, consultation_id) == [(1, "blocked", "practice-settings")]
    party.update(formulary="Ash Lane formulary")
    operations.release(actor=system_for(cast.hub), now=NOW, practice_id=cast.ash.pk)
    assert states(cast, consultation_id) == [(1, "acknowledged", "")]


def test_an_unlinked_patient_needs_a_person_who_then_retries(cast: World, visiting: Patient) -> None:
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(registered_patient=None)
    consultation_id = consulted(cast, visiting)
    drain()
    assert states(cast, consultation_id) == [(1, "needs-action", "patient-unlinked")]
    (copy,) = queries.needing_action(actor=cast.bilal)
    for stranger in (cast.charlie, cast.farah, cast.dilys):
        with pytest.raises((NotFound, NotPermitted)):
            operations.retry(actor=stranger, now=NOW, copy_id=copy.id)
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(registered_patient=cast.patient_of_ash)
    operations.retry(actor=cast.carys, now=NOW, copy_id=copy.id)
    assert states(cast, consultation_id) == [(1, "pending", "")]
    with pytest.raises(operations.NothingToRetry):
        operations.retry(actor=cast.bilal, now=NOW, copy_id=copy.id)
    drain()
    assert states(cast, consultation_id) == [(1, "acknowledged", "")]


def test_the_receivers_refusal_is_kept_for_a_person(
    cast: World, visiting: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> Receipt:
        raise Conflict("The record is locked.", code="record-locked", remedy="Unlock it.", who_can="the practice")

    monkeypatch.setattr(records, "file_consultation", refuse)
    consultation_id = consulted(cast, visiting)
    drain()
    assert states(cast, consultation_id) == [(1, "needs-action", "record-locked")]


def test_who_moved_while_the_copy_was_kept_gets_it_at_the_new_practice(cast: World, visiting: Patient) -> None:
    """`domain.md` 12.2 A18."""
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.INACTIVE)
    consultation_id = consulted(cast, visiting)
    drain()
    Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.birch).update(
        formulary="Birch", prescribing_position=cast.farah.position_id
    )
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(
            registered_practice=cast.birch, registered_patient=cast.patient_of_birch
        )
    operations.release(actor=system_for(cast.hub), now=NOW)
    (copy,) = queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    assert (copy.practice.id, copy.state) == (cast.birch.pk, CopyState.ACKNOWLEDGED)
    assert [event.state for event in _events(cast, copy.id)] == ["pending", "blocked", "blocked", "acknowledged"]
    assert at_practice(cast.ash) == []


def test_a_lost_job_of_an_earlier_version_loses_nothing(cast: World, visiting: Patient) -> None:
    consultation_id = consulted(cast, visiting, "one")
    amended(cast, consultation_id, 1, "two", 1)
    Job.objects.order_by("pk").first().delete()  # type: ignore[union-attr]
    drain()
    assert at_practice(cast.ash) == [("one", 1), ("two", 2)]


def test_others_see_no_copy(cast: World, visiting: Patient) -> None:
    consultation_id = consulted(cast, visiting)
    drain()
    for actor in (cast.charlie, cast.efe):
        assert queries.copies_of_consultation(actor=actor, consultation_id=consultation_id) == ()
    for actor in (cast.charlie, cast.ada):
        with pytest.raises(NotPermitted if actor is cast.ada else NotFound):
            operations.send_copy(actor=actor, now=NOW, consultation_id=consultation_id, version=1)


def test_obstacles_are_all_told_before_finishing(cast: World, visiting: Patient) -> None:
    assert queries.obstacles(actor=cast.bilal, now=NOW, patient_id=visiting.pk) == ()
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.INACTIVE)
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(registered_patient=None)
    found = queries.obstacles(actor=cast.bilal, now=NOW, patient_id=visiting.pk)
    assert [obstacle.code for obstacle in found] == ["patient-unlinked", "agreement-inactive"]


@pytest.mark.parametrize(
    ("where", "step"),
    [
        (sending, "_make_copies"),
        (sending, "_follow_patient"),
        (filing, "acknowledge"),
        (filing, "settle"),
        (sending, "note"),
    ],
)
def test_a_crash_after_any_step_is_made_good_without_doubling(
    cast: World, visiting: Patient, monkeypatch: pytest.MonkeyPatch, where: ModuleType, step: str
) -> None:
    consultation_id = consulted(cast, visiting, "one")
    amended(cast, consultation_id, 1, "two", 1)
    original = getattr(where, step)

    def crash(*given: object, **named: object) -> None:
        original(*given, **named)
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(where, step, crash)
        drain()
    assert at_practice(cast.ash) == []
    drain(minutes=600)
    assert at_practice(cast.ash) == [("one", 1), ("two", 2)]
    assert not Job.objects.exclude(state=JobState.DONE).exists()
