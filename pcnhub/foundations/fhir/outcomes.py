"""OperationOutcome with a Spine code: GP Connect's error table as data.

Source: GP Connect 1.2.7, `development_fhir_error_handling_guidance`; FHIR_CONSTRAINT_VIOLATION and the code of 415 are settled
by the assurance tests.
"""

from __future__ import annotations

from enum import Enum

from pcnhub.foundations.fhir.codes import IssueType
from pcnhub.foundations.fhir.datatypes import CodeableConcept, Coding, Meta
from pcnhub.foundations.fhir.exchange import OperationOutcome, OperationOutcomeIssue

PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-OperationOutcome-1"
SPINE_CODES = "https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1"
SPINE_CODES_OF_WARNINGS = "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1"


class Spine(Enum):
    """One row of the table: HTTP status, issue code, Spine code, display."""

    INVALID_IDENTIFIER_SYSTEM = (400, "value", "INVALID_IDENTIFIER_SYSTEM", "Invalid identifier system")
    INVALID_IDENTIFIER_VALUE = (400, "value", "INVALID_IDENTIFIER_VALUE", "Invalid identifier value")
    INVALID_NHS_NUMBER = (400, "value", "INVALID_NHS_NUMBER", "NHS number invalid")
    INVALID_PATIENT_DEMOGRAPHICS = (
        400, "business-rule", "INVALID_PATIENT_DEMOGRAPHICS", "Invalid patient demographics",
    )  # fmt: skip
    PATIENT_NOT_FOUND = (404, "not-found", "PATIENT_NOT_FOUND", "Patient record not found")
    PRACTITIONER_NOT_FOUND = (404, "not-found", "PRACTITIONER_NOT_FOUND", "Practitioner record not found")
    ORGANISATION_NOT_FOUND = (404, "not-found", "ORGANISATION_NOT_FOUND", "Organisation record not found")
    NO_RECORD_FOUND = (404, "not-found", "NO_RECORD_FOUND", "No record found")
    NO_PATIENT_CONSENT = (
        403, "forbidden", "NO_PATIENT_CONSENT", "Patient has not provided consent to share data",
    )  # fmt: skip
    NO_ORGANISATION_CONSENT = (
        403, "forbidden", "NO_ORGANISATION_CONSENT", "Organisation has not provided consent to share data",
    )  # fmt: skip
    ACCESS_DENIED = (403, "forbidden", "ACCESS_DENIED", "Access denied")
    DUPLICATE_REJECTED = (
        409, "duplicate", "DUPLICATE_REJECTED", "Create would lead to creation of a duplicate resource",
    )  # fmt: skip
    FHIR_CONSTRAINT_VIOLATION = (409, "conflict", "FHIR_CONSTRAINT_VIOLATION", "FHIR constraint violated")
    INVALID_RESOURCE = (422, "invalid", "INVALID_RESOURCE", "Submitted resource is not valid.")
    INVALID_PARAMETER = (422, "invalid", "INVALID_PARAMETER", "Submitted parameter is not valid.")
    REFERENCE_NOT_FOUND = (422, "invalid", "REFERENCE_NOT_FOUND", "Referenced resource not found.")
    BAD_REQUEST = (400, "invalid", "BAD_REQUEST", "Submitted request is malformed/invalid.")
    UNSUPPORTED_MEDIA = (415, "not-supported", "BAD_REQUEST", "Submitted request is malformed/invalid.")
    NOT_IMPLEMENTED = (
        501, "not-supported", "NOT_IMPLEMENTED", "FHIR resource or operation not implemented at server",
    )  # fmt: skip
    INTERNAL_SERVER_ERROR = (500, "processing", "INTERNAL_SERVER_ERROR", "Unexpected internal server error.")

    def __init__(self, status: int, issue: IssueType, spine_code: str, display: str) -> None:
        self.status = status
        self.issue = issue
        self.spine_code = spine_code
        self.display = display


def outcome(spine: Spine, diagnostics: str = "") -> OperationOutcome:
    """The one-issue OperationOutcome of an error. `diagnostics` never holds what a stack trace or another person's data would."""
    coding = Coding(system=SPINE_CODES, code=spine.spine_code, display=spine.display)
    return OperationOutcome(
        meta=Meta(profile=(PROFILE,)),
        issue=(
            OperationOutcomeIssue(
                severity="error",
                code=spine.issue,
                details=CodeableConcept(coding=(coding,)),
                diagnostics=diagnostics or None,
            ),
        ),
    )
