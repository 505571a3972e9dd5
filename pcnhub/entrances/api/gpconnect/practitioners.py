"""Find and read a practitioner: the people who hold or held a position at the organisation that is asked."""

from __future__ import annotations

import re

from pcnhub.care.organisations.queries import find_practitioner, practitioner
from pcnhub.entrances.api.gpconnect import people_and_places as mapping
from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.identifiers import identifier_asked
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


@interaction("rest:search:practitioner-1")
def find(call: Call) -> Answer:
    """By national user id, among who works there today; an empty bundle for anybody else."""
    value = identifier_asked(call, mapping.SDS_USER)
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", value):
        raise Refused(Spine.INVALID_IDENTIFIER_VALUE, "An SDS user id is made of letters and digits.")
    found = find_practitioner(organisation_id=call.provider.id, sds_user_id=value, day=london_date(call.now))
    if found:
        call.concerns(Subject("account", found.account_id))
    return Answer(mapping.searchset([mapping.practitioner(found)] if found else []))


@interaction("rest:read:practitioner-1")
def read(call: Call) -> Answer:
    """Also who has left since: appointments refer to them."""
    account_id = call.row_id(Spine.PRACTITIONER_NOT_FOUND)
    try:
        found = practitioner(organisation_id=call.provider.id, account_id=account_id)
    except NotFound as refusal:
        raise Refused(Spine.PRACTITIONER_NOT_FOUND, refusal.message) from None
    call.concerns(Subject("account", found.account_id))
    return Answer(mapping.practitioner(found), version=found.version)
