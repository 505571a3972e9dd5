"""Consumers at the same moment, each with a connection of its own, on a database where changes commit."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection, transaction

from pcnhub.care.appointments.models import BookedSlot, Booking
from pcnhub.care.appointments.queries import SlotView
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, world
from tests.conftest import FreshDatabase
from tests.entrances.gpconnect.bodies import changed, free, hub_patient, open_session, wish, with_reason
from tests.entrances.gpconnect.conftest import Clock
from tests.entrances.gpconnect.consumer import Answer, Consumer, switch_on

pytestmark = pytest.mark.slow
CALLERS = 8


@pytest.fixture
def busy(fresh_database: FreshDatabase, clock: Clock) -> World:
    with transaction.atomic():
        made = world()
        switch_on(made.hub, made.ash, made.birch)
    return made


@pytest.fixture
def book(busy: World) -> tuple[int, tuple[SlotView, ...]]:
    """The patient and the free slots."""
    return hub_patient(busy), free(open_session(busy))


def all_at_once(calls: Sequence[Callable[[Consumer], Answer]]) -> list[Answer]:
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[Consumer], Answer]) -> Answer:
        with closing(connection):
            connection.ensure_connection()
            gate.wait()
            return call(Consumer("Y07108"))

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def on_record(w: World, *actions: str) -> Counter[str]:
    with unit_of_work(w.carys):
        rows = AuditEvent.objects.filter(organisation_id=w.hub.pk, action__in=actions)
        return Counter(rows.values_list("action", flat=True))


def test_of_many_who_book_one_slot_one_has_it(busy: World, book: tuple[int, tuple[SlotView, ...]]) -> None:
    patient, slots = book
    answers = all_at_once([lambda consumer: consumer.book(wish(busy, patient, slots[0]))] * CALLERS)
    assert Counter(answer.status for answer in answers) == {201: 1, 409: CALLERS - 1}
    assert {answer.outcome[1] for answer in answers if answer.status == 409} == {"DUPLICATE_REJECTED"}
    assert on_record(busy, "appointments.booked", "gp-connect.answered", "gp-connect.refused") == {
        "appointments.booked": 1, "gp-connect.answered": 1, "gp-connect.refused": CALLERS - 1,
    }  # fmt: skip
    with unit_of_work(busy.carys):
        assert (Booking.objects.count(), BookedSlot.objects.filter(is_live=True).count()) == (1, 1)


def test_appointments_that_overlap_are_booked_whole_or_not_at_all(
    busy: World, book: tuple[int, tuple[SlotView, ...]]
) -> None:
    patient, slots = book
    runs = [slots[start : start + 3] for start in (0, 1, 2, 3)] * 2
    answers = all_at_once(
        [lambda consumer, run=run: consumer.book(wish(busy, patient, *run)) for run in runs]  # type: ignore[misc]
    )
    made = [answer.resource for answer in answers if answer.status == 201]
    assert {answer.status for answer in answers} == {201, 409}
    taken = [each["reference"] for appointment in made for each in appointment["slot"]]
    assert len(taken) == len(set(taken)) == 3 * len(made)
    with unit_of_work(busy.carys):
        assert BookedSlot.objects.filter(is_live=True).count() == 3 * len(made)


def test_cancelled_by_all_at_once_it_is_cancelled_once(busy: World, book: tuple[int, tuple[SlotView, ...]]) -> None:
    patient, slots = book
    made = Consumer("Y07108").book(wish(busy, patient, slots[0])).resource
    tag = {"If-Match": f'W/"{made["meta"]["versionId"]}"'}
    answers = all_at_once(
        [
            *[lambda consumer: consumer.cancel(with_reason(made))] * 3,
            *[lambda consumer: consumer.amend(changed(made, comment="x"), headers=tag)] * 3,
        ]
    )
    assert {answer.status for answer in answers} <= {200, 409, 422}
    assert on_record(busy, "appointments.cancelled") == {"appointments.cancelled": 1} or not any(
        answer.status == 200 for answer in answers[:3]
    )
    again = Consumer("Y07108").book(wish(busy, patient, slots[0]))
    standing = Consumer("Y07108").read(made["id"]).resource
    assert (standing["status"], again.status) in (("cancelled", 201), ("booked", 409))
