"""An evening at the hub for tests: people of the practices in slots, arrived and waiting."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from pcnhub.care.appointments.models import BookedSlot, Booking, Session, Slot, SlotType
from pcnhub.care.appointments.rules import BookingSource, BookingStatus, DeliveryChannel, SessionState, SlotState
from pcnhub.care.consultations.operations import save_outcome
from pcnhub.care.consultations.rules import Entry, Heading, Notes, Section
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World, system_for

SEEN = "seen"


def visitor(world: World, of: Patient, practice: Organisation, **more: object) -> Patient:
    """The hub's temporary registration of a practice's patient."""
    with unit_of_work(system_for(world.hub)):
        return Patient.objects.create(
            organisation=world.hub,
            nhs_number=of.nhs_number,
            given_name=of.given_name,
            family_name=of.family_name,
            birth_date=of.birth_date,
            sex=of.sex,
            registration_type=RegistrationType.TEMPORARY,
            registered_on=NOW.date(),
            registered_practice=practice,
            **{"registered_patient_id": of.pk, "created_at": NOW, "updated_at": NOW, **more},
        )


def waiting(
    world: World,
    patient: Patient,
    *,
    at: datetime = NOW,
    status: BookingStatus = BookingStatus.ARRIVED,
    channel: DeliveryChannel = DeliveryChannel.IN_PERSON,
) -> int:
    """A booking of the hub's patient with Bilal, in this status; its id."""
    kind, _ = SlotType.objects.get_or_create(
        hub=world.hub, name="EA GP 15 min", defaults={"minutes": 15, "mode": "Face to face"}
    )
    with unit_of_work(system_for(world.hub)):
        session = Session.objects.create(
            hub=world.hub,
            name="EA evening",
            starts_at=at,
            ends_at=at + timedelta(minutes=15),
            holder_id=world.bilal.position_id,
            site=world.site,
            delivery_channel=channel,
            practitioner_role="R0260",
            state=SessionState.PUBLISHED,
            state_changed_at=NOW,
            state_changed_by="test",
        )
        slot = Slot.objects.create(
            hub=world.hub,
            session=session,
            slot_type=kind,
            starts_at=at,
            ends_at=at + timedelta(minutes=15),
            state=SlotState.BOOKED,
            holder_id=world.bilal.position_id,
            clinician_id=world.bilal.account_id,
        )
        booking = Booking.objects.create(
            organisation=world.hub,
            slot=slot,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            patient=patient,
            patient_practice=patient.registered_practice,
            booked_by_organisation=world.hub,
            booked_by_ods_code=world.hub.ods_code,
            booked_by="test",
            booked_by_name="Test",
            source=BookingSource.HUB,
            status=status,
            idempotency_key=str(uuid.uuid4()),
            booked_at=NOW,
        )
        BookedSlot.objects.create(organisation=world.hub, booking=booking, slot=slot)
        return booking.pk


def outcomes(world: World) -> None:
    """The hub's list: seen and discharged, back to the practice, and one that is retired."""
    actor = system_for(world.hub)
    save_outcome(actor=actor, now=NOW, code=SEEN, name="Seen, no follow-up", place=1)
    save_outcome(actor=actor, now=NOW, code="practice", name="Back to the practice", place=2)
    save_outcome(actor=actor, now=NOW, code="old", name="No longer used", place=3, retired_on=NOW.date())


def notes(text: str = "Cough for three days.", *, outcome: str = SEEN) -> Notes:
    return Notes(
        sections=(Section(Heading.HISTORY, text),),
        entries=(Entry("49727002", "Cough"), Entry("386725007", "Body temperature", "38.1 °C")),
        outcome=outcome,
    )
