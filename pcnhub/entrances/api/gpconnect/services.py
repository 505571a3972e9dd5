"""The service filter of GP Connect 1.2.8, an option that is off: 111 searches by the service that it found in the Directory of
Services. A hub that takes part has one service, and all its sessions belong to it (PCNHUB_GP_CONNECT_SERVICES).

Source: GP Connect 1.2.8, search for free slots, find and read a healthcare service, service filtering.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from pcnhub.entrances.api.gpconnect.answers import PROFILES, Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.identifiers import identifier_asked
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.entrances.api.gpconnect.people_and_places import meta, searchset
from pcnhub.foundations.fhir import resources as r

SERVICES = "https://fhir.nhs.uk/Id/uec-dos-service-id"
STATUS = PROFILES + "Extension-GPConnect-ServiceFilteringStatus-1"
HEALTHCARE_SERVICES = "Schedule:actor:HealthcareService"


@dataclass(frozen=True, slots=True)
class ServiceFilter:
    """What the filter does to one search: the service that the schedules name (None: none), whether it comes along, and what
    is said of the filter itself ("" where nobody asked, or the option is off)."""

    service: r.HealthcareService | None = None
    comes_along: bool = False
    status: str = ""


def service_filter(call: Call) -> ServiceFilter:
    """Raises Refused: NO_RECORD_FOUND for a service that is not the organisation's, INVALID_PARAMETER for no token."""
    if not settings.GP_CONNECT_SERVICES:
        return ServiceFilter()
    asked = call.query.getlist("service.identifier")
    service = _service(call)
    if service is None:
        return ServiceFilter(status="organization-disabled" if asked else "")
    for token in asked:
        system, _, value = token.partition("|")
        if system != SERVICES or not value:
            raise Refused(Spine.INVALID_PARAMETER, f"service.identifier must be {SERVICES}| and the service's id.")
        if value != service.id:
            raise Refused(Spine.NO_RECORD_FOUND, "This organisation does not provide the service asked for.")
    return ServiceFilter(
        service,
        comes_along=HEALTHCARE_SERVICES in call.query.getlist("_include:recurse"),
        status="enabled" if asked else "",
    )


@interaction("rest:search:healthcareservice-1")
def find(call: Call) -> Answer:
    _require_option()
    value, service = identifier_asked(call, SERVICES), _service(call)
    return Answer(searchset([service] if service and service.id == value else []))


@interaction("rest:read:healthcareservice-1")
def read(call: Call) -> Answer:
    _require_option()
    service = _service(call)
    if service is None or service.id != call.id:
        raise Refused(Spine.NO_RECORD_FOUND, "This organisation provides no such service.")
    return Answer(service, version=1)


def _require_option() -> None:
    if not settings.GP_CONNECT_SERVICES:
        raise Refused(Spine.NOT_IMPLEMENTED, "Service filtering (GP Connect 1.2.8) is not in use here.")


def _service(call: Call) -> r.HealthcareService | None:
    """The organisation's own; its id in the Directory is its id here."""
    number = settings.GP_CONNECT_SERVICES.get(call.provider.ods_code)
    if number is None:
        return None
    return r.HealthcareService(
        id=number,
        meta=meta("CareConnect-GPC-HealthcareService-1", 1),
        identifier=(r.Identifier(system=SERVICES, value=number),),
        provided_by=r.Reference(reference=f"Organization/{call.provider.id}"),
        name=call.provider.name,
    )
