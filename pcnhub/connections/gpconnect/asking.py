"""The interactions of Foundations and Appointment Management, as a consumer asks them. Nothing here touches the database."""

from __future__ import annotations

from datetime import date, timedelta

from pcnhub.care.patients.queries import PatientView
from pcnhub.connections.gpconnect.client import Link, Place, Question, Reply
from pcnhub.connections.gpconnect.mapping import appointments, patients, slots
from pcnhub.connections.gpconnect.refusals import SaidNo, Unclear
from pcnhub.connections.gpconnect.token import READ_ORGANISATION, READ_PATIENT, WRITE_PATIENT
from pcnhub.foundations.fhir import resources as r

LONGEST_SEARCH = timedelta(days=14)  # GP Connect 1.2.7, search for free slots
_INCLUDES = (
    ("_include", "Slot:schedule"),
    ("_include:recurse", "Schedule:actor:Practitioner"),
    ("_include:recurse", "Schedule:actor:Location"),
    ("_include:recurse", "Location:managingOrganization"),
)


def free_slots(
    link: Link, place: Place, *, from_on: date, to_on: date, seconds: float | None = None
) -> tuple[list[slots.SlotElsewhere], int]:
    """Free slots of these days (both whole, at most 14), and how many came that can't be shown."""
    if to_on < from_on or to_on - from_on > LONGEST_SEARCH:
        raise ValueError("at most 14 days, the last not before the first")
    filters = [("searchFilter", f"{appointments.ODS}|{link.caller.ods_code}")]
    if link.caller.organisation_type:
        filters.append(("searchFilter", f"{appointments.ORGANISATION_TYPE}|{link.caller.organisation_type}"))
    reply = link.ask(
        place,
        Question(
            "rest:search:slot-1", READ_ORGANISATION, "Slot",
            parameters=(("status", "free"), ("start", f"ge{from_on}"), ("end", f"le{to_on}"), *_INCLUDES, *filters),
        ),
        seconds=seconds,
    )  # fmt: skip
    found, unshown = slots.free_slots_of(_bundle(place, reply))
    return [each for each in found if each.starts_at > link.now], unshown


def find_patient(link: Link, place: Place, nhs_number: str) -> r.Patient | None:
    """The patient there; None when they have none of this number. Raises Unclear when they sent several."""
    reply = link.ask(
        place,
        Question(
            "rest:search:patient-1", READ_PATIENT, "Patient",
            parameters=(("identifier", f"{patients.NHS_NUMBER}|{nhs_number}"),),
        ),
    )  # fmt: skip
    bundle = _bundle(place, reply)
    found = patients.patients_of(bundle, nhs_number)
    sent = [each for each in bundle.entry if isinstance(each.resource, r.Patient)]
    if len(sent) > 1 or (sent and not found):
        raise Unclear(f"{place.name} sent other patients than the one asked for. None is taken.", was_sent=False)
    return found[0] if found else None


def register(link: Link, place: Place, patient: PatientView) -> r.Patient:
    """Registers the patient there for a while; who is there already is found instead."""
    question = Question(
        "operation:gpc.registerpatient-1", WRITE_PATIENT, "Patient/$gpc.registerpatient",
        method="POST", body=patients.registration(patient), changes=True,
    )  # fmt: skip
    try:
        bundle = _bundle(place, link.ask(place, question))
        made = patients.patients_of(bundle, str(patient.nhs_number))
        if made:
            return made[0]
    except SaidNo as no:
        if no.spine_code != "DUPLICATE_REJECTED":
            raise
    found = find_patient(link, place, str(patient.nhs_number))
    if found is None:
        raise Unclear(f"{place.name} has not said under which number the patient is registered.", was_sent=True)
    return found


def book(link: Link, place: Place, wanted: appointments.Wanted) -> Reply:
    """Raises Unclear where what came back is not what was asked for: it is never taken for a booking."""
    caller = link.caller
    booker = appointments.Booker(caller.ods_code, caller.organisation_name, caller.phone, caller.organisation_type)
    reply = link.ask(
        place,
        Question(
            "rest:create:appointment-1", WRITE_PATIENT, "Appointment",
            method="POST", body=appointments.to_book(wanted, booker), changes=True,
        ),
    )  # fmt: skip
    read = reply.resource
    if not isinstance(read, r.Appointment) or read.status != "booked" or not appointments.answers(read, wanted):
        raise Unclear(f"{place.name} answered with another appointment than the one asked for.", was_sent=True)
    return reply


def read(link: Link, place: Place, appointment_id: str) -> Reply:
    reply = link.ask(place, Question("rest:read:appointment-1", READ_PATIENT, f"Appointment/{appointment_id}"))
    if not isinstance(reply.resource, r.Appointment) or reply.resource.id != appointment_id:
        raise Unclear(f"{place.name} answered with something else than the appointment.", was_sent=False)
    return reply


def change(link: Link, place: Place, appointment: r.Appointment, *, version: str, cancels: bool) -> Reply:
    """Sends an appointment that was read and changed, on condition of its version."""
    reply = link.ask(
        place,
        Question(
            "rest:cancel:appointment-1" if cancels else "rest:update:appointment-1", WRITE_PATIENT,
            f"Appointment/{appointment.id}", method="PUT", body=appointment, if_match=version, changes=True,
        ),
    )  # fmt: skip
    answer = reply.resource
    if not isinstance(answer, r.Appointment) or answer.id != appointment.id or answer.status != appointment.status:
        raise Unclear(f"{place.name} has not said that the appointment is changed.", was_sent=True)
    return reply


def appointments_of(link: Link, place: Place, patient_id: str, *, from_on: date, to_on: date) -> list[r.Appointment]:
    reply = link.ask(
        place,
        Question(
            "rest:search:patient_appointments-1", READ_PATIENT, f"Patient/{patient_id}/Appointment",
            parameters=(("start", f"ge{from_on}"), ("start", f"le{to_on}")),
        ),
    )  # fmt: skip
    return [each.resource for each in _bundle(place, reply).entry if isinstance(each.resource, r.Appointment)]


def _bundle(place: Place, reply: Reply) -> r.Bundle:
    if not isinstance(reply.resource, r.Bundle):
        raise Unclear(f"{place.name} answered with something else than a list.", was_sent=False)
    return reply.resource
