"""The words of organisations and staff, and what can be decided without looking anything up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotPermitted


class OrganisationKind(StrEnum):
    HUB = "hub"
    PRACTICE = "practice"
    ICB = "icb"
    NHS_111 = "111"
    OTHER = "other"


class ClinicalSystem(StrEnum):
    """Whose system keeps the organisation's records."""

    PCN_HUB = "PCN Hub"
    EMIS = "EMIS"
    TPP = "TPP"
    OTHER = "other"


def runs_here(kind: str, system: str, *, hub_systems: Collection[str] = ()) -> bool:
    """Whether the appointment book that an organisation works with is kept by this product: a hub's by its own system, a
    practice's by those of the hubs that work for it today (`hub_systems`; none: nobody has said otherwise)."""
    if kind == OrganisationKind.HUB:
        return system == ClinicalSystem.PCN_HUB
    return not hub_systems or ClinicalSystem.PCN_HUB in hub_systems


class GpConnectCapability(StrEnum):
    """The switches of an organisation's GP Connect configuration (`domain.md` 5). All are off until somebody turns them on."""

    GP_CONNECT = "gp_connect"
    FOUNDATION = "foundation"
    APPOINTMENTS = "appointments"
    ACCESS_HTML = "access_html"
    ACCESS_STRUCTURED = "access_structured"
    ACCESS_DOCUMENT = "access_document"


# How the switches must stand before going live (`domain.md` 5, CHK-13 and CHK-14).
HUB_SWITCHES = {capability: capability is not GpConnectCapability.ACCESS_DOCUMENT for capability in GpConnectCapability}
PRACTICE_SWITCHES = (GpConnectCapability.GP_CONNECT, GpConnectCapability.FOUNDATION, GpConnectCapability.APPOINTMENTS)


def hub_switches_wrong(switches: Mapping[GpConnectCapability, bool]) -> dict[GpConnectCapability, bool]:
    """The hub's switches that stand wrong, each with how it must stand."""
    return {capability: on for capability, on in HUB_SWITCHES.items() if switches.get(capability, False) is not on}


class GroupPurpose(StrEnum):
    PRACTICE_BOOKING = "practice"
    NHS_111 = "111"
    APP = "app"


class Gender(StrEnum):
    """Of a clinician, as FHIR says it (administrative gender)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class PrescriberCodeKind(StrEnum):
    GMP = "GMP"
    NMP = "NMP"
    SPURIOUS = "spurious"


class SignInSecret(StrEnum):
    """What a colleague can replace for somebody who can't get in."""

    PASSWORD = "password"  # noqa: S105 - a word, not a password
    CODE = "code"


class Duty(StrEnum):
    """What a position is for, as far as activities follow from it."""

    CONSULT = "consult"
    PRESCRIBE = "prescribe"


# `domain.md` 4 and R8; the prescriber's set is NHS England's baseline for EPS in integrated urgent care.
DUTY_ACTIVITIES: dict[Duty, tuple[str, ...]] = {
    Duty.CONSULT: ("B0254", "B0360", "B0380"),
    Duty.PRESCRIBE: ("B0278", "B0401", "B0420", "B0468"),
}


def duties_of(*, consulter: bool, prescriber_code: str) -> frozenset[Duty]:
    """Consulters consult; whoever has a prescriber code prescribes."""
    return frozenset([Duty.CONSULT] * consulter + [Duty.PRESCRIBE] * bool(prescriber_code))


def missing_activities(duties: Iterable[Duty], activities: Iterable[str]) -> tuple[str, ...]:
    """The activities that the duties need and that are not there, in order."""
    needed = {activity for duty in duties for activity in DUTY_ACTIVITIES[duty]}
    return tuple(sorted(needed - set(activities)))


LONGEST_PATTERN = 120  # characters


def why_pattern_is_refused(pattern: str) -> str:
    """One sentence saying why session names can't be held to this regular expression; empty when they can.

    Whoever publishes a session waits for the match, so only patterns that match quickly are taken: no repeated groups, and
    few places where the match could try again.
    """
    if len(pattern) > LONGEST_PATTERN:
        return f"This pattern has {len(pattern)} characters; {LONGEST_PATTERN} is the most."
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as wrong:
        return f"This pattern can't be read: {wrong}."
    if re.search(r"\\[1-9]", pattern) or "(?" in pattern.replace("(?:", "("):
        return "This pattern refers to itself or looks around."
    plain = re.sub(r"\\.", "x", pattern)
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
    if re.search(r"\)[*+{]", plain):
        return "This pattern repeats a group."
    plain = re.sub(r"\{\d+\}", "", plain.replace("(?:", "("))  # so many and no other: nothing to try again
    repeated, choices = len(re.findall(r"[*+{]", plain)), len(re.findall(r"[?|]", plain))
    if repeated > 3 or repeated + choices > 6:
        return "This pattern leaves too much open: at most three repetitions, and six with choices."
    return ""


def holds_on(day: date, starts_on: date | None, ends_on: date | None) -> bool:
    """Whether a period of whole days, half-open at its end, holds on a day."""
    return (starts_on is None or starts_on <= day) and (ends_on is None or day < ends_on)


def why_position_does_not_hold(
    day: date, *, starts_on: date, ends_on: date | None, account_is_active: bool, organisation_closed_on: date | None
) -> str:
    """One sentence saying why nobody can act from this position on the day; empty when it holds."""
    if not account_is_active:
        return "The account is switched off."
    if day < starts_on:
        return f"The position starts on {starts_on:%-d %B %Y}."
    if ends_on is not None and ends_on <= day:
        return f"The position ended on {ends_on:%-d %B %Y}."
    if organisation_closed_on is not None and organisation_closed_on <= day:
        return f"The organisation closed on {organisation_closed_on:%-d %B %Y}."
    return ""


class Permission(StrEnum):
    """What a position may do here. Which activity code gives which is data (`data/activity_permissions.csv`), not code."""

    MANAGE_AGREEMENTS = "manage-agreements"
    MANAGE_ORGANISATION = "manage-organisation"  # sites, codes, switches, groups, teams, slot types
    MANAGE_PEOPLE = "manage-people"
    MANAGE_ROTA = "manage-rota"
    FIND_PATIENTS = "find-patients"
    IMPORT_PATIENTS = "import-patients"
    TRACE_PATIENTS = "trace-patients"  # find out who an unregistered person is, and link their appointments
    MANAGE_REGISTRATIONS = "manage-registrations"  # end, reactivate and merge; contact details
    BOOK_APPOINTMENTS = "book-appointments"
    RUN_CLINIC_LIST = "run-clinic-list"  # arrive, send in, left, did not attend
    VIEW_RECORD = "view-record"
    CONSULT = "consult"
    WORK_TASKS = "work-tasks"
    MANAGE_DOCUMENTS = "manage-documents"  # attach, mark as filed in error, act on quarantine
    VIEW_SENSITIVE = "view-sensitive"
    VIEW_AUDIT = "view-audit"
    VIEW_READINESS = "view-readiness"
    MANAGE_READINESS = "manage-readiness"  # attest, waive, go live
    MEND_FAILURES = "mend-failures"  # retry or drop failed jobs


# What lets a position read records or write consultations: whoever gives it stands on the people page and in readiness.
CLINICAL_ACCESS = frozenset({Permission.VIEW_RECORD, Permission.CONSULT, Permission.VIEW_SENSITIVE})

# How each permission reads in a sentence: "Your position does not let you ...".
PERMISSION_WORDS: dict[Permission, str] = {
    Permission.MANAGE_AGREEMENTS: "activate or deactivate sharing agreements",
    Permission.MANAGE_ORGANISATION: "change the organisation's configuration",
    Permission.MANAGE_PEOPLE: "manage people and positions",
    Permission.MANAGE_ROTA: "manage sessions and rotas",
    Permission.FIND_PATIENTS: "search for patients",
    Permission.IMPORT_PATIENTS: "import patients",
    Permission.TRACE_PATIENTS: "trace patients",
    Permission.MANAGE_REGISTRATIONS: "change registrations and contact details",
    Permission.BOOK_APPOINTMENTS: "book or cancel appointments",
    Permission.RUN_CLINIC_LIST: "run the clinic list",
    Permission.VIEW_RECORD: "view patient records",
    Permission.CONSULT: "consult",
    Permission.WORK_TASKS: "send or work tasks",
    Permission.MANAGE_DOCUMENTS: "attach documents or mark them as filed in error",
    Permission.VIEW_SENSITIVE: "see patients marked as sensitive",
    Permission.VIEW_AUDIT: "see who opened records",
    Permission.VIEW_READINESS: "see the readiness grid",
    Permission.MANAGE_READINESS: "attest, waive or go live",
    Permission.MEND_FAILURES: "retry or drop failed work",
}


def require(*, actor: Actor, permission: Permission) -> None:
    """The half of the gate that asks the actor's own position; `sharing.gate.permit` adds the agreements.

    Rooms beneath sharing ask it alone. Raises NotPermitted.
    """
    if actor.may(permission):
        return
    raise NotPermitted(
        f"Your position at {actor.organisation.name} does not let you {PERMISSION_WORDS[permission]}.",
        remedy="If it is part of your job, ask for the activity to be added to your position, then sign in again.",
        who_can=f"an administrator of {actor.organisation.name}",
    )


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving did: the row's id, and the fields that changed (all of them when it was made, none when it stood so)."""

    id: int
    made: bool
    changed: tuple[str, ...]

    @property
    def was(self) -> str:
        """`made`, `changed` or `unchanged`."""
        return "made" if self.made else "changed" if self.changed else "unchanged"


@dataclass(frozen=True, slots=True)
class PersonTraits:
    """What is known of the person behind an account; empty where it isn't."""

    name: str
    email: str
    sds_user_id: str
    smartcard_uid: str


def look_like_one_person(one: PersonTraits, other: PersonTraits) -> bool:
    """Whether two accounts of one name are likely one person's: one address for mail, or a card or national id on the one
    account that the other could be missing. Each with a card or an id of its own, or neither with any, is two namesakes."""
    if one.name.casefold() != other.name.casefold():
        return False
    if one.email and one.email.casefold() == other.email.casefold():
        return True
    if one.sds_user_id and other.sds_user_id:
        return False
    has_card = (bool(one.sds_user_id or one.smartcard_uid), bool(other.sds_user_id or other.smartcard_uid))
    return has_card in ((True, False), (False, True))
