"""GET /metadata of Access Record Structured: its own capability statement. Answers also while the capability is switched off."""

from __future__ import annotations

from django.conf import settings

import pcnhub
from pcnhub.entrances.api.gpconnect.answers import PROFILES, Answer
from pcnhub.entrances.api.gpconnect.calls import Call
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.entrances.api.gpconnect.metadata import OPERATION_DEFINITIONS, OPERATIONS, RELEASED
from pcnhub.foundations.fhir import resources as r

# With their versions, as the official assurance tests of 1.2.7 want them here
PROFILE_VERSIONS = {
    "CareConnect-GPC-Patient-1": "1.8",
    "CareConnect-GPC-Organization-1": "1.4",
    "CareConnect-GPC-Practitioner-1": "1.2",
    "CareConnect-GPC-PractitionerRole-1": "1.2",
    "CareConnect-GPC-AllergyIntolerance-1": "1.6",
    "CareConnect-GPC-Medication-1": "1.2",
    "CareConnect-GPC-MedicationStatement-1": "1.7",
    "CareConnect-GPC-MedicationRequest-1": "1.5",
    "CareConnect-GPC-List-1": "1.1",
    "GPConnect-StructuredRecord-Bundle-1": "1.3",
    "GPConnect-OperationOutcome-1": "1.2",
}
OPERATION = "gpc.getstructuredrecord"


@interaction("rest:read:structured-metadata-1")
def capability_statement(call: Call) -> Answer:
    """The same for every organisation. Source: GP Connect 1.2.7, get the structured capability statement."""
    version = settings.GP_CONNECT_VERSION
    return Answer(
        r.CapabilityStatement(
            version=version,
            name="GP Connect",
            status="active",
            date=RELEASED,
            publisher="PCN Hub",
            description=f"This server implements the GP Connect Access Record Structured API version {version}",
            copyright="Copyright NHS Digital 2016-20",
            kind="capability",
            software=r.CapabilityStatementSoftware(name="PCN Hub", version=pcnhub.__version__, release_date=RELEASED),
            fhir_version="3.0.1",
            accept_unknown="both",
            format=("application/fhir+json", "application/fhir+xml"),
            profile=tuple(
                r.Reference(reference=f"{PROFILES}{name}/_history/{number}")
                for name, number in PROFILE_VERSIONS.items()
            ),
            rest=(
                r.CapabilityStatementRest(
                    mode="server",
                    security=r.CapabilityStatementRestSecurity(cors=True),
                    operation=(
                        r.CapabilityStatementRestOperation(
                            name=OPERATION,
                            definition=r.Reference(reference=OPERATION_DEFINITIONS + OPERATIONS[OPERATION]),
                        ),
                    ),
                ),
            ),
        )
    )
