"""What the patient's page shows of the registration here: contact details by source, open questions, other entries, acts."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.operations.traced_rows import MERGED_BY_TRACE
from pcnhub.care.patients.queries import (
    PatientView,
    contact_details,
    former_numbers,
    links_into,
    merged_into,
    open_offers,
)
from pcnhub.care.patients.rules import NumberEnd, RegistrationState, RegistrationType
from pcnhub.care.patients.rules.contacts import ContactField, ContactSource
from pcnhub.entrances.staff.patients.pages import Action, clock
from pcnhub.foundations.kernel.actors import Actor

FIELDS = {
    ContactField.MOBILE_PHONE: "Mobile",
    ContactField.HOME_PHONE: "Home telephone",
    ContactField.WORK_PHONE: "Work telephone",
    ContactField.EMAIL: "Email",
    ContactField.ADDRESS: "Address",
}
ALWAYS = (ContactField.MOBILE_PHONE, ContactField.HOME_PHONE, ContactField.ADDRESS)
SOURCES = {
    ContactSource.HUB: "said to the hub",
    ContactSource.PRACTICE: "from the practice's list",
    ContactSource.BOOKER: "said to the practice that booked",
    ContactSource.GP_CONNECT: "said to whoever registered the patient over GP Connect",
    ContactSource.PDS: "from the national demographics service (PDS)",
    ContactSource.MERGED: "from the entry that was merged",
}
NUMBERS = {
    NumberEnd.SUPERSEDED: "replaced; it still finds the patient",
    NumberEnd.INVALIDATED: "no longer valid",
    NumberEnd.CORRECTED: "never this patient's",
}


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Question:
    """Two values of which a person chooses one."""

    id: int
    name: str
    held: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was merged into the patient's."""

    id: int
    number: str
    words: str
    is_by_trace: bool  # appointments moved with it: it is taken back as a trace, not as a merge


def is_kept_here(view: PatientView) -> bool:
    return view.registration_type == RegistrationType.TEMPORARY


def contacts(actor: Actor, view: PatientView) -> list[Contact]:
    """How to reach the patient; whose word it is, where more than one source may have it."""
    return [
        Contact(
            FIELDS[each.field],
            one_line(each.value),
            f"{SOURCES[ContactSource(each.source)]}{f', {clock(each.at)}' if each.at else ''}"
            if is_kept_here(view) and (each.value or each.at)
            else "",
        )
        for each in contact_details(actor=actor, patient_id=view.id)
        if each.value or each.at or each.field in ALWAYS
    ]


def questions(actor: Actor, view: PatientView) -> list[Question]:
    return [
        Question(
            each.id,
            FIELDS[each.field],
            one_line(each.held) or "none",
            one_line(each.value),
            f"{SOURCES[ContactSource(each.source)]}, {clock(each.offered_at)}",
        )
        for each in open_offers(actor=actor, patient_id=view.id)
    ]


def entries(actor: Actor, view: PatientView) -> list[Entry]:
    return [
        Entry(
            each.patient.id,
            each.patient.number_words,
            f"{each.patient.family_name.upper()}, {each.patient.given_name}, merged on {clock(each.at)} by {each.by}: "
            f"{each.reason}",
            is_by_trace=each.reason == MERGED_BY_TRACE,
        )
        for each in merged_into(actor=actor, patient_id=view.id)
    ]


def numbers(actor: Actor, view: PatientView) -> list[str]:
    return [
        f"{each.nhs_number.spaced} ({NUMBERS[each.ended]})" for each in former_numbers(actor=actor, patient_id=view.id)
    ]


def trace_actions(actor: Actor, view: PatientView) -> list[Action]:
    """Each trace that led to this patient may have been wrong."""
    if not actor.may(Permission.TRACE_PATIENTS):
        return []
    return [
        Action(
            f"Not this person: {each.said_name}, booked without being known",
            reverse("not-this-person", args=[each.from_id]),
        )
        for each in links_into(actor=actor, patient_id=view.id)
    ]


def registration_actions(actor: Actor, view: PatientView) -> list[Action]:
    """What may be done to the registration itself. A practice's is kept in the practice's system."""
    if not (actor.may(Permission.MANAGE_REGISTRATIONS) and is_kept_here(view)):
        return []
    if actor.organisation.kind != OrganisationKind.HUB:
        return []
    found = [Action("Change contact details", reverse("patient-contact", args=[view.id]))]
    if view.is_active:
        found.append(Action("End the registration here", reverse("registration-end", args=[view.id])))
    elif view.registration_state == RegistrationState.LEFT:
        found.append(Action("Reactivate the registration here", reverse("registration-reactivate", args=[view.id])))
    found.append(Action("Merge with another entry of this person", reverse("patient-merge", args=[view.id])))
    return found


def one_line(text: str) -> str:
    return ", ".join(line for line in text.split("\n") if line)
