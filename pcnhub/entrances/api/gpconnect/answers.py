"""How this door says yes and no: one answer, one table of Spine codes, one table from refusals to them.

Source: GP Connect 1.2.7, error handling guidance. Where its text and the official assurance tests disagree, the tests' answer
is given (docs/gpconnect.md lists these places).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codes import IssueType
from pcnhub.foundations.fhir.refusals import InvalidElement, NotFhir
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, NotShared, Refusal

PROFILES = "https://fhir.nhs.uk/STU3/StructureDefinition/"
SPINE_CODES = "https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1"


class _Error(NamedTuple):
    status: int
    issue: IssueType
    display: str


class Spine(Enum):
    """The errors of the protocol: HTTP status, FHIR issue type, display. The name is the code."""

    INVALID_IDENTIFIER_SYSTEM = _Error(400, "value", "Invalid identifier system")
    INVALID_IDENTIFIER_VALUE = _Error(400, "value", "Invalid identifier value")
    INVALID_NHS_NUMBER = _Error(400, "value", "NHS number invalid")
    INVALID_PATIENT_DEMOGRAPHICS = _Error(400, "business-rule", "Invalid patient demographics")
    PATIENT_NOT_FOUND = _Error(404, "not-found", "Patient record not found")
    PRACTITIONER_NOT_FOUND = _Error(404, "not-found", "Practitioner record not found")
    ORGANISATION_NOT_FOUND = _Error(404, "not-found", "Organisation record not found")
    NO_RECORD_FOUND = _Error(404, "not-found", "No record found")
    NO_PATIENT_CONSENT = _Error(403, "forbidden", "Patient has not provided consent to share data")
    NO_ORGANISATION_CONSENT = _Error(403, "forbidden", "Organisation has not provided consent to share data")
    ACCESS_DENIED = _Error(403, "forbidden", "Access denied")
    DUPLICATE_REJECTED = _Error(409, "duplicate", "Create would lead to creation of a duplicate resource")
    FHIR_CONSTRAINT_VIOLATION = _Error(409, "conflict", "FHIR constraint violated")
    INVALID_RESOURCE = _Error(422, "invalid", "Submitted resource is not valid.")
    INVALID_PARAMETER = _Error(422, "invalid", "Submitted parameter is not valid.")
    REFERENCE_NOT_FOUND = _Error(422, "invalid", "Referenced resource not found.")
    BAD_REQUEST = _Error(400, "invalid", "Submitted request is malformed/invalid.")
    NOT_IMPLEMENTED = _Error(501, "not-supported", "FHIR resource or operation not implemented at server")
    INTERNAL_SERVER_ERROR = _Error(500, "processing", "Unexpected internal server error.")


class Refused(Exception):
    """The protocol's no: its code, and for the reader what was wrong. `status` and `issue` where they differ from the code's
    own (media types: 415 with BAD_REQUEST); `token` when the bearer token is at fault."""

    def __init__(
        self, code: Spine, diagnostics: str, *, status: int = 0, issue: IssueType | None = None, token: bool = False
    ) -> None:
        super().__init__(diagnostics)
        self.code = code
        self.diagnostics = diagnostics
        self.status = status or code.value.status
        self.issue: IssueType = issue or code.value.issue
        self.token = token


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers: a resource, or its bytes ready in the media that the call wants; nothing for an empty body.

    `version` becomes the ETag; `location` is relative to the service root; `status` is HTTP's.
    """

    resource: r.Resource | bytes | None
    status: int = 200
    version: int | None = None
    location: str = ""


# By the refusal's own code; rooms' refusals that are not here are answered by their kind, below.
BY_CODE: dict[str, Spine] = {
    "deceased": Spine.INVALID_PATIENT_DEMOGRAPHICS,
    "sensitive": Spine.INVALID_PATIENT_DEMOGRAPHICS,
    "already-registered": Spine.DUPLICATE_REJECTED,
    "patient-dissents": Spine.NO_PATIENT_CONSENT,
    "slot-unknown": Spine.INVALID_RESOURCE,  # the assurance tests want this, not REFERENCE_NOT_FOUND
    "slot-taken": Spine.DUPLICATE_REJECTED,
    "booking-moved-on": Spine.FHIR_CONSTRAINT_VIOLATION,
    "idempotency-key-reused": Spine.DUPLICATE_REJECTED,
    # what was never possible, as against what somebody else was faster at
    "quota-used": Spine.INVALID_RESOURCE,
    "not-allowed-now": Spine.INVALID_RESOURCE,
}
BY_KIND: tuple[tuple[type[Refusal], Spine], ...] = (
    (NotPermitted, Spine.ACCESS_DENIED),
    (NotShared, Spine.ACCESS_DENIED),
    (NotFound, Spine.NO_RECORD_FOUND),
    (Conflict, Spine.FHIR_CONSTRAINT_VIOLATION),
    (InvalidInput, Spine.INVALID_RESOURCE),
    (Refusal, Spine.INVALID_RESOURCE),
)


def refused_by(refusal: Refusal) -> Refused:
    """A room's refusal, or a body that is no such resource, in the protocol's words."""
    if isinstance(refusal, NotFhir):
        read = isinstance(refusal, InvalidElement)  # else it is not even JSON or XML
        return Refused(Spine.INVALID_RESOURCE if read else Spine.BAD_REQUEST, refusal.message)
    code = BY_CODE.get(refusal.code) or next(code for kind, code in BY_KIND if isinstance(refusal, kind))
    return Refused(code, refusal.sentence())


def outcome(refused: Refused) -> r.OperationOutcome:
    """The OperationOutcome of a refusal: one issue, one coding."""
    coding = r.Coding(system=SPINE_CODES, code=refused.code.name, display=refused.code.value.display)
    return r.OperationOutcome(
        meta=r.Meta(profile=(PROFILES + "GPConnect-OperationOutcome-1",)),
        issue=(
            r.OperationOutcomeIssue(
                severity="error",
                code=refused.issue,
                details=r.CodeableConcept(coding=(coding,)),
                diagnostics=refused.diagnostics,
            ),
        ),
    )
