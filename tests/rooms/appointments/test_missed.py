"""Did not attend, by itself: due by the slot type's minutes, set by the worker, undone by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pcnhub.care.appointments.jobs import ask_to_mark_missed
from pcnhub.care.appointments.models import BookingEvent, SlotType
from pcnhub.care.appointments.operations import book, mark_missed, set_status
from pcnhub.care.appointments.queries import booking
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.refusals import NotPermitted
from tests.cast import NOW, World, world
from tests.rooms.appointments.book import request, session, slot_type, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


def booked(w: World, *, after: int | None = 20, **more: object) -> tuple[int, timedelta]:
    kind = slot_type(w, "Watched")
    SlotType.objects.filter(pk=kind).update(dna_after_minutes=after)
    first, *_ = slots(session(w, slot_type_id=kind, **more))  # type: ignore[arg-type]
    made = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    return made.booking_id, first.starts_at - NOW


def status(w: World, booking_id: int) -> str:
    return booking(actor=w.carys, booking_id=booking_id).status


def test_after_so_many_minutes_and_not_before(w: World) -> None:
    booking_id, start = booked(w)
    worker = system_actor_for(organisation_id=w.hub.pk)
    assert mark_missed(actor=worker, now=NOW + start + timedelta(minutes=19)) == 0
    assert mark_missed(actor=worker, now=NOW + start + timedelta(minutes=20)) == 1
    assert mark_missed(actor=worker, now=NOW + start + timedelta(minutes=21)) == 0
    assert status(w, booking_id) == "did-not-attend"
    with unit_of_work(w.carys):
        last = BookingEvent.objects.filter(booking=booking_id).latest("pk")
        assert (last.status, last.by) == ("did-not-attend", "system:worker")
        assert AuditEvent.objects.filter(action="appointments.status-changed", user="system:worker").count() == 1
    set_status(
        actor=w.carys, now=NOW + start + timedelta(minutes=25), booking_id=booking_id, version=2, status="booked"
    )
    assert status(w, booking_id) == "booked"


@pytest.mark.parametrize("how", [{"after": None}, {"delivery_channel": "Telephone"}])
def test_not_without_the_rule_nor_by_telephone(w: World, how: dict[str, object]) -> None:
    booking_id, start = booked(w, **how)  # type: ignore[arg-type]
    assert mark_missed(actor=w.carys, now=NOW + start + timedelta(hours=5)) == 0
    assert status(w, booking_id) == "booked"


def test_who_has_arrived_has_come(w: World) -> None:
    booking_id, start = booked(w)
    set_status(actor=w.carys, now=NOW + start, booking_id=booking_id, version=1, status="arrived")
    assert mark_missed(actor=w.carys, now=NOW + start + timedelta(hours=1)) == 0


def test_who_sets_the_rule_today_does_not_rewrite_last_month(w: World) -> None:
    _, start = booked(w)
    assert mark_missed(actor=w.carys, now=NOW + start + timedelta(days=8)) == 0


def test_the_worker_does_it_for_the_hub(w: World) -> None:
    booking_id, start = booked(w)
    due = NOW + start + timedelta(minutes=30)
    ask_to_mark_missed(due)
    ask_to_mark_missed(due)
    Worker("test", lambda hub_id, _: system_actor_for(organisation_id=hub_id)).drain(now=due)
    assert status(w, booking_id) == "did-not-attend"


def test_charlie_marks_nobody(w: World) -> None:
    booking_id, start = booked(w)
    assert mark_missed(actor=w.charlie, now=NOW + start + timedelta(hours=1)) == 0
    with pytest.raises(NotPermitted):
        mark_missed(actor=w.ada, now=NOW)
    assert Permission.RUN_CLINIC_LIST not in w.ada.permissions
    assert status(w, booking_id) == "booked"
