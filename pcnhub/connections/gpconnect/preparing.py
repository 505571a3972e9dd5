"""Before anything is booked elsewhere: the slot as it is now, and whether the patient there is the patient here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import NotTraced, PatientView, open_patient, require_traced
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.client import Link, Place
from pcnhub.connections.gpconnect.directory import endpoint
from pcnhub.connections.gpconnect.mapping.patients import Difference, differences, seen
from pcnhub.connections.gpconnect.mapping.slots import SlotElsewhere
from pcnhub.connections.gpconnect.refusals import GoneElsewhere, NoAnswer, SaidNo
from pcnhub.connections.gpconnect.searching import link_for
from pcnhub.connections.pds.linking import retrace_before_leaving
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import PermanentFailure
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, Problem

OFFERED = 3  # other slots, when one is gone


class SlotGone(GoneElsewhere):
    """With the next free slots there, in the order of time."""

    code = "gp-connect-slot-gone"

    def __init__(self, message: str, alternatives: tuple[SlotElsewhere, ...]) -> None:
        super().__init__(message)
        self.alternatives = alternatives


@dataclass(frozen=True, slots=True)
class Prepared:
    """`their_patient_id` is '' where they do not know the patient: booking registers them there first."""

    patient: PatientView
    place: Place
    slot: SlotElsewhere
    their_patient_id: str
    differences: tuple[Difference, ...]
    link: Link = field(repr=False)

    @property
    def seen(self) -> str:
        """What a person confirms when they say that it is the same person all the same; '' where nothing differs."""
        return seen(self.differences) if self.differences else ""


def prepare(*, actor: Actor, now: datetime, patient_id: int, endpoint_id: int, slot_id: str, day: date) -> Prepared:
    """Asks the other system for the slot and the patient, once it is told again who a hub's patient is, where that is needed.
    Raises NotPermitted, NotFound, NotTraced, SlotGone, NoAnswer, SaidNo ..., and `pds.refusals.NotAnswered`."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        patient = _patient(actor, now, patient_id)
        endpoint(actor=actor, endpoint_id=endpoint_id)
    asked = patient.registration_type == RegistrationType.TEMPORARY and asked_again(actor, now, patient)
    with unit_of_work(actor):
        patient = _patient(actor, now, patient_id) if asked else patient
        place = endpoint(actor=actor, endpoint_id=endpoint_id).place
    link = link_for(actor=actor, now=now)
    if not link.caller.phone:
        raise InvalidInput([_no_phone()])
    slot = _slot(link, place, slot_id, day)
    there = asking.find_patient(link, place, str(patient.nhs_number))
    return Prepared(
        patient, place, slot, (there.id or "") if there else "", differences(patient, there) if there else (), link
    )


def _patient(actor: Actor, now: datetime, patient_id: int) -> PatientView:
    patient = open_patient(actor=actor, now=now, patient_id=patient_id, reason="booking at another system")
    _may_be_sent(patient)
    return patient


def asked_again(actor: Actor, now: datetime, patient: PatientView) -> bool:
    """Nothing about a hub's patient leaves on an old trace (`national-services` 2.7, step 8): whoever books needs no right to
    trace for it, so the hub itself asks. What stands against the number is said as any other reason is."""
    system = system_actor_for(organisation_id=actor.organisation.id, request_id=actor.request_id)
    try:
        return retrace_before_leaving(actor=system, now=now, patient_id=patient.id)
    except PermanentFailure as failure:
        raise NotTraced(failure.message, remedy=failure.remedy) from failure


def next_slots(link: Link, place: Place, *, around: date, but: str) -> tuple[SlotElsewhere, ...]:
    """The next free ones there from that day on; none when they can't be asked."""
    first = max(around, london_date(link.now))
    try:
        found, _ = asking.free_slots(link, place, from_on=first, to_on=first + timedelta(days=13))
    except (SaidNo, NoAnswer):  # what is gone is gone, also when nobody says what else there is
        return ()
    return tuple(each for each in found if each.slot_id != but)[:OFFERED]


def _slot(link: Link, place: Place, slot_id: str, day: date) -> SlotElsewhere:
    found, _ = asking.free_slots(link, place, from_on=day, to_on=day)
    slot = next((each for each in found if each.slot_id == slot_id), None)
    if slot is None:
        others = next_slots(link, place, around=day, but=slot_id)
        raise SlotGone(f"This slot at {place.name} is not free any more. Nothing was booked.", others)
    return slot


def _may_be_sent(patient: PatientView) -> None:
    require_traced(patient)
    if patient.is_sensitive:
        raise NotPermitted(
            "This patient's details are protected: they are sent to no other system.",
            remedy="Telephone the other organisation.",
        )


def _no_phone() -> Problem:
    return Problem(
        "phone", "organisation-without-phone", "Your organisation has no telephone number here, and a booking must say one",
        "Have it entered on the organisation's page.",
    )  # fmt: skip
