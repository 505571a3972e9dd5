"""A report leaves: it is built and kept, then asked for, then given to the exchange, each committed before the next.

A lost answer never sends twice: whether the exchange has a message is asked, by its local id, before every send.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pcnhub.care.documents.queries import ContentAltered, NotToBeOpened, documents_by_id, open_document
from pcnhub.care.documents.rules import Scan
from pcnhub.care.writeback import operations as writeback
from pcnhub.care.writeback import queries as copies
from pcnhub.care.writeback.rules import ConsultationReport, ReportDocument, redacted
from pcnhub.connections.mesh import building, sealing
from pcnhub.connections.mesh.client import LARGEST, Mailbox, Parcel, opened
from pcnhub.connections.mesh.configuration import Box, Configuration, configuration
from pcnhub.connections.mesh.mapping.codes import report_meaning
from pcnhub.connections.mesh.mapping.words import REPORT, REPORT_ANSWER, Attachment
from pcnhub.connections.mesh.mapping.writing import envelope_for, report_message
from pcnhub.connections.mesh.models import Outgoing
from pcnhub.connections.mesh.refusals import SaidNo
from pcnhub.connections.mesh.states import Kind, OutState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor

BY_ROUTING = ""  # an address that the sending makes: of the patient's own details, or by asking for the mailbox
_TOO_LARGE = (
    "mesh-too-large",
    "The report with its documents is larger than one message may be.",
    "Take the largest documents off the consultation, bring them there in another way, and send the report again.",
)
_CLOSED = (
    "mesh-document-closed",
    "A document of the consultation is in quarantine, or is not as it was filed: it can't leave.",
    "Take it off the consultation, and send the report again.",
)
_NOT_THE_MESSAGE = ("401", "403")  # the mailbox is at fault, not what it sends: tried again once it is mended


def prepare(*, actor: Actor, now: datetime, copy_id: int) -> None:
    """Build the message of a report whose time has come, and keep it for sending; without a mailbox, keep that it waits.

    Raises NotFound, NotPermitted, and what opening a document raises that is still being scanned.
    """
    with unit_of_work(actor):
        settings = configuration()
        box = settings.box_of(actor.organisation.ods_code)
        report = copies.report(actor=actor, now=now, copy_id=copy_id)
        local_id = (
            f"{report.sender.ods_code}-{report.report_uuid}"  # holds our ODS code (GPCM-SD-145), and is one message's
        )
        row = Outgoing.objects.select_for_update().filter(local_id=local_id).first()
        if row is not None and row.state != OutState.NOT_CONFIGURED:
            return
        if box is None:
            _wait_for_mailbox(actor, now, report, local_id, is_new=row is None)
            return
        if row is None and not writeback.report_handed_over(actor=actor, now=now, copy_id=copy_id):
            return
        row = row or _new(actor, now, report, local_id)
        _keep(actor, now, row, report, box, settings)


def _wait_for_mailbox(actor: Actor, now: datetime, report: ConsultationReport, local_id: str, *, is_new: bool) -> None:
    if writeback.report_not_configured(actor=actor, now=now, copy_id=report.copy_id) and is_new:
        row = _new(actor, now, report, local_id)
        row.state = OutState.NOT_CONFIGURED
        row.save()


def _new(actor: Actor, now: datetime, report: ConsultationReport, local_id: str) -> Outgoing:
    return Outgoing(
        organisation_id=actor.organisation.id,
        kind=Kind.REPORT,
        copy_id=report.copy_id,
        workflow_id=REPORT,
        local_id=local_id,
        sealed=b"",
        state=OutState.QUEUED,
        state_changed_at=now,
        queued_at=now,
    )


def _keep(
    actor: Actor, now: datetime, row: Outgoing, report: ConsultationReport, box: Box, settings: Configuration
) -> None:
    envelope = envelope_for(str(report.report_uuid), mailbox=box.mailbox, local_extension=settings.local_extension)
    try:
        documents = [_attached(actor, now, each) for each in redacted(report).documents]
        content = building.report_of(report, documents=documents, now=now)
        to = building.address_by_routing(content.patient) if settings.routing == "automatic" else BY_ROUTING
        body = report_message(content, envelope)
        if len(body) > LARGEST:
            raise building.NotSendable(*_TOO_LARGE)
    except building.NotSendable as refusal:
        _refuse_here(actor, now, row, refusal)
        return
    headers = {"to": to, "ods": report.receiver.ods_code, "subject": building.subject_of(content)}
    row.mailbox, row.header_id, row.encounter_id = box.mailbox, UUID(envelope.header_id), report.encounter_uuid
    row.sha256, row.sealed = hashlib.sha256(body).hexdigest(), sealing.close(headers, body, place=row.local_id)
    row.state, row.state_changed_at = OutState.QUEUED, now
    row.save()
    queue(row, actor, now)


def queue(row: Outgoing, actor: Actor, now: datetime) -> None:
    """What is kept is to leave. One consultation's versions leave in the order in which they were finished."""
    publish(
        actor=actor,
        now=now,
        fact="mesh.queued",
        key=str(row.pk),
        payload={"outgoing_id": row.pk},
        ordering_key=f"mesh:{row.organisation_id}:{row.encounter_id or row.pk}",
    )


def _attached(actor: Actor, now: datetime, named: ReportDocument) -> Attachment:
    """Raises NotSendable for one that may never leave. One that is still being scanned raises NotToBeOpened: it is asked for
    again soon."""
    try:
        document = open_document(actor=actor, now=now, document_id=named.document_id)
    except (NotToBeOpened, ContentAltered):
        held = documents_by_id(actor=actor, ids={named.document_id}).get(named.document_id)
        if held is not None and held.scan is Scan.WAITING:
            raise
        raise building.NotSendable(*_CLOSED) from None
    return Attachment(named.title, document.content_type, document.content)


def _refuse_here(actor: Actor, now: datetime, row: Outgoing, why: building.NotSendable) -> None:
    row.state, row.state_changed_at, row.code, row.said = OutState.REFUSED, now, why.code, why.text
    row.save()
    writeback.report_refused(
        actor=actor, now=now, copy_id=row.copy_id or 0, code=why.code, text=why.text, remedy=why.remedy
    )


def begin(*, actor: Actor, now: datetime, outgoing_id: int) -> None:
    """Say, and commit, that it leaves now; the network is asked in a unit of work of its own. What may not leave any more
    (a later version goes, somebody took it there) is dropped."""
    with unit_of_work(actor):
        row = _row(actor, outgoing_id)
        if row.state != OutState.QUEUED:
            return
        if row.copy_id is not None and not writeback.report_sending(actor=actor, now=now, copy_id=row.copy_id):
            _move(row, now, OutState.DROPPED)
            return
        _move(row, now, OutState.SENDING)
        publish(
            actor=actor,
            now=now,
            fact="mesh.sending",
            key=str(row.pk),
            payload={"outgoing_id": row.pk},
            ordering_key=f"mesh-send:{row.organisation_id}:{row.encounter_id or row.pk}",
        )


def send(*, actor: Actor, now: datetime, outgoing_id: int) -> None:
    """Give it to the exchange, unless that has it already. The row is locked meanwhile: nobody else sends it.

    Raises NoMailbox, NoAnswer, SaidNo (of the mailbox, not of the message), SentTwice: then it is tried again.
    """
    with unit_of_work(actor):
        row = _row(actor, outgoing_id)
        if row.state != OutState.SENDING:
            return
        settings = configuration()
        with opened(settings, actor.organisation.ods_code) as mailbox:
            already = mailbox.find_sent(row.local_id)
            try:
                message_id = already.message_id if already else _give(mailbox, row)
            except SaidNo as no:
                if no.said_code in _NOT_THE_MESSAGE:
                    raise
                _came_back(actor, now, row, no)
                return
        row.message_id, row.sent_at, row.tries = message_id, now, row.tries + (already is None)
        row.save(update_fields=["message_id", "sent_at", "tries"])
        _move(row, now, OutState.SENT)
        if row.copy_id is not None:
            writeback.report_sent(actor=actor, now=now, copy_id=row.copy_id, message_id=message_id)


def _give(mailbox: Mailbox, row: Outgoing) -> str:
    headers, body = sealing.reopen(row.sealed, place=row.local_id)
    parcel = Parcel(headers["to"], row.workflow_id, headers["subject"], row.local_id, body)
    if row.workflow_id == REPORT_ANSWER or headers["to"] != BY_ROUTING:
        return mailbox.send(parcel)
    there = mailbox.lookup(headers["ods"], row.workflow_id)
    if len(there) != 1:
        code = "EPL-150" if there else "EPL-151"
        text, remedy = report_meaning(code)
        raise SaidNo(text, said_code=code, remedy=remedy)
    return mailbox.send(replace(parcel, to=there[0]))


def _came_back(actor: Actor, now: datetime, row: Outgoing, no: SaidNo) -> None:
    row.code, row.said = no.said_code or no.code, no.message
    row.save(update_fields=["code", "said"])
    _move(row, now, OutState.REFUSED)
    if row.copy_id is not None:
        writeback.report_refused(
            actor=actor, now=now, copy_id=row.copy_id, code=row.code, text=no.message, remedy=no.remedy
        )


def _row(actor: Actor, outgoing_id: int) -> Outgoing:
    return Outgoing.objects.select_for_update().get(pk=outgoing_id, organisation=actor.organisation.id)


def _move(row: Outgoing, now: datetime, state: OutState) -> None:
    row.state, row.state_changed_at = state, now
    row.save(update_fields=["state", "state_changed_at"])
