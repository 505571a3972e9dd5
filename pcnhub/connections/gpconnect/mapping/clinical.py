"""Allergies, problems, immunisations and observations, one resource to one entry each."""

from __future__ import annotations

from pcnhub.care.records.rules import ItemKind, NewItem
from pcnhub.connections.gpconnect.mapping.fhir import (
    Bundle,
    Resource,
    as_day,
    concept,
    extension,
    filled,
    is_confidential,
    mapping,
    mappings,
    notes,
    quantity,
    source_key,
    text,
)
from pcnhub.connections.gpconnect.mapping.particulars import of_allergy


def allergy(bundle: Bundle, resource: Resource) -> NewItem:
    """AllergyIntolerance, active or (contained in the list of ended allergies) resolved."""
    code, term = concept(resource.get("code"))
    end = extension(resource, "AllergyIntoleranceEnd-1")
    reaction = mapping(resource.get("reaction"))
    manifestations = [concept(each)[1] for each in mappings(reaction.get("manifestation"))]
    return NewItem(
        kind=ItemKind.ALLERGY,
        term=term,
        code=code,
        source_key=source_key(resource),
        status=text(resource.get("clinicalStatus")),
        starts_on=as_day(resource.get("onsetDateTime")) or as_day(resource.get("assertedDate")),
        ends_on=as_day(extension(end, "endDate").get("valueDateTime")),
        recorded_on=as_day(resource.get("assertedDate")),
        is_confidential=is_confidential(resource),
        detail=filled(
            reaction=", ".join(each for each in manifestations if each),
            reaction_note=text(reaction.get("description")),
            severity=text(reaction.get("severity")),
            criticality=text(resource.get("criticality")),
            category=text(resource.get("category")),
            type=text(resource.get("type")),
            certainty=text(resource.get("verificationStatus")),
            reason_ended=text(extension(end, "reasonEnded").get("valueString")),
            note=notes(resource),
            recorded_by=bundle.person(resource.get("recorder")),
        ),
        particulars=of_allergy(bundle, resource),
    )


def problem(bundle: Bundle, resource: Resource) -> NewItem:
    """Condition (ProblemHeader-Condition-1)."""
    code, term = concept(resource.get("code"))
    significance = extension(resource, "ProblemSignificance-1")
    return NewItem(
        kind=ItemKind.PROBLEM,
        term=term,
        code=code,
        source_key=source_key(resource),
        status=text(resource.get("clinicalStatus")),
        starts_on=as_day(resource.get("onsetDateTime") or mapping(resource.get("onsetPeriod")).get("start")),
        ends_on=as_day(resource.get("abatementDateTime") or mapping(resource.get("abatementPeriod")).get("end")),
        recorded_on=as_day(resource.get("assertedDate")),
        is_confidential=is_confidential(resource),
        detail=filled(
            significance=text(significance.get("valueCode")),
            severity=concept(resource.get("severity"))[1],
            site=concept(resource.get("bodySite"))[1],
            note=notes(resource),
            recorded_by=bundle.person(resource.get("asserter")),
        ),
    )


def immunisation(bundle: Bundle, resource: Resource) -> NewItem:
    """Immunization. GP Connect keeps the procedure in an extension, `vaccineCode` may be a null flavour."""
    procedure = extension(resource, "VaccinationProcedure-1").get("valueCodeableConcept")
    code, term = concept(procedure or resource.get("vaccineCode"))
    protocol = mapping(resource.get("vaccinationProtocol"))
    not_given = resource.get("notGiven") is True
    return NewItem(
        kind=ItemKind.IMMUNISATION,
        term=f"Not given: {term}" if not_given else term,
        code=code,
        source_key=source_key(resource),
        status="not given" if not_given else "given",
        starts_on=as_day(resource.get("date")),
        recorded_on=as_day(extension(resource, "DateRecorded-1").get("valueDateTime")),
        is_confidential=is_confidential(resource),
        detail=filled(
            vaccine=concept(resource.get("vaccineCode"))[1] if procedure else "",
            dose=text(protocol.get("doseSequence")),
            batch=text(resource.get("lotNumber")),
            site=concept(resource.get("site"))[1],
            reason_not_given=concept(mapping(resource.get("explanation")).get("reasonNotGiven"))[1],
            note=notes(resource),
        ),
    )


def observation(bundle: Bundle, resource: Resource) -> NewItem:
    """Observation, with the parts of a compound one (blood pressure) in its value."""
    code, term = concept(resource.get("code"))
    interval = mapping(resource.get("referenceRange"))
    return NewItem(
        kind=ItemKind.OBSERVATION,
        term=term,
        code=code,
        source_key=source_key(resource),
        status=text(resource.get("status"))
        if text(resource.get("status")) in ("entered-in-error", "cancelled")
        else "",
        starts_on=as_day(resource.get("effectiveDateTime") or mapping(resource.get("effectivePeriod")).get("start")),
        recorded_on=as_day(resource.get("issued")),
        is_confidential=is_confidential(resource),
        detail=filled(
            value=value_of(resource),
            interpretation=concept(resource.get("interpretation"))[1],
            reference_range=text(interval.get("text"))
            or " to ".join(each for each in (quantity(interval.get("low")), quantity(interval.get("high"))) if each),
            note=text(resource.get("comment")),
            recorded_by=bundle.person(resource.get("performer")),
        ),
    )


def value_of(resource: Resource) -> str:
    """The value of an observation as text, its components each with their name."""
    components = [
        f"{concept(component.get('code'))[1]} {value_of(component)}".strip()
        for component in mappings(resource.get("component"))
    ]
    own = (
        quantity(resource.get("valueQuantity"))
        or text(resource.get("valueString"))
        or concept(resource.get("valueCodeableConcept"))[1]
        or text(resource.get("valueBoolean"))
        or text(resource.get("valueDateTime"))
        or text(resource.get("valueInteger"))
    )
    return ", ".join(each for each in (own, *components) if each)
