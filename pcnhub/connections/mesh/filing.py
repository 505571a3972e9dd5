"""Another system's report arrives for a practice here: judged, filed under the right patient, and answered, well or ill."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from pcnhub.care.documents.operations import attach_received
from pcnhub.care.documents.rules import DocumentKind
from pcnhub.care.patients.queries import PatientView, registration_with
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.care.records.operations import file_received
from pcnhub.connections.mesh import sealing
from pcnhub.connections.mesh.client import Fetched
from pcnhub.connections.mesh.configuration import Box
from pcnhub.connections.mesh.mapping import codes
from pcnhub.connections.mesh.mapping.codes import meaning_of
from pcnhub.connections.mesh.mapping.reading import Read, read
from pcnhub.connections.mesh.mapping.words import REPORT_ANSWER, Answer, Attachment, Organisation, Report
from pcnhub.connections.mesh.mapping.writing import answer_message, envelope_of_answer
from pcnhub.connections.mesh.models import Incoming, Outgoing
from pcnhub.connections.mesh.outcomes import Outcome
from pcnhub.connections.mesh.sending import queue
from pcnhub.connections.mesh.states import InState, Kind, OutState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

_EXTENSIONS = {
    "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif", "image/gif": "gif",
    "text/plain": "txt", "text/rtf": "rtf", "application/rtf": "rtf", "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip


def file_report(*, actor: Actor, now: datetime, fetched: Fetched, incoming: Incoming, box: Box) -> Outcome:
    """One report, once: the same document again is answered as it was the first time, and filed no second time."""
    said = read(fetched.body)
    desk = _Desk(actor, now, fetched, incoming, box, said)
    if said.report is None:
        fault = said.faults[0]
        wrong = "; ".join(each.diagnostics for each in said.faults)
        desk.answer(Kind.INFRASTRUCTURE, fault.code, diagnostics=wrong)
        return Outcome(InState.REFUSED, fault.code, wrong[:500])
    report = said.report
    if _differs_from_before(actor, incoming, report):
        desk.answer(
            Kind.INFRASTRUCTURE, codes.DUPLICATE, diagnostics="Composition.identifier: received with other files"
        )
        return Outcome(InState.REFUSED, codes.DUPLICATE, meaning_of(codes.DUPLICATE).plain)
    patient, why_not, what_differs = _patient(actor, report)
    if patient is None:
        desk.answer(Kind.INFRASTRUCTURE, codes.RECEIVED)
        desk.answer(Kind.BUSINESS, why_not, diagnostics=what_differs)
        return Outcome(InState.REFUSED, why_not, meaning_of(why_not).plain)
    try:
        with unit_of_work(actor):  # a file that can't be taken takes nothing in
            _file(actor, now, report, patient)
    except InvalidInput as refusal:
        wrong = "; ".join(f"{each.field}: {each.message}" for each in refusal.problems)
        desk.answer(Kind.INFRASTRUCTURE, codes.WRONG_FILE, diagnostics=wrong)
        return Outcome(InState.REFUSED, codes.WRONG_FILE, wrong[:500])
    desk.answer(Kind.INFRASTRUCTURE, codes.RECEIVED)
    desk.answer(Kind.BUSINESS, codes.ACCEPTED)
    return Outcome(InState.TAKEN, codes.ACCEPTED, "Filed.", document_id=report.report_id, patient_id=patient.id)


def _differs_from_before(actor: Actor, incoming: Incoming, report: Report) -> bool:
    """Whether the document was filed before with other files: then this is a mistake of the sender's, never a new version."""
    taken = Incoming.objects.filter(
        organisation=actor.organisation.id, document_id=report.report_id, state=InState.TAKEN
    )
    for row in taken.exclude(pk=incoming.pk):
        _, body = sealing.reopen(row.sealed, place=f"{row.mailbox}:{row.message_id}")
        earlier = read(body).report
        if earlier is None or earlier.attachments != report.attachments:
            return True
    return False


def _patient(actor: Actor, report: Report) -> tuple[PatientView | None, str, str]:
    """The practice's own registered patient whom number, surname and date of birth all name; else the code of the answer."""
    found = registration_with(actor=actor, nhs_number=report.patient.nhs_number)
    if found is None or found.registration_type != RegistrationType.REGULAR:
        return None, codes.PATIENT_UNKNOWN, "No patient is registered here under this NHS number"
    if found.registration_state != RegistrationState.ACTIVE:
        return None, codes.PATIENT_LEFT, "The registration under this NHS number has ended"
    differ = [
        name
        for name, is_same in (
            ("surname", _bare(found.family_name) == _bare(report.patient.family)),
            ("date of birth", found.birth_date == report.patient.birth_date),
        )
        if not is_same
    ]
    if differ:
        return None, codes.PATIENT_UNKNOWN, f"Under this NHS number, another {' and '.join(differ)} is held here"
    return found, "", ""


def _bare(name: str) -> str:
    """A surname for comparing: letters alone, as systems differ in capitals, spaces and apostrophes."""
    return "".join(letter for letter in name.casefold() if letter.isalpha())


def _file(actor: Actor, now: datetime, report: Report, patient: PatientView) -> None:
    kept = [
        _attach(actor, now, report, patient, each, number) for number, each in enumerate(report.attachments, start=1)
    ]
    file_received(
        actor=actor,
        now=now,
        patient_id=patient.id,
        title=report.attachments[0].title,
        started_at=report.made_at,
        author_name=report.author.full_name,
        author_role="",
        site_name=report.organisation.name,
        sender_ods=report.organisation.ods_code,
        source_key=report.report_id,
        version=report.version,
        text=_words(report),
        document_id=kept[0],
        more_document_ids=tuple(kept[1:]),
        replaces_key=report.replaces_id,
        is_confidential=report.is_confidential,
    )


def _words(report: Report) -> str:
    """The line that a workflow list shows (GPCM-SD-092), and the names of the files beside the report (GPCM-SD-093)."""
    more = [each.title for each in report.attachments[1:]]
    return f"{report.summary}\nWith the report: {', '.join(more)}" if more else report.summary


def _attach(actor: Actor, now: datetime, report: Report, patient: PatientView, each: Attachment, number: int) -> int:
    extension = _EXTENSIONS.get(each.content_type, "bin")
    return attach_received(
        actor=actor,
        now=now,
        patient_id=patient.id,
        title=each.title,
        content=each.content,
        file_name=f"attachment-{number}.{extension}",
        kind=DocumentKind.REPORT if number == 1 else DocumentKind.OTHER,
        source_key=f"mesh:{report.organisation.ods_code}:{report.report_id}:{number}",
        author=report.author.full_name,
        dated_on=london_date(report.made_at),
        is_confidential=report.is_confidential,
    )


class _Desk:
    """Writes the answers to one message: queued in the unit of work that files it, so that none is lost and none is made up."""

    def __init__(self, actor: Actor, now: datetime, fetched: Fetched, incoming: Incoming, box: Box, said: Read) -> None:
        self._actor, self._now, self._fetched, self._box, self._said = actor, now, fetched, box, said
        self._incoming = incoming

    def answer(self, kind: Kind, code: str, *, diagnostics: str = "") -> None:
        """Queue an answer where the sender wants one. Once: the same message answered again is the same answer."""
        said = self._said
        wanted = said.wants_business if kind is Kind.BUSINESS else said.wants_infrastructure
        to = self._fetched.sender or said.mailbox
        if not wanted or not to:
            return
        envelope = envelope_of_answer(self._fetched.message_id, kind=kind, mailbox=self._box.mailbox)
        local_id = f"{self._actor.organisation.ods_code}-{envelope.header_id}"
        if Outgoing.objects.filter(local_id=local_id).exists():
            return
        answer = Answer(
            code=code,
            display=meaning_of(code).display,
            encounter_id=said.encounter_id or "unknown",
            organisation=Organisation(self._actor.organisation.ods_code),
            made_at=self._now,
            to_header=said.header_id,
            diagnostics=diagnostics[:1000],
            is_ok=code in (codes.RECEIVED, codes.ACCEPTED),
        )
        body = answer_message(answer, envelope)
        headers = {"to": to, "ods": said.sender_ods, "subject": f"Acknowledgement {code}"}
        row = Outgoing.objects.create(
            organisation_id=self._actor.organisation.id,
            kind=kind,
            answers=self._incoming,
            mailbox=self._box.mailbox,
            workflow_id=REPORT_ANSWER,
            local_id=local_id,
            header_id=UUID(envelope.header_id),
            sha256=hashlib.sha256(body).hexdigest(),
            sealed=sealing.close(headers, body, place=local_id),
            state=OutState.QUEUED,
            state_changed_at=self._now,
            queued_at=self._now,
        )
        queue(row, self._actor, self._now)
