"""Bundle, Parameters and OperationOutcome (FHIR STU3): what carries other resources, or says why not."""

from __future__ import annotations

from typing import ClassVar

from pcnhub.foundations.fhir.abstract import DomainResource, Resource
from pcnhub.foundations.fhir.codes import BundleType, HttpVerb, IssueSeverity, IssueType, SearchEntryMode
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
    Meta,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Timing,
)
from pcnhub.foundations.fhir.primitives import (
    Base64,
    Boolean,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
)


class BundleLink(BackboneElement):
    relation: String
    url: Uri


class BundleEntrySearch(BackboneElement):
    mode: SearchEntryMode | None = None
    score: Decimal | None = None


class BundleEntryResponse(BackboneElement):
    status: String
    location: Uri | None = None
    etag: String | None = None
    last_modified: Instant | None = None
    outcome: Resource | None = None


class BundleEntryRequest(BackboneElement):
    method: HttpVerb
    url: Uri
    if_none_match: String | None = None
    if_modified_since: Instant | None = None
    if_match: String | None = None
    if_none_exist: String | None = None


class BundleEntry(BackboneElement):
    link: tuple[BundleLink, ...] = ()
    full_url: Uri | None = None
    resource: Resource | None = None
    search: BundleEntrySearch | None = None
    request: BundleEntryRequest | None = None
    response: BundleEntryResponse | None = None


class Bundle(Resource):
    identifier: Identifier | None = None
    type: BundleType
    total: UnsignedInt | None = None
    link: tuple[BundleLink, ...] = ()
    entry: tuple[BundleEntry, ...] = ()


class ParametersParameter(BackboneElement):
    choices: ClassVar[tuple[str, ...]] = ("value",)

    name: String
    value_base64_binary: Base64 | None = None
    value_boolean: Boolean | None = None
    value_code: Code | None = None
    value_date: Date | None = None
    value_date_time: DateTime | None = None
    value_decimal: Decimal | None = None
    value_id: Id | None = None
    value_instant: Instant | None = None
    value_integer: Integer | None = None
    value_markdown: Markdown | None = None
    value_oid: Oid | None = None
    value_positive_int: PositiveInt | None = None
    value_string: String | None = None
    value_time: Time | None = None
    value_unsigned_int: UnsignedInt | None = None
    value_uri: Uri | None = None
    value_address: Address | None = None
    value_age: Quantity | None = None
    value_annotation: Annotation | None = None
    value_attachment: Attachment | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_coding: Coding | None = None
    value_contact_point: ContactPoint | None = None
    value_count: Quantity | None = None
    value_distance: Quantity | None = None
    value_duration: Quantity | None = None
    value_human_name: HumanName | None = None
    value_identifier: Identifier | None = None
    value_money: Quantity | None = None
    value_period: Period | None = None
    value_quantity: Quantity | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_reference: Reference | None = None
    value_timing: Timing | None = None
    value_meta: Meta | None = None
    resource: Resource | None = None
    part: tuple[ParametersParameter, ...] = ()


class Parameters(Resource):
    parameter: tuple[ParametersParameter, ...] = ()


class OperationOutcomeIssue(BackboneElement):
    severity: IssueSeverity
    code: IssueType
    details: CodeableConcept | None = None
    diagnostics: String | None = None
    location: tuple[String, ...] = ()
    expression: tuple[String, ...] = ()


class OperationOutcome(DomainResource):
    issue: tuple[OperationOutcomeIssue, ...]
