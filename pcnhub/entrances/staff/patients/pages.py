"""What the pages about patients show, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.queries import PatientView
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london

ACTIONS = {
    "patients.opened": "Opened the patient's details",
    "patients.created": "Brought in with an import",
    "patients.changed": "Changed by an import",
    "patients.closed": "Registration closed by an import",
    "patients.temporary-registration-made": "Registered at the hub for a while",
    "patients.temporary-registration-renewed": "Renewed the registration at the hub",
    "patients.temporary-registration-refreshed": "Brought the hub's details up to date",
    "patients.relinked": "Linked to the practice where the patient is now registered",
    "patients.refreshed": "Brought the hub's details up to date",
    "patients.protection-passed-on": "Told the hub that the record is protected, or that the patient objects to sharing",
    "patients.audit-opened": "Looked at this list",
    "records.opened": "Opened the record",
    "records.opening-refused": "Was refused the record",
    "records.imported": "Imported the record",
    "records.consultation-filed": "Filed a consultation in the record",
    "appointments.booked": "Booked an appointment",
    "appointments.cancelled": "Cancelled an appointment",
    "appointments.rebooked": "Moved an appointment",
    "access.refused": "Was refused",
}


@dataclass(frozen=True, slots=True)
class Action:
    text: str
    href: str


def page_number(text: str) -> int:
    """The page asked for; the first when it is no number."""
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def clock(instant: datetime) -> str:
    """An instant as people read it."""
    return f"{in_london(instant):%-d %B %Y, %H:%M}"


def count(number: int, thing: str) -> str:
    """1 row, 2 rows."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def action_words(action: str) -> str:
    """What was done, as people say it; an action without words of its own is read out."""
    return ACTIONS.get(action) or action.replace(".", ": ").replace("-", " ").capitalize()


def actions(actor: Actor, view: PatientView) -> list[Action]:
    """Where this person may go from the patient's page."""
    found = []
    is_practice = actor.organisation.kind == OrganisationKind.PRACTICE
    bookable = view.is_active and not view.is_sensitive
    if actor.may(Permission.BOOK_APPOINTMENTS) and bookable:
        text = "Book an appointment at the hub" if is_practice else "Book an appointment"
        found.append(Action(text, reverse("book-patient", args=[view.id])))
    if actor.may(Permission.BOOK_APPOINTMENTS):
        words = "Appointments at the hub" if is_practice else "Appointments"
        found.append(Action(words, reverse("patient-appointments", args=[view.id])))
    if actor.may(Permission.VIEW_RECORD):
        found.append(Action("Open the record", reverse("record", args=[view.id])))
    if actor.may(Permission.VIEW_AUDIT):
        found.append(Action("Who saw this patient?", reverse("patient-audit", args=[view.id])))
    return found


def state(view: PatientView) -> tuple[str, str]:
    """The registration's state as words and the colour of their tag."""
    if view.registration_state == RegistrationState.DECEASED:
        return (f"Died on {view.died_on:%-d %B %Y}" if view.died_on else "Deceased"), "grey"
    if view.registration_state == RegistrationState.LEFT:
        return (f"Left on {view.left_on:%-d %B %Y}" if view.left_on else "Left"), "grey"
    if view.registration_type == RegistrationType.TEMPORARY:
        return "Temporary registration", "blue"
    return "Registered", "green"


def demographics(view: PatientView) -> list[dict[str, dict[str, str]]]:
    """Rows of a summary list; what is not known says so."""
    practice = view.registered_practice
    facts = {
        "NHS number": view.nhs_number.spaced,
        "Date of birth": f"{view.birth_date:%-d %B %Y}",
        "Sex": view.sex.capitalize(),
        "Previous surname": view.previous_family_name,
        "Address": ", ".join([*view.address_lines, view.postcode]).strip(", "),
        "Mobile": view.mobile_phone,
        "Home telephone": view.home_phone,
        "Email": view.email,
        "Preferred language": view.preferred_language,
        "Registered practice": f"{practice.name} ({practice.ods_code})" if practice else "",
        "Usual GP": view.usual_gp,
        "Registered since": f"{view.registered_on:%-d %B %Y}",
        "Sharing": "Objects to sharing with other organisations" if view.dissents_from_sharing else "",
    }
    always = {"NHS number", "Date of birth", "Sex", "Address", "Mobile", "Home telephone"}
    return [
        {"key": {"text": name}, "value": {"text": value or "Not known"}}
        for name, value in facts.items()
        if value or name in always
    ]
