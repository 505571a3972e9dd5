"""Steps that another system takes: FHIR over HTTP at the hub's own service root, with a token that says who asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pcnhub.care.appointments.queries import consumer_of, explain
from pcnhub.care.appointments.rules.looking import OWN_ADMINISTRATOR
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.care.organisations.queries import organisation
from pcnhub.care.patients.queries import PatientView, open_patient
from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.client import Link, Place
from pcnhub.connections.gpconnect.configuration import configuration
from pcnhub.connections.gpconnect.mapping.appointments import Wanted, to_cancel
from pcnhub.connections.gpconnect.mapping.slots import SlotElsewhere
from pcnhub.connections.gpconnect.refusals import SaidNo
from pcnhub.connections.gpconnect.token import Caller, caller_of
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.rehearsal.playing.play import Play
from pcnhub.rehearsal.stage import Stage, system_at
from pcnhub.rehearsal.ways import StepFailed

# As whom an organisation calls whose number in the Spine's directory nobody has entered: only the door of this hub hears it.
NO_ASID = "rehearsal"
NO_PHONE = "01632 960000"  # of the range that is nobody's; its own system would send its own
OUTSIDER = "X9Z99"
DESCRIPTION = "Rehearsal"


def link_as(stage: Stage, system: Actor) -> Link:
    """What a call of this organisation needs. The call goes through the rehearsal's own client, to the hub and nowhere else."""
    caller = caller_of(actor=system, now=stage.now)
    kind = {"111": "urgent-care"}.get(system.organisation.kind, caller.organisation_type)
    named = replace(
        caller, asid=caller.asid or NO_ASID, phone=caller.phone or NO_PHONE, organisation_type=kind, given_name="",
        family_name="Rehearsal",
    )  # fmt: skip
    return link_of(stage, named)


def link_as_outsider(stage: Stage) -> Link:
    """A practice that no agreement, no group and no network knows."""
    nobody = Caller(
        ods_code=OUTSIDER, organisation_name="Rehearsal Outsider", organisation_type="gp-practice", asid=NO_ASID,
        phone=NO_PHONE, user_id="rehearsal-outsider", given_name="", family_name="Outsider", sds_user_id="UNK",
        role_profile_id="UNK", origin="rehearsal",
    )  # fmt: skip
    return link_of(stage, nobody)


def link_of(stage: Stage, caller: Caller) -> Link:
    plain = replace(configuration(), spine_proxy="", certificate=None, key=None)
    return Link(caller, plain, stage.now, client=stage.door.client())


def place_of(stage: Stage, path: str) -> Place:
    """The hub's own service root, at the address that this rehearsal was given."""
    hub = organisation(id=stage.hub.organisation.id)
    root = f"{stage.door.base_url.rstrip('/')}/{path.replace('{ods}', hub.ods_code)}"
    return Place(0, hub.ods_code, hub.name, root, hub.asid or "hub", hub.phone)


def search(play: Play) -> str:
    """The practice's own system looks for free slots of the next days, and finds the session that is open to it."""
    found = _slots(play)
    mine = [slot for slot in found if _session_of(slot) == play.scene.session_id]
    if not mine:
        raise _unseen(play)
    return f"{len(mine)} free slots of the rehearsal's session."


def book(play: Play) -> str:
    """Register the dummy patient at the hub, and book the first slot."""
    appointment = _book(play)
    return f"Appointment {appointment.id} is booked; the patient is {play.hub_patient_id} at the hub."


def cancel(play: Play) -> str:
    """Cancel over GP Connect what was booked so: the very booking, or one more where that was seen meanwhile."""
    if not play.scene.works_here or play.by_gp_connect is None:
        _book(play)
    held, version = play.by_gp_connect or _nothing()
    reply = asking.read(play.link, play.place, held.id or "")
    if not isinstance(reply.resource, r.Appointment):
        raise StepFailed("The hub did not show the appointment again.")
    cancelled = to_cancel(reply.resource, reason="Rehearsal")
    asking.change(play.link, play.place, cancelled, version=reply.version or version, cancels=True)
    slots = {each.slot_id for each in _slots(play)}
    freed = {(each.reference or "").rpartition("/")[2] for each in held.slot}
    if not freed <= slots:
        raise StepFailed("The appointment is cancelled, but its slot was not given back.")
    return "Cancelled, and the slot is free again."


def refused(stage: Stage, link: Link, place: Place, *, session_ids: set[int], slot_id: str, patient: str) -> str:
    """An outsider finds nothing, and can't book what it knows the number of."""
    today = london_date(stage.now)
    found, _ = asking.free_slots(link, place, from_on=today, to_on=today + timedelta(days=2))
    if {_session_of(slot) for slot in found} & session_ids:
        raise StepFailed(
            "An organisation outside the network sees slots that were opened to its practices.",
            remedy="Look at the sessions' groups and codes, and who is in the groups.",
            who_can="the hub's administrator",
        )
    if not slot_id or not patient:
        return "It finds nothing. There was nothing that it could have tried to book."
    start = stage.now + timedelta(hours=1)
    wanted = Wanted((slot_id,), patient, "1", "", start, start + timedelta(minutes=15), stage.now, DESCRIPTION, "")
    try:
        asking.book(link, place, wanted)
    except SaidNo:
        return "It finds nothing, and its booking is refused."
    raise StepFailed("An organisation outside the network could book.", who_can="whoever maintains the hub")


def _book(play: Play) -> r.Appointment:
    free = [slot for slot in _slots(play) if _session_of(slot) == play.scene.session_id]
    if not free:
        raise StepFailed("No slot of the rehearsal's session is free any more.")
    slot = free[-1]
    patient = asking.register(play.link, play.place, _person(play))
    play.hub_patient_id = int(patient.id or 0)
    now = play.stage.now
    wanted = Wanted(
        (slot.slot_id,), patient.id or "", slot.location_id, slot.practitioner_id, slot.starts_at, slot.ends_at,
        now.replace(microsecond=0), DESCRIPTION, "",
    )  # fmt: skip
    reply = asking.book(play.link, play.place, wanted)
    if not isinstance(reply.resource, r.Appointment):
        raise StepFailed("The hub did not show what it booked.")
    play.by_gp_connect = (reply.resource, reply.version)
    if not play.scene.works_here:
        play.booking_id = int(reply.resource.id or 0)
    return reply.resource


def _slots(play: Play) -> list[SlotElsewhere]:
    today = london_date(play.stage.now)
    found, unshown = asking.free_slots(play.link, play.place, from_on=today, to_on=today + timedelta(days=2))
    if unshown:
        raise StepFailed(f"{unshown} slots came that can't be shown: they lack a place or a session.")
    return found


def _unseen(play: Play) -> StepFailed:
    """Why the search was answered without a slot of the session that was opened to this organisation, as the hub explains it."""
    hub, organisation, now = play.stage.hub, play.scene.organisation, play.stage.now
    said = f"The search was answered, but without the slots that were opened to {organisation.name}."
    free = play.free_slots()
    if not free:
        return StepFailed(f"{said} The session has no free slot.")
    consumer = consumer_of(
        ods_code=organisation.ods_code,
        organisation_type=play.link.caller.organisation_type,
        route=Route.GP_CONNECT,
        hub_id=hub.organisation.id,
        now=now,
    )
    reasons = explain(actor=hub, now=now, slot_id=free[0], consumer=consumer).reasons
    if not reasons:
        return StepFailed(said, who_can="whoever maintains the hub")
    who = f"an administrator of {organisation.name}" if reasons[0].who_can == OWN_ADMINISTRATOR else reasons[0].who_can
    return StepFailed(f"{said} {reasons[0].message}", remedy=reasons[0].remedy, who_can=who)


def _session_of(slot: SlotElsewhere) -> int:
    """A schedule is the part of a session that one person holds: 12-7."""
    return int(slot.schedule_id.partition("-")[0] or 0)


def _person(play: Play) -> PatientView:
    """The dummy patient as the practice holds them."""
    system = system_at(play.stage, play.scene.patient_at)
    return open_patient(actor=system, now=play.stage.now, patient_id=play.scene.patient_id, reason="rehearsal")


def _nothing() -> tuple[r.Appointment, str]:
    raise StepFailed("Nothing was booked that could be cancelled.")
