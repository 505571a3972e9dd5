"""MessageHeader, Composition and Binary (FHIR STU3): a message, the document that it carries, and what is attached to it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from pcnhub.foundations.fhir.abstract import DomainResource, Resource
from pcnhub.foundations.fhir.codes import (
    CompositionAttestationMode,
    CompositionStatus,
    DocumentRelation,
    ListMode,
    ResponseType,
)
from pcnhub.foundations.fhir.datatypes import (
    BackboneElement,
    CodeableConcept,
    Coding,
    ContactPoint,
    Identifier,
    Narrative,
    Period,
    Reference,
)
from pcnhub.foundations.fhir.primitives import Base64, Code, DateTime, Id, Instant, String, Uri


class Binary(Resource):
    content_type: Code
    security_context: Reference | None = None
    content: Base64


class CompositionAttester(BackboneElement):
    mode: tuple[CompositionAttestationMode, ...]
    time: DateTime | None = None
    party: Reference | None = None


class CompositionRelatesTo(BackboneElement):
    choices: ClassVar[tuple[str, ...]] = ("target",)
    required_choices: ClassVar[tuple[str, ...]] = ("target",)

    code: DocumentRelation
    target_identifier: Identifier | None = None
    target_reference: Reference | None = None


class CompositionEvent(BackboneElement):
    code: tuple[CodeableConcept, ...] = ()
    period: Period | None = None
    detail: tuple[Reference, ...] = ()


class CompositionSection(BackboneElement):
    title: String | None = None
    code: CodeableConcept | None = None
    text: Narrative | None = None
    mode: ListMode | None = None
    ordered_by: CodeableConcept | None = None
    entry: tuple[Reference, ...] = ()
    empty_reason: CodeableConcept | None = None
    section: tuple[CompositionSection, ...] = ()


class Composition(DomainResource):
    identifier: Identifier | None = None
    status: CompositionStatus
    type: CodeableConcept
    class_: CodeableConcept | None = msgspec.field(default=None, name="class")
    subject: Reference
    encounter: Reference | None = None
    date: DateTime
    author: tuple[Reference, ...]
    title: String
    confidentiality: Code | None = None
    attester: tuple[CompositionAttester, ...] = ()
    custodian: Reference | None = None
    relates_to: tuple[CompositionRelatesTo, ...] = ()
    event: tuple[CompositionEvent, ...] = ()
    section: tuple[CompositionSection, ...] = ()


class MessageHeaderDestination(BackboneElement):
    name: String | None = None
    target: Reference | None = None
    endpoint: Uri


class MessageHeaderSource(BackboneElement):
    name: String | None = None
    software: String | None = None
    version: String | None = None
    contact: ContactPoint | None = None
    endpoint: Uri


class MessageHeaderResponse(BackboneElement):
    identifier: Id
    code: ResponseType
    details: Reference | None = None


class MessageHeader(DomainResource):
    event: Coding
    destination: tuple[MessageHeaderDestination, ...] = ()
    receiver: Reference | None = None
    sender: Reference | None = None
    timestamp: Instant
    enterer: Reference | None = None
    author: Reference | None = None
    source: MessageHeaderSource
    responsible: Reference | None = None
    reason: CodeableConcept | None = None
    response: MessageHeaderResponse | None = None
    focus: tuple[Reference, ...] = ()
