"""Reading STU3 JSON that suppliers wrote: what should be a list may be alone, what should be a number may be text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pcnhub.care.records.rules import Unread
from pcnhub.foundations.kernel.local_time import LONDON

SNOMED = "http://snomed.info/sct"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
Resource = Mapping[str, Any]


def many(value: Any) -> list[Any]:
    """A list, whether the source wrote one, one thing, or nothing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def first(value: Any) -> Any:
    return next(iter(many(value)), None)


def text(value: Any) -> str:
    """A scalar as text; anything else is nothing."""
    value = first(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("\0", "").strip() if isinstance(value, (str, int, float)) else ""


def mapping(value: Any) -> Resource:
    value = first(value)
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Resource]:
    return [each for each in many(value) if isinstance(each, Mapping)]


def concept(value: Any) -> tuple[str, str]:
    """A CodeableConcept as (SNOMED code or empty, term): the source's own text first, as its users chose it."""
    found = mapping(value)
    codings = mappings(found.get("coding"))
    snomed = next((coding for coding in codings if coding.get("system") == SNOMED), None)
    chosen = snomed or (codings[0] if codings else {})
    term = text(found.get("text")) or text(chosen.get("display")) or text(chosen.get("code"))
    return (text(snomed.get("code")) if snomed else ""), term


def as_day(value: Any) -> date | None:
    """A FHIR date or dateTime as a day; a year or a month alone counts from its first day."""
    written = text(value)
    if not written:
        return None
    if "T" in written:
        moment = as_instant(written)
        return moment.astimezone(LONDON).date() if moment else None
    parts = written.split("-")
    try:
        year, month, day = [*(int(part) for part in parts), 1, 1][:3]
        return date(year, month, day)
    except ValueError:
        return None


def as_instant(value: Any) -> datetime | None:
    """A FHIR dateTime as an instant; without an offset it is London's clock."""
    try:
        moment = datetime.fromisoformat(text(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=LONDON)


def extension(resource: Resource, name: str) -> Resource:
    """The extension whose address ends in `name` (suppliers vary its host and path)."""
    return next((each for each in mappings(resource.get("extension")) if text(each.get("url")).endswith(name)), {})


def quantity(value: Any) -> str:
    """120 mmHg."""
    found = mapping(value)
    unit = text(found.get("unit")) or text(found.get("code"))
    return " ".join(part for part in (text(found.get("comparator")) + text(found.get("value")), unit) if part)


def notes(resource: Resource) -> str:
    return "\n".join(text(note.get("text")) for note in mappings(resource.get("note")) if text(note.get("text")))


def filled(**values: str) -> dict[str, str]:
    """Only what has something in it."""
    return {name: value for name, value in values.items() if value}


@dataclass(slots=True)
class Bundle:
    """The resources of one bundle by their references, and what could not be read of it so far."""

    resources: list[Resource]
    by_reference: dict[str, Resource] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    @classmethod
    def of(cls, content: Resource) -> Bundle:
        entries = mappings(content.get("entry"))
        bundle = cls([mapping(entry["resource"]) for entry in entries if mapping(entry.get("resource"))])
        for resource in bundle.resources:
            bundle.by_reference[reference_of(resource)] = resource
        return bundle

    def find(self, reference: Any) -> Resource:
        """The resource that a Reference names, wherever its address begins; empty when the bundle lacks it."""
        return self.by_reference.get("/".join(text(mapping(reference).get("reference")).split("/")[-2:]), {})

    def of_type(self, name: str) -> Iterator[Resource]:
        return (resource for resource in self.resources if resource.get("resourceType") == name)

    def left_out(self, resource: Resource, code: str, message: str) -> None:
        self.unread.append(Unread(reference_of(resource), code, message))

    def person(self, reference: Any) -> str:
        """The name of a Practitioner, directly or through a PractitionerRole."""
        found = self.find(reference)
        if found.get("resourceType") == "PractitionerRole":
            found = self.find(found.get("practitioner"))
        name = mapping(found.get("name"))
        parts = [*many(name.get("prefix")), *many(name.get("given")), *many(name.get("family"))]
        return text(name.get("text")) or " ".join(str(part) for part in parts)

    def role(self, reference: Any) -> str:
        """The job role that a reference to a PractitionerRole names."""
        return concept(self.find(reference).get("code"))[1]


def reference_of(resource: Resource) -> str:
    return f"{text(resource.get('resourceType'))}/{text(resource.get('id'))}"


def source_key(resource: Resource) -> str:
    """What stays the same of an entry each time it is sent: its id, else its identifier, else what it says and since when.

    Ids of contained resources ("Resolved-1") are places in a list and change: they don't count.
    """
    kind, own = text(resource.get("resourceType")), text(resource.get("id"))
    if own and not resource.get("_contained"):
        return f"{kind}/{own}"
    identifier = text(mapping(resource.get("identifier")).get("value"))
    if identifier:
        return f"{kind}/identifier/{identifier}"
    code, term = concept(resource.get("code"))
    return f"{kind}/{code or term}/{text(resource.get('assertedDate') or resource.get('onsetDateTime'))}"


def is_confidential(resource: Resource) -> bool:
    """Restricted or very restricted, by the HL7 confidentiality codes."""
    labels = mappings(mapping(resource.get("meta")).get("security"))
    return any(text(label.get("code")) in ("R", "V") for label in labels)
