"""Several providers asked for free slots at once; a slow or failing one is named, and holds up nobody."""

from __future__ import annotations

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.client import Link, Place
from pcnhub.connections.gpconnect.configuration import configuration
from pcnhub.connections.gpconnect.directory import EndpointView, endpoints
from pcnhub.connections.gpconnect.mapping.slots import SlotElsewhere
from pcnhub.connections.gpconnect.token import caller_of
from pcnhub.connections.gpconnect.words import Capability
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.rehearsing import rehearsal_going, rehearsing
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Refusal

AT_ONCE = 4  # searches that may wait for one provider; more are told so at once, and hold nothing


@dataclass(frozen=True, slots=True)
class Found:
    """What one provider said. `problem` is '' where it answered; otherwise why there is nothing, and `remedy` what to do."""

    place: Place
    slots: tuple[SlotElsewhere, ...] = ()
    unshown: int = 0
    problem: str = ""
    remedy: str = ""


def providers(*, actor: Actor) -> tuple[EndpointView, ...]:
    """Whom the actor's organisation may ask for appointments."""
    return endpoints(actor=actor, active_only=True, capability=Capability.APPOINTMENTS.value)


def link_for(*, actor: Actor, now: datetime) -> Link:
    return Link(caller_of(actor=actor, now=now), configuration(), now)


def search(
    *, actor: Actor, now: datetime, places: Sequence[Place], from_on: date, to_on: date, seconds: float | None = None
) -> list[Found]:
    """What each provider has free, in the order of `places`, within `seconds` (setting: PCNHUB_GP_CONNECT_SEARCH_SECONDS).

    Raises NotPermitted. A provider that has not answered by then is among them, with what to do.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        record(
            actor=actor, now=now, action="gpconnect.slots-searched", subject=Subject("gp-connect-search"),
            detail={"providers": [place.ods_code for place in places]},
        )  # fmt: skip
    link = link_for(actor=actor, now=now)
    limit = link.configuration.search_seconds if seconds is None else seconds
    answers: queue.SimpleQueue[Found] = queue.SimpleQueue()
    found: dict[int, Found] = {}
    for place in places:
        _start(link, place, from_on, to_on, limit, answers)
    ends = time.monotonic() + limit
    while len(found) < len(places):
        try:
            one = answers.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            break
        found[one.place.endpoint_id] = one
    return [found.get(place.endpoint_id) or _late(place) for place in places]


_waiting: dict[str, threading.BoundedSemaphore] = defaultdict(lambda: threading.BoundedSemaphore(AT_ONCE))


def _start(
    link: Link, place: Place, from_on: date, to_on: date, limit: float, answers: queue.SimpleQueue[Found]
) -> None:
    room = _waiting[place.service_root]
    if not room.acquire(blocking=False):
        answers.put(Found(place, problem=f"{place.name} is slow: others wait for it already.", remedy="Search again."))
        return

    going = rehearsal_going()  # a thread would not know by itself, and call others in a rehearsal

    def run() -> None:
        try:
            with rehearsing(going):
                answers.put(_one(link, place, from_on, to_on, limit))
        finally:
            room.release()

    threading.Thread(target=run, name=f"gp-connect-{place.ods_code}", daemon=True).start()


def _one(link: Link, place: Place, from_on: date, to_on: date, limit: float) -> Found:
    try:
        slots, unshown = asking.free_slots(link, place, from_on=from_on, to_on=to_on, seconds=limit)
    except Refusal as refusal:
        return Found(place, problem=refusal.message, remedy=refusal.remedy)
    return Found(place, tuple(slots), unshown)


def _late(place: Place) -> Found:
    return Found(place, problem=f"{place.name} has not answered yet.", remedy="Search again.")
