"""POST /Patient/$gpc.getstructuredrecord: allergies and medication of a practice's own patient, as one bundle.

Source: GP Connect 1.2.7, retrieve a patient's structured record. Never of a patient who is only temporary at the practice.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pcnhub.care.organisations.queries import organisation
from pcnhub.care.records.queries import GivenRecord, record_to_give
from pcnhub.care.records.rules import Section
from pcnhub.entrances.api.gpconnect import people_and_places as mapping
from pcnhub.entrances.api.gpconnect.answers import PROFILES, Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.entrances.api.gpconnect.patients import subject_of
from pcnhub.entrances.api.gpconnect.structured import lists
from pcnhub.entrances.api.gpconnect.structured.allergies import allergy, has_ended
from pcnhub.entrances.api.gpconnect.structured.medication import Medicines, is_active_since
from pcnhub.entrances.api.gpconnect.structured.parameters import Asked, asked_of
from pcnhub.entrances.api.gpconnect.structured.people import People
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.abstract import type_of
from pcnhub.foundations.fhir.outcomes import SPINE_CODES_OF_WARNINGS
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


@interaction("operation:gpc.getstructuredrecord-1")
def get_structured_record(call: Call) -> Answer:
    asked = asked_of(call)
    call.concerns(Subject("patient", nhs_number=asked.nhs_number))
    wanted = {Section.ALLERGIES: asked.allergies, Section.MEDICATION: asked.medication}
    try:
        record = record_to_give(
            actor=call.actor,
            now=call.now,
            nhs_number=asked.nhs_number,
            sections=[section for section, is_wanted in wanted.items() if is_wanted],
        )
    except NotFound as refusal:
        raise Refused(Spine.PATIENT_NOT_FOUND, refusal.message) from None
    call.concerns(subject_of(record.patient))
    return Answer(_bundle(call, asked, record))


def _bundle(call: Call, asked: Asked, record: GivenRecord) -> r.Bundle:
    """The patient, the practice and people, the lists each before its entries, and what was asked that is not known."""
    people = People(organisation(id=call.provider.id))
    usual_gp = people.usual_gp(record.patient.usual_gp)
    practice = r.Reference(reference=f"Organization/{call.provider.id}")
    patient = msgspec.structs.replace(
        mapping.patient(record.patient), general_practitioner=(usual_gp,) if usual_gp else (practice,)
    )
    clinical = [*_allergies(call, asked, record, people), *_medication(call, asked, record, people)]
    resources = [patient, *people.resources, *clinical, *_unknown(asked)]
    return r.Bundle(
        meta=r.Meta(profile=(PROFILES + "GPConnect-StructuredRecord-Bundle-1",)),
        type="collection",
        entry=tuple(r.BundleEntry(resource=each) for each in resources),
    )


def _allergies(call: Call, asked: Asked, record: GivenRecord, people: People) -> Iterator[r.Resource]:
    section = record.sections.get(Section.ALLERGIES)
    if section is None:
        return
    warnings = lists.warnings_of(record, section, now=call.now)
    today = london_date(call.now)
    current: list[r.AllergyIntolerance] = []
    ended: list[r.AllergyIntolerance] = []
    for item in section.items:
        is_over = has_ended(item, today)
        if is_over and not asked.resolved:
            continue
        made = allergy(item, practice=people.practice, patient_id=record.patient.id, people=people, ended=is_over)
        (ended if is_over else current).append(made)
    references = [f"AllergyIntolerance/{each.id}" for each in current]
    yield lists.a_list(lists.ALLERGIES, record=record, warnings=warnings, items=references, now=call.now)
    yield from current
    if asked.resolved:
        inside = [f"#{each.id}" for each in ended]
        yield lists.a_list(
            lists.ENDED_ALLERGIES, record=record, warnings=warnings, items=inside, now=call.now, contained=tuple(ended)
        )


def _medication(call: Call, asked: Asked, record: GivenRecord, people: People) -> Iterator[r.Resource]:
    section = record.sections.get(Section.MEDICATION)
    if section is None:
        return
    medicines = Medicines(people.practice, record.patient.id, people, issues=asked.issues)
    wanted = [each for each in section.items if asked.since is None or is_active_since(each, asked.since)]
    made = [resource for item in wanted for resource in medicines.of(item)]
    references = [f"MedicationStatement/{each.id}" for each in made if type_of(each) == "MedicationStatement"]
    warnings = lists.warnings_of(record, section, now=call.now)
    yield lists.a_list(lists.MEDICATION, record=record, warnings=warnings, items=references, now=call.now)
    yield from made
    yield from medicines.drugs.values()


def _unknown(asked: Asked) -> Iterator[r.OperationOutcome]:
    """A consumer of a later version learns what it did not get."""
    if not asked.unknown:
        return
    coding = r.Coding(system=SPINE_CODES_OF_WARNINGS, code=Spine.NOT_IMPLEMENTED.name, display="Not implemented")
    yield r.OperationOutcome(
        meta=r.Meta(profile=(PROFILES + "GPConnect-OperationOutcome-1",)),
        issue=tuple(
            r.OperationOutcomeIssue(
                severity="warning",
                code="not-supported",
                details=r.CodeableConcept(coding=(coding,), text=f"{name} is an unrecognised parameter"),
                diagnostics=name,
            )
            for name in asked.unknown
        ),
    )
