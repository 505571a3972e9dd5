"""An appointment of the book as FHIR, with the organisation that booked it inside.

Source: GP Connect 1.2.7, profile GPConnect-Appointment-1 and the samples of appointment management. Place, practitioner,
channel and role are those of the session as it is now; what the booking organisation said of itself is said as it said it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pcnhub.care.appointments.queries import AppointmentView
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.entrances.api.gpconnect.appointment_body import BOOKING_ORGANISATION, CANCELLATION_REASON
from pcnhub.entrances.api.gpconnect.people_and_places import ODS_ORGANISATION, meta
from pcnhub.entrances.api.gpconnect.scheduling import delivery_channel, practitioner_role, uk_time
from pcnhub.entrances.api.gpconnect.slot_search import ORGANISATION_TYPES
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codes import AppointmentStatus

# FHIR has fewer words than the waiting room.
STATUS: dict[str, AppointmentStatus] = {
    BookingStatus.BOOKED: "booked",
    BookingStatus.ARRIVED: "arrived",
    BookingStatus.SENT_IN: "arrived",
    BookingStatus.CALL_STARTED: "arrived",
    BookingStatus.LEFT: "fulfilled",
    BookingStatus.CALL_COMPLETED: "fulfilled",
    BookingStatus.DID_NOT_ATTEND: "noshow",
    BookingStatus.NO_ANSWER: "noshow",
    BookingStatus.WALKED_OUT: "noshow",
    BookingStatus.CANCELLED: "cancelled",
}
_BOOKER = "1"  # the id of the contained organisation


def appointment(view: AppointmentView) -> r.Appointment:
    return r.Appointment(
        id=str(view.id),
        meta=meta("GPConnect-Appointment-1", view.version),
        contained=(_booking_organisation(view),),
        extension=tuple(_extensions(view)),
        identifier=tuple(
            r.Identifier(system=each.get("system"), value=each.get("value"))
            for each in view.booked_by_contact.get("identifier", ())
        ),
        status=STATUS[view.status],
        service_category=r.CodeableConcept(text=view.session_name),
        service_type=(r.CodeableConcept(text=view.slot_type),),
        description=view.description or None,
        start=uk_time(view.starts_at),
        end=uk_time(view.ends_at),
        slot=tuple(r.Reference(reference=f"Slot/{slot_id}") for slot_id in view.slot_ids),
        created=uk_time(view.created),
        comment=view.comment or None,
        participant=tuple(_participants(view)),
    )


def _extensions(view: AppointmentView) -> Iterator[r.Extension]:
    yield r.Extension(url=BOOKING_ORGANISATION, value_reference=r.Reference(reference=f"#{_BOOKER}"))
    if view.status == BookingStatus.CANCELLED and view.cancellation_reason:
        yield r.Extension(url=CANCELLATION_REASON, value_string=view.cancellation_reason)
    yield practitioner_role(view.practitioner_role)
    yield delivery_channel(view.delivery_channel)


def _booking_organisation(view: AppointmentView) -> r.Organization:
    types = [r.Coding(system=ORGANISATION_TYPES, code=view.booked_by_type)] if view.booked_by_type else []
    return r.Organization(
        id=_BOOKER,
        meta=r.Meta(profile=meta("CareConnect-GPC-Organization-1", 0).profile),
        identifier=(r.Identifier(system=ODS_ORGANISATION, value=view.booked_by_ods_code),),
        type=tuple(r.CodeableConcept(coding=(coding,)) for coding in types),
        name=view.booked_by_name or view.booked_by_ods_code,
        telecom=tuple(_telecom(view.booked_by_contact.get("telecom", ()))),
    )


def _telecom(points: Iterable[Mapping[str, Any]]) -> Iterator[r.ContactPoint]:
    for each in points:
        yield r.ContactPoint(system=each.get("system"), value=each.get("value"), use=each.get("use"))


def _participants(view: AppointmentView) -> Iterator[r.AppointmentParticipant]:
    actors = (("Patient", view.patient_id), ("Location", view.site_id), ("Practitioner", view.practitioner_id))
    for kind, id_ in actors:
        if id_ is not None:
            yield r.AppointmentParticipant(actor=r.Reference(reference=f"{kind}/{id_}"), status="accepted")
