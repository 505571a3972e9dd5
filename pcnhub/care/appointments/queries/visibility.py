"""Why a consumer does not see what a hub has: one slot explained, a whole book previewed, an empty search accounted for."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.appointments.queries.consumers import consumer_of
from pcnhub.care.appointments.queries.judging import JudgedSlot, judged_book, judged_slots
from pcnhub.care.appointments.queries.slots import MOST_DAYS
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.visibility import Consumer, Reason, Route, reasons_of_patient, reasons_unseen
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import own_registration
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem


@dataclass(frozen=True, slots=True)
class Explanation:
    """A slot, and every reason why the consumer can't see or book it, in the order of `domain.md` 12.1; none: they can."""

    slot: SlotView
    consumer: Consumer
    reasons: tuple[Reason, ...]

    @property
    def is_visible(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason, and of how many slots it holds. `is_example`: of others it reads otherwise, such as with another time."""

    reason: Reason
    slots: int
    is_example: bool = False


def explain(
    *, actor: Actor, now: datetime, slot_id: int, consumer: Consumer, patient_id: int | None = None
) -> Explanation:
    """Why a consumer can't see a slot of the actor's own hub, or book it for that patient (the hub's own row).

    On record. Raises NotPermitted (managing the rota is asked for), NotFound: another hub's slot, or a patient who is not
    here for the actor, such as a protected one (12.1 #14: the answer stays "not found").
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_ROTA, now=now)
        found = [each for each in judged_slots(slot_ids=[slot_id]) if each.slot.hub_id == actor.organisation.id]
        if not found:
            raise NotFound(
                "There is no such slot at this hub.",
                remedy="Take its number from the session's page.",
                who_can="the hub's rota manager",
            )
        explained = _explained(found[0], consumer, now)
        if patient_id is not None:
            patient = own_registration(actor=actor, patient_id=patient_id)
            of_patient = reasons_of_patient(patient.registration_state)
            explained = Explanation(explained.slot, consumer, (*explained.reasons, *of_patient))
        _on_record(actor, now, consumer, {"slot": slot_id, "reasons": [reason.code for reason in explained.reasons]})
        return explained


def preview(*, actor: Actor, now: datetime, consumer: Consumer, from_on: date, to_on: date) -> tuple[Explanation, ...]:
    """Every slot of the actor's own hub on those London days (at most 14, both included) as the consumer meets it; what the
    hub took out of its book is not among them. On record. Raises NotPermitted, InvalidInput."""
    problems = _problems_of_days(from_on, to_on)
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_ROTA, now=now)
        book = judged_book(hub_id=actor.organisation.id, from_on=from_on, to_on=to_on)
        there = [each for each in book if each.facts.session_state != SessionState.CANCELLED]
        found = tuple(_explained(each, consumer, now) for each in there)
        _on_record(actor, now, consumer, {"from": from_on.isoformat(), "to": to_on.isoformat(), "slots": len(found)})
        return found


def why_nothing(*, actor: Actor, now: datetime, from_on: date, to_on: date) -> tuple[Obstacle, ...]:
    """What stands between the actor's own organisation and the slots of its hubs on those days, most slots first: for whoever
    searched and found nothing. Of published sessions only: what a hub prepares is its own. Raises NotPermitted, InvalidInput.
    """
    problems = _problems_of_days(from_on, to_on)
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        slots: dict[str, Counter[Reason]] = defaultdict(Counter)  # by code: each slot opens at a time of its own
        for hub in organisations.hubs_of(organisation_id=actor.organisation.id, day=london_date(now)):
            consumer = consumer_of(organisation_id=actor.organisation.id, route=Route.STAFF, hub_id=hub.id, now=now)
            for each in judged_book(hub_id=hub.id, from_on=from_on, to_on=to_on):
                if each.facts.session_state == SessionState.PUBLISHED and each.slot.starts_at > now:
                    for reason in {
                        reason.code: reason for reason in reasons_unseen(each.facts, consumer, now=now)
                    }.values():
                        slots[reason.code][reason] += 1
        obstacles = (Obstacle(next(iter(said)), said.total(), len(said) > 1) for said in slots.values())
        return tuple(sorted(obstacles, key=lambda each: -each.slots))


def _explained(judged: JudgedSlot, consumer: Consumer, now: datetime) -> Explanation:
    return Explanation(judged.slot, consumer, reasons_unseen(judged.facts, consumer, now=now))


def _on_record(actor: Actor, now: datetime, consumer: Consumer, detail: dict[str, str | int | list[str]]) -> None:
    record(
        actor=actor,
        now=now,
        action="appointments.visibility-explained",
        subject=Subject("slots"),
        detail={"consumer": consumer.ods_code, "route": consumer.route.value, **detail},
    )


def _problems_of_days(from_on: date, to_on: date) -> list[Problem]:
    days = (to_on - from_on).days + 1
    if 1 <= days <= MOST_DAYS:
        return []
    return [
        Problem(
            "to_on",
            "out-of-range",
            f"Between the first day and the last there are 1 to {MOST_DAYS} days, both counted",
            "Give another last day.",
            to_on.isoformat(),
        )
    ]
