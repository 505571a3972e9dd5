"""Datatypes of FHIR STU3 (3.0.1), their elements in the order of the specification.

Left out: SampledData and Signature, which nothing in GP Connect carries.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, dataclass_transform

import msgspec

from pcnhub.foundations.fhir.codes import (
    AddressType,
    AddressUse,
    Comparator,
    ContactPointSystem,
    ContactPointUse,
    DayOfWeek,
    HumanNameUse,
    IdentifierUse,
    NarrativeStatus,
    UnitOfTime,
)
from pcnhub.foundations.fhir.primitives import (
    ATTRIBUTE,
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
    Xhtml,
)


class WireMeta(msgspec.StructMeta):
    """All fields by keyword, so that a base class's elements stand before a resource's own, required or not."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        return super().__new__(mcls, name, bases, namespace, **{"kw_only": True, **options})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Wire(
    msgspec.Struct, metaclass=WireMeta, frozen=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"
):
    """What is written on the wire: fields in the order of the specification, camelCase outside.

    `choices` names the elements of which only one may stand (value[x]), `required_choices` those of which one must.
    """

    choices: ClassVar[tuple[str, ...]] = ()
    required_choices: ClassVar[tuple[str, ...]] = ()


class Element(Wire):
    id: Annotated[String, ATTRIBUTE] | None = None
    extension: tuple[Extension, ...] = ()


class BackboneElement(Element):
    modifier_extension: tuple[Extension, ...] = ()


class Extension(Element):
    choices: ClassVar[tuple[str, ...]] = ("value",)

    url: Annotated[Uri, ATTRIBUTE]
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


class Meta(Element):
    version_id: Id | None = None
    last_updated: Instant | None = None
    profile: tuple[Uri, ...] = ()
    security: tuple[Coding, ...] = ()
    tag: tuple[Coding, ...] = ()


class Coding(Element):
    system: Uri | None = None
    version: String | None = None
    code: Code | None = None
    display: String | None = None
    user_selected: Boolean | None = None


class CodeableConcept(Element):
    coding: tuple[Coding, ...] = ()
    text: String | None = None


class Period(Element):
    start: DateTime | None = None
    end: DateTime | None = None


class Identifier(Element):
    use: IdentifierUse | None = None
    type: CodeableConcept | None = None
    system: Uri | None = None
    value: String | None = None
    period: Period | None = None
    assigner: Reference | None = None


class Reference(Element):
    reference: String | None = None
    identifier: Identifier | None = None
    display: String | None = None


class HumanName(Element):
    use: HumanNameUse | None = None
    text: String | None = None
    family: String | None = None
    given: tuple[String, ...] = ()
    prefix: tuple[String, ...] = ()
    suffix: tuple[String, ...] = ()
    period: Period | None = None


class ContactPoint(Element):
    system: ContactPointSystem | None = None
    value: String | None = None
    use: ContactPointUse | None = None
    rank: PositiveInt | None = None
    period: Period | None = None


class Address(Element):
    use: AddressUse | None = None
    type: AddressType | None = None
    text: String | None = None
    line: tuple[String, ...] = ()
    city: String | None = None
    district: String | None = None
    state: String | None = None
    postal_code: String | None = None
    country: String | None = None
    period: Period | None = None


class Quantity(Element):
    value: Decimal | None = None
    comparator: Comparator | None = None
    unit: String | None = None
    system: Uri | None = None
    code: Code | None = None


class Range(Element):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Attachment(Element):
    content_type: Code | None = None
    language: Code | None = None
    data: Base64 | None = None
    url: Uri | None = None
    size: UnsignedInt | None = None
    hash: Base64 | None = None
    title: String | None = None
    creation: DateTime | None = None


class Annotation(Element):
    choices: ClassVar[tuple[str, ...]] = ("author",)

    author_reference: Reference | None = None
    author_string: String | None = None
    time: DateTime | None = None
    text: String


class TimingRepeat(Element):
    choices: ClassVar[tuple[str, ...]] = ("bounds",)

    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    bounds_period: Period | None = None
    count: Integer | None = None
    count_max: Integer | None = None
    duration: Decimal | None = None
    duration_max: Decimal | None = None
    duration_unit: UnitOfTime | None = None
    frequency: Integer | None = None
    frequency_max: Integer | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: UnitOfTime | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    time_of_day: tuple[Time, ...] = ()
    when: tuple[Code, ...] = ()
    offset: UnsignedInt | None = None


class Timing(Element):
    event: tuple[DateTime, ...] = ()
    repeat: TimingRepeat | None = None
    code: CodeableConcept | None = None


class ContactDetail(Element):
    name: String | None = None
    telecom: tuple[ContactPoint, ...] = ()


class UsageContext(Element):
    choices: ClassVar[tuple[str, ...]] = ("value",)
    required_choices: ClassVar[tuple[str, ...]] = ("value",)

    code: Coding
    value_codeable_concept: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_range: Range | None = None


class Narrative(Element):
    status: NarrativeStatus
    div: Xhtml


class Dosage(Element):
    choices: ClassVar[tuple[str, ...]] = ("asNeeded", "dose", "rate")

    sequence: Integer | None = None
    text: String | None = None
    additional_instruction: tuple[CodeableConcept, ...] = ()
    patient_instruction: String | None = None
    timing: Timing | None = None
    as_needed_boolean: Boolean | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    method: CodeableConcept | None = None
    dose_range: Range | None = None
    dose_quantity: Quantity | None = None
    max_dose_per_period: Ratio | None = None
    max_dose_per_administration: Quantity | None = None
    max_dose_per_lifetime: Quantity | None = None
    rate_ratio: Ratio | None = None
    rate_range: Range | None = None
    rate_quantity: Quantity | None = None
