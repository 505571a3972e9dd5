"""Patient, Practitioner and PractitionerRole (FHIR STU3)."""

from __future__ import annotations

from typing import ClassVar

from pcnhub.foundations.fhir.abstract import DomainResource
from pcnhub.foundations.fhir.codes import DayOfWeek, Gender, LinkType
from pcnhub.foundations.fhir.datatypes import (
    Address,
    Attachment,
    BackboneElement,
    CodeableConcept,
    ContactPoint,
    HumanName,
    Identifier,
    Period,
    Reference,
)
from pcnhub.foundations.fhir.primitives import Boolean, Date, DateTime, Integer, String, Time


class PatientLink(BackboneElement):
    other: Reference
    type: LinkType


class PatientContact(BackboneElement):
    relationship: tuple[CodeableConcept, ...] = ()
    name: HumanName | None = None
    telecom: tuple[ContactPoint, ...] = ()
    address: Address | None = None
    gender: Gender | None = None
    organization: Reference | None = None
    period: Period | None = None


class PatientCommunication(BackboneElement):
    language: CodeableConcept
    preferred: Boolean | None = None


class PatientAnimal(BackboneElement):
    species: CodeableConcept
    breed: CodeableConcept | None = None
    gender_status: CodeableConcept | None = None


class Patient(DomainResource):
    choices: ClassVar[tuple[str, ...]] = ("deceased", "multipleBirth")

    identifier: tuple[Identifier, ...] = ()
    active: Boolean | None = None
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: Gender | None = None
    birth_date: Date | None = None
    deceased_boolean: Boolean | None = None
    deceased_date_time: DateTime | None = None
    address: tuple[Address, ...] = ()
    marital_status: CodeableConcept | None = None
    multiple_birth_boolean: Boolean | None = None
    multiple_birth_integer: Integer | None = None
    photo: tuple[Attachment, ...] = ()
    contact: tuple[PatientContact, ...] = ()
    animal: PatientAnimal | None = None
    communication: tuple[PatientCommunication, ...] = ()
    general_practitioner: tuple[Reference, ...] = ()
    managing_organization: Reference | None = None
    link: tuple[PatientLink, ...] = ()


class PractitionerQualification(BackboneElement):
    identifier: tuple[Identifier, ...] = ()
    code: CodeableConcept
    period: Period | None = None
    issuer: Reference | None = None


class Practitioner(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    active: Boolean | None = None
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    address: tuple[Address, ...] = ()
    gender: Gender | None = None
    birth_date: Date | None = None
    photo: tuple[Attachment, ...] = ()
    qualification: tuple[PractitionerQualification, ...] = ()
    communication: tuple[CodeableConcept, ...] = ()


class PractitionerRoleNotAvailable(BackboneElement):
    description: String
    during: Period | None = None


class PractitionerRoleAvailableTime(BackboneElement):
    days_of_week: tuple[DayOfWeek, ...] = ()
    all_day: Boolean | None = None
    available_start_time: Time | None = None
    available_end_time: Time | None = None


class PractitionerRole(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    active: Boolean | None = None
    period: Period | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    location: tuple[Reference, ...] = ()
    healthcare_service: tuple[Reference, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    available_time: tuple[PractitionerRoleAvailableTime, ...] = ()
    not_available: tuple[PractitionerRoleNotAvailable, ...] = ()
    availability_exceptions: String | None = None
    endpoint: tuple[Reference, ...] = ()
