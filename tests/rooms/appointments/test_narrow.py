"""The hand-written reads of one booking tell what the ORM tells, row security and protected patients included."""

from __future__ import annotations

from datetime import time

import pytest

from pcnhub.care.appointments.models import Booking, Session, Slot
from pcnhub.care.appointments.operations import book, cancel
from pcnhub.care.appointments.queries import appointment, booking, consumer_of
from pcnhub.care.appointments.queries.appointment import appointment_rows, kept_appointment, view_of
from pcnhub.care.appointments.queries.bookings import booking_rows, booking_view
from pcnhub.care.appointments.queries.judging import judged_session, judged_slots
from pcnhub.care.appointments.queries.narrow import booked_by_key, find_booking
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import CLINICIAN, NOW, World, person, system_for, world
from tests.rooms.appointments.book import request, session, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def booked(w: World) -> int:
    """Two slots of Ada's patient."""
    first = slots(session(w))[0]
    wish = request(first.id, w.patient_of_ash.pk, slots=2, notes="Bring the letter")
    return book(actor=w.ada, now=NOW, request=wish).booking_id


def both_ways(actor: Actor, booking_id: int) -> None:
    with unit_of_work(actor):
        row = booking_rows().filter(pk=booking_id).first()
        by_orm = booking_view(row, actor) if row else None
        assert find_booking(actor=actor, booking_id=booking_id) == by_orm
        told = appointment_rows(actor).filter(pk=booking_id).first()
        kept = kept_appointment(hub_id=actor.organisation.id, booking_id=booking_id)
        assert (kept.view if kept else None) == (view_of(told) if told else None)
        if kept and told:
            patient = told.patient
            assert kept[1:] == (told.slot_id, told.patient_practice_id, patient.number, patient.is_sensitive)


def everybody(w: World) -> list[Actor]:
    return [w.ada, w.bilal, w.carys, w.charlie, system_for(w.hub), system_for(w.ash)]


def test_of_a_booking_that_stands_and_one_that_is_cancelled(w: World, booked: int) -> None:
    for actor in everybody(w):
        both_ways(actor, booked)
    assert booking(actor=w.carys, booking_id=booked).slot_ids == booking(actor=w.ada, booking_id=booked).slot_ids
    cancel(actor=w.ada, now=NOW, booking_id=booked, version=1, reason="Well again")
    for actor in everybody(w):
        both_ways(actor, booked)


def test_an_outsider_reads_nothing(w: World, booked: int) -> None:
    with pytest.raises(NotFound):
        booking(actor=w.charlie, booking_id=booked)
    with unit_of_work(w.charlie):
        assert kept_appointment(hub_id=w.charlie.organisation.id, booking_id=booked) is None
        assert kept_appointment(hub_id=w.hub.pk, booking_id=booked) is None, (
            "row security, not the statement's own word"
        )


def test_of_everything_that_may_be_empty_or_otherwise(w: World, booked: int) -> None:
    nurse = person("nadia", w.hub, CLINICIAN, consulter=True, job_category="Nurse", job_role_code="R0690")
    with unit_of_work(system_for(w.hub)):
        made = Booking.objects.get(pk=booked)
        held = Slot.objects.get(pk=made.slot_id)
        Slot.objects.filter(pk=held.pk).update(holder=nurse.position_id, clinician=nurse.account_id)
        Session.objects.filter(pk=held.session_id).update(site=None)
        Organisation.objects.filter(pk=w.ash.pk).update(phone="01724 000000")
    for contact in ({}, {"name": "Ash Lane", "telecom": [{"system": "phone", "value": "1"}]}):
        with unit_of_work(system_for(w.hub)):
            Booking.objects.filter(pk=booked).update(booked_by_contact=contact, asked_at=NOW)
        for actor in everybody(w):
            both_ways(actor, booked)
    with unit_of_work(system_for(w.hub)):
        Booking.objects.filter(pk=booked).update(
            booked_by_organisation=None, booked_by_contact={"name": "Elsewhere"}, patient_practice=None, asked_at=None
        )
    for actor in everybody(w):
        both_ways(actor, booked)


def test_of_a_protected_patient_and_of_one_who_was_merged(w: World, booked: int) -> None:
    with unit_of_work(system_for(w.hub)):
        patient = Booking.objects.get(pk=booked).patient
        fields = {
            field.attname: getattr(patient, field.attname)
            for field in Patient._meta.concrete_fields
            if not field.primary_key and not field.generated
        }
        other = Patient.objects.create(**fields | {"nhs_number": None, "given_name": "Janet"})
        Patient.objects.filter(pk=patient.pk).update(merged_into=other)
    for actor in everybody(w):
        both_ways(actor, booked)
    for sensitive in (patient, other):
        with unit_of_work(system_for(w.hub)):
            Patient.objects.filter(pk=sensitive.pk).update(is_sensitive=True)
        for actor in everybody(w):
            both_ways(actor, booked)
    with pytest.raises(NotFound):
        appointment(actor=w.carys, now=NOW, booking_id=booked)


def test_a_key_is_found_where_its_booking_may_be_read(w: World, booked: int) -> None:
    with unit_of_work(system_for(w.hub)):
        key = Booking.objects.get(pk=booked).idempotency_key
        assert booked_by_key(ods_code=w.ash.ods_code, key=key) == booked
        assert booked_by_key(ods_code=w.ash.ods_code, key=f"{key}-") is None
        assert booked_by_key(ods_code=w.birch.ods_code, key=key) is None
    with unit_of_work(w.charlie):
        assert booked_by_key(ods_code=w.ash.ods_code, key=key) is None


def test_a_slot_is_judged_alike_alone_and_in_its_session(w: World) -> None:
    made = slots(session(w, times=(time(9), time(10))))
    asks = consumer_of(ods_code="A81001", route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)
    assert asks.organisation_id == w.ash.pk
    together = judged_session(slot_id=made[0].id)
    assert judged_slots(slot_ids=[each.id for each in made]) == together
    assert [each.slot for each in together] == list(made)
