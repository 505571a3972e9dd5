"""From the room's report to what leaves: the message, its address and its subject, all of one and the same patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pcnhub.care.writeback.rules import ConsultationReport, ReportAuthor
from pcnhub.connections.mesh.mapping.words import FIRST_TITLE, Attachment, Organisation, Person, Practitioner, Report
from pcnhub.connections.mesh.report import report_pdf

_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "sir", "dame", "rev", "sr"})
_LONGEST_SUBJECT = 500
HEADER_CHARACTERS = "latin-1"  # all that an HTTP header carries


class NotSendable(ValueError):
    """Why a report can't be a message, in words for whoever must act: without a person's data."""

    def __init__(self, code: str, text: str, remedy: str = "Bring the report to the practice in another way.") -> None:
        super().__init__(text)
        self.code, self.text, self.remedy = code, text, remedy


def report_of(report: ConsultationReport, *, documents: Sequence[Attachment], now: datetime) -> Report:
    """The message's content. `documents` are those that the redacted report names: the caller opens no others.

    Raises NotSendable where the clinician's SDS user id is not known: the message must have it (GPCM-SD-CS-036).
    """
    patient = report.patient
    if not report.author.sds_user_id:
        raise NotSendable(
            "mesh-no-national-id",
            "The national user id of the clinician who wrote it is not known here, and the message must name it.",
            "Enter it with the person's account, and send the report again; meanwhile bring it there in another way.",
        )
    return Report(
        report_id=str(report.report_uuid),
        encounter_id=str(report.encounter_uuid),
        version=report.version,
        summary=report.subject_line,
        made_at=now,
        patient=Person(
            nhs_number=patient.nhs_number,
            family=patient.family_name,
            birth_date=patient.birth_date,
            given=tuple(patient.given_names.split()),
            prefix=patient.title,
            is_verified=patient.is_verified,
        ),
        author=practitioner_of(report.author, report.sender.phone),
        organisation=Organisation(report.sender.ods_code, report.sender.name, report.sender.phone),
        attachments=(Attachment(FIRST_TITLE, "application/pdf", report_pdf(report)), *documents),
        replaces_id=str(report.replaces_uuid) if report.replaces_uuid else "",
        is_confidential=report.has_confidential,
    )


def practitioner_of(author: ReportAuthor, phone: str) -> Practitioner:
    """The name as FHIR divides it: a title in front, the surname last."""
    words = author.name.split()
    prefix = words.pop(0) if len(words) > 1 and words[0].strip(".").casefold() in _TITLES else ""
    family = words.pop() if words else author.name
    return Practitioner(family, " ".join(words), prefix, author.sds_user_id, phone)


def address_by_routing(person: Person) -> str:
    """Mex-To of automatic routing (GPCM-SD-056, 060, 063): the values of the message's own patient (GPCM-SD-038).

    Raises NotSendable where the surname has characters that no header carries.
    """
    surname = " ".join(person.family.split()).upper()
    try:
        surname.encode(HEADER_CHARACTERS)
    except UnicodeEncodeError:
        raise NotSendable(
            "mesh-name-not-sendable", "The patient's surname has letters that the exchange's addresses can't carry."
        ) from None
    return f"GPPROVIDER_{person.nhs_number}_{person.birth_date:%Y%m%d}_{surname}"


def subject_of(report: Report) -> str:
    """Mex-Subject (GPCM-SD-061, 064); letters that no header carries are replaced: it is for reading, not for matching."""
    line = " ".join(report.summary.split())[:_LONGEST_SUBJECT]
    return line.encode(HEADER_CHARACTERS, errors="replace").decode(HEADER_CHARACTERS)
