"""POST /Patient/$gpc.registerpatient: trace the person, then register them here, temporarily.

The trace is asked before the unit of work opens: it may be another service's answer, and it is on record whatever follows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from pcnhub.care.patients.operations import NotRegistrable, Traced, register_by_gp_connect
from pcnhub.care.patients.rules import TraceSource
from pcnhub.connections.pds.linking import holds_until
from pcnhub.connections.pds.tracing import trace
from pcnhub.connections.pds.words import Outcome, PersonData
from pcnhub.entrances.api.gpconnect import people_and_places as mapping
from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.entrances.api.gpconnect.patients import subject_of
from pcnhub.entrances.api.gpconnect.registration_body import Asked, asked_of, patient_of
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.fhir import resources as r

_UNVERIFIED = (
    "The demographics service does not know this person by this number, name and date of birth, or says that they must not be "
    "registered here."
)
_REFUSED: dict[Outcome, tuple[Spine, str]] = {
    Outcome.NOT_FOUND: (Spine.INVALID_PATIENT_DEMOGRAPHICS, _UNVERIFIED),
    Outcome.NOT_MATCHING: (Spine.INVALID_PATIENT_DEMOGRAPHICS, _UNVERIFIED),
    Outcome.DECEASED: (Spine.INVALID_PATIENT_DEMOGRAPHICS, _UNVERIFIED),
    Outcome.SENSITIVE: (Spine.INVALID_PATIENT_DEMOGRAPHICS, _UNVERIFIED),
    Outcome.SUPERSEDED: (Spine.INVALID_NHS_NUMBER, "This NHS number has been superseded. Trace the person again."),
    Outcome.INVALID: (Spine.INVALID_NHS_NUMBER, "This NHS number must not be used. Trace the person again."),
    Outcome.UNAVAILABLE: (
        Spine.INTERNAL_SERVER_ERROR,
        "No demographics service can be asked here at the moment, so nobody can be registered.",
    ),
}


class _Prepared(NamedTuple):
    asked: Asked
    person: PersonData
    source: str
    version: str


def _traced(call: Call) -> _Prepared:
    asked = asked_of(patient_of(call.read(r.Parameters)))
    call.concerns(Subject("patient", nhs_number=asked.nhs_number))
    found = trace(
        actor=call.actor,
        now=call.now,
        nhs_number=asked.nhs_number,
        birth_date=asked.birth_date,
        family_name=asked.family_name,
        given_name=asked.given_name,
    )
    if found.person is None:
        raise Refused(*_REFUSED[found.outcome])
    return _Prepared(asked, found.person, found.source, found.version)


@interaction("operation:gpc.registerpatient-1", prepare=_traced)
def register(call: Call) -> Answer:
    """A searchset with the one patient. An active registration here is a duplicate; one that ended begins anew."""
    prepared: _Prepared = call.prepared
    asked, person = prepared.asked, prepared.person
    contact = asked.contact
    if not (contact.address_lines or contact.postcode):
        contact = replace(contact, address_lines=person.address_lines, postcode=person.postcode)
    contact = replace(
        contact,
        sex=contact.sex or person.gender,
        home_phone=contact.home_phone or person.home_phone,
        mobile_phone=contact.mobile_phone or person.mobile_phone,
        email=contact.email or person.email,
    )
    traced = Traced(
        nhs_number=person.nhs_number,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date,
        title=person.title,
        practice_ods=person.practice_ods,
        source=TraceSource(prepared.source),
        pds_version=prepared.version,
        holds_until=holds_until(call.now, is_verified=prepared.source == TraceSource.PDS),
    )
    try:
        registered = register_by_gp_connect(actor=call.actor, now=call.now, person=traced, contact=contact)
    except NotRegistrable:  # protected or deceased as is known here: in the words of a trace that finds nobody
        raise Refused(*_REFUSED[Outcome.NOT_FOUND]) from None
    call.concerns(subject_of(registered))
    return Answer(mapping.searchset([mapping.patient(registered)]))
