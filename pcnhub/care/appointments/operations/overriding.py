"""An extra seat: for one patient, beside a slot that is taken or not open, given by whoever manages the rota, with a reason.

It is a slot of its own, so that one live booking a seat stays true; the clinician is shown it as extra, and it goes when its
appointment is cancelled.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.operations.refusals import NotAllowedNow, SlotUnknown
from pcnhub.care.appointments.queries.judging import JudgedSlot, judged_slots
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

LONGEST_REASON = 200  # characters


def make_extra_seat(
    actor: Actor, now: datetime, wanted: JudgedSlot, *, reason: str, patient_id: int, is_late: bool = False
) -> JudgedSlot:
    """A seat beside the slot, at the same time with the same clinician; free, for the caller to claim at once.

    Raises NotPermitted (B0862, manage rotas, is the activity), SlotUnknown (another hub's), NotAllowedNow, InvalidInput.
    """
    permit(actor=actor, permission=Permission.MANAGE_ROTA, now=now)
    if wanted.slot.hub_id != actor.organisation.id:
        raise SlotUnknown
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(
            [
                Problem(
                    "override_reason",
                    "missing" if not reason.strip() else "too-long",
                    f"An extra seat needs a reason of at most {LONGEST_REASON} characters",
                    "Say why this patient must be seen at this time.",
                )
            ]
        )
    why_not = _why_not(wanted, now, is_late=is_late)
    if why_not:
        raise NotAllowedNow(why_not, remedy="Choose a slot of a session that takes place.", who_can="nobody")
    # Held and read again: whoever cancels the session at this moment holds its slots, and would not see this patient.
    origin = Slot.objects.select_for_update(no_key=True).get(pk=wanted.slot.extra_seat_of or wanted.slot.id)
    if origin.state == SlotState.CANCELLED:
        raise NotAllowedNow(
            "The slot was cancelled: nobody would be there.",
            remedy="Choose a slot of a session that takes place.",
            who_can="nobody",
        )
    seat = Slot.objects.create(
        hub_id=origin.hub_id,
        session_id=origin.session_id,
        holder_id=origin.holder_id,
        clinician_id=origin.clinician_id,
        slot_type_id=origin.slot_type_id,
        starts_at=origin.starts_at,
        ends_at=origin.ends_at,
        state=SlotState.FREE,
        extra_seat_of=origin,
        override_reason=reason.strip(),
    )
    record(
        actor=actor,
        now=now,
        action="appointments.overridden",
        subject=Subject("slot", seat.pk, patient_id),
        reason=reason.strip(),
        detail={"slot": origin.pk, "state": wanted.facts.state},
    )
    [judged] = judged_slots(slot_ids=[seat.pk])
    return judged


def _why_not(wanted: JudgedSlot, now: datetime, *, is_late: bool) -> str:
    """What no override mends: nobody sits there then."""
    if wanted.facts.session_state != SessionState.PUBLISHED:
        return "The session is not published, or was cancelled: nobody would be there."
    if wanted.facts.state == SlotState.CANCELLED:
        return "The slot was cancelled: nobody would be there."
    if wanted.facts.holder_says:
        return wanted.facts.holder_says
    if wanted.facts.starts_at <= now and not is_late:
        return "The slot has started already."
    return ""
