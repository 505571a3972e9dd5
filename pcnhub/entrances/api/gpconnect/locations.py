"""Read a location: a site of the organisation that is asked, also one that has closed (appointments refer to it)."""

from __future__ import annotations

from pcnhub.care.organisations.queries import find_site
from pcnhub.entrances.api.gpconnect import people_and_places as mapping
from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.foundations.audit.trail import Subject


@interaction("rest:read:location-1")
def read(call: Call) -> Answer:
    found = find_site(id=call.row_id(), organisation_id=call.provider.id)
    if found is None:
        raise Refused(Spine.NO_RECORD_FOUND, "There is no such location at this organisation.")
    call.concerns(Subject("site", found.id))
    return Answer(mapping.location(found), version=found.version)
