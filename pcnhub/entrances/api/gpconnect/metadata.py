"""GET /metadata: what this door can do. Answers also while every capability is switched off."""

from __future__ import annotations

from django.conf import settings

import pcnhub
from pcnhub.entrances.api.gpconnect.answers import PROFILES, Answer
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction, provided
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codes import SearchParamType, TypeInteraction

OPERATION_DEFINITIONS = "https://fhir.nhs.uk/STU3/OperationDefinition/"
OPERATIONS = {
    "gpc.registerpatient": "GPConnect-RegisterPatient-Operation-1",
    "gpc.getstructuredrecord": "GPConnect-GetStructuredRecord-Operation-1/_history/1.12",
}
PROFILE_NAMES = (
    "CareConnect-GPC-Patient-1",
    "CareConnect-GPC-Organization-1",
    "CareConnect-GPC-Practitioner-1",
    "CareConnect-GPC-PractitionerRole-1",
    "CareConnect-GPC-Location-1",
    "GPConnect-OperationOutcome-1",
    "GPConnect-Appointment-1",
    "GPConnect-Schedule-1",
    "GPConnect-Slot-1",
    "CareConnect-GPC-AllergyIntolerance-1",
    "CareConnect-GPC-Medication-1",
    "CareConnect-GPC-MedicationStatement-1",
    "CareConnect-GPC-MedicationRequest-1",
    "CareConnect-GPC-List-1",
    "GPConnect-StructuredRecord-Bundle-1",
)
IDENTIFIERS = {
    "Patient": "NHS Number (i.e. https://fhir.nhs.uk/Id/nhs-number|123456789)",
    "Organization": "ODS Code (i.e. https://fhir.nhs.uk/Id/ods-organization-code|Y12345)",
    "Practitioner": "SDS User Id (i.e. https://fhir.nhs.uk/Id/sds-user-id|999999)",
    "Appointment": "NHS Number (i.e. https://fhir.nhs.uk/Id/nhs-number|123456789)",
}
RESOURCES: dict[str, tuple[TypeInteraction, ...]] = {
    "Patient": ("read", "search-type"),
    "Organization": ("read", "search-type"),
    "Practitioner": ("read", "search-type"),
    "Location": ("read",),
    "Appointment": ("read", "create", "update", "search-type"),
    "Slot": ("search-type",),
}
SLOT_INCLUDES = (
    "Schedule:actor:Location",
    "Schedule:actor:Practitioner",
    "Slot:schedule",
    "Location:managingOrganization",
)
SLOT_PARAMETERS: tuple[tuple[str, SearchParamType], ...] = (
    ("start", "date"),
    ("end", "date"),
    ("status", "token"),
    ("searchFilter", "token"),
)
IDENTIFIER: tuple[tuple[str, SearchParamType], ...] = (("identifier", "token"),)
RELEASED = "2026-11-22"  # when this statement last changed


@interaction("rest:read:metadata-1")
def capability_statement(call: Call) -> Answer:
    """The same for every organisation. Source: GP Connect 1.2.7, get the FHIR capability statement."""
    statement = r.CapabilityStatement(
        version=settings.GP_CONNECT_VERSION,
        name="GP Connect",
        status="active",
        date=RELEASED,
        publisher="PCN Hub",
        description=f"This server implements the GP Connect API version {settings.GP_CONNECT_VERSION}",
        copyright="Copyright NHS Digital 2016-20",
        kind="capability",
        software=r.CapabilityStatementSoftware(name="PCN Hub", version=pcnhub.__version__, release_date=RELEASED),
        fhir_version="3.0.1",
        accept_unknown="both",
        format=("application/fhir+json", "application/fhir+xml"),
        profile=tuple(r.Reference(reference=PROFILES + name) for name in PROFILE_NAMES),
        rest=(
            r.CapabilityStatementRest(
                mode="server",
                security=r.CapabilityStatementRestSecurity(cors=True),
                resource=tuple(_resource(name, codes) for name, codes in RESOURCES.items()),
                operation=tuple(
                    r.CapabilityStatementRestOperation(
                        name=name, definition=r.Reference(reference=OPERATION_DEFINITIONS + definition)
                    )
                    for name, definition in OPERATIONS.items()
                    if provided(f"operation:{name}-1")  # nobody is told of what would answer NOT_IMPLEMENTED
                ),
            ),
        ),
    )
    return Answer(statement)


def _resource(name: str, codes: tuple[TypeInteraction, ...]) -> r.CapabilityStatementRestResource:
    """Every interaction of the protocol stands here; one that is switched off is refused when it is called."""
    names = SLOT_PARAMETERS if name == "Slot" else IDENTIFIER if name in IDENTIFIERS else ()
    parameters = (
        r.CapabilityStatementRestResourceSearchParam(name=each, type=type_, documentation=IDENTIFIERS.get(name))
        for each, type_ in names
    )
    return r.CapabilityStatementRestResource(
        type=name,
        interaction=tuple(r.CapabilityStatementRestResourceInteraction(code=code) for code in codes),
        update_create=False if "update" in codes else None,
        search_include=SLOT_INCLUDES if name == "Slot" else (),
        search_param=tuple(parameters),
    )
