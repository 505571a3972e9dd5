"""An Appointment as GP Connect books, amends and cancels it, and what one that comes back says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from pcnhub.connections.gpconnect.mapping.slots import STRUCTURES
from pcnhub.foundations.fhir import dates
from pcnhub.foundations.fhir import resources as r

PROFILE = STRUCTURES + "GPConnect-Appointment-1"
BOOKING_ORGANISATION = STRUCTURES + "Extension-GPConnect-BookingOrganisation-1"
CANCELLATION_REASON = STRUCTURES + "Extension-GPConnect-AppointmentCancellationReason-1"
ORGANISATION_PROFILE = STRUCTURES + "CareConnect-GPC-Organization-1"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
ORGANISATION_TYPE = "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1"


@dataclass(frozen=True, slots=True)
class Booker:
    ods_code: str
    name: str
    phone: str
    organisation_type: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be booked. Ids are the other system's."""

    slot_ids: tuple[str, ...]
    patient_id: str
    location_id: str
    practitioner_id: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    description: str
    comment: str


def to_book(wanted: Wanted, booker: Booker) -> r.Appointment:
    participants = [f"Patient/{wanted.patient_id}", f"Location/{wanted.location_id}"]
    if wanted.practitioner_id:
        participants.append(f"Practitioner/{wanted.practitioner_id}")
    kinds = (
        (r.CodeableConcept(coding=(r.Coding(system=ORGANISATION_TYPE, code=booker.organisation_type),)),)
        if booker.organisation_type
        else ()
    )
    return r.Appointment(
        meta=r.Meta(profile=(PROFILE,)),
        contained=(
            r.Organization(
                id="1",
                meta=r.Meta(profile=(ORGANISATION_PROFILE,)),
                identifier=(r.Identifier(system=ODS, value=booker.ods_code),),
                type=kinds,
                name=booker.name,
                telecom=(r.ContactPoint(system="phone", value=booker.phone, use="work"),),
            ),
        ),
        extension=(r.Extension(url=BOOKING_ORGANISATION, value_reference=r.Reference(reference="#1")),),
        status="booked",
        description=wanted.description,
        start=dates.written(wanted.starts_at),
        end=dates.written(wanted.ends_at),
        slot=tuple(r.Reference(reference=f"Slot/{each}") for each in wanted.slot_ids),
        created=dates.written(wanted.created_at),
        comment=wanted.comment or None,
        participant=tuple(
            r.AppointmentParticipant(actor=r.Reference(reference=each), status="accepted") for each in participants
        ),
    )


def to_amend(read: r.Appointment, *, description: str, comment: str) -> r.Appointment:
    """What was read, with other words. Nothing else may differ."""
    return msgspec.structs.replace(read, description=description or None, comment=comment or None)


def to_cancel(read: r.Appointment, *, reason: str) -> r.Appointment:
    kept = tuple(each for each in read.extension if each.url != CANCELLATION_REASON)
    why = r.Extension(url=CANCELLATION_REASON, value_string=reason)
    return msgspec.structs.replace(read, status="cancelled", extension=(*kept, why))


def slot_ids_of(read: r.Appointment) -> frozenset[str]:
    return frozenset((each.reference or "").rpartition("/")[2] for each in read.slot)


def is_of_patient(read: r.Appointment, patient_id: str) -> bool:
    references = [(each.actor.reference or "") for each in read.participant if each.actor]
    return any(each.split("/")[-2:] == ["Patient", patient_id] for each in references)


def answers(read: r.Appointment, wanted: Wanted) -> bool:
    """Whether this is the appointment that was asked for: patient, slots and start. Its status is another question."""
    return (
        bool(read.id)
        and is_of_patient(read, wanted.patient_id)
        and slot_ids_of(read) == frozenset(wanted.slot_ids)
        and read.start is not None
        and dates.instant_of(read.start) == wanted.starts_at
    )


def booked_by(read: r.Appointment) -> str:
    """The ODS code of the booking organisation; '' where it isn't said."""
    reference = next((each.value_reference for each in read.extension if each.url == BOOKING_ORGANISATION), None)
    wanted = ((reference.reference if reference else None) or "").removeprefix("#")
    for each in read.contained:
        if isinstance(each, r.Organization) and each.id == wanted:
            return next((one.value or "" for one in each.identifier if one.system == ODS), "").upper()
    return ""
