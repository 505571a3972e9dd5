"""What a source said of allergies and medication, in full, in the words of `records.particulars`. Pure.

What is not valid FHIR is left out here rather than given on later: a code with spaces, a date that is none.
"""

from __future__ import annotations

import re
from typing import Any

from pcnhub.care.records.particulars import (
    AllergyParticulars,
    Author,
    Coded,
    Concept,
    MedicationParticulars,
    Prescribed,
)
from pcnhub.connections.gpconnect.mapping.fhir import (
    Bundle,
    Resource,
    concept,
    extension,
    many,
    mapping,
    mappings,
    notes,
    reference_of,
    text,
)
from pcnhub.foundations.fhir import primitives

CROSS_CARE = "https://fhir.nhs.uk/Id/cross-care-setting-identifier"
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
_CODE = primitives.Code.__metadata__[0]  # type: ignore[attr-defined]
_URI = primitives.Uri.__metadata__[0]  # type: ignore[attr-defined]
_ID = primitives.Id.__metadata__[0]  # type: ignore[attr-defined]
_DATE_TIME = primitives.DateTime.__metadata__[0]  # type: ignore[attr-defined]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def of_allergy(bundle: Bundle, resource: Resource) -> AllergyParticulars:
    reaction = mapping(resource.get("reaction"))
    end = extension(resource, "AllergyIntoleranceEnd-1")
    return AllergyParticulars(
        identifier=_identifier(resource),
        concept=concept_of(resource.get("code")),
        onset=_moment(resource.get("onsetDateTime")),
        asserted=_moment(resource.get("assertedDate")),
        ended=_moment(extension(end, "endDate").get("valueDateTime")),
        last_occurred=_moment(resource.get("lastOccurrence")),
        manifestation=concept_of(reaction.get("manifestation")),
        exposure_route=concept_of(reaction.get("exposureRoute")),
        author=author_of(bundle, resource.get("recorder")),
    )


def of_medication(bundle: Bundle, resource: Resource, plan: Resource, issues: list[Resource]) -> MedicationParticulars:
    """`resource` is the statement, or the request that no statement speaks of."""
    period = mapping(resource.get("effectivePeriod"))
    repeats = extension(plan, "MedicationRepeatInformation-1")
    stopped = extension(plan, "MedicationStatusReason-1")
    medication = bundle.find(resource.get("medicationReference"))
    agency = _first(concept_of(extension(resource, "PrescribingAgency-1").get("valueCodeableConcept")))
    return MedicationParticulars(
        identifier=_identifier(resource),
        concept=concept_of(medication.get("code") or resource.get("medicationCodeableConcept")),
        agency_code=agency.code,
        agency_name=agency.display,
        starts=_moment(period.get("start")),
        ends=_moment(period.get("end")),
        moment=_moment(resource.get("effectiveDateTime")),
        asserted=_moment(resource.get("dateAsserted")),
        last_issued=_moment(extension(resource, "MedicationStatementLastIssueDate-1").get("valueDateTime")),
        reason=concept_of(resource.get("reasonCode") or plan.get("reasonCode")),
        repeats_allowed=_count(repeats, "numberOfRepeatPrescriptionsAllowed"),
        repeats_issued=_count(repeats, "numberOfRepeatPrescriptionsIssued"),
        repeats_expire=_moment(extension(repeats, "authorisationExpiryDate").get("valueDateTime")),
        stopped=_moment(extension(stopped, "statusChangeDate").get("valueDateTime")),
        stopped_because=concept_of(extension(stopped, "statusReason").get("valueCodeableConcept")),
        plan=_prescribed(bundle, plan) if plan else Prescribed(),
        issues=tuple(_prescribed(bundle, each) for each in issues),
    )


def _prescribed(bundle: Bundle, request: Resource) -> Prescribed:
    supply = mapping(request.get("dispenseRequest"))
    amount, duration = mapping(supply.get("quantity")), mapping(supply.get("expectedSupplyDuration"))
    validity = mapping(supply.get("validityPeriod"))
    kind = _first(concept_of(extension(request, "PrescriptionType-1").get("valueCodeableConcept")))
    instructions = mappings(request.get("dosageInstruction"))
    return Prescribed(
        key=reference_of(request),
        identifier=_identifier(request),
        group=text(mapping(request.get("groupIdentifier")).get("value")),
        status=text(request.get("status")),
        authored=_moment(request.get("authoredOn")),
        type_code=kind.code,
        type_name=kind.display,
        dosage="; ".join(text(each.get("text")) for each in instructions if text(each.get("text"))),
        patient_instruction=text(mapping(instructions).get("patientInstruction")),
        note=notes(request),
        starts=_moment(validity.get("start")),
        ends=_moment(validity.get("end")),
        quantity=_number(amount.get("value")),
        quantity_unit=text(amount.get("unit")),
        quantity_text=text(extension(amount, "MedicationQuantityText-1").get("valueString"))
        or text(extension(supply, "MedicationQuantityText-1").get("valueString")),
        duration=_number(duration.get("value")),
        duration_unit=text(duration.get("unit")),
        duration_code=text(duration.get("code")),
        author=author_of(bundle, request.get("recorder")),
    )


def concept_of(value: Any) -> Concept:
    """A CodeableConcept, the first of several, with every code that is one."""
    found = mapping(value)
    return Concept(
        tuple(each for each in map(_coded, mappings(found.get("coding"))) if each.code), text(found.get("text"))
    )


def author_of(bundle: Bundle, reference: Any) -> Author:
    """Who a reference to a Practitioner or PractitionerRole names."""
    found = bundle.find(reference)
    role = found if found.get("resourceType") == "PractitionerRole" else _role_of(bundle, found)
    person = bundle.find(found.get("practitioner")) if role is found else found
    name = mapping(person.get("name"))
    organisation = bundle.find(role.get("organization"))
    job = _first(concept_of(role.get("code")))
    return Author(
        family_name=text(name.get("family")) or text(name.get("text")),
        given_names=tuple(filter(None, map(text, many(name.get("given"))))),
        title=text(name.get("prefix")),
        sds_user_id=_value(person, SDS_USER),
        role_code=job.code,
        role_name=job.display or concept(role.get("code"))[1],
        ods_code=_value(organisation, ODS_CODE),
        organisation_name=text(organisation.get("name")),
    )


def _role_of(bundle: Bundle, person: Resource) -> Resource:
    """The role of somebody who is named without it, if the bundle has one alone."""
    if not person:
        return {}
    roles = [each for each in bundle.of_type("PractitionerRole") if bundle.find(each.get("practitioner")) is person]
    return roles[0] if len(roles) == 1 else {}


def _coded(coding: Resource) -> Coded:
    system, code = text(coding.get("system")), text(coding.get("code"))
    if not (_URI.is_valid(system) and _CODE.is_valid(code)):
        return Coded()
    chosen = extension(coding, "coding-sctdescid")
    described = text(_part(chosen, "descriptionId").get("valueId"))
    return Coded(
        system=system,
        code=code,
        display=text(coding.get("display")),
        description_id=described if _ID.is_valid(described) else "",
        description=text(_part(chosen, "descriptionDisplay").get("valueString")),
    )


def _part(extended: Resource, name: str) -> Resource:
    """Part of an extension; suppliers write its name with a small letter or a capital."""
    parts = mappings(extended.get("extension"))
    return next((each for each in parts if text(each.get("url")).lower() == name.lower()), {})


def _first(found: Concept) -> Coded:
    return found.codes[0] if found.codes else Coded(display=found.text)


def _identifier(resource: Resource) -> str:
    """The identity across care settings; a source that has none writes identifiers of its own, which say nothing elsewhere."""
    found = _value(resource, CROSS_CARE)
    return found.lower() if _UUID.fullmatch(found) else ""


def _value(resource: Resource, system: str) -> str:
    named = (each for each in mappings(resource.get("identifier")) if each.get("system") == system)
    return text(next(named, {}).get("value"))


def _moment(value: Any) -> str:
    written = text(value)
    return written if _DATE_TIME.is_valid(written) else ""


def _number(value: Any) -> str:
    written = text(value)
    return written if re.fullmatch(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", written) else ""


def _count(repeats: Resource, name: str) -> str:
    found = extension(repeats, name)
    return _number(found.get("valuePositiveInt", found.get("valueUnsignedInt")))
