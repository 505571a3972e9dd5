"""Medication: a statement, the authorisation (plan) that it is based on, and the issues (orders) made under that."""

from __future__ import annotations

from collections.abc import Iterator

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
    reference_of,
    source_key,
    text,
)
from pcnhub.connections.gpconnect.mapping.particulars import of_medication


def medications(bundle: Bundle) -> Iterator[NewItem]:
    """One entry for each statement; for each plan that no statement speaks of; and for each order without either."""
    plans_told, plans = set(), set()
    for statement in bundle.of_type("MedicationStatement"):
        plan = bundle.find(statement.get("basedOn"))
        if plan:
            plans_told.add(reference_of(plan))
        else:
            bundle.left_out(statement, "plan-missing", "The authorisation that it is based on was not sent.")
        yield _entry(bundle, statement, plan)
    for request in bundle.of_type("MedicationRequest"):
        if text(request.get("intent")) == "plan":
            plans.add(reference_of(request))
            if reference_of(request) not in plans_told:
                bundle.left_out(
                    request, "statement-missing", "No statement speaks of this authorisation: shown by itself."
                )
                yield _entry(bundle, request, request)
    for request in bundle.of_type("MedicationRequest"):
        under = bundle.find(request.get("basedOn"))
        if text(request.get("intent")) != "plan" and reference_of(under) not in plans:
            bundle.left_out(request, "plan-missing", "The authorisation of this issue was not sent: shown by itself.")
            yield _entry(bundle, request, request)


def _entry(bundle: Bundle, resource: Resource, plan: Resource) -> NewItem:
    code, term = _drug(bundle, resource)
    period = mapping(resource.get("effectivePeriod"))
    supply = mapping(plan.get("dispenseRequest"))
    validity = mapping(supply.get("validityPeriod"))
    repeats = extension(plan, "MedicationRepeatInformation-1")
    stopped = extension(plan, "MedicationStatusReason-1")
    issues = _issues_of(bundle, plan)
    dosage, authorised = _dosage(resource), _dosage(plan)
    if dosage and authorised and dosage != authorised:
        bundle.left_out(
            resource, "dosage-differs", "Statement and authorisation give different dosages: both are shown."
        )
    return NewItem(
        kind=ItemKind.MEDICATION,
        term=term,
        code=code,
        source_key=source_key(resource),
        status=text(resource.get("status")),
        starts_on=as_day(period.get("start") or resource.get("effectiveDateTime") or validity.get("start")),
        ends_on=as_day(period.get("end")),
        recorded_on=as_day(resource.get("dateAsserted") or resource.get("authoredOn")),
        is_confidential=any(is_confidential(each) for each in (resource, plan, *issues)),
        detail=filled(
            dosage=dosage,
            dosage_authorised=authorised if authorised != dosage else "",
            patient_instruction=text(_instruction(resource).get("patientInstruction")),
            prescription_type=concept(extension(plan, "PrescriptionType-1").get("valueCodeableConcept"))[1],
            quantity=_quantity(supply),
            duration=quantity({"value": mapping(supply.get("expectedSupplyDuration")).get("value"),
                               "unit": mapping(supply.get("expectedSupplyDuration")).get("unit")}),
            repeats_allowed=_count(repeats, "numberOfRepeatPrescriptionsAllowed"),
            repeats_issued=_count(repeats, "numberOfRepeatPrescriptionsIssued"),
            last_issued=text(extension(resource, "MedicationStatementLastIssueDate-1").get("valueDateTime")),
            prescribed=concept(extension(resource, "PrescribingAgency-1").get("valueCodeableConcept"))[1],
            reason=concept(resource.get("reasonCode"))[1],
            stopped=concept(extension(stopped, "statusReason").get("valueCodeableConcept"))[1],
            stopped_on=text(extension(stopped, "statusChangeDate").get("valueDateTime")),
            note=notes(resource) or notes(plan),
            recorded_by=bundle.person(plan.get("recorder")),
        ),
        particulars=of_medication(bundle, resource, plan, issues),
    )  # fmt: skip


def _issues_of(bundle: Bundle, plan: Resource) -> list[Resource]:
    """The issues made under an authorisation, the oldest first."""
    if not plan:
        return []
    requests = (each for each in bundle.of_type("MedicationRequest") if text(each.get("intent")) != "plan")
    found = [each for each in requests if bundle.find(each.get("basedOn")) is plan]
    return sorted(found, key=lambda each: text(each.get("authoredOn")))


def _drug(bundle: Bundle, resource: Resource) -> tuple[str, str]:
    """The drug's dm+d code and name. A name that was not sent is said so: a dosage without a drug must not look whole."""
    medication = bundle.find(resource.get("medicationReference"))
    code, term = concept(medication.get("code") or resource.get("medicationCodeableConcept"))
    if not term:
        term = text(mapping(resource.get("medicationReference")).get("display"))
    if not term:
        bundle.left_out(resource, "drug-missing", "The name of the drug was not sent.")
    return code, term or "Drug not named by the source"


def _instruction(resource: Resource) -> Resource:
    return mapping(resource.get("dosage") or resource.get("dosageInstruction"))


def _dosage(resource: Resource) -> str:
    return "; ".join(
        text(each.get("text")) for each in mappings(resource.get("dosage") or resource.get("dosageInstruction"))
    )


def _count(repeats: Resource, name: str) -> str:
    """A number of prescriptions; systems differ in whether none is one."""
    found = extension(repeats, name)
    return text(found.get("valuePositiveInt")) or text(found.get("valueUnsignedInt"))


def _quantity(supply: Resource) -> str:
    amount = mapping(supply.get("quantity"))
    written = text(extension(amount, "MedicationQuantityText-1").get("valueString"))
    return " ".join(part for part in (text(amount.get("value")), written or text(amount.get("unit"))) if part)
