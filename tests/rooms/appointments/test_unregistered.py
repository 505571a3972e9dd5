"""Booking somebody whom no list names, and what follows once it is known who they are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.checks import CHECKS
from pcnhub.care.appointments.models import Booking, Slot
from pcnhub.care.appointments.operations import (
    KeyReused,
    LikelyKnown,
    NothingToTrace,
    SlotTaken,
    UnregisteredRequest,
    book,
    book_unregistered,
    cancel,
    link_traced,
    reject_candidates,
    trace_all,
)
from pcnhub.care.appointments.queries import booking, clinic_list, open_booking, unlinked
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Merge, Patient, TraceAttempt
from pcnhub.care.patients.operations import AlreadyTraced, AnotherPersons, NotRegistrable, TracedPerson
from pcnhub.care.patients.queries import NotTraced, find_active, require_traced, standing_patients
from pcnhub.care.patients.rules import RegistrationState, TraceBasis, TraceOutcome, TraceSource, TraceState
from pcnhub.care.patients.rules.tracing import UnregisteredPerson
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, NotShared, Refusal
from tests.cast import NOW, World, patient, system_for, world
from tests.rooms.appointments.book import BEFORE_IT, TUESDAY, keys, request, session, slots

pytestmark = pytest.mark.django_db
NUMBER = NhsNumber("9000000025")


@pytest.fixture
def w() -> World:
    return world()


def person(**more: Any) -> UnregisteredPerson:
    values: dict[str, Any] = {
        "given_name": "Aminata",
        "family_name": "Diallo",
        "birth_date": date(1991, 3, 14),
        "postcode": "dn163lq",
        "phone": "07700 900123",
        **more,
    }
    return UnregisteredPerson(**values)


def wish(slot_id: int, **more: Any) -> UnregisteredRequest:
    values: dict[str, Any] = {
        "person": person(),
        "idempotency_key": next(keys),
        "reason": "Cough",
        "patient_agrees": True,
        **more,
    }
    return UnregisteredRequest(slot_id=slot_id, **values)


def booked_by(w: World, actor: Actor, slot_id: int, **more: Any) -> tuple[int, int]:
    """The booking and its untraced patient."""
    made = book_unregistered(actor=actor, now=NOW, request=wish(slot_id, **more))
    return made.booking_id, booking(actor=system_for(w.hub), booking_id=made.booking_id).patient_id


def traced(w: World, **more: Any) -> TracedPerson:
    values: dict[str, Any] = {
        "nhs_number": NUMBER,
        "given_name": "Aminata",
        "family_name": "Diallo",
        "birth_date": date(1991, 3, 14),
        "mobile_phone": "07700 900999",
        "practice_ods": w.ash.ods_code,
        "source": TraceSource.LOCAL,
        "basis": TraceBasis.CHOICE,
        **more,
    }
    return TracedPerson(**values)


def row(w: World, patient_id: int) -> Patient:
    with unit_of_work(system_for(w.hub)):
        return Patient.objects.get(pk=patient_id)


def test_a_practice_books_somebody_whom_no_list_names_and_the_hub_holds_them(w: World) -> None:
    slot = slots(session(w))[0]
    booking_id, patient_id = booked_by(w, w.ada, slot.id)
    held = row(w, patient_id)
    assert (held.organisation_id, held.nhs_number, held.trace_state, held.registration_type) == (
        w.hub.pk, None, TraceState.UNTRACED, "temporary",
    )  # fmt: skip
    assert (held.registered_practice_id, held.registered_patient_id, held.postcode) == (w.ash.pk, None, "DN16 3LQ")
    view, events = open_booking(actor=w.ada, now=NOW, booking_id=booking_id)
    assert (view.is_untraced, view.number_words, view.practice_id, view.source) == (
        True, "not known yet", w.ash.pk, "practice",
    )  # fmt: skip
    assert [event.status for event in events] == ["booked"]
    [found] = unlinked(actor=w.carys, now=NOW)
    assert (found.booking.id, found.patient.given_name, found.attempts, found.is_stale) == (
        booking_id, "Aminata", (), False,
    )  # fmt: skip
    [clinic] = clinic_list(actor=w.carys, now=NOW, day=TUESDAY)
    assert [each.booking.is_untraced for each in clinic.rows if each.booking] == [True]


def test_the_hubs_own_staff_book_them_too_and_claim_no_practice(w: World) -> None:
    _, patient_id = booked_by(w, w.carys, slots(session(w))[0].id)
    assert row(w, patient_id).registered_practice_id is None


def test_every_problem_is_said_at_once_and_no_consent_is_no_booking(w: World) -> None:
    blank = UnregisteredPerson(" ", "", None, sex="x", nhs_number="123", postcode="nowhere")
    with pytest.raises(InvalidInput) as refused:
        book_unregistered(
            actor=w.ada,
            now=NOW,
            request=wish(slots(session(w))[0].id, person=blank, patient_agrees=False, notes="x" * 501),
        )
    assert {problem.field for problem in refused.value.problems} == {
        "given_name", "family_name", "birth_date", "sex", "nhs_number", "postcode", "notes", "patient_agrees",
    }  # fmt: skip
    with unit_of_work(w.ada):
        assert not Booking.objects.exists()


def test_asked_twice_is_booked_once_and_another_wish_under_the_key_is_refused(w: World) -> None:
    first, second, *_ = slots(session(w))
    asked = wish(first.id)
    made, again = (book_unregistered(actor=w.ada, now=NOW, request=asked) for _ in range(2))
    assert (made.booking_id, again.was_repeated) == (again.booking_id, True)
    with unit_of_work(system_for(w.hub)):
        assert Patient.objects.filter(organisation=w.hub).count() == 1
    for other in (
        wish(second.id, idempotency_key=asked.idempotency_key),
        wish(first.id, idempotency_key=asked.idempotency_key, person=person(given_name="Awa")),
    ):
        with pytest.raises(KeyReused):
            book_unregistered(actor=w.ada, now=NOW, request=other)


def test_whoever_loses_the_slot_leaves_nobody_behind(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slots(session(w))[0]
    monkeypatch.setattr(
        "pcnhub.care.appointments.operations.unregistered.refuse_unbookable", lambda *_, **__: None
    )  # looked free a moment ago
    Slot.objects.filter(pk=slot.id).update(state="booked")
    with pytest.raises(SlotTaken):
        book_unregistered(actor=w.ada, now=NOW, request=wish(slot.id))
    with unit_of_work(system_for(w.hub)):
        assert not Patient.objects.filter(organisation=w.hub).exists()


def test_nobody_books_their_own_patient_as_unknown_by_oversight(w: World) -> None:
    slot = slots(session(w))[0]
    alike = person(given_name="Janet", family_name="Smyth", birth_date=date(1980, 4, 12))
    with pytest.raises(LikelyKnown) as known:
        book_unregistered(actor=w.ada, now=NOW, request=wish(slot.id, person=alike))
    assert (known.value.ids, known.value.is_certain) == ((w.patient_of_ash.pk,), False)
    numbered = person(nhs_number="900 000 0009")
    with pytest.raises(LikelyKnown) as certain:
        book_unregistered(actor=w.ada, now=NOW, request=wish(slot.id, person=numbered, is_none_of_these=True))
    assert certain.value.is_certain
    made = book_unregistered(actor=w.ada, now=NOW, request=wish(slot.id, person=alike, is_none_of_these=True))
    assert made.booking_id


def test_a_practice_learns_nothing_of_another_practices_patients(w: World) -> None:
    alike = person(given_name="Peter", family_name="Jones", birth_date=date(1955, 9, 1))
    assert book_unregistered(actor=w.ada, now=NOW, request=wish(slots(session(w))[0].id, person=alike)).booking_id


def test_without_the_agreement_or_the_activity_nobody_is_booked_or_traced(w: World) -> None:
    slot, second, *_ = slots(session(w))
    _, patient_id = booked_by(w, w.ada, second.id)
    with pytest.raises(NotShared):
        book_unregistered(actor=w.charlie, now=NOW, request=wish(slot.id))
    with pytest.raises(NotPermitted):
        unlinked(actor=w.ada, now=NOW)
    for outsider, refusal in ((w.charlie, NotFound), (w.ada, NotPermitted)):
        with pytest.raises(refusal):
            link_traced(actor=outsider, now=NOW, patient_id=patient_id, person=traced(w))
        with pytest.raises(refusal):
            reject_candidates(actor=outsider, now=NOW, patient_id=patient_id, source="local", candidates=1)
    assert unlinked(actor=w.charlie, now=NOW) == ()
    Party.objects.filter(agreement=w.agreements[AgreementKind.APPOINTMENTS], organisation=w.ash).update(
        state=ActivationState.INACTIVE
    )
    with pytest.raises(NotShared):
        book_unregistered(actor=w.ada, now=NOW, request=wish(slot.id))


def test_a_trace_gives_the_number_and_the_practice_and_keeps_what_was_said_at_the_desk(w: World) -> None:
    own = patient(w.birch, NUMBER, "Aminata", "Diallo", date(1991, 3, 14))
    booking_id, patient_id = booked_by(w, w.ada, slots(session(w))[0].id)
    linked = link_traced(
        actor=w.carys, now=NOW, patient_id=patient_id, person=traced(w, practice_ods=w.birch.ods_code, title="Ms")
    )
    assert (linked.patient_id, linked.outcome, linked.practice_id) == (patient_id, TraceOutcome.LINKED, w.birch.pk)
    held = row(w, patient_id)
    assert (held.nhs_number, held.registered_practice_id, held.registered_patient_id, held.trace_state) == (
        NUMBER, w.birch.pk, own.pk, TraceState.LOCAL,
    )  # fmt: skip
    assert (held.mobile_phone, held.trace_holds_until) == ("07700 900123", None)
    assert booking(actor=w.efe, booking_id=booking_id).practice_id == w.birch.pk
    with pytest.raises(NotFound):  # the practice that booked learns where the person is from nobody but the hub
        booking(actor=w.ada, booking_id=booking_id)
    assert unlinked(actor=w.carys, now=NOW) == ()
    with pytest.raises(AlreadyTraced):
        link_traced(actor=w.carys, now=NOW, patient_id=patient_id, person=traced(w))


def test_a_number_that_the_hub_holds_already_takes_the_appointment_over(w: World) -> None:
    first, second, third, *_ = slots(session(w))
    known = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    held_id = booking(actor=w.carys, booking_id=known.booking_id).patient_id
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=held_id).update(registration_state=RegistrationState.LEFT)
    # Birch books Ash's patient: nobody at Birch knows her
    booking_id, patient_id = booked_by(w, w.efe, second.id)
    cancelled, _ = open_booking(actor=w.carys, now=NOW, booking_id=booking_id)
    jane = traced(
        w, nhs_number=NhsNumber("9000000009"), given_name="Jane", family_name="Smith", birth_date=date(1980, 4, 12)
    )
    linked = link_traced(actor=w.carys, now=NOW, patient_id=patient_id, person=jane)
    assert (linked.patient_id, linked.from_id) == (held_id, patient_id)
    view, events = open_booking(actor=w.carys, now=NOW, booking_id=booking_id)
    assert (view.patient_id, view.practice_id, view.version) == (held_id, w.ash.pk, cancelled.version + 1)
    assert [event.status for event in events] == ["booked", "booked"]
    ended, stands = row(w, patient_id), row(w, held_id)
    assert (ended.merged_into_id, ended.registration_state) == (held_id, RegistrationState.LEFT)
    assert (stands.registration_state, stands.mobile_phone) == (RegistrationState.ACTIVE, "07700 900123")
    with unit_of_work(w.carys):
        assert Merge.objects.filter(kept=held_id, merged=patient_id).count() == 1
        assert standing_patients(actor=w.carys, ids=[patient_id])[patient_id].id == held_id
    assert unlinked(actor=w.carys, now=NOW) == ()
    assert third


def test_the_dead_the_protected_and_a_strangers_number_are_not_linked(w: World) -> None:
    first, second, *_ = slots(session(w))
    _, patient_id = booked_by(w, w.ada, first.id)
    for faults in ({"is_deceased": True}, {"is_restricted": True}):
        with pytest.raises(NotRegistrable):
            link_traced(actor=w.carys, now=NOW, patient_id=patient_id, person=traced(w, **faults))
    book(actor=w.ada, now=NOW, request=request(second.id, w.patient_of_ash.pk))
    read_out = traced(w, nhs_number=NhsNumber("9000000009"), basis=TraceBasis.TOLD, source=TraceSource.PRACTICE)
    with pytest.raises(AnotherPersons):
        link_traced(actor=w.carys, now=NOW, patient_id=patient_id, person=read_out)
    assert row(w, patient_id).nhs_number is None


def test_a_practice_outside_the_network_is_said(w: World) -> None:
    booking_id, patient_id = booked_by(w, w.ada, slots(session(w))[0].id)
    linked = link_traced(
        actor=w.carys, now=NOW, patient_id=patient_id, person=traced(w, practice_ods=w.outside.ods_code)
    )
    assert (linked.outcome, linked.practice_id) == (TraceOutcome.OUTSIDE, None)
    assert booking(actor=w.carys, booking_id=booking_id).practice_id is None
    with pytest.raises(NotFound):
        booking(actor=w.charlie, booking_id=booking_id)


def test_whom_a_person_rejected_no_run_decides(w: World) -> None:
    first, second, *_ = slots(session(w))
    _, one = booked_by(w, w.ada, first.id)
    _, other = booked_by(w, w.ada, second.id, person=person(given_name="Binta", birth_date=date(1970, 1, 2)))
    reject_candidates(actor=w.carys, now=NOW, patient_id=one, source="local", candidates=2)
    trace_all(actor=w.carys, now=NOW, stale_until=NOW)
    reject_candidates(actor=w.carys, now=NOW, patient_id=other, source="local", candidates=0)
    with pytest.raises(NothingToTrace):
        trace_all(actor=w.carys, now=NOW, stale_until=NOW)
    with unit_of_work(w.carys):
        assert TraceAttempt.objects.filter(outcome=TraceOutcome.REJECTED).count() == 2


def test_old_traces_stand_on_the_worklist_before_their_appointment(w: World) -> None:
    _, patient_id = booked_by(w, w.ada, slots(session(w))[0].id)
    holds = NOW + timedelta(hours=24)
    verified = traced(w, source=TraceSource.PDS, pds_version="3", holds_until=holds)
    link_traced(actor=w.carys, now=NOW, patient_id=patient_id, person=verified)
    assert unlinked(actor=w.carys, now=NOW, stale_until=holds + timedelta(days=1)) == ()
    [stale] = unlinked(actor=w.carys, now=BEFORE_IT, stale_until=BEFORE_IT + timedelta(days=1))
    assert stale.is_stale


def test_nobody_untraced_is_spoken_of_to_others(w: World) -> None:
    _, patient_id = booked_by(w, w.ada, slots(session(w))[0].id)
    with pytest.raises(NotTraced) as refused:
        require_traced(standing_patients(actor=w.carys, ids=[patient_id])[patient_id])
    assert isinstance(refused.value, Refusal)
    assert find_active(actor=w.carys, now=NOW, patient_id=patient_id) is None  # as GP Connect asks, by id or number
    assert "Trace" in refused.value.remedy


def test_chk_26_counts_who_comes_in_the_next_day_untraced(w: World) -> None:
    def asked() -> State:
        hub = network_of_hub(hub_id=w.hub.pk, day=TUESDAY)
        with unit_of_work(system_for(w.hub)):
            [finding] = CHECKS["CHK-26"](actor=system_for(w.hub), hub=hub, now=BEFORE_IT)
        assert finding.state is not State.UNMET or (finding.fix and "Diallo" not in finding.evidence)
        return finding.state

    first, second, *_ = slots(session(w))
    assert asked() is State.NOT_APPLICABLE
    _, patient_id = booked_by(w, w.ada, first.id)
    booking_id, _ = booked_by(w, w.ada, second.id, person=person(given_name="Binta", birth_date=date(1970, 1, 2)))
    assert asked() is State.UNMET
    cancel(actor=w.ada, now=NOW, booking_id=booking_id, version=1, reason="Feels better")
    assert asked() is State.UNMET
    link_traced(actor=w.carys, now=NOW, patient_id=patient_id, person=traced(w))
    assert asked() is State.MET


def test_tracing_needs_its_own_activity(w: World) -> None:
    assert w.carys.may(Permission.TRACE_PATIENTS)
    assert not w.bilal.may(Permission.TRACE_PATIENTS)
    with pytest.raises(NotPermitted):
        unlinked(actor=w.bilal, now=NOW)
