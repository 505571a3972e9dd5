"""Names of profiles, code systems and identifier systems in ITK3 messages (GP Connect Messaging, payload and header pages)."""

from __future__ import annotations

from pcnhub.foundations.fhir import resources as r

NHS = "https://fhir.nhs.uk/STU3/StructureDefinition/"
CARE_CONNECT = "https://fhir.hl7.org.uk/STU3/StructureDefinition/"  # not fhir.nhs.uk
MESSAGE_BUNDLE = NHS + "ITK-Message-Bundle-1"
MESSAGE_HEADER = NHS + "ITK-MessageHeader-2"
HEADER_ORGANISATION = NHS + "CareConnect-ITK-Header-Organization-1"
DOCUMENT_BUNDLE = NHS + "ITK-Document-Bundle-1"
ATTACHMENT = NHS + "ITK-Attachment-Binary-1"
RESPONSE = NHS + "ITK-Response-OperationOutcome-1"
COMPOSITION = CARE_CONNECT + "CareConnect-Composition-1"
PRACTITIONER = CARE_CONNECT + "CareConnect-Practitioner-1"
ORGANISATION = CARE_CONNECT + "CareConnect-Organization-1"
PATIENT = CARE_CONNECT + "CareConnect-Patient-1"
HANDLING = NHS + "Extension-ITK-MessageHandling-2"
VERIFICATION = CARE_CONNECT + "Extension-CareConnect-NHSNumberVerificationStatus-1"
VERIFICATION_CODES = "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1"
DEFINITION = "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-1"
RECIPIENT_TYPES = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-RecipientType-1"
EVENTS = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-MessageEvent-2"
RESPONSE_CODES = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1"
SEND_DOCUMENT, ITK_RESPONSE = "ITK007C", "ITK008M"
UUIDS = "https://tools.ietf.org/html/rfc4122"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
SNOMED = "http://snomed.info/sct"
REPORT_OF_ENCOUNTER = "371531000"


def meta(profile: str) -> r.Meta:
    """Every resource names its profile (GPCM-SD-108)."""
    return r.Meta(profile=(profile,))


def urn(uuid: str) -> str:
    return f"urn:uuid:{uuid}"


def entry(resource: r.Resource) -> r.BundleEntry:
    assert resource.id  # noqa: S101 - what stands in a bundle here has an id
    return r.BundleEntry(full_url=urn(resource.id), resource=resource)


def reference(resource: r.Resource) -> r.Reference:
    assert resource.id  # noqa: S101
    return r.Reference(reference=urn(resource.id))
