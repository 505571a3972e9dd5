"""An appointment book to test with: a slot type, and sessions of Bilal's that are published through the operations."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import count

from pcnhub.care.appointments.operations import (
    BookingRequest,
    SessionDetails,
    SlotTypeDetails,
    book,
    make_session,
    publish_session,
    save_slot_type,
)
from pcnhub.care.appointments.operations.cancelling import cancel_sessions, plan_cancelling
from pcnhub.care.appointments.operations.planning import Changed
from pcnhub.care.appointments.queries import SlotView, slots_of_session
from pcnhub.care.appointments.rules import AppointmentMode, DeliveryChannel
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import CLINICIAN, NOW, World, person

TUESDAY = date(2026, 11, 24)
EVENING = (time(18, 30), time(20, 0))
BEFORE_IT = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
keys = (f"key-{n}" for n in count())
MAPPED = {
    "service_setting": "Extended Access Provision",
    "context_type": "Care related encounter",
    "national_category": "General Consultation Routine",
}


def slot_type(world: World, name: str = "GP face to face", **more: object) -> int:
    details = {"minutes": 15, "mode": AppointmentMode.FACE_TO_FACE.value, **MAPPED, **more}
    return save_slot_type(actor=world.carys, now=NOW, details=SlotTypeDetails(name=name, **details))  # type: ignore[arg-type]


def details(world: World, slot_type_id: int, **more: object) -> SessionDetails:
    values: dict[str, object] = {
        "name": "EA GP - practice booking",
        "slot_type_id": slot_type_id,
        "holder_id": world.bilal.position_id,
        "site_id": world.site.pk,
        "delivery_channel": DeliveryChannel.IN_PERSON.value,
        "practitioner_role": "R0260",
        "group_ids": frozenset({world.group.pk}),
        "variation": "Agreed at any hour",
        **more,
    }
    return SessionDetails(**values)  # type: ignore[arg-type]


def session(
    world: World,
    *,
    day: date = TUESDAY,
    times: tuple[time, time] = EVENING,
    slot_type_id: int | None = None,
    publish: bool = True,
    now: datetime = NOW,
    **more: object,
) -> int:
    kind = slot_type_id if slot_type_id is not None else slot_type(world, f"GP face to face {next(keys)}")
    made = make_session(
        actor=world.carys, now=now, day=day, starts_at=times[0], ends_at=times[1], details=details(world, kind, **more)
    )
    if publish:
        publish_session(actor=world.carys, now=now, session_id=made)
    return made


def slots(session_id: int) -> tuple[SlotView, ...]:
    return slots_of_session(session_id=session_id)


def request(slot_id: int, patient_id: int, **more: object) -> BookingRequest:
    values: dict[str, object] = {"idempotency_key": next(keys), "reason": "Cough", "patient_agrees": True, **more}
    return BookingRequest(slot_id=slot_id, patient_id=patient_id, **values)  # type: ignore[arg-type]


def put_in(world: World, slot_id: int, who: int | None = None) -> int:
    """Ash Lane books into the slot; the booking's id."""
    return book(actor=world.ada, now=NOW, request=request(slot_id, who or world.patient_of_ash.pk)).booking_id


def gp(world: World, name: str, job_role_code: str = "R0270") -> Actor:
    """Another GP of the hub, who may hold sessions."""
    return person(
        name, world.hub, CLINICIAN, consulter=True, role_code="R8000", job_category="GP", job_role_code=job_role_code
    )


def cancelled(world: World, *session_ids: int, moves: dict[int, int] | None = None) -> Changed:
    """The sessions taken out of the book, as the plan said that was shown."""
    plan = plan_cancelling(actor=world.carys, now=NOW, session_ids=session_ids)
    return cancel_sessions(
        actor=world.carys,
        now=NOW,
        session_ids=session_ids,
        reason="Bilal is ill",
        shown=plan.token(),
        moves=moves or {},
    )
