"""How many slots of a hub each of several organisations sees, without asking as any of them: for readiness, which counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.appointments.queries.judging import judged_book
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.visibility import Consumer, Reason, reasons_unseen
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Seen:
    """What one organisation finds of a hub's book: `count` of the `free` slots; `why`: what hides most of the others."""

    count: int
    free: int
    why: Reason | None = None


def slots_seen(
    *, actor: Actor, now: datetime, consumers: Sequence[Consumer], from_on: date, to_on: date
) -> tuple[Seen, ...]:
    """For each consumer, in their order: the free slots of the actor's own hub on those London days that it finds.

    Of published sessions and of times to come only. Nobody's slot is shown, and nothing is put on record. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_ROTA, now=now)
        book = judged_book(hub_id=actor.organisation.id, from_on=from_on, to_on=to_on)
    there = [
        each.facts
        for each in book
        if each.facts.session_state == SessionState.PUBLISHED
        and each.slot.starts_at > now
        and each.slot.state == SlotState.FREE
    ]
    found = []
    for consumer in consumers:
        hidden: Counter[str] = Counter()
        reasons: dict[str, Reason] = {}
        count = 0
        for facts in there:
            why = reasons_unseen(facts, consumer, now=now)
            count += not why
            for reason in why:
                hidden[reason.code] += 1
                reasons.setdefault(reason.code, reason)
        most = hidden.most_common(1)
        found.append(Seen(count, len(there), reasons[most[0][0]] if most else None))
    return tuple(found)
