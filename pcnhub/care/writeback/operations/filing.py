"""Into a record on this platform: filed once, with the practice's receipt."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations import queries as consultations
from pcnhub.care.consultations.queries import FinishedVersion
from pcnhub.care.consultations.rules import Entry, EntryKind, FollowUp
from pcnhub.care.documents import operations as documents
from pcnhub.care.documents.queries import DocumentView
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.records import operations as records
from pcnhub.care.records.rules import CodedEntry, Filing, Passage, Receipt
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.operations.left_behind import count_left_behind
from pcnhub.care.writeback.operations.states import settle, wait_for_turn
from pcnhub.care.writeback.queries import standing_patient
from pcnhub.care.writeback.rules import MOVED_ON, CopyState, Obstacle, Route, Step, source_key
from pcnhub.foundations.audit.trail import Basis
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound, Refusal


def file_at_practice(
    copy: Copy, actor: Actor, now: datetime, version: FinishedVersion, *, earlier: int | None
) -> Obstacle | None:
    """File the copy; what the receiver said against it, or None. `earlier` is the receiver's row that an earlier version stands
    under."""
    practice = copy.target_id
    if practice is None:
        raise NotFound("The patient's practice is not known.", remedy="Trace the patient and record the practice.")
    grant = permit(
        actor=actor,
        permission=Permission.CONSULT,
        now=now,
        data_organisation_id=practice,
        agreement=AgreementKind.WRITE_BACK,
    )
    patient_there = earlier or _patient_there(copy, actor)
    try:
        receipt = records.file_consultation(
            actor=actor,
            now=now,
            target_organisation_id=practice,
            target_patient_id=patient_there,
            filing=_filing(actor, copy, version),
            registration_id=registration.id if (registration := standing_patient(actor, copy.patient_id)) else None,
        )
    except Refusal as refusal:  # the receiver's own no: foreseen, and for a person to read
        return Obstacle(
            CopyState.NEEDS_ACTION,
            refusal.code,
            refusal.message,
            refusal.remedy or "Settle it with the practice, then retry.",
            refusal.who_can or "an administrator of the hub",
        )
    copy.target_patient_id = patient_there
    copy.save(update_fields=["target_patient"])
    acknowledge(copy, actor, now, receipt, grant.basis)
    _tell_practice(copy, actor, now, version, practice)
    if not version.is_in_error:
        _ask_for_documents(copy, actor, now)
    return None


def deliver_documents(*, actor: Actor, now: datetime, copy_id: int) -> int:
    """Bring what is filed to the consultation into the practice's record, where its copy stands; how many there are. Of one that
    was recorded in error nothing goes.

    Done twice, each is there once. What can't go yet (a document that is not scanned) refuses: the job comes back to it.
    Raises NotFound, NotPermitted, NotShared and the documents' own refusals.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        rows = Copy.objects.filter(pk=copy_id, organisation=actor.organisation.id, route=Route.RECORD)
        copy = rows.filter(state=CopyState.ACKNOWLEDGED).first()
        if copy is None or copy.target_id is None or copy.target_patient_id is None:
            raise NotFound("There is no such copy at a practice.", remedy="Choose one from the write-back page.")
        grant = permit(
            actor=actor,
            permission=Permission.CONSULT,
            now=now,
            data_organisation_id=copy.target_id,
            agreement=AgreementKind.WRITE_BACK,
        )
        newest = consultations.newest_version(actor=actor, consultation_id=copy.consultation_id)
        if newest is None or newest.is_in_error:
            return 0
        attached = _attached(actor, copy)
        for document in attached:
            documents.deliver(
                actor=actor,
                now=now,
                document_id=document.id,
                target_organisation_id=copy.target_id,
                target_patient_id=copy.target_patient_id,
                basis=grant.basis,
                is_confidential=newest.is_confidential,
            )
        return len(attached)


def documents_changed(*, actor: Actor, now: datetime, consultation_id: int) -> None:
    """A document was filed to a consultation, or taken off it: where its copy stands in a record already, the document goes
    after it; where its report has left already, somebody is told. Not finished yet: nothing."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        try:
            first = consultations.finished_version(actor=actor, consultation_id=consultation_id, number=1)
        except NotFound:
            return
        # A worker that files the copy at this moment may not have seen the document: its receipt is waited for.
        wait_for_turn(actor, first.patient_id)
        count_left_behind(actor=actor, now=now, consultation_id=consultation_id)
        there = Copy.objects.filter(
            consultation=consultation_id,
            organisation=actor.organisation.id,
            state=CopyState.ACKNOWLEDGED,
            route=Route.RECORD,
        )
        newest = there.order_by("-version").first()
        if newest is not None:
            deliver_documents(actor=actor, now=now, copy_id=newest.pk)


def _attached(actor: Actor, copy: Copy) -> list[DocumentView]:
    return [
        each.document for each in consultations.attached_documents(actor=actor, consultation_id=copy.consultation_id)
    ]


def _ask_for_documents(copy: Copy, actor: Actor, now: datetime) -> None:
    """A job of its own: a document that can't go yet holds back no notes."""
    if _attached(actor, copy):
        publish(actor=actor, now=now, fact="writeback.documents-due", key=copy.receipt, payload={"copy_id": copy.pk})


def _tell_practice(copy: Copy, actor: Actor, now: datetime, version: FinishedVersion, practice: int) -> None:
    """The practice's own side looks at what the copy says of medication, and at what an earlier version said and it doesn't; a
    later version also tells whether what came before is confidential, or in error."""
    if version.number > 1 or any(entry.kind is EntryKind.MEDICATION for entry in version.notes.entries):
        publish(
            actor=actor,
            now=now,
            fact="writeback.drugs-arrived",
            key=copy.receipt,
            payload={"receipt": copy.receipt},
            organisation_id=practice,
            ordering_key=f"drugs:{practice}:{actor.organisation.id}:{version.consultation_id}",
        )


def filed_under(copy: Copy) -> int | None:
    """The receiver's own row that an earlier version was filed under."""
    earlier = Copy.objects.filter(
        consultation=copy.consultation_id, target=copy.target_id, target_patient__isnull=False, version__lt=copy.version
    )
    return earlier.values_list("target_patient_id", flat=True).first()


def acknowledge(copy: Copy, actor: Actor, now: datetime, receipt: Receipt, basis: Basis) -> None:
    copy.receipt, copy.acknowledged_at = receipt.number, receipt.received_at
    copy.save(update_fields=["receipt", "acknowledged_at"])
    why = Obstacle(CopyState.ACKNOWLEDGED, "", _moved_on(copy, actor), "", "")
    settle(copy, actor, now, Step.FILE, why, basis=basis)


def _patient_there(copy: Copy, actor: Actor) -> int:
    """The receiver's own row of the patient, as the hub's registration links to it."""
    patient = standing_patient(actor, copy.patient_id)
    if patient is None or patient.registered_patient_id is None:
        raise NotFound("The patient is not linked to the practice's record.", remedy="Link the patient, then retry.")
    return patient.registered_patient_id


def _filing(actor: Actor, copy: Copy, version: FinishedVersion) -> Filing:
    notes, attached = version.notes, _attached(actor, copy)
    return Filing(
        source_key=source_key(hub_ods_code=actor.organisation.ods_code, consultation_id=version.consultation_id),
        version=version.number,
        started_at=version.started_at,
        author_name=version.author_name,
        author_role=version.author_role,
        site_name=version.site_name,
        sections=(
            *(Passage(each.heading, each.text, each.is_confidential) for each in notes.sections),
            *_secret_follow_up(version),
        ),
        entries=tuple(_entry(each) for each in notes.entries),
        outcome=version.outcome_name,
        amendment_reason="" if version.is_in_error else version.amendment_reason,
        follow_up=_follow_up(version),
        is_confidential=version.is_confidential,
        is_in_error=version.is_in_error,
        in_error_reason=version.in_error_reason,
        document_keys=tuple(f"document:{one.id}" for one in attached),
    )


def _entry(entry: Entry) -> CodedEntry:
    kind = "" if entry.kind is EntryKind.FINDING else entry.kind.value
    return CodedEntry(entry.code, entry.term, entry.measured, kind, entry.note, entry.is_confidential)


def _follow_up(version: FinishedVersion) -> str:
    planned = version.notes.follow_up
    if planned is None or planned.is_confidential:
        return ""
    return _planned(planned)


def _secret_follow_up(version: FinishedVersion) -> tuple[Passage, ...]:
    """A passage can be confidential by itself; the line for a follow-up can't."""
    planned = version.notes.follow_up
    if planned is None or not planned.is_confidential:
        return ()
    return (Passage("To be done", _planned(planned), is_confidential=True),)


def _planned(planned: FollowUp) -> str:
    return f"{planned.text} (by {planned.due_on:%-d %B %Y})" if planned.due_on else planned.text


def _moved_on(copy: Copy, actor: Actor) -> str:
    """What the practice where the patient is registered today gets, when an amendment stands with the one before."""
    patient = standing_patient(actor, copy.patient_id)
    today = patient.registered_practice if patient else None
    if today is None or copy.target is None or today.id == copy.target_id:
        return ""
    return MOVED_ON.format(today=today.name, then=copy.target.name)
