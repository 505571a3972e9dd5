"""Given a link of her own, when a patient opens it on her telephone, then she books, moves and cancels by herself."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.operations import book
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit, Visitor
from tests.rooms.appointments.book import request, session, slot_type, slots

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = ViewportSize(width=390, height=844)


def test_a_patient_books_moves_and_cancels_by_a_link(visit: Visit) -> None:
    cast, now = world(), timezone.now()
    give_permissions(cast.ada)
    kind = slot_type(cast, "Routine GP appointment", patients_may_book=True, eligibility_text="Adults")
    evening = session(
        cast, day=london_date(now) + timedelta(days=1), times=(time(18, 30), time(19, 30)), now=now, slot_type_id=kind
    )
    ada, jane, plain = visit("ada"), visit(), visit(scripted=False)
    ada.visit(f"/patients/{cast.patient_of_ash.pk}/links", "patient-links")
    ada.press("Give a link")
    ada.check("link-slip")
    link = ada.page.inner_text("#own-link").removeprefix(ada.address)

    jane.visit(link, "own-start")
    jane.press("Continue")
    jane.check("own-start-errors", status=422)
    say_who(jane)
    jane.check("own-times")
    on_the_phone(jane).get_by_role("link", name="6:30pm").click()
    jane.check("own-book")
    first = slots(evening)[0].id
    Slot.objects.filter(pk=first).update(held_until=timezone.now())  # the page stood open for too long
    book(actor=cast.efe, now=timezone.now(), request=request(first, cast.patient_of_birch.pk))
    jane.press("Book my appointment")
    jane.check("own-taken", status=409)
    on_the_phone(jane).get_by_role("link", name="6:45pm").click()
    jane.press("Book my appointment")
    jane.check("own-booked")
    on_the_phone(jane)
    jane.page.get_by_role("button", name="Choose another time").click()
    jane.check("own-move")
    on_the_phone(jane).get_by_role("link", name="7:15pm").click()
    jane.check("own-move-to")
    jane.press("Move my appointment")
    jane.check("own-moved")

    # the same link on another telephone, without JavaScript
    plain.visit(link, "own-start-plain")
    say_who(plain)
    plain.check("own-appointment-plain")
    plain.page.get_by_role("button", name="Cancel appointment").click()
    jane.visit("/own/cancel", "own-cancel")
    plain.press("Cancel my appointment")
    plain.check("own-cancelled-plain")
    jane.press("Cancel my appointment")  # too, and nothing more happens
    jane.check("own-cancelled")
    assert list(Slot.objects.order_by("pk").values_list("state", flat=True)) == ["booked", "free", "free", "free"]
    jane.press("Close these pages")
    jane.check("own-closed")
    jane.visit("/own/times", "own-ask", status=403)

    ada.visit(f"/patients/{cast.patient_of_ash.pk}/links", "patient-links-given")
    ada.follow("The appointment")
    ada.follow("A link for the patient")
    ada.check("booking-links")
    ada.press("Withdraw")
    ada.check("booking-links-withdrawn")


def say_who(visitor: Visitor) -> None:
    page = on_the_phone(visitor)
    for part, value in (("Day", "12"), ("Month", "4"), ("Year", "1980")):
        page.get_by_label(part).fill(value)
    visitor.press("Continue")


def on_the_phone(visitor: Visitor) -> Page:
    """The page as wide as a telephone: a look at it leaves it as wide as a desk."""
    visitor.page.set_viewport_size(PHONE)
    return visitor.page
