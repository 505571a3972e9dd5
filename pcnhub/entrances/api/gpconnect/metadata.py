"""GET /metadata: what this door can do. Answers also while every capability is switched off."""

from __future__ import annotations

from pcnhub.entrances.api.gpconnect.answers import Answer
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction

OPERATIONS = "https://fhir.nhs.uk/STU3/OperationDefinition/"
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


@interaction("rest:read:metadata-1")
def capability_statement(call: Call) -> Answer:
    """The same for every organisation. Source: GP Connect 1.2.7, get the FHIR capability statement."""
    raise NotImplementedError
