"""The parts of FHIR R4 that the service answers with and the hub reads. What is not named here is passed over.

Source: PDS FHIR API, schemas Patient, PatientSearch, OperationOutcome.
"""

from __future__ import annotations

from typing import Annotated

import msgspec


class _Shape(msgspec.Struct, frozen=True, rename="camel"):
    pass


class Period(_Shape, frozen=True):
    start: str = ""
    end: str = ""


class Coding(_Shape, frozen=True):
    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(_Shape, frozen=True):
    coding: tuple[Coding, ...] = ()


class Identifier(_Shape, frozen=True):
    system: str = ""
    value: str = ""
    period: Period = Period()


class Reference(_Shape, frozen=True):
    identifier: Identifier = Identifier()


class Extension(_Shape, frozen=True):
    url: str = ""
    value_codeable_concept: CodeableConcept = CodeableConcept()
    value_boolean: bool | None = None
    value_period: Period = Period()
    extension: tuple[Extension, ...] = ()


class HumanName(_Shape, frozen=True):
    use: str = ""
    family: str = ""
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    period: Period = Period()


class Address(_Shape, frozen=True):
    use: str = ""
    line: tuple[str, ...] = ()
    postal_code: str = ""
    period: Period = Period()


class ContactPoint(_Shape, frozen=True):
    system: str = ""
    value: str = ""
    use: str = ""
    period: Period = Period()


class Meta(_Shape, frozen=True):
    version_id: str = ""
    security: tuple[Coding, ...] = ()


class Patient(_Shape, frozen=True, tag="Patient", tag_field="resourceType"):
    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{10}$")]
    meta: Meta = Meta()
    name: tuple[HumanName, ...] = ()
    birth_date: str = ""
    gender: str = ""
    deceased_date_time: str = ""
    address: tuple[Address, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    general_practitioner: tuple[Reference, ...] = ()
    extension: tuple[Extension, ...] = ()


class Search(_Shape, frozen=True):
    score: float = 0.0


class Entry(_Shape, frozen=True):
    resource: Patient
    search: Search = Search()


class Bundle(_Shape, frozen=True, tag="Bundle", tag_field="resourceType"):
    type: str = ""
    total: int | None = None
    entry: tuple[Entry, ...] = ()


class Issue(_Shape, frozen=True):
    code: str = ""
    details: CodeableConcept = CodeableConcept()
    diagnostics: str = ""


class OperationOutcome(_Shape, frozen=True, tag="OperationOutcome", tag_field="resourceType"):
    issue: tuple[Issue, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The Spine codes, such as TOO_MANY_MATCHES; without one, FHIR's own issue code."""
        return tuple(
            next((coding.code for coding in issue.details.coding if coding.code), issue.code) for issue in self.issue
        )


Answer = Patient | Bundle | OperationOutcome


class NotAnAnswer(ValueError):
    """The body is nothing that the service is said to answer with."""


def read(body: bytes) -> Answer:
    """Raises NotAnAnswer."""
    try:
        answer: Answer = msgspec.json.decode(body, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotAnAnswer from None
    return answer
