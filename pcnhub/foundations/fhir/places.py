"""Organization, Location, HealthcareService and Device (FHIR STU3)."""

from __future__ import annotations

import msgspec

from pcnhub.foundations.fhir.abstract import DomainResource
from pcnhub.foundations.fhir.codes import DayOfWeek, DeviceStatus, LocationMode, LocationStatus
from pcnhub.foundations.fhir.datatypes import (
    Address,
    Annotation,
    Attachment,
    BackboneElement,
    CodeableConcept,
    Coding,
    ContactPoint,
    HumanName,
    Identifier,
    Period,
    Reference,
)
from pcnhub.foundations.fhir.primitives import Base64, Boolean, Code, DateTime, Decimal, String, Time, Uri


class OrganizationContact(BackboneElement):
    purpose: CodeableConcept | None = None
    name: HumanName | None = None
    telecom: tuple[ContactPoint, ...] = ()
    address: Address | None = None


class Organization(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    active: Boolean | None = None
    type: tuple[CodeableConcept, ...] = ()
    name: String | None = None
    alias: tuple[String, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    address: tuple[Address, ...] = ()
    part_of: Reference | None = None
    contact: tuple[OrganizationContact, ...] = ()
    endpoint: tuple[Reference, ...] = ()


class LocationPosition(BackboneElement):
    longitude: Decimal
    latitude: Decimal
    altitude: Decimal | None = None


class Location(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    status: LocationStatus | None = None
    operational_status: Coding | None = None
    name: String | None = None
    alias: tuple[String, ...] = ()
    description: String | None = None
    mode: LocationMode | None = None
    type: CodeableConcept | None = None
    telecom: tuple[ContactPoint, ...] = ()
    address: Address | None = None
    physical_type: CodeableConcept | None = None
    position: LocationPosition | None = None
    managing_organization: Reference | None = None
    part_of: Reference | None = None
    endpoint: tuple[Reference, ...] = ()


class HealthcareServiceNotAvailable(BackboneElement):
    description: String
    during: Period | None = None


class HealthcareServiceAvailableTime(BackboneElement):
    days_of_week: tuple[DayOfWeek, ...] = ()
    all_day: Boolean | None = None
    available_start_time: Time | None = None
    available_end_time: Time | None = None


class HealthcareService(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    active: Boolean | None = None
    provided_by: Reference | None = None
    category: CodeableConcept | None = None
    type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    location: tuple[Reference, ...] = ()
    name: String | None = None
    comment: String | None = None
    extra_details: String | None = None
    photo: Attachment | None = None
    telecom: tuple[ContactPoint, ...] = ()
    coverage_area: tuple[Reference, ...] = ()
    service_provision_code: tuple[CodeableConcept, ...] = ()
    eligibility: CodeableConcept | None = None
    eligibility_note: String | None = None
    program_name: tuple[String, ...] = ()
    characteristic: tuple[CodeableConcept, ...] = ()
    referral_method: tuple[CodeableConcept, ...] = ()
    appointment_required: Boolean | None = None
    available_time: tuple[HealthcareServiceAvailableTime, ...] = ()
    not_available: tuple[HealthcareServiceNotAvailable, ...] = ()
    availability_exceptions: String | None = None
    endpoint: tuple[Reference, ...] = ()


class DeviceUdi(BackboneElement):
    device_identifier: String | None = None
    name: String | None = None
    jurisdiction: Uri | None = None
    carrier_hrf: String | None = msgspec.field(default=None, name="carrierHRF")
    carrier_aidc: Base64 | None = msgspec.field(default=None, name="carrierAIDC")
    issuer: Uri | None = None
    entry_type: Code | None = None


class Device(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    udi: DeviceUdi | None = None
    status: DeviceStatus | None = None
    type: CodeableConcept | None = None
    lot_number: String | None = None
    manufacturer: String | None = None
    manufacture_date: DateTime | None = None
    expiration_date: DateTime | None = None
    model: String | None = None
    version: String | None = None
    patient: Reference | None = None
    owner: Reference | None = None
    contact: tuple[ContactPoint, ...] = ()
    location: Reference | None = None
    url: Uri | None = None
    note: tuple[Annotation, ...] = ()
    safety: tuple[CodeableConcept, ...] = ()
