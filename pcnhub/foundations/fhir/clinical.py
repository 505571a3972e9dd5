"""The resources of a structured record (FHIR STU3, GP Connect 1.2.7)."""

from __future__ import annotations

from typing import ClassVar

from pcnhub.foundations.fhir.abstract import DomainResource
from pcnhub.foundations.fhir.codes import (
    AllergyIntoleranceCategory,
    AllergyIntoleranceClinicalStatus,
    AllergyIntoleranceCriticality,
    AllergyIntoleranceReactionSeverity,
    AllergyIntoleranceType,
    AllergyIntoleranceVerificationStatus,
    ListMode,
    ListStatus,
    MedicationRequestIntent,
    MedicationRequestPriority,
    MedicationRequestStatus,
    MedicationStatementStatus,
    MedicationStatementTaken,
    MedicationStatus,
)
from pcnhub.foundations.fhir.datatypes import (
    Annotation,
    Attachment,
    BackboneElement,
    CodeableConcept,
    Dosage,
    Identifier,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
)
from pcnhub.foundations.fhir.primitives import Boolean, DateTime, PositiveInt, String


class ListEntry(BackboneElement):
    flag: CodeableConcept | None = None
    deleted: Boolean | None = None
    date: DateTime | None = None
    item: Reference


class List(DomainResource):
    identifier: tuple[Identifier, ...] = ()
    status: ListStatus
    mode: ListMode
    title: String | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    date: DateTime | None = None
    source: Reference | None = None
    ordered_by: CodeableConcept | None = None
    note: tuple[Annotation, ...] = ()
    entry: tuple[ListEntry, ...] = ()
    empty_reason: CodeableConcept | None = None


class AllergyIntoleranceReaction(BackboneElement):
    substance: CodeableConcept | None = None
    manifestation: tuple[CodeableConcept, ...]
    description: String | None = None
    onset: DateTime | None = None
    severity: AllergyIntoleranceReactionSeverity | None = None
    exposure_route: CodeableConcept | None = None
    note: tuple[Annotation, ...] = ()


class AllergyIntolerance(DomainResource):
    choices: ClassVar[tuple[str, ...]] = ("onset",)

    identifier: tuple[Identifier, ...] = ()
    clinical_status: AllergyIntoleranceClinicalStatus | None = None
    verification_status: AllergyIntoleranceVerificationStatus
    type: AllergyIntoleranceType | None = None
    category: tuple[AllergyIntoleranceCategory, ...] = ()
    criticality: AllergyIntoleranceCriticality | None = None
    code: CodeableConcept | None = None
    patient: Reference
    onset_date_time: DateTime | None = None
    onset_age: Quantity | None = None
    onset_period: Period | None = None
    onset_range: Range | None = None
    onset_string: String | None = None
    asserted_date: DateTime | None = None
    recorder: Reference | None = None
    asserter: Reference | None = None
    last_occurrence: DateTime | None = None
    note: tuple[Annotation, ...] = ()
    reaction: tuple[AllergyIntoleranceReaction, ...] = ()


class MedicationPackageContent(BackboneElement):
    choices: ClassVar[tuple[str, ...]] = ("item",)
    required_choices: ClassVar[tuple[str, ...]] = ("item",)

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    amount: Quantity | None = None


class MedicationPackageBatch(BackboneElement):
    lot_number: String | None = None
    expiration_date: DateTime | None = None


class MedicationPackage(BackboneElement):
    container: CodeableConcept | None = None
    content: tuple[MedicationPackageContent, ...] = ()
    batch: tuple[MedicationPackageBatch, ...] = ()


class MedicationIngredient(BackboneElement):
    choices: ClassVar[tuple[str, ...]] = ("item",)
    required_choices: ClassVar[tuple[str, ...]] = ("item",)

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    is_active: Boolean | None = None
    amount: Ratio | None = None


class Medication(DomainResource):
    code: CodeableConcept | None = None
    status: MedicationStatus | None = None
    is_brand: Boolean | None = None
    is_over_the_counter: Boolean | None = None
    manufacturer: Reference | None = None
    form: CodeableConcept | None = None
    ingredient: tuple[MedicationIngredient, ...] = ()
    package: MedicationPackage | None = None
    image: tuple[Attachment, ...] = ()


class MedicationStatement(DomainResource):
    choices: ClassVar[tuple[str, ...]] = ("medication", "effective")
    required_choices: ClassVar[tuple[str, ...]] = ("medication",)

    identifier: tuple[Identifier, ...] = ()
    based_on: tuple[Reference, ...] = ()
    part_of: tuple[Reference, ...] = ()
    context: Reference | None = None
    status: MedicationStatementStatus
    category: CodeableConcept | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    effective_date_time: DateTime | None = None
    effective_period: Period | None = None
    date_asserted: DateTime | None = None
    information_source: Reference | None = None
    subject: Reference
    derived_from: tuple[Reference, ...] = ()
    taken: MedicationStatementTaken
    reason_not_taken: tuple[CodeableConcept, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
    dosage: tuple[Dosage, ...] = ()


class MedicationRequestSubstitution(BackboneElement):
    allowed: Boolean
    reason: CodeableConcept | None = None


class MedicationRequestRequester(BackboneElement):
    agent: Reference
    on_behalf_of: Reference | None = None


class MedicationRequestDispenseRequest(BackboneElement):
    validity_period: Period | None = None
    number_of_repeats_allowed: PositiveInt | None = None
    quantity: Quantity | None = None
    expected_supply_duration: Quantity | None = None
    performer: Reference | None = None


class MedicationRequest(DomainResource):
    choices: ClassVar[tuple[str, ...]] = ("medication",)
    required_choices: ClassVar[tuple[str, ...]] = ("medication",)

    identifier: tuple[Identifier, ...] = ()
    definition: tuple[Reference, ...] = ()
    based_on: tuple[Reference, ...] = ()
    group_identifier: Identifier | None = None
    status: MedicationRequestStatus | None = None
    intent: MedicationRequestIntent
    category: CodeableConcept | None = None
    priority: MedicationRequestPriority | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference
    context: Reference | None = None
    supporting_information: tuple[Reference, ...] = ()
    authored_on: DateTime | None = None
    requester: MedicationRequestRequester | None = None
    recorder: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: MedicationRequestDispenseRequest | None = None
    substitution: MedicationRequestSubstitution | None = None
    prior_prescription: Reference | None = None
    detected_issue: tuple[Reference, ...] = ()
    event_history: tuple[Reference, ...] = ()
