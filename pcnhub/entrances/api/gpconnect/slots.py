"""GET /Slot: the free slots of a provider, each with its schedule and, as asked, practitioners and places.

A hot path: one statement beneath, one pass over its rows, and fragments in the answer's format put together; nothing is built
or encoded slot by slot.
Source: GP Connect 1.2.7, search for free slots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

import msgspec

from pcnhub.care.appointments import queries as appointments
from pcnhub.care.appointments.queries import OfferedClinic, OfferedSlot
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.entrances.api.gpconnect import scheduling
from pcnhub.entrances.api.gpconnect.answers import Answer
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.entrances.api.gpconnect.services import STATUS, ServiceFilter, service_filter
from pcnhub.entrances.api.gpconnect.slot_search import SlotSearch, slot_search
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.fragments import EMPTY, SEARCHSET_PROFILE, fragment, searchset
from pcnhub.foundations.fhir.media import Media

NO_FILTER = ServiceFilter()


@interaction("rest:search:slot-1")
def search_slots(call: Call) -> Answer:
    """A searchset of what the organisation that asks may book; empty when that is nothing."""
    search = slot_search(dict(call.query.lists()))
    filtered = service_filter(call)
    return Answer(slot_bundle(_found(call, search), search, call.media_out, filtered))


def _found(call: Call, search: SlotSearch) -> Sequence[OfferedSlot]:
    """What one of the askers may see, in order of time; mostly there is one asker."""
    each = [
        appointments.offered_slots(
            actor=call.actor,
            now=call.now,
            consumer=appointments.consumer_of(
                ods_code=ods_code or None,
                organisation_type=organisation_type,
                route=Route.GP_CONNECT,
                hub_id=call.provider.id,
                now=call.now,
            ),
            starts_from=search.starts_from,
            ends_by=search.ends_by,
        )
        for ods_code, organisation_type in search.askers
    ]
    if len(each) == 1:
        return each[0]
    by_id = {row.slot_id: row for rows in each for row in rows}
    return sorted(by_id.values(), key=lambda row: (row.starts_at, row.slot_id))


def slot_bundle(
    rows: Sequence[OfferedSlot], search: SlotSearch, media: Media, filtered: ServiceFilter = NO_FILTER
) -> bytes:
    """The slots, then what they hang on, each once. The organisation comes with any slot at all, asked for or not."""
    times = scheduling.Times()
    slots = [scheduling.slot(row, media, times) for row in rows]
    clinics = list({id(row.clinic): row.clinic for row in rows}.values())
    schedules = [
        scheduling.schedule(each, media, times, filtered.service)
        for each in _each_once(clinics, attrgetter("session_id", "practitioner_id"))
    ]
    others: list[r.Resource] = []
    if search.practitioners:
        others += [scheduling.practitioner(each) for each in _each_once(clinics, attrgetter("practitioner_id"))]
    if search.locations:
        others += [scheduling.location(each) for each in _each_once(clinics, attrgetter("site_id"))]
    if rows and filtered.service and filtered.comes_along:
        others.append(filtered.service)
    others += [scheduling.organisation(each) for each in clinics[:1]]
    parts = [*slots, *schedules, *(fragment(each, media) for each in others)]
    return searchset(parts, media, _saying(filtered.status))


def _each_once(clinics: Iterable[OfferedClinic], key: Callable[[OfferedClinic], object]) -> Iterable[OfferedClinic]:
    found: dict[object, OfferedClinic] = {}
    for each in clinics:
        found.setdefault(key(each), each)
    return found.values()


def _saying(status: str) -> r.Bundle:
    """A bundle that says what the service filter did, where somebody asked (1.2.8)."""
    if not status:
        return EMPTY
    said = r.Extension(url=STATUS, value_code=status)
    return msgspec.structs.replace(EMPTY, meta=r.Meta(profile=(SEARCHSET_PROFILE,), extension=(said,)))
