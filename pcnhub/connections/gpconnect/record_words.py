"""What each refusal to give a record means for whoever looks after the patient, what to do, and who can.

Source: GP Connect 1.2.7, error handling; retrieve a patient's structured record, error handling.
"""

from __future__ import annotations

from pcnhub.connections.gpconnect.refusals import HUB_MANAGER, PLAIN, plain

_PRACTICE = "the practice that keeps the record"
_ASK = "Ask the patient about allergies, medicines and problems"
_REPORT = f"{_ASK}, and report it with the trace id."
PLAIN_OF_RECORD: dict[str, tuple[str, str, str]] = {
    "NO_PATIENT_CONSENT": (
        "The patient has told their practice not to share the record.", f"{_ASK}. Only the practice records a change of mind.",
        "the patient, at their practice",
    ),
    "PATIENT_NOT_FOUND": (
        "They do not give this patient's record: the patient is not regularly registered there now, or they may not say.",
        f"{_ASK}, and where they are registered; then have them traced again.", "whoever traces patients at the hub",
    ),
    "NO_RECORD_FOUND": ("They have no record of this patient.", f"{_ASK}; telephone the practice.", _PRACTICE),
    "ACCESS_DENIED": (
        "They have not switched on GP Connect Access Record.", f"{_ASK}; ask the practice to switch it on.", _PRACTICE,
    ),
    "NO_ORGANISATION_CONSENT": (
        "They do not share records with your organisation.", f"{_ASK}; ask the practice about it.", _PRACTICE,
    ),
    "INVALID_NHS_NUMBER": (
        "They say that this NHS number can't be used.", f"{_ASK}; have the patient traced again.",
        "whoever traces patients at the hub",
    ),
    "INVALID_PATIENT_DEMOGRAPHICS": (
        "The patient's details do not match the national record.", f"{_ASK}; have the patient traced again.",
        "whoever traces patients at the hub",
    ),
    "INVALID_PARAMETER": ("They would not take the question as it was put.", _REPORT, HUB_MANAGER),
    "INVALID_RESOURCE": ("They would not take the question as it was put.", _REPORT, HUB_MANAGER),
    "INVALID_IDENTIFIER_SYSTEM": ("They would not take the question as it was put.", _REPORT, HUB_MANAGER),
    "INVALID_IDENTIFIER_VALUE": ("They would not take the question as it was put.", _REPORT, HUB_MANAGER),
    "REFERENCE_NOT_FOUND": ("They would not take the question as it was put.", _REPORT, HUB_MANAGER),
    "BAD_REQUEST": ("They would not take the message.", _REPORT, HUB_MANAGER),
    "ORGANISATION_NOT_FOUND": ("There is no such practice at this address.", _REPORT, HUB_MANAGER),
    "NOT_IMPLEMENTED": ("Their system does not give records over GP Connect.", f"{_ASK}; telephone the practice.", _PRACTICE),
}  # fmt: skip


def plain_of_record(spine_code: str) -> tuple[str, str, str]:
    """The same as `refusals.plain`, of a record. Codes of the Spine itself mean the same for every question."""
    code = spine_code.replace(" ", "_")  # ACCESS DENIED, as 1.6 writes it
    if code in PLAIN_OF_RECORD:
        return PLAIN_OF_RECORD[code]
    if code in PLAIN or code.startswith("FOT_CHECK_FAILED"):
        return plain(code)
    return "They said no.", f"{_ASK}; if what they write does not help, telephone the practice.", _PRACTICE
