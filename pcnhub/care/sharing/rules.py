"""The agreements of an Enhanced Access hub (`domain.md` 3.2) and when they take effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AgreementKind(StrEnum):
    CARE_RECORD = "care-record"
    TASKS_TO_PRACTICE = "tasks-to-practice"
    TASKS_TO_HUB = "tasks-to-hub"
    WRITE_BACK = "consultation-write-back"
    COPY_CONSULTATION = "copy-consultation"
    APPOINTMENTS = "appointments"
    REMOTE_CONSULTATIONS = "remote-consultations"


class Side(StrEnum):
    """The two sides of an agreement: who opens what it holds (or receives into its own), and who makes use of it."""

    GIVES = "gives"
    USES = "uses"


class ActivationState(StrEnum):
    CREATED = "created"
    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class KindOfAgreement:
    """How an agreement reads at each side, and which kind of organisation stands there."""

    kind: AgreementKind
    category: str
    gives_label: str
    uses_label: str
    giver: str  # "hub" or "practice"
    permits: str


KINDS: dict[AgreementKind, KindOfAgreement] = {
    entry.kind: entry
    for entry in (
        KindOfAgreement(
            AgreementKind.CARE_RECORD,
            "Care Record",
            "Sharing my care record",
            "Viewing other organisation's care record",
            "practice",
            "The hub opens the practice's record of a patient whom it treats",
        ),
        KindOfAgreement(
            AgreementKind.TASKS_TO_PRACTICE,
            "CrossOrgTasks",
            "Organisations creating tasks for me",
            "Organisations allowing me to create tasks",
            "practice",
            "The hub sends tasks to teams of the practice",
        ),
        KindOfAgreement(
            AgreementKind.TASKS_TO_HUB,
            "CrossOrgTasks",
            "Organisations creating tasks for me",
            "Organisations allowing me to create tasks",
            "hub",
            "The practice sends tasks to teams of the hub",
        ),
        KindOfAgreement(
            AgreementKind.WRITE_BACK,
            "Appointments",
            "Enterprise - Consultation Write Back (into my records)",
            "Enterprise - Consultation Write Back",
            "practice",
            "Consultations made in the hub are copied into the registered practice's record",
        ),
        KindOfAgreement(
            AgreementKind.COPY_CONSULTATION,
            "Appointments",
            "Copy consultation (into my records)",
            "Copy consultation",
            "practice",
            "The copying itself",
        ),
        KindOfAgreement(
            AgreementKind.APPOINTMENTS,
            "Appointments",
            "Sharing my appointments",
            "Viewing other organisations appointments",
            "hub",
            "The practice finds and books the hub's slots for its own patients",
        ),
        KindOfAgreement(
            AgreementKind.REMOTE_CONSULTATIONS,
            "Appointments",
            "Remote Consultations (legacy, into my records)",
            "Remote Consultations (legacy)",
            "practice",
            "Writes directly in the home record; to be switched off once Consultation Write Back is active",
        ),
    )
}


def is_effective(
    *,
    gives: ActivationState,
    uses: ActivationState,
    day: date,
    starts_on: date,
    ends_on: date | None,
) -> bool:
    """Both sides active and the dates hold. The database's `sharing_partners` decides the same (a test compares)."""
    both = gives == ActivationState.ACTIVE and uses == ActivationState.ACTIVE
    return both and starts_on <= day and (ends_on is None or day < ends_on)
