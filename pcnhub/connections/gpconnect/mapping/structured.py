"""A Structured bundle as an extract of a record: whose it is, its entries, what its lists warn of, what stayed unread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pcnhub.care.records.rules import (
    SECTION_OF,
    Caution,
    Coverage,
    Extract,
    NewItem,
    Section,
    Unread,
)
from pcnhub.connections.gpconnect.mapping.clinical import allergy, immunisation, observation, problem
from pcnhub.connections.gpconnect.mapping.consultations import CONSULTATION, HEADING, TOPIC, consultations
from pcnhub.connections.gpconnect.mapping.fhir import (
    NHS_NUMBER,
    Bundle,
    Resource,
    as_day,
    as_instant,
    concept,
    mapping,
    mappings,
    notes,
    reference_of,
    text,
)
from pcnhub.connections.gpconnect.mapping.medication import medications
from pcnhub.foundations.kernel.refusals import Refusal

# SNOMED CT codes of the lists (`accessrecord_structured_development_list`)
SECTION_OF_LIST = {
    "886921000000105": Section.ALLERGIES,
    "1103671000000101": Section.ALLERGIES,  # ended allergies
    "933361000000108": Section.MEDICATION,
    "717711000000103": Section.PROBLEMS,
    "1102181000000102": Section.IMMUNISATIONS,
    "1102221000000104": Section.OBSERVATIONS,  # uncategorised data
    "1149501000000101": Section.CONSULTATIONS,
}
WORDS_OF_LIST = {"allerg": Section.ALLERGIES, "medication": Section.MEDICATION, "problem": Section.PROBLEMS}
READ = {"AllergyIntolerance": allergy, "Condition": problem, "Immunization": immunisation, "Observation": observation}
CLINICAL = {*READ, "MedicationStatement", "MedicationRequest", "Encounter"}
# What other resources are read through
SUPPORTING = {
    "Patient", "Organization", "Practitioner", "PractitionerRole", "Location", "Medication", "List", "OperationOutcome",
    "HealthcareService",
}  # fmt: skip


class NotStructured(Refusal):
    """The content is not a bundle of a patient's structured record."""

    code = "not-structured"
    remedy = "Give the JSON answer of GP Connect Access Record: Structured, a Bundle with one Patient."


def extract_from(content: object) -> Extract:
    """What a Structured bundle (JSON already parsed) says. Raises NotStructured."""
    if not isinstance(content, Mapping) or content.get("resourceType") != "Bundle":
        raise NotStructured("This is not a FHIR Bundle.")
    bundle = Bundle.of(content)
    patients = list(bundle.of_type("Patient"))
    if len(patients) != 1:
        raise NotStructured(f"The bundle has {len(patients)} patients; there must be one.")
    patient = patients[0]
    number = _nhs_number(patient)
    _keep_own(bundle, patient)
    found, told = consultations(bundle)
    items = [*_items(bundle, patient, told), *medications(bundle)]
    coverage = _coverage(bundle, number, items, bool(found))
    _report_rest(bundle)
    return Extract(
        nhs_number=number,
        birth_date=_birth_date(patient),
        items=tuple(items),
        consultations=tuple(found),
        coverage=coverage,
        unread=tuple(dict.fromkeys(bundle.unread)),
    )


def _nhs_number(patient: Resource) -> str:
    for identifier in mappings(patient.get("identifier")):
        if identifier.get("system") == NHS_NUMBER:
            return text(identifier.get("value"))
    return ""


def _birth_date(patient: Resource) -> date | None:
    """Only a whole date identifies a person: a year alone must not pass for its first of January."""
    written = text(patient.get("birthDate"))
    return as_day(written) if len(written) == len("1980-04-12") else None


def _keep_own(bundle: Bundle, patient: Resource) -> None:
    """Entries about another person than the bundle's patient are left out, whatever list names them."""
    for resource in list(bundle.resources):
        if resource.get("resourceType") in CLINICAL and not _is_about(resource, patient):
            bundle.resources.remove(resource)
            bundle.by_reference.pop(reference_of(resource), None)
            _not_taken(bundle, resource)


def _is_about(resource: Resource, patient: Resource) -> bool:
    named = text(mapping(resource.get("patient") or resource.get("subject")).get("reference"))
    return "/".join(named.split("/")[-2:]) == reference_of(patient)


def _not_taken(bundle: Bundle, resource: Resource) -> None:
    bundle.left_out(resource, "another-patient", "This entry does not name the bundle's patient: it was not taken.")


def _items(bundle: Bundle, patient: Resource, told: set[str]) -> list[NewItem]:
    """Entries of their own, and those contained in a list (ended allergies)."""
    contained: list[Resource] = []
    for resource in (each for whole in bundle.of_type("List") for each in mappings(whole.get("contained"))):
        if _is_about(resource, patient):
            contained.append({**resource, "_contained": True})
        else:
            _not_taken(bundle, resource)
    items = []
    for resource in [*bundle.resources, *contained]:
        read = READ.get(text(resource.get("resourceType")))
        if read is None or reference_of(resource) in told:
            continue
        item = read(bundle, resource)
        if item.term:
            items.append(item)
        else:
            bundle.left_out(resource, "no-term", "The entry has neither a code nor words: it was not taken.")
    return items


def _coverage(bundle: Bundle, number: str, items: list[NewItem], has_consultations: bool) -> tuple[Coverage, ...]:
    """One for each section that a list speaks of or that has entries. A list's warnings are the section's."""
    as_of: dict[Section, datetime | None] = {}
    # In order, each once: two lists of a section (active and ended allergies) may each warn of the same, in other words.
    cautions: dict[Section, dict[Caution, None]] = {}
    for each in bundle.of_type("List"):
        section = _section_of(each)
        if section is None:
            continue
        as_of.setdefault(section, as_instant(each.get("date")))
        kept = cautions.setdefault(section, {})
        for caution in _cautions(bundle, each, number):
            kept[caution] = None
    spoken = {SECTION_OF[item.kind] for item in items} | ({Section.CONSULTATIONS} if has_consultations else set())
    return tuple(
        Coverage(section, as_of.get(section), tuple(cautions.get(section, {})))
        for section in Section
        if section in as_of or section in spoken
    )


def _section_of(each: Resource) -> Section | None:
    code, term = concept(each.get("code"))
    if code in (CONSULTATION, TOPIC, HEADING):
        return None
    words = f"{text(each.get('title'))} {term}".lower()
    by_words = next((section for word, section in WORDS_OF_LIST.items() if word in words), None)
    return SECTION_OF_LIST.get(code) or by_words


def _cautions(bundle: Bundle, each: Resource, number: str) -> list[Caution]:
    title = text(each.get("title")) or "List"
    found = []
    for extended in mappings(each.get("extension")):
        if text(extended.get("url")).endswith("ListWarningCode-1"):
            code = text(extended.get("valueCode"))
            found.append(Caution(code, notes(each) or code))
    missing = [
        reference
        for entry in mappings(each.get("entry"))
        if (reference := text(mapping(entry.get("item")).get("reference")))
        and not reference.startswith("#")
        and not bundle.find(entry.get("item"))
    ]
    if missing:
        count = f"{len(missing)} {'entry' if len(missing) == 1 else 'entries'}"
        found.append(Caution("named-but-missing", f"The source named {count} in “{title}” that it did not send."))
        bundle.unread += [Unread(title, "named-but-missing", f"{reference} was not sent.") for reference in missing]
    subject = text(mapping(mapping(each.get("subject")).get("identifier")).get("value"))
    if subject and subject != number:
        bundle.unread.append(
            Unread(
                title,
                "list-of-another",
                "The list names another person; each entry was judged by whom it names itself.",
            )
        )
    return found


def _report_rest(bundle: Bundle) -> None:
    """What has no place in a record here, by type; and what the source itself said that it did not do."""
    counts: dict[str, int] = {}
    for resource in bundle.resources:
        kind = text(resource.get("resourceType"))
        if kind not in CLINICAL | SUPPORTING:
            counts[kind] = counts.get(kind, 0) + 1
    for kind, count in counts.items():
        bundle.unread.append(Unread(kind or "?", "type-unknown", f"{count} of this type can't be shown here yet."))
    for each in bundle.of_type("List"):
        if _section_of(each) is None and concept(each.get("code"))[0] not in (CONSULTATION, TOPIC, HEADING):
            bundle.left_out(each, "list-unknown", f"The list “{text(each.get('title'))}” belongs to no section.")
    for outcome in bundle.of_type("OperationOutcome"):
        for issue in mappings(outcome.get("issue")):
            said = text(mapping(issue.get("details")).get("text")) or text(issue.get("diagnostics"))
            bundle.unread.append(
                Unread("OperationOutcome", text(issue.get("code")) or "issue", f"The source says: {said}")
            )
