"""Appointments as a consumer writes them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pcnhub.care.appointments.queries import SlotView
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.entrances.api.gpconnect.scheduling import uk_time
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World
from tests.rooms.appointments.book import session, slots

PROFILES = "https://fhir.nhs.uk/STU3/StructureDefinition/"
BOOKER = PROFILES + "Extension-GPConnect-BookingOrganisation-1"
CHANNEL = PROFILES + "Extension-GPConnect-DeliveryChannel-2"
ROLE = PROFILES + "Extension-GPConnect-PractitionerRole-1"
REASON = PROFILES + "Extension-GPConnect-AppointmentCancellationReason-1"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
TYPES = "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1"
JOB_ROLES = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1"


def open_session(w: World, **more: Any) -> int:
    """A session that is open to every organisation over GP Connect, or to the codes that are given; to no group."""
    if not more.get("gp_connect_bookable", True):
        return session(w, **more)
    return session(w, group_ids=frozenset(), open_to_all=not more.get("organisation_ods_codes"), **more)


def hub_patient(w: World) -> int:
    """Ash Lane's patient, as the hub holds her."""
    with unit_of_work(w.ada):
        return register_temporarily(
            actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk
        ).patient_id


def free(session_id: int) -> tuple[SlotView, ...]:
    return slots(session_id)


def wish(w: World, patient_id: int, *chosen: SlotView, **change: Any) -> dict[str, Any]:
    """The body that books these slots; `change` replaces elements, None takes one out."""
    body: dict[str, Any] = {
        "resourceType": "Appointment",
        "meta": {"profile": [PROFILES + "GPConnect-Appointment-1"]},
        "contained": [
            {
                "resourceType": "Organization",
                "id": "1",
                "meta": {"profile": [PROFILES + "CareConnect-GPC-Organization-1"]},
                "identifier": [{"system": ODS, "value": "A81001"}],
                "type": [{"coding": [{"system": TYPES, "code": "gp-practice"}]}],
                "name": "Ash Lane Surgery",
                "telecom": [{"system": "phone", "value": "0300 303 5678"}],
            }
        ],
        "extension": [{"url": BOOKER, "valueReference": {"reference": "#1"}}],
        "status": "booked",
        "description": "Cough for three weeks",
        "start": uk_time(chosen[0].starts_at),
        "end": uk_time(chosen[-1].ends_at),
        "slot": [{"reference": f"Slot/{slot.id}"} for slot in chosen],
        "created": "2026-11-23T08:59:41+00:00",
        "comment": "Rings first",
        "participant": [
            {"actor": {"reference": f"Patient/{patient_id}"}, "status": "accepted"},
            {"actor": {"reference": f"Location/{w.site.pk}"}, "status": "accepted"},
        ],
    }
    return changed(body, **change)


def changed(body: dict[str, Any], **change: Any) -> dict[str, Any]:
    made = deepcopy(body) | deepcopy(change)
    return {name: value for name, value in made.items() if value is not None}


def with_reason(body: dict[str, Any], reason: str = "Feels better", **change: Any) -> dict[str, Any]:
    """The body that cancels an appointment, made from how it was read."""
    extension = [*body["extension"], {"url": REASON, "valueString": reason}]
    return changed(body, status="cancelled", extension=extension, **change)
