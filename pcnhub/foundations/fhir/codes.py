"""Value sets with a required binding in FHIR STU3, each a Literal: `codec` refuses any other code.

Neither `fhir.resources` nor `fhirkit` refuses an illegal code, so the lists stand here.
"""

from typing import Literal

IdentifierUse = Literal["usual", "official", "temp", "secondary"]
HumanNameUse = Literal["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"]
ContactPointSystem = Literal["phone", "fax", "email", "pager", "url", "sms", "other"]
ContactPointUse = Literal["home", "work", "temp", "old", "mobile"]
AddressUse = Literal["home", "work", "temp", "old"]
AddressType = Literal["postal", "physical", "both"]
UnitOfTime = Literal["s", "min", "h", "d", "wk", "mo", "a"]
DayOfWeek = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
NarrativeStatus = Literal["generated", "extensions", "additional", "empty"]
LinkType = Literal["replaced-by", "replaces", "refer", "seealso"]
Gender = Literal["male", "female", "other", "unknown"]
LocationStatus = Literal["active", "suspended", "inactive"]
LocationMode = Literal["instance", "kind"]
DeviceStatus = Literal["active", "inactive", "entered-in-error", "unknown"]
SlotStatus = Literal["busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error"]
ParticipantRequired = Literal["required", "optional", "information-only"]
ParticipantStatus = Literal["accepted", "declined", "tentative", "needs-action"]
AppointmentStatus = Literal[
    "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error"
]
SearchEntryMode = Literal["match", "include", "outcome"]
HttpVerb = Literal["GET", "POST", "PUT", "DELETE"]
BundleType = Literal[
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
]
IssueSeverity = Literal["fatal", "error", "warning", "information"]
ListStatus = Literal["current", "retired", "entered-in-error"]
ListMode = Literal["working", "snapshot", "changes"]
CompositionStatus = Literal["preliminary", "final", "amended", "entered-in-error"]
CompositionAttestationMode = Literal["personal", "professional", "legal", "official"]
DocumentRelation = Literal["replaces", "transforms", "signs", "appends"]
ResponseType = Literal["ok", "transient-error", "fatal-error"]
AllergyIntoleranceReactionSeverity = Literal["mild", "moderate", "severe"]
AllergyIntoleranceClinicalStatus = Literal["active", "inactive", "resolved"]
AllergyIntoleranceVerificationStatus = Literal["unconfirmed", "confirmed", "refuted", "entered-in-error"]
AllergyIntoleranceType = Literal["allergy", "intolerance"]
AllergyIntoleranceCategory = Literal["food", "medication", "environment", "biologic"]
AllergyIntoleranceCriticality = Literal["low", "high", "unable-to-assess"]
MedicationStatus = Literal["active", "inactive", "entered-in-error"]
MedicationStatementStatus = Literal["active", "completed", "entered-in-error", "intended", "stopped", "on-hold"]
MedicationStatementTaken = Literal["y", "n", "unk", "na"]
MedicationRequestStatus = Literal[
    "active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"
]
MedicationRequestIntent = Literal["proposal", "plan", "order", "instance-order"]
MedicationRequestPriority = Literal["routine", "urgent", "stat", "asap"]
SearchParamType = Literal["number", "date", "string", "token", "reference", "composite", "quantity", "uri"]
TypeInteraction = Literal[
    "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"
]
VersioningPolicy = Literal["no-version", "versioned", "versioned-update"]
ConditionalRead = Literal["not-supported", "modified-since", "not-match", "full-support"]
ConditionalDelete = Literal["not-supported", "single", "multiple"]
ReferencePolicy = Literal["literal", "logical", "resolves", "enforced", "local"]
SystemInteraction = Literal["transaction", "batch", "search-system", "history-system"]
RestMode = Literal["client", "server"]
EventMode = Literal["sender", "receiver"]
MessageSignificance = Literal["Consequence", "Currency", "Notification"]
DocumentMode = Literal["producer", "consumer"]
PublicationStatus = Literal["draft", "active", "retired", "unknown"]
CapabilityKind = Literal["instance", "capability", "requirements"]
AcceptUnknown = Literal["no", "extensions", "elements", "both"]
Comparator = Literal["<", "<=", ">=", ">"]
IssueType = Literal[
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "not-found",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "incomplete",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "throttled",
    "informational",
]
