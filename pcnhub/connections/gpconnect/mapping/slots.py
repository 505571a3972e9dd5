"""A searchset of free slots, as a list can show it. Source: GP Connect 1.2.7, search for free slots; consumer display duties."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pcnhub.foundations.fhir import dates
from pcnhub.foundations.fhir import resources as r

STRUCTURES = "https://fhir.nhs.uk/STU3/StructureDefinition/"
DELIVERY_CHANNEL = STRUCTURES + "Extension-GPConnect-DeliveryChannel-2"
PRACTITIONER_ROLE = STRUCTURES + "Extension-GPConnect-PractitionerRole-1"


@dataclass(frozen=True, slots=True)
class SlotElsewhere:
    """What must be shown of a free slot at another system. All ids are theirs; nothing is guessed: what was not sent is ''."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    schedule_id: str
    session: str
    slot_type: str
    channel: str
    role: str
    practitioner_id: str
    practitioner: str
    practitioner_gender: str
    location_id: str
    location: str
    address: str
    phone: str

    @property
    def summary(self) -> str:
        """The slot in a line, as it is kept with a booking."""
        parts = (self.practitioner, self.role, self.slot_type, self.session, self.channel, self.location, self.address)
        return ", ".join(dict.fromkeys(part for part in parts if part))


def free_slots_of(bundle: r.Bundle) -> tuple[list[SlotElsewhere], int]:
    """The free slots that can be booked, by time, and how many came that can't be shown in full (no schedule, no place)."""
    found = {
        (r.type_of(each.resource), each.resource.id): each.resource
        for each in bundle.entry
        if each.resource is not None and each.resource.id
    }
    slots = [resource for resource in found.values() if isinstance(resource, r.Slot) and resource.status == "free"]
    shown = [each for slot in slots if (each := _shown(slot, found)) is not None]
    return sorted(shown, key=lambda each: (each.starts_at, each.slot_id)), len(slots) - len(shown)


def _shown(slot: r.Slot, found: dict[tuple[str, str], r.Resource]) -> SlotElsewhere | None:
    schedule = _referred(slot.schedule, "Schedule", found)
    if not isinstance(schedule, r.Schedule) or not slot.id:
        return None
    location = next(
        (each for actor in schedule.actor if isinstance(each := _referred(actor, "Location", found), r.Location)), None
    )
    try:
        starts_at, ends_at = dates.instant_of(slot.start), dates.instant_of(slot.end)
    except ValueError:
        return None
    if location is None or not location.id or ends_at <= starts_at:
        return None
    practitioner = next(
        (
            each
            for actor in schedule.actor
            if isinstance(each := _referred(actor, "Practitioner", found), r.Practitioner)
        ),
        None,
    )
    return SlotElsewhere(
        slot_id=slot.id,
        starts_at=starts_at,
        ends_at=ends_at,
        schedule_id=schedule.id or "",
        session=_text(schedule.service_category),
        slot_type=next((_text(each) for each in slot.service_type if _text(each)), ""),
        channel=next((each.value_code or "" for each in slot.extension if each.url == DELIVERY_CHANNEL), ""),
        role=next(
            (_text(each.value_codeable_concept) for each in schedule.extension if each.url == PRACTITIONER_ROLE), ""
        ),
        practitioner_id=(practitioner.id or "") if practitioner else "",
        practitioner=_name(practitioner.name) if practitioner else "",
        practitioner_gender=(practitioner.gender or "") if practitioner else "",
        location_id=location.id,
        location=location.name or "",
        address=_address(location.address),
        phone=next((each.value or "" for each in location.telecom if each.system == "phone"), ""),
    )


def _referred(reference: r.Reference | None, kind: str, found: dict[tuple[str, str], r.Resource]) -> r.Resource | None:
    """Relative references are the rule; a full address ends in the same two parts."""
    parts = ((reference.reference if reference else None) or "").split("/")
    return found.get((kind, parts[-1])) if len(parts) >= 2 and parts[-2] == kind else None


def _text(concept: r.CodeableConcept | None) -> str:
    if concept is None:
        return ""
    return concept.text or next((each.display or each.code or "" for each in concept.coding), "")


def _name(names: Iterable[r.HumanName]) -> str:
    for name in names:
        return name.text or " ".join([*name.prefix, *name.given, *((name.family,) if name.family else ())])
    return ""


def _address(address: r.Address | None) -> str:
    if address is None:
        return ""
    parts = (*address.line, address.city, address.district, address.postal_code)
    return ", ".join(part for part in parts if part) or (address.text or "")
