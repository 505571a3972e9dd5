"""GET /Slot: the free slots of a provider, each with its schedule and, as asked, practitioners and places.

A hot path: one statement beneath, one pass over its rows, what slots share is built once, and the bundle is encoded once.
Source: GP Connect 1.2.7, search for free slots.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pcnhub.care.appointments import queries as appointments
from pcnhub.care.appointments.queries import OfferedSlot
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.entrances.api.gpconnect import people_and_places, scheduling
from pcnhub.entrances.api.gpconnect.answers import Answer
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.entrances.api.gpconnect.services import STATUS, ServiceFilter, service_filter
from pcnhub.entrances.api.gpconnect.slot_search import SlotSearch, slot_search
from pcnhub.foundations.fhir import resources as r

NO_FILTER = ServiceFilter()


@interaction("rest:search:slot-1")
def search_slots(call: Call) -> Answer:
    """A searchset of what the organisation that asks may book; empty when that is nothing."""
    search = slot_search(dict(call.query.lists()))
    filtered = service_filter(call)
    return Answer(slot_bundle(_found(call, search), search, filtered))


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


def slot_bundle(rows: Sequence[OfferedSlot], search: SlotSearch, filtered: ServiceFilter = NO_FILTER) -> r.Bundle:
    """The slots, then what they hang on, each once. The organisation comes with any slot at all, asked for or not."""
    slots: list[r.Resource] = []
    schedules: dict[str, r.Resource] = {}
    practitioners: dict[int, r.Resource] = {}
    locations: dict[int, r.Resource] = {}
    shared: dict[tuple[int, int, str], scheduling.SharedBySlots] = {}
    for row in rows:
        key = (row.session_id, row.practitioner_id, row.slot_type)
        common = shared.get(key)
        if common is None:
            common = shared[key] = scheduling.shared_by_slots(row)
            schedules.setdefault(common.schedule_id, scheduling.schedule(row, filtered.service))
        slots.append(scheduling.slot(row, common))
        if search.practitioners and row.practitioner_id not in practitioners:
            practitioners[row.practitioner_id] = scheduling.practitioner(row)
        if search.locations and row.site_id not in locations:
            locations[row.site_id] = scheduling.location(row)
    organisations = [scheduling.organisation(rows[0])] if rows else []
    services = [filtered.service] if rows and filtered.service and filtered.comes_along else []
    everything = [*slots, *schedules.values(), *practitioners.values(), *locations.values(), *services, *organisations]
    return _saying(people_and_places.searchset(everything), filtered.status)


def _saying(bundle: r.Bundle, status: str) -> r.Bundle:
    """With what the service filter did, where somebody asked (1.2.8)."""
    if not status or bundle.meta is None:
        return bundle
    said = r.Extension(url=STATUS, value_code=status)
    return msgspec.structs.replace(bundle, meta=msgspec.structs.replace(bundle.meta, extension=(said,)))
