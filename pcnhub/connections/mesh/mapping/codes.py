"""Codes of answers and error reports, in the words that a person at the hub can act on.

Sources: ITK3 Message Distribution 2.5.0, response codes; GP Connect Messaging, errors of automatic routing (EPL-150 to 154);
MESH, non-delivery reports.
"""

from __future__ import annotations

from dataclasses import dataclass

RECEIVED = "20013"
ACCEPTED = "30001"
PATIENT_UNKNOWN = "30002"
PATIENT_LEFT = "30003"
HEADER_FAULT = "20006"
PAYLOAD_FAULT = "20009"
UNREADABLE = "10009"
WRONG_MESSAGE = "10004"
WRONG_FILE = "20005"
FILE_REFUSED = "20004"
DUPLICATE = "20008"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`display` is the code system's own; `plain` and `remedy` are for whoever must act."""

    display: str
    issue: str
    plain: str
    remedy: str


_AGAIN = "Ask whoever maintains the hub to compare the message with what the answer says; send the report another way meanwhile."
_TRACE = "Trace the patient again, and send the report to the practice that answers; until then send it another way."
_RING = "Ring the practice, and agree how it gets the report."

ANSWERS: dict[str, Meaning] = {
    "10001": Meaning("Handling Specification Error", "processing", "The practice's system can't handle the message.", _AGAIN),
    "10002": Meaning(
        "Infrastructure Level Response Value - Processing Error", "processing",
        "The practice's system can't read whether it should say that the message arrived.", _AGAIN),
    "10003": Meaning(
        "Business Level Response Value - Processing Error", "processing",
        "The practice's system can't read whether it should say that the report was taken in.", _AGAIN),
    "10004": Meaning(
        "Message Definition Value – Processing Error", "processing",
        "The practice's system does not take consultation reports.", _RING),
    "10005": Meaning(
        "Message Definition Version Value – Processing Error", "processing",
        "The practice's system takes another version of consultation reports.", _RING),
    "10007": Meaning(
        "Sender Reference Value - Processing Error", "processing",
        "The practice's system can't read the consultation's number.", _AGAIN),
    "10008": Meaning(
        "Handling Specification Business Rule Error", "processing",
        "The message asks for handling that the practice's system does not allow.", _AGAIN),
    "10009": Meaning("Unreadable message received", "processing", "The message arrived damaged.", _AGAIN),
    "10010": Meaning(
        "Recipient Type - Processing Error", "processing", "The practice's system can't read for whom the message is.", _AGAIN),
    "20001": Meaning("Unrecognised Recipient Person", "not-found", "The person addressed is not known there.", _RING),
    "20002": Meaning(
        "Unrecognised Recipient Organisation", "not-found", "The mailbox is not this practice's.", _TRACE),
    "20003": Meaning("Unrecognised Sender", "not-found", "The practice's system does not know this hub.", _RING),
    "20004": Meaning(
        "Non Approved file type received as an attachment", "security", "An attachment is of a type that may not be sent.",
        "Take the attachment out or send it another way, and finish the consultation again."),
    "20005": Meaning(
        "Unsupported file type received as an attachment", "security", "The practice's system can't show an attachment.",
        "Send the attachment another way, and finish the consultation again without it."),
    "20006": Meaning(
        "ITK3 header validation failure", "invalid", "The message's header is not as the practice's system expects it.", _AGAIN),
    "20007": Meaning(
        "Duplicate Message received", "duplicate", "The practice's system has this very message already.",
        "Ring the practice, and have it confirm that the report is in the record."),
    "20008": Meaning(
        "Duplicate Document received", "duplicate", "The practice's system has a report under this number already.",
        "Ring the practice, and have it confirm that the report is in the record."),
    "20009": Meaning(
        "Payload validation failure", "invalid", "The report's content is not as the practice's system expects it.", _AGAIN),
    "20010": Meaning(
        "Unrecognised Payload Recipient Organisation", "not-found", "The report is not for the practice that got it.", _TRACE),
    "20011": Meaning("Unrecognised Payload Recipient Person", "not-found", "The person addressed is not known there.", _RING),
    "20012": Meaning("Unauthorised Sender", "security", "The practice's system does not take reports from this hub.", _RING),
    "20013": Meaning("Success", "informational", "The message arrived.", ""),
    "30001": Meaning(
        "Patient known here. (e.g. Patient is registered here)", "informational", "The practice has taken the report in.", ""),
    "30002": Meaning(
        "Patient not known here. (aka ‘patient record not present in system’)", "not-found",
        "The patient is not known at the practice that got the report.", _TRACE),
    "30003": Meaning(
        "Patient no longer at this clinical setting", "business-rule",
        "The patient is no longer with the practice that got the report.", _TRACE),
}  # fmt: skip

REPORTS: dict[str, tuple[str, str]] = {
    "EPL-150": ("More than one mailbox takes reports for the patient's practice.", _RING),
    "EPL-151": ("No mailbox takes reports for the patient's practice.", _RING),
    "EPL-152": ("The exchange does not take the NHS number as one.", "Trace the patient again."),
    "EPL-153": ("The exchange found nobody under the NHS number.", _TRACE),
    "EPL-154": ("Surname or date of birth are not those that the national service has under the NHS number.", _TRACE),
    "14": ("Nobody fetched the report from the practice's mailbox within five days.", _RING),
    "12": ("The exchange does not know the mailbox that the report was addressed to.", _RING),
    "17": ("The mailbox may not take consultation reports, or this hub may not send them.",
           "Have the exchange's service desk allow the workflow for both mailboxes; send the report another way meanwhile."),
}  # fmt: skip


def meaning_of(code: str) -> Meaning:
    """What an answer's code says; a code that isn't in the list is a fault of the message's handling."""
    return ANSWERS.get(code) or Meaning(
        "", "processing", f"The practice's system answered with the code {code or 'nothing'}, which no list has.", _RING
    )


def report_meaning(code: str) -> tuple[str, str]:
    """What an error report of the exchange says, and what to do."""
    return REPORTS.get(code.upper()) or (f"The exchange could not deliver the report (code {code or 'none'}).", _RING)
