"""Links of their own to test with, and browsers that open them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from pcnhub.care.appointments.operations import give_link_to_appointment, give_link_to_book
from pcnhub.care.appointments.queries import SlotView
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World
from tests.rooms.appointments.book import put_in, session, slot_type, slots

JANE = {"day": "12", "month": "4", "year": "1980"}
PETER = {"day": "1", "month": "9", "year": "1955"}


@dataclass
class Evening:
    """The hub's evening of tomorrow, which patients may book: the pages read the clock."""

    w: World
    day: date
    slots: tuple[SlotView, ...]
    session_id: int

    def link_to_book(self, *, days_ahead: int = 14) -> str:
        """Ada's, for Jane."""
        jane = self.w.patient_of_ash.pk
        return give_link_to_book(actor=self.w.ada, now=timezone.now(), patient_id=jane, days_ahead=days_ahead).token

    def link_to_appointment(self, place: int = 0) -> str:
        booking_id = put_in(self.w, self.slots[place].id)
        return give_link_to_appointment(actor=self.w.ada, now=timezone.now(), booking_id=booking_id).token


def an_evening(w: World, *, patients_may_book: bool = True) -> Evening:
    now = timezone.now()
    day = london_date(now) + timedelta(days=1)
    kind = slot_type(w, "GP routine", patients_may_book=patients_may_book)
    made = session(w, day=day, times=(time(18, 30), time(19, 30)), now=now, slot_type_id=kind)
    return Evening(w, day, slots(made), made)


def arrive(token: str, client: Client | None = None) -> Client:
    """A browser in which the link was followed; the date of birth is asked for."""
    browser = client or Client()
    answer = browser.get(f"/own/{token}")
    assert (answer.status_code, answer["Location"]) == (302, "/own")
    return browser


def opened(token: str, born: dict[str, str] | None = None) -> Client:
    """A browser in which the link is open."""
    browser = arrive(token)
    answer = browser.post("/own", born or JANE)
    assert (answer.status_code, answer["Location"]) == (302, "/own/home")
    return browser


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]).split())


def hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())
    assert found, f"{name} is not on the page"
    return found[1]


def wish(answer: Any) -> dict[str, str]:
    """What pressing the button of this page sends."""
    names = re.findall(r'name="(idempotency_key|version|link)"', answer.content.decode())
    return {name: hidden(answer, name) for name in names}


def press(browser: Client, address: str, **more: str) -> Any:
    """Open the page that asks, and press its button."""
    return browser.post(address, wish(browser.get(address)) | more, follow=True)
