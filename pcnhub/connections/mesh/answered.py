"""What was answered to a report of ours, word for word: the sender's diagnostics may quote a patient, so they lie sealed with
the message, stand in no list, and are opened one report at a time by whoever may act on it, on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.writeback.queries import copy_of_hub
from pcnhub.connections.mesh import sealing
from pcnhub.connections.mesh.mapping.codes import meaning_of, report_meaning
from pcnhub.connections.mesh.mapping.reading import read
from pcnhub.connections.mesh.models import Incoming
from pcnhub.connections.mesh.receiving import place_of
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer. `wording` is the other system's own, and empty where it gave none; `plain` and `remedy` are ours."""

    received_at: datetime
    sender: str
    code: str
    plain: str
    remedy: str
    wording: str = field(repr=False)
    is_of_exchange: bool = False


def answers_to(*, actor: Actor, now: datetime, copy_id: int) -> tuple[Answered, ...]:
    """The answers to one report of the acting hub, the oldest first. Put on record. Raises NotFound, NotPermitted, SealBroken."""
    with unit_of_work(actor):
        copy = copy_of_hub(actor=actor, now=now, copy_id=copy_id)
        permission = Permission.CONSULT if actor.may(Permission.CONSULT) else Permission.MEND_FAILURES
        grant = permit(actor=actor, permission=permission, now=now)
        rows = Incoming.objects.filter(organisation=actor.organisation.id, settles__copy=copy_id).order_by(
            "received_at", "pk"
        )
        found = tuple(_answered(row) for row in rows)
        trail.record(
            actor=actor,
            now=now,
            action="mesh.answers-opened",
            subject=Subject("copy", copy.id),
            basis=grant.basis,
            detail={"consultation": copy.consultation_id, "version": copy.version, "answers": len(found)},
        )
        return found


def _answered(row: Incoming) -> Answered:
    headers, body = sealing.reopen(row.sealed, place=place_of(row.mailbox, row.message_id))
    if row.is_report_of_exchange:
        plain, remedy = report_meaning(row.code)
        return Answered(row.received_at, "", row.code, plain, remedy, headers["subject"], is_of_exchange=True)
    said, meaning = read(body).answer, meaning_of(row.code)
    wording = " ".join(part for part in (said.display, said.diagnostics) if part) if said else ""
    sender = said.organisation.ods_code if said else ""
    return Answered(row.received_at, sender, row.code, meaning.plain, meaning.remedy, wording)
