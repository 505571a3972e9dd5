"""The agreements of an Enhanced Access hub (`domain.md` 3.2) and when they take effect."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pcnhub.care.organisations.rules import OrganisationKind, holds_on


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


@dataclass(frozen=True, slots=True)
class Stand:
    """What one organisation has done about its side, and for which days it is a party (half-open)."""

    state: str
    terms_accepted: str
    joined_on: date
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides must have accepted, and the days on which the agreement itself holds (half-open)."""

    version: str
    starts_on: date
    ends_on: date | None = None


class Standing(StrEnum):
    """How one side of an agreement looks on a day, as the agreements page names it."""

    ACTIVE = "active"
    NOT_YET = "not activated yet"
    DEACTIVATED = "deactivated"
    TERMS_CHANGED = "terms changed"
    NOT_A_PARTY = "not a party"


def standing(*, stand: Stand | None, terms: Terms, day: date) -> Standing:
    """The state of one side on a day: an activation of older terms has lapsed until the new ones are accepted."""
    if stand is None or not holds_on(day, stand.joined_on, stand.left_on):
        return Standing.NOT_A_PARTY
    if stand.state == ActivationState.CREATED:
        return Standing.NOT_YET
    if stand.state == ActivationState.INACTIVE:
        return Standing.DEACTIVATED
    return Standing.ACTIVE if stand.terms_accepted == terms.version else Standing.TERMS_CHANGED


def is_effective(*, gives: Stand | None, uses: Stand | None, terms: Terms, day: date) -> bool:
    """Both sides active on the current terms, and all dates hold. The database's `sharing_partners` decides the same."""
    both = (standing(stand=side, terms=terms, day=day) == Standing.ACTIVE for side in (gives, uses))
    return holds_on(day, terms.starts_on, terms.ends_on) and all(both)


def is_wider(categories: Collection[str], *, than: Collection[str]) -> bool:
    """Whether a list of job categories lets in somebody whom the other doesn't; an empty list lets in everybody."""
    return bool(than) and (not categories or not set(categories) <= set(than))


def is_longer(period: tuple[date, date | None], *, than: tuple[date, date | None]) -> bool:
    """Whether a half-open period has a day that the other lacks; no end is forever."""
    (starts_on, ends_on), (other_start, other_end) = period, than
    return starts_on < other_start or (other_end is not None and (ends_on is None or ends_on > other_end))


def side_of(*, kind: AgreementKind, organisation_kind: str) -> Side | None:
    """On which side of an agreement an organisation of this kind stands; None for whoever stands on neither."""
    if organisation_kind not in (OrganisationKind.HUB, OrganisationKind.PRACTICE):
        return None
    return Side.GIVES if KINDS[kind].giver == organisation_kind else Side.USES


# What the prescribing user of Consultation Write Back must be (`domain.md` 12A.5): copied items are issued in this name.
PRESCRIBING_JOB_CATEGORY = "General Medical Practitioner"
