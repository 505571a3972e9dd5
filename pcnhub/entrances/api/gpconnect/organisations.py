"""Find and read an organisation: the one whose service root is called, and no other."""

from __future__ import annotations

import re

from pcnhub.care.organisations.queries import organisation
from pcnhub.entrances.api.gpconnect import people_and_places as mapping
from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.identifiers import identifier_asked
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.foundations.audit.trail import Subject


@interaction("rest:search:organization-1")
def find(call: Call) -> Answer:
    """By ODS code; an empty bundle for another organisation's."""
    value = identifier_asked(call, mapping.ODS_ORGANISATION)
    if not re.fullmatch(r"[A-Za-z0-9]{1,20}", value):
        raise Refused(Spine.INVALID_IDENTIFIER_VALUE, "An ODS code is made of letters and digits.")
    if value != call.provider.ods_code:
        return Answer(mapping.searchset([]))
    call.concerns(Subject("organisation", call.provider.id))
    return Answer(mapping.searchset([mapping.organisation(organisation(id=call.provider.id))]))


@interaction("rest:read:organization-1")
def read(call: Call) -> Answer:
    if call.row_id(Spine.ORGANISATION_NOT_FOUND) != call.provider.id:
        raise Refused(Spine.ORGANISATION_NOT_FOUND, "This service root tells of its own organisation only.")
    found = organisation(id=call.provider.id)
    call.concerns(Subject("organisation", found.id))
    return Answer(mapping.organisation(found), version=found.version)
