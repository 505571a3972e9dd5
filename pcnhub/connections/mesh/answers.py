"""What comes back about a report of ours: acknowledgements of the practice's system, and error reports of the exchange."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from pcnhub.care.writeback import operations as writeback
from pcnhub.connections.mesh.client import Fetched
from pcnhub.connections.mesh.mapping.codes import meaning_of, report_meaning
from pcnhub.connections.mesh.mapping.reading import read
from pcnhub.connections.mesh.mapping.words import Answer
from pcnhub.connections.mesh.mapping.writing import names_of
from pcnhub.connections.mesh.models import Outgoing
from pcnhub.connections.mesh.outcomes import Outcome
from pcnhub.connections.mesh.states import WAITS_FOR_ANSWER, InState, Kind, OutState
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor

_NOT_OURS = "It is about no message that left from here."


def settle_answer(*, actor: Actor, now: datetime, fetched: Fetched) -> Outcome:
    """An ITK3 response. Which version it answers is what its header names; SenderReference alone names the consultation, in all
    its versions, and is enough only where a single one of them waits."""
    said = read(fetched.body)
    if said.answer is None:
        wrong = "; ".join(fault.diagnostics for fault in said.faults)
        return Outcome(
            InState.KEPT, said.faults[0].code if said.faults else "", f"The answer can't be read: {wrong}"[:500]
        )
    row = _answered(actor, said.answer)
    if row is None:
        return Outcome(InState.KEPT, said.answer.code, _NOT_OURS)
    return _of_answer(actor, now, row, said.answer)


def _of_answer(actor: Actor, now: datetime, row: Outgoing, answer: Answer) -> Outcome:
    meaning = meaning_of(answer.code)
    if row.copy_id is None:
        return Outcome(InState.KEPT, answer.code, _NOT_OURS, row)
    if not answer.is_ok:
        _note(actor, row, now, OutState.REFUSED, answer.code, meaning.plain)
        writeback.report_refused(
            actor=actor,
            now=now,
            copy_id=row.copy_id,
            code=f"itk-{answer.code}",
            text=meaning.plain,
            remedy=meaning.remedy,
        )
        return Outcome(InState.TAKEN, answer.code, meaning.plain, row)
    if answer.is_business:
        _note(actor, row, now, OutState.ACCEPTED, answer.code, meaning.plain)
        receipt = f"{answer.organisation.ods_code} {answer.code} {row.header_id}"
        writeback.report_accepted(actor=actor, now=now, copy_id=row.copy_id, receipt=receipt)
    else:
        if row.state != OutState.ACCEPTED:  # answers may overtake each other
            _note(actor, row, now, OutState.RECEIVED, answer.code, meaning.plain)
        writeback.report_received(actor=actor, now=now, copy_id=row.copy_id)
    return Outcome(InState.TAKEN, answer.code, meaning.plain, row)


def settle_report(*, actor: Actor, now: datetime, fetched: Fetched) -> Outcome:
    """An error report of the exchange: no route to the practice (EPL-150 to 154), or nobody fetched it (14)."""
    text, remedy = report_meaning(fetched.status_code)
    row = _about(actor, fetched)
    if row is None:
        return Outcome(InState.KEPT, fetched.status_code, f"{text} {_NOT_OURS}")
    if row.copy_id is None:  # an answer of ours, to another hub's report: the report itself is filed
        _note(actor, row, now, OutState.REFUSED, fetched.status_code, text)
        return Outcome(InState.TAKEN, fetched.status_code, text, row)
    _note(actor, row, now, OutState.REFUSED, fetched.status_code, text)
    writeback.report_refused(
        actor=actor, now=now, copy_id=row.copy_id, code=f"mesh-{fetched.status_code.lower()}", text=text, remedy=remedy
    )
    return Outcome(InState.TAKEN, fetched.status_code, text, row)


def _ours(actor: Actor) -> QuerySet[Outgoing]:
    return Outgoing.objects.select_for_update().filter(organisation=actor.organisation.id)


def _answered(actor: Actor, answer: Answer) -> Outgoing | None:
    try:
        encounter_id = UUID(answer.encounter_id)
    except ValueError:
        return None
    reports = list(_ours(actor).filter(encounter_id=encounter_id, kind=Kind.REPORT))
    if answer.to_header:
        return next((row for row in reports if answer.to_header.lower() in names_of(_report_id(row))), None)
    waiting = [row for row in reports if row.state in WAITS_FOR_ANSWER]
    return waiting[0] if len(waiting) == 1 else None


def _report_id(row: Outgoing) -> str:
    """A report's local id is its sender's ODS code and its own UUID."""
    return row.local_id.partition("-")[2]


def _about(actor: Actor, fetched: Fetched) -> Outgoing | None:
    if fetched.linked_id:
        found = _ours(actor).filter(message_id=fetched.linked_id).first()
        if found is not None:
            return found
    return _ours(actor).filter(local_id=fetched.local_id).first() if fetched.local_id else None


def _note(actor: Actor, row: Outgoing, now: datetime, state: OutState, code: str, said: str) -> None:
    """What the practice has accepted stays so, whatever the exchange tells late: the copy's own history has it."""
    if row.state == OutState.ACCEPTED and state is OutState.REFUSED:
        return
    row.state, row.state_changed_at, row.code, row.said = state, now, code, said
    row.save(update_fields=["state", "state_changed_at", "code", "said"])
    publish_once(actor=actor, now=now, fact="mesh.answered")
