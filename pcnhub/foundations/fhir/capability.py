"""CapabilityStatement (FHIR STU3)."""

from __future__ import annotations

from pcnhub.foundations.fhir.abstract import DomainResource
from pcnhub.foundations.fhir.codes import (
    AcceptUnknown,
    CapabilityKind,
    ConditionalDelete,
    ConditionalRead,
    DocumentMode,
    EventMode,
    MessageSignificance,
    PublicationStatus,
    ReferencePolicy,
    RestMode,
    SearchParamType,
    SystemInteraction,
    TypeInteraction,
    VersioningPolicy,
)
from pcnhub.foundations.fhir.datatypes import (
    BackboneElement,
    CodeableConcept,
    Coding,
    ContactDetail,
    Reference,
    UsageContext,
)
from pcnhub.foundations.fhir.primitives import Base64, Boolean, Code, DateTime, Id, Markdown, String, UnsignedInt, Uri


class CapabilityStatementSoftware(BackboneElement):
    name: String
    version: String | None = None
    release_date: DateTime | None = None


class CapabilityStatementRestSecurityCertificate(BackboneElement):
    type: Code | None = None
    blob: Base64 | None = None


class CapabilityStatementRestSecurity(BackboneElement):
    cors: Boolean | None = None
    service: tuple[CodeableConcept, ...] = ()
    description: String | None = None
    certificate: tuple[CapabilityStatementRestSecurityCertificate, ...] = ()


class CapabilityStatementRestResourceSearchParam(BackboneElement):
    name: String
    definition: Uri | None = None
    type: SearchParamType
    documentation: String | None = None


class CapabilityStatementRestResourceInteraction(BackboneElement):
    code: TypeInteraction
    documentation: String | None = None


class CapabilityStatementRestResource(BackboneElement):
    type: Code
    profile: Reference | None = None
    documentation: Markdown | None = None
    interaction: tuple[CapabilityStatementRestResourceInteraction, ...]
    versioning: VersioningPolicy | None = None
    read_history: Boolean | None = None
    update_create: Boolean | None = None
    conditional_create: Boolean | None = None
    conditional_read: ConditionalRead | None = None
    conditional_update: Boolean | None = None
    conditional_delete: ConditionalDelete | None = None
    reference_policy: tuple[ReferencePolicy, ...] = ()
    search_include: tuple[String, ...] = ()
    search_rev_include: tuple[String, ...] = ()
    search_param: tuple[CapabilityStatementRestResourceSearchParam, ...] = ()


class CapabilityStatementRestOperation(BackboneElement):
    name: String
    definition: Reference


class CapabilityStatementRestInteraction(BackboneElement):
    code: SystemInteraction
    documentation: String | None = None


class CapabilityStatementRest(BackboneElement):
    mode: RestMode
    documentation: String | None = None
    security: CapabilityStatementRestSecurity | None = None
    resource: tuple[CapabilityStatementRestResource, ...] = ()
    interaction: tuple[CapabilityStatementRestInteraction, ...] = ()
    search_param: tuple[CapabilityStatementRestResourceSearchParam, ...] = ()
    operation: tuple[CapabilityStatementRestOperation, ...] = ()
    compartment: tuple[Uri, ...] = ()


class CapabilityStatementMessagingSupportedMessage(BackboneElement):
    mode: EventMode
    definition: Reference


class CapabilityStatementMessagingEvent(BackboneElement):
    code: Coding
    category: MessageSignificance | None = None
    mode: EventMode
    focus: Code
    request: Reference
    response: Reference
    documentation: String | None = None


class CapabilityStatementMessagingEndpoint(BackboneElement):
    protocol: Coding
    address: Uri


class CapabilityStatementMessaging(BackboneElement):
    endpoint: tuple[CapabilityStatementMessagingEndpoint, ...] = ()
    reliable_cache: UnsignedInt | None = None
    documentation: String | None = None
    supported_message: tuple[CapabilityStatementMessagingSupportedMessage, ...] = ()
    event: tuple[CapabilityStatementMessagingEvent, ...] = ()


class CapabilityStatementImplementation(BackboneElement):
    description: String
    url: Uri | None = None


class CapabilityStatementDocument(BackboneElement):
    mode: DocumentMode
    documentation: String | None = None
    profile: Reference


class CapabilityStatement(DomainResource):
    url: Uri | None = None
    version: String | None = None
    name: String | None = None
    title: String | None = None
    status: PublicationStatus
    experimental: Boolean | None = None
    date: DateTime
    publisher: String | None = None
    contact: tuple[ContactDetail, ...] = ()
    description: Markdown | None = None
    use_context: tuple[UsageContext, ...] = ()
    jurisdiction: tuple[CodeableConcept, ...] = ()
    purpose: Markdown | None = None
    copyright: Markdown | None = None
    kind: CapabilityKind
    instantiates: tuple[Uri, ...] = ()
    software: CapabilityStatementSoftware | None = None
    implementation: CapabilityStatementImplementation | None = None
    fhir_version: Id
    accept_unknown: AcceptUnknown
    format: tuple[Code, ...]
    patch_format: tuple[Code, ...] = ()
    implementation_guide: tuple[Uri, ...] = ()
    profile: tuple[Reference, ...] = ()
    rest: tuple[CapabilityStatementRest, ...] = ()
    messaging: tuple[CapabilityStatementMessaging, ...] = ()
    document: tuple[CapabilityStatementDocument, ...] = ()
