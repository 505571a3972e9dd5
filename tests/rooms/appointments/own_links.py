"""Links of Jane Smith's to test with, given by Ash Lane's reception."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from pcnhub.care.appointments.operations import (
    Booked,
    Opened,
    give_link_to_appointment,
    give_link_to_book,
    move_own,
    open_link,
    opened_link,
)
from pcnhub.care.appointments.queries import (
    LinkNotUsable,
    own_appointment,
)
from tests.cast import NOW, World
from tests.rooms.appointments.book import put_in, session, slot_type, slots

BORN = date(1980, 4, 12)  # Jane Smith, of Ash Lane


@dataclass(frozen=True)
class Given:
    """A link of Jane's to an appointment, hers to open."""

    link: Opened
    token: str
    booking: int
    slots: tuple[int, ...]


def appointment_of_jane(w: World, **more: object) -> Given:
    made = [slot.id for slot in slots(session(w, slot_type_id=marked(w), **more))]  # type: ignore[arg-type]
    booked = put_in(w, made[0])
    given = give_link_to_appointment(actor=w.ada, now=NOW, booking_id=booked)
    return Given(opened(given.token), given.token, booked, tuple(made))


def marked(w: World, name: str = "EA GP") -> int:
    return slot_type(w, name, patients_may_book=True)


def opened(token: str, now: datetime = NOW, birth_date: date = BORN) -> Opened:
    return open_link(now=now, token=token, birth_date=birth_date, origin="127.0.0.1", request_id="test")


def link_of(w: World, **more: object) -> Opened:
    given = give_link_to_book(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk, **more)  # type: ignore[arg-type]
    return opened(given.token)


def again(link: Opened, now: datetime = NOW) -> Opened:
    return opened_link(now=now, link_id=link.link_id, origin="127.0.0.1", request_id="test")


def refused(token: str, birth_date: date) -> None:
    with pytest.raises(LinkNotUsable):
        opened(token, birth_date=birth_date)


def move(given: Given, slot_id: int, *, key: str = "key", now: datetime = NOW) -> Booked:
    return move_own(
        actor=given.link.actor,
        now=now,
        link_id=given.link.link_id,
        version=seen(given.link),
        slot_id=slot_id,
        idempotency_key=key,
    )


def booking_type(given: Given) -> int:
    shown = own_appointment(actor=given.link.actor, now=NOW, link_id=given.link.link_id)
    assert shown is not None
    return shown.slot.slot_type_id


def seen(link: Opened) -> int:
    """What a browser that looks at the appointment now gives back."""
    shown = own_appointment(actor=link.actor, now=NOW, link_id=link.link_id)
    assert shown is not None
    return shown.version
