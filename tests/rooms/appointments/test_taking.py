"""Several slots as one appointment, holds, shares, extra seats, any clinician: each taken whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from pcnhub.care.appointments.models import BookedSlot, SessionQuota, Slot
from pcnhub.care.appointments.operations import (
    NotAdjacent,
    NotAllowedNow,
    QuotaUsed,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
    block_slot,
    book,
    cancel,
    hold,
    let_go,
    longest_run,
    rebook,
)
from pcnhub.care.appointments.queries import SlotCriteria, booking, clinic_list, free_slots
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, NotShared
from tests.cast import CLINICIAN, NOW, World, person, world
from tests.rooms.appointments.book import TUESDAY, request, session, slot_type, slots

pytestmark = pytest.mark.django_db
FORTNIGHT = SlotCriteria(from_on=london_date(NOW), to_on=london_date(NOW) + timedelta(days=13))


@pytest.fixture
def w() -> World:
    return world()


def states(session_id: int) -> list[str]:
    return list(Slot.objects.filter(session=session_id).order_by("starts_at", "pk").values_list("state", flat=True))


def quota(session_id: int, at_most: int, *, profile: str = "organisation", subject: str = "A81001") -> SessionQuota:
    return SessionQuota.objects.create(session_id=session_id, profile=profile, subject=subject, at_most=at_most)


def used(one: SessionQuota) -> int:
    one.refresh_from_db()
    return one.used


def found(actor: Actor) -> list[int]:
    return [slot.id for slot in free_slots(actor=actor, now=NOW, criteria=FORTNIGHT).slots]


# Several slots


def test_two_slots_are_one_appointment_and_come_back_together(w: World) -> None:
    held = session(w)
    first, second, *_ = slots(held)
    made = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk, slots=2))
    view = booking(actor=w.ada, booking_id=made.booking_id)
    assert view.slot_ids == (first.id, second.id)
    assert (view.slot.starts_at, view.slot.ends_at) == (first.starts_at, second.ends_at)
    assert states(held)[:3] == ["booked", "booked", "free"]
    with unit_of_work(w.carys):
        [shown] = clinic_list(actor=w.carys, now=NOW, day=TUESDAY)
    assert [(row.booking.id if row.booking else None, row.continues) for row in shown.rows][:3] == [
        (view.id, False), (view.id, True), (None, False),
    ]  # fmt: skip
    cancel(actor=w.ada, now=NOW, booking_id=view.id, version=1)
    assert set(states(held)) == {"free"}


def test_all_or_nothing(w: World) -> None:
    held = session(w)
    first, second, *rest = slots(held)
    block_slot(actor=w.carys, now=NOW, slot_id=second.id, reason="Meeting")
    with pytest.raises(SlotUnavailable, match="blocked"):
        book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk, slots=2))
    assert states(held)[:2] == ["free", "blocked"]
    with pytest.raises(NotAdjacent, match="Only 1 slot"):
        book(actor=w.ada, now=NOW, request=request(rest[-1].id, w.patient_of_ash.pk, slots=2))
    with pytest.raises(InvalidInput):
        book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk, slots=5))
    assert longest_run(actor=w.ada, now=NOW, slot_id=first.id) == 1
    assert longest_run(actor=w.ada, now=NOW, slot_id=rest[0].id) == 4


def test_a_gap_keeps_slots_from_being_one_appointment(w: World) -> None:
    first, second, *_ = slots(session(w))
    Slot.objects.filter(pk=second.id).update(starts_at=second.starts_at + timedelta(minutes=1))
    with pytest.raises(NotAdjacent):
        book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk, slots=2))


def test_a_double_appointment_moves_as_a_double(w: World) -> None:
    """Over its own second slot, too: it gives it back and takes it in one transaction."""
    held = session(w)
    first, second, third, *_ = slots(held)
    made = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk, slots=2))
    move = {"actor": w.ada, "now": NOW, "booking_id": made.booking_id, "version": 1, "patient_agrees": True}
    moved = rebook(**move, slot_id=second.id, idempotency_key="by one")  # type: ignore[arg-type]
    assert states(held)[:4] == ["free", "booked", "booked", "free"]
    move["booking_id"] = moved.booking_id
    book(actor=w.efe, now=NOW, request=request(slots(held)[4].id, w.patient_of_birch.pk))
    with pytest.raises(SlotTaken):
        rebook(**move, slot_id=slots(held)[3].id, idempotency_key="half taken")  # type: ignore[arg-type]
    assert states(held) == ["free", "booked", "booked", "free", "booked", "free"]
    assert booking(actor=w.ada, booking_id=moved.booking_id).slot_ids == (second.id, third.id)


# Holds


def test_a_hold_hides_the_slot_from_others_and_ends_by_itself(w: World) -> None:
    first, *_ = slots(session(w))
    _, until = hold(actor=w.ada, now=NOW, slot_id=first.id)
    assert until == NOW + timedelta(minutes=5)
    assert first.id in found(w.ada)
    assert first.id not in found(w.efe)
    wish = request(first.id, w.patient_of_birch.pk)
    with pytest.raises(SlotUnavailable, match="held until 09:05") as refused:
        book(actor=w.efe, now=NOW, request=wish)
    assert [reason.code for reason in refused.value.reasons] == ["held"]
    with pytest.raises(SlotUnavailable):
        hold(actor=w.efe, now=until - timedelta(seconds=1), slot_id=first.id)
    hold(actor=w.efe, now=until, slot_id=first.id)
    with pytest.raises(SlotUnavailable):
        book(actor=w.ada, now=until, request=request(first.id, w.patient_of_ash.pk))
    book(actor=w.efe, now=until, request=wish)
    assert Slot.objects.get(pk=first.id).held_until is None


def test_a_hold_is_let_go_by_whom_it_is_only(w: World) -> None:
    first, *_ = slots(session(w))
    hold(actor=w.ada, now=NOW, slot_id=first.id, slots=2)
    let_go(actor=w.efe, now=NOW, slot_id=first.id, slots=2)
    assert first.id not in found(w.efe)
    let_go(actor=w.ada, now=NOW, slot_id=first.id, slots=2)
    assert first.id in found(w.efe)


def test_a_colleague_of_the_same_practice_waits_too(w: World) -> None:
    first, *_ = slots(session(w))
    hold(actor=w.ada, now=NOW, slot_id=first.id)
    assert first.id not in found(w.dilys)


def test_charlie_holds_nothing(w: World) -> None:
    first, *_ = slots(session(w))
    with pytest.raises(NotShared):
        hold(actor=w.charlie, now=NOW, slot_id=first.id)
    assert Slot.objects.get(pk=first.id).held_until is None


# Shares


def test_a_share_is_counted_up_and_down(w: World) -> None:
    held = session(w)
    share = quota(held, 2)
    first, second, third, *_ = slots(held)
    one = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    with pytest.raises(QuotaUsed, match="A81001: 2 at most"):
        book(actor=w.ada, now=NOW, request=request(second.id, w.patient_of_ash.pk, slots=2))
    assert (used(share), states(held)[1:3]) == (1, ["free", "free"])
    book(actor=w.ada, now=NOW, request=request(second.id, w.patient_of_ash.pk))
    assert used(share) == 2
    assert found(w.ada) == []
    assert third.id in found(w.efe)
    with pytest.raises(SlotUnavailable, match="2 of 2"):
        book(actor=w.ada, now=NOW, request=request(third.id, w.patient_of_ash.pk))
    cancel(actor=w.ada, now=NOW, booking_id=one.booking_id, version=1)
    assert used(share) == 1


def test_moving_counts_in_the_one_session_and_no_longer_in_the_other(w: World) -> None:
    here, there = session(w), session(w, times=(time(9), time(10)))
    of_here, of_there = quota(here, 1), quota(there, 1, profile="group", subject=str(w.group.pk))
    made = book(actor=w.ada, now=NOW, request=request(slots(here)[0].id, w.patient_of_ash.pk))
    move = {"actor": w.ada, "now": NOW, "version": 1, "patient_agrees": True}
    moved = rebook(**move, booking_id=made.booking_id, slot_id=slots(there)[0].id, idempotency_key="1")  # type: ignore[arg-type]
    assert (used(of_here), used(of_there)) == (0, 1)
    # Within a session whose share is used up the booking still moves once it has left: its own place is given back first.
    back = rebook(**move, booking_id=moved.booking_id, slot_id=slots(here)[1].id, idempotency_key="2")  # type: ignore[arg-type]
    assert (used(of_here), used(of_there)) == (1, 0)
    again = rebook(**move, booking_id=back.booking_id, slot_id=slots(here)[2].id, idempotency_key="3")  # type: ignore[arg-type]
    assert used(of_here) == 1
    cancel(actor=w.ada, now=NOW, booking_id=again.booking_id, version=1)
    assert used(of_here) == 0


# Any clinician


def test_any_clinician_takes_the_next_when_one_is_lost(w: World) -> None:
    kind = slot_type(w, "GP")
    nurse = person("nadia", w.hub, CLINICIAN, consulter=True, job_category="Nurse", job_role_code="R0260")
    mine, others = session(w, slot_type_id=kind), session(w, slot_type_id=kind, holder_id=nurse.position_id)
    wanted, spare = slots(mine)[0], slots(others)[0]
    book(actor=w.efe, now=NOW, request=request(wanted.id, w.patient_of_birch.pk))
    wish = request(wanted.id, w.patient_of_ash.pk, any_clinician=True)
    made = book(actor=w.ada, now=NOW, request=wish)
    assert made.slot.id == spare.id
    assert book(actor=w.ada, now=NOW, request=wish).was_repeated
    with pytest.raises(SlotTaken):
        book(actor=w.ada, now=NOW, request=request(wanted.id, w.patient_of_ash.pk, any_clinician=True))


# Extra seats


def test_whoever_manages_the_rota_gives_an_extra_seat_with_a_reason(w: World) -> None:
    held = session(w)
    first, *_ = slots(held)
    taken = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    here = booking(actor=w.carys, booking_id=taken.booking_id).patient_id
    wish = request(first.id, here, override_reason="Results need explaining today")
    extra = book(actor=w.carys, now=NOW, request=wish)
    assert extra.warnings  # the same patient at the same time: said, not refused
    assert book(actor=w.carys, now=NOW, request=wish).booking_id == extra.booking_id
    [seat] = Slot.objects.filter(extra_seat_of=first.id)
    assert (seat.state, seat.override_reason) == ("booked", "Results need explaining today")
    with unit_of_work(w.carys):
        assert BookedSlot.objects.filter(is_live=True).count() == 2
    [shown] = clinic_list(actor=w.carys, now=NOW, day=TUESDAY)
    assert [row.slot.extra_seat_of for row in shown.rows if row.booking] == [None, first.id]
    with unit_of_work(w.carys):
        [event] = AuditEvent.objects.filter(action="appointments.overridden")
    assert event.reason == "Results need explaining today"
    cancel(actor=w.carys, now=NOW, booking_id=extra.booking_id, version=1)
    seat.refresh_from_db()
    assert seat.state == "cancelled"
    assert Slot.objects.get(pk=first.id).state == "booked"


def test_who_may_not_give_an_extra_seat(w: World) -> None:
    first, *_ = slots(session(w))
    wish = request(first.id, w.patient_of_ash.pk, override_reason="Please")
    with pytest.raises(NotPermitted):
        book(actor=w.ada, now=NOW, request=wish)
    managing = replace(w.ada, permissions=w.ada.permissions | {Permission.MANAGE_ROTA})
    with pytest.raises(SlotUnknown):  # another organisation's rota manager is nobody here
        book(actor=managing, now=NOW, request=wish)
    with pytest.raises(NotShared):
        book(actor=w.charlie, now=NOW, request=wish)
    assert not Slot.objects.filter(extra_seat_of__isnull=False).exists()


def test_no_extra_seat_where_nobody_sits(w: World) -> None:
    first, *_ = slots(session(w))
    taken = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    here = booking(actor=w.carys, booking_id=taken.booking_id).patient_id
    late = first.starts_at + timedelta(minutes=1)
    with pytest.raises(NotAllowedNow):
        book(actor=w.carys, now=late, request=request(first.id, here, override_reason="Walked in"))


def test_an_extra_seat_is_no_more_minutes_of_care(w: World) -> None:
    from pcnhub.care.appointments.queries import capacity_slots

    first, *_ = slots(session(w))
    before = len(capacity_slots(hub_id=w.hub.pk, from_on=TUESDAY, to_on=TUESDAY))
    taken = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    here = booking(actor=w.carys, booking_id=taken.booking_id).patient_id
    book(actor=w.carys, now=NOW, request=request(first.id, here, override_reason="Urgent"))
    assert len(capacity_slots(hub_id=w.hub.pk, from_on=TUESDAY, to_on=TUESDAY)) == before
