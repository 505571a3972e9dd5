"""A consultation as GP Connect Send Document carries it to a practice elsewhere, and what of it is redacted.

Sources: GP Connect Messaging, Send Document, federated consultation: GPCM-SD-038, 061, 064, 091, 098, 102, 123, 133, 134.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime

from pcnhub.care.consultations.rules import Entry, FollowUp, Section

CONFIDENTIAL_CONSULTATION = "The details of this consultation have been set as confidential"  # SD-102, word for word
CONFIDENTIAL_ITEM = "Confidential item"  # SD-134, word for word
_ENCOUNTERS = uuid.UUID("b62d33cb-5a0e-4c0e-8d9f-0e0f6f1c2a55")


@dataclass(frozen=True, slots=True)
class ReportPatient:
    """As the hub holds them today. `is_verified`: the number was traced, not only told."""

    title: str
    given_names: str
    family_name: str
    nhs_number: str
    birth_date: date
    address_lines: tuple[str, ...]  # the postcode is the last one
    home_phone: str = ""
    mobile_phone: str = ""
    current_address_lines: tuple[str, ...] = ()  # where they stay at present, if elsewhere
    current_phone: str = ""
    is_verified: bool = False

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.title, self.given_names, self.family_name) if part)

    @property
    def phones(self) -> tuple[str, ...]:
        return tuple(phone for phone in (self.home_phone, self.mobile_phone, self.current_phone) if phone)


@dataclass(frozen=True, slots=True)
class ReportOrganisation:
    """A sender or receiver. Of a receiver outside the network only the code is known, and `name` is empty."""

    ods_code: str
    name: str
    phone: str = ""
    email: str = ""
    address_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportAuthor:
    name: str
    role: str
    sds_user_id: str = ""


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A document of the consultation, to be fetched by `documents.queries.open_document`."""

    title: str
    content_type: str
    document_id: int
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class ConsultationReport:
    """One version of one consultation for one receiver, with everything that was written.

    `sender`, `author` and `site_name` are the facts that the message's envelope needs. Whatever a person reads of it (the PDF,
    the narrative, the documents) is made of `redacted(report)` instead.
    """

    copy_id: int
    report_uuid: uuid.UUID
    replaces_uuid: uuid.UUID | None
    version: int
    consultation_id: int
    encounter_uuid: uuid.UUID
    patient: ReportPatient
    receiver: ReportOrganisation
    sender: ReportOrganisation
    author: ReportAuthor
    seen_at: datetime
    finished_at: datetime
    site_name: str
    sections: tuple[Section, ...]
    entries: tuple[Entry, ...]
    outcome: str
    follow_up: FollowUp | None
    is_confidential: bool
    documents: tuple[ReportDocument, ...] = ()
    amendment_reason: str = ""
    is_in_error: bool = False
    in_error_reason: str = ""

    @property
    def has_confidential(self) -> bool:
        """The consultation, or something in it: `Composition.confidentiality` is then R."""
        return (
            self.is_confidential
            or any(section.is_confidential for section in self.sections)
            or any(entry.is_confidential for entry in self.entries)
            or any(document.is_confidential for document in self.documents)
            or (self.follow_up is not None and self.follow_up.is_confidential)
        )

    @property
    def subject_line(self) -> str:
        """The subject of the MESH message, and the composition's narrative (SD-061, SD-064, SD-133): without the place where
        the composition says R, be it for a single item (SD-CS-023)."""
        seen = "" if self.has_confidential else f", seen at {self.sender.name}, ODS Code {self.sender.ods_code}"
        return (
            f"Consultation report for {self.patient.full_name}, NHS Number {self.patient.nhs_number}{seen},"
            f" Version {self.version}"
        )


def encounter_uuid(*, hub_ods_code: str, consultation_id: int) -> uuid.UUID:
    """The consultation's own number: the same in every version, so that answers find it again."""
    return uuid.uuid5(_ENCOUNTERS, f"{hub_ods_code}:{consultation_id}")


def redacted(report: ConsultationReport) -> ConsultationReport:
    """The report as somebody at the receiving practice may read it.

    A confidential consultation keeps its patient, its day and its receiver: no notes, clinician, organisation, phone, e-mail,
    branch or documents (SD-102, SD-133). A confidential item keeps its place (SD-134), a confidential document does not go.
    Nothing confidential: the same report.
    """
    if report.is_confidential:
        return replace(
            report,
            sender=ReportOrganisation("", ""),
            author=ReportAuthor("", ""),
            site_name="",
            sections=(Section("", CONFIDENTIAL_CONSULTATION, is_confidential=True),),
            entries=(),
            outcome="",
            follow_up=None,
            documents=(),
            amendment_reason="",
            in_error_reason="",
        )
    if not report.has_confidential:
        return report
    return replace(
        report,
        sections=tuple(
            replace(each, text=CONFIDENTIAL_ITEM) if each.is_confidential else each for each in report.sections
        ),
        entries=tuple(
            Entry(code="", term=CONFIDENTIAL_ITEM, kind=each.kind, is_confidential=True)
            if each.is_confidential
            else each
            for each in report.entries
        ),
        follow_up=FollowUp(CONFIDENTIAL_ITEM, is_confidential=True)
        if report.follow_up is not None and report.follow_up.is_confidential
        else report.follow_up,
        documents=tuple(each for each in report.documents if not each.is_confidential),
    )
