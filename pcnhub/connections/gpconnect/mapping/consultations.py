"""Consultations (1.6): an Encounter, and Lists within Lists (consultation > topic > heading) that name what was recorded."""

from __future__ import annotations

from collections.abc import Iterator

from pcnhub.care.records.rules import CodedEntry, NewConsultation, Passage
from pcnhub.connections.gpconnect.mapping.clinical import value_of
from pcnhub.connections.gpconnect.mapping.fhir import (
    Bundle,
    Resource,
    as_instant,
    concept,
    mapping,
    mappings,
    reference_of,
    source_key,
    text,
)

CONSULTATION, TOPIC, HEADING = "325851000000107", "25851000000105", "24781000000107"
COMMENT_NOTE = "37331000000100"
DEEPEST = 6  # consultation, topic, category, heading and to spare: a list that names itself must end


def consultations(bundle: Bundle) -> tuple[list[NewConsultation], set[str]]:
    """The consultations, and the references of resources that were told within them as text alone."""
    told: set[str] = set()
    found = []
    lists = {
        "/".join(text(mapping(each.get("encounter")).get("reference")).split("/")[-2:]): each
        for each in bundle.of_type("List")
        if concept(each.get("code"))[0] == CONSULTATION
    }
    for encounter in bundle.of_type("Encounter"):
        started_at = as_instant(mapping(encounter.get("period")).get("start"))
        if started_at is None:
            bundle.left_out(encounter, "no-time", "The consultation has no time: it was not taken.")
            continue
        author = _author(encounter)
        passages: dict[str, list[str]] = {}
        entries: list[CodedEntry] = []
        for heading, resource in _recorded(bundle, lists.get(reference_of(encounter), {}), "", 0):
            _tell(resource, passages.setdefault(heading or "Notes", []), entries, told)
        found.append(
            NewConsultation(
                source_key=source_key(encounter),
                title=concept(encounter.get("type"))[1] or "Consultation",
                started_at=started_at,
                author_name=bundle.person(author) or "Author not named by the source",
                author_role=bundle.role(author),
                site_name=text(
                    bundle.find(mapping(encounter.get("location")).get("location")).get("name")
                    or bundle.find(encounter.get("serviceProvider")).get("name")
                ),
                sections=tuple(Passage(heading, "\n".join(lines)) for heading, lines in passages.items() if lines),
                entries=tuple(entries),
            )
        )
    return found, told


def _author(encounter: Resource) -> object:
    """The consulter where one is marked (PPRF), else whoever is named first."""
    participants = mappings(encounter.get("participant"))
    for participant in participants:
        codes = [coding for kind in mappings(participant.get("type")) for coding in mappings(kind.get("coding"))]
        if any(text(coding.get("code")) == "PPRF" for coding in codes):
            return participant.get("individual")
    return participants[0].get("individual") if participants else None


def _recorded(bundle: Bundle, parent: Resource, heading: str, depth: int) -> Iterator[tuple[str, Resource]]:
    for entry in mappings(parent.get("entry")):
        resource = bundle.find(entry.get("item"))
        if not resource:
            missing = text(mapping(entry.get("item")).get("reference"))
            bundle.left_out(
                {"resourceType": "List", "id": text(parent.get("id"))}, "named-but-missing", f"{missing} was not sent."
            )
        elif resource.get("resourceType") != "List":
            yield heading, resource
        elif depth < DEEPEST:
            code = concept(resource.get("code"))[0]
            title = text(resource.get("title"))
            yield from _recorded(bundle, resource, title if code == HEADING and title else heading, depth + 1)


def _tell(resource: Resource, lines: list[str], entries: list[CodedEntry], told: set[str]) -> None:
    code, term = concept(resource.get("code") or resource.get("vaccineCode"))
    comment = text(resource.get("comment"))
    if code == COMMENT_NOTE:
        lines.append(comment)
        told.add(reference_of(resource))
        return
    value = value_of(resource)
    if term:
        entries.append(CodedEntry(code, term, value))
        lines.append(" ".join(part for part in (term, value) if part) + (f": {comment}" if comment else ""))
