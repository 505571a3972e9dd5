"""Schedule, Slot and Appointment (FHIR STU3)."""

from __future__ import annotations

from pcnhub.foundations.fhir.abstract import DomainResource
from pcnhub.foundations.fhir.codes import AppointmentStatus, ParticipantRequired, ParticipantStatus, SlotStatus
from pcnhub.foundations.fhir.datatypes import BackboneElement, CodeableConcept, Identifier, Period, Reference
from pcnhub.foundations.fhir.primitives import Boolean, DateTime, Instant, PositiveInt, String, UnsignedInt


class Schedule(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    active: Boolean | None = None
    service_category: CodeableConcept | None = None
    service_type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    actor: tuple[Reference, ...]
    planning_horizon: Period | None = None
    comment: String | None = None


class Slot(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    service_category: CodeableConcept | None = None
    service_type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    appointment_type: CodeableConcept | None = None
    schedule: Reference
    status: SlotStatus
    start: Instant
    end: Instant
    overbooked: Boolean | None = None
    comment: String | None = None


class AppointmentParticipant(BackboneElement):
    type: tuple[CodeableConcept, ...] = ()
    actor: Reference | None = None
    required: ParticipantRequired | None = None
    status: ParticipantStatus


class Appointment(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    status: AppointmentStatus
    service_category: CodeableConcept | None = None
    service_type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    appointment_type: CodeableConcept | None = None
    reason: tuple[CodeableConcept, ...] = ()
    indication: tuple[Reference, ...] = ()
    priority: UnsignedInt | None = None
    description: String | None = None
    supporting_information: tuple[Reference, ...] = ()
    start: Instant | None = None
    end: Instant | None = None
    minutes_duration: PositiveInt | None = None
    slot: tuple[Reference, ...] = ()
    created: DateTime | None = None
    comment: String | None = None
    incoming_referral: tuple[Reference, ...] = ()
    participant: tuple[AppointmentParticipant, ...]
    requested_period: tuple[Period, ...] = ()
