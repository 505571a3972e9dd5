"""What a message says, without its form. GP Connect Messaging 1.4, Send Consultation Report (GPCM-SD-*)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

REPORT = "GPFED_CONSULT_REPORT"  # GPCM-SD-057
REPORT_ANSWER = "GPFED_CONSULT_REPORT_ACK"  # GPCM-SD-058
FIRST_TITLE = "Consultation report"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who sends: the mailbox is the exchange's, the rest what a person may need."""

    ods_code: str
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Who saw the patient. `sds_user_id` is empty where none is known."""

    family: str
    given: str = ""
    prefix: str = ""
    sds_user_id: str = ""
    phone: str = ""

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.prefix, self.given, self.family) if part)


@dataclass(frozen=True, slots=True)
class Person:
    """The patient, by the very values that the exchange routes by (GPCM-SD-038)."""

    nhs_number: str
    family: str
    birth_date: date
    given: tuple[str, ...] = ()
    prefix: str = ""
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    title: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """A consultation's report. `attachments` begin with the report itself as PDF; ids are lower-case UUIDs."""

    report_id: str
    encounter_id: str
    version: int
    summary: str  # the line of GPCM-SD-098, with the version
    made_at: datetime
    patient: Person
    author: Practitioner
    organisation: Organisation
    attachments: tuple[Attachment, ...]
    replaces_id: str = ""
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """How the message is handled: whose mailbox it comes from, its ids, and which answers are asked for."""

    header_id: str
    message_id: str
    mailbox: str
    local_extension: str
    wants_infrastructure: bool = True
    wants_business: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An ITK3 response: `to_header` is the header of the message that it answers, where the sender named it."""

    code: str
    display: str
    encounter_id: str
    organisation: Organisation
    made_at: datetime
    to_header: str = ""
    diagnostics: str = ""
    is_ok: bool = True

    @property
    def is_business(self) -> bool:
        """Of the patient (30001 to 30003), not of the message's form."""
        return self.code.startswith("3")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a message can't be taken: an ITK3 response code, and what is wrong where (GPCM-SD-074), without a person's data."""

    code: str
    diagnostics: str
