"""With an open link: choose a time, book it, move it, cancel it; and what happens when somebody is faster, or it is too late."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.utils import timezone

from pcnhub.care.appointments.models import Booking, Slot
from pcnhub.care.appointments.operations import block_slot, book, give_link_to_book
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import world
from tests.entrances.public.links import JANE, PETER, Evening, an_evening, arrive, opened, press, text, wish
from tests.rooms.appointments.book import cancelled, request, session, slots

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_was_wrong_yet() -> None:
    cache.clear()


@pytest.fixture
def evening() -> Evening:
    return an_evening(world())


def bookings(evening: Evening) -> list[tuple[int, str]]:
    with unit_of_work(evening.w.carys):
        return list(Booking.objects.order_by("pk").values_list("slot", "status"))


def taken_by_efe(evening: Evening, place: int) -> None:
    now = timezone.now()
    wanted = request(evening.slots[place].id, evening.w.patient_of_birch.pk)
    book(actor=evening.w.efe, now=now, request=wanted)


def test_from_the_link_to_the_appointment_and_out_of_it_again(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    listed = browser.get("/own/home", follow=True)
    assert listed.redirect_chain == [("/own/times", 302)]
    assert [f"/own/times/{slot.id}" in listed.content.decode() for slot in evening.slots] == [True] * 4
    assert "6:45pm" in text(listed)
    booked = press(browser, f"/own/times/{evening.slots[1].id}")
    assert "Your appointment is booked." in text(booked)
    assert "1 River Walk, DN16 3LQ" in text(booked)
    moved = press(browser, f"/own/move/{evening.slots[2].id}")
    assert "Your appointment is moved." in text(moved)
    gone = press(browser, "/own/cancel")
    assert "Your appointment is cancelled" in text(gone)
    assert "Choose another time" not in text(gone)
    assert [status for _, status in bookings(evening)] == ["cancelled", "cancelled"]
    with unit_of_work(evening.w.ada):
        assert set(Slot.objects.values_list("state", flat=True)) == {"free"}


def test_what_patients_read_names_nobody_and_tells_no_reason(evening: Evening) -> None:
    browser = opened(evening.link_to_appointment())  # booked by Ada, for a cough
    page = browser.get("/own/appointment").content.decode()
    for word in ("Smith", "Jane", "9000000009", "1980", "Cough", "Ada", "Bilal"):
        assert word not in page


def test_only_what_patients_may_book_is_there(evening: Evening) -> None:
    hidden_session = session(evening.w, day=evening.day + timedelta(days=1), now=timezone.now())
    browser = opened(evening.link_to_book())
    other = slots(hidden_session)[0].id
    assert f"/own/times/{other}" not in browser.get("/own/times").content.decode()
    sent = wish(browser.get(f"/own/times/{evening.slots[0].id}"))
    for answer in (browser.get(f"/own/times/{other}"), browser.post(f"/own/times/{other}", sent)):
        assert (answer.status_code, "Nothing is booked yet" in text(answer)) == (409, True)
    assert bookings(evening) == []


def test_pressed_twice_and_in_two_windows_it_is_booked_once(evening: Evening) -> None:
    token = evening.link_to_book()
    one, other = opened(token), opened(token)
    first, second = (f"/own/times/{slot.id}" for slot in evening.slots[:2])
    sent = wish(one.get(first))
    late = wish(other.get(second))
    one.post(first, sent)
    assert "was booked already" in text(one.post(first, sent, follow=True))
    refused = other.post(second, late)
    assert (refused.status_code, "See where you are" in text(refused)) == (409, True)
    assert other.get(second)["Location"] == "/own/appointment"
    assert bookings(evening) == [(evening.slots[0].id, "booked")]


def test_somebody_was_faster_and_others_are_offered(evening: Evening) -> None:
    """The page stood open until the hold had ended, and a receptionist took the time."""
    browser = opened(evening.link_to_book())
    address = f"/own/times/{evening.slots[0].id}"
    form = browser.get(address)
    with unit_of_work(evening.w.ada):
        assert Slot.objects.exclude(held_until=None).count() == 1
        Slot.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    taken_by_efe(evening, 0)
    answer = browser.post(address, wish(form))
    assert (answer.status_code, answer.content.decode().count("/own/times/")) == (409, 3)
    assert "Your appointment is booked." in text(press(browser, f"/own/times/{evening.slots[1].id}"))


def test_a_hold_that_ran_out_with_nobody_else_there_still_books(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    address = f"/own/times/{evening.slots[0].id}"
    form = browser.get(address)
    Slot.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    answer = browser.post(address, wish(form), follow=True)
    assert "Your appointment is booked." in text(answer)


def test_a_time_that_was_just_taken_off_the_book(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    addresses = [f"/own/times/{slot.id}" for slot in evening.slots[:2]]
    wishes = [wish(browser.get(address)) for address in addresses]
    block_slot(actor=evening.w.carys, now=timezone.now(), slot_id=evening.slots[0].id, reason="Bilal is late")
    answer = browser.post(addresses[0], wishes[0])
    assert (answer.status_code, "See all times" in text(answer)) == (409, True)
    assert "Bilal is late" not in text(answer)
    cancelled(evening.w, evening.session_id)
    answer = browser.post(addresses[1], wishes[1])
    assert (answer.status_code, "Nothing is booked yet" in text(answer)) == (409, True)
    assert "no free times" in text(browser.get("/own/times"))


def test_the_old_appointment_stays_when_the_new_time_is_lost(evening: Evening) -> None:
    browser = opened(evening.link_to_appointment())
    address = f"/own/move/{evening.slots[1].id}"
    form = browser.get(address)
    Slot.objects.update(held_until=None, held_by="")
    taken_by_efe(evening, 1)
    sent = wish(form)
    answer = browser.post(address, sent)
    assert (answer.status_code, "You still have your appointment" in text(answer)) == (409, True)
    assert (evening.slots[0].id, "booked") in bookings(evening)


def test_less_than_an_hour_before_nothing_can_be_changed(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = opened(evening.link_to_appointment())
    asked = {address: browser.get(address) for address in ("/own/cancel", f"/own/move/{evening.slots[2].id}")}
    sent = wish(asked[f"/own/move/{evening.slots[2].id}"])
    at(monkeypatch, evening.slots[0].starts_at - timedelta(minutes=59))
    page = browser.get("/own/appointment")
    assert "less than one hour" in text(page)
    assert "/own/cancel" not in page.content.decode()
    for address in asked:
        assert browser.get(address)["Location"] == "/own/appointment"
        assert browser.post(address, sent).status_code == 409
    assert browser.get("/own/move", follow=True).redirect_chain[-1][0] == "/own/appointment"
    assert bookings(evening) == [(evening.slots[0].id, "booked")]
    at(monkeypatch, evening.slots[0].starts_at - timedelta(minutes=61))  # the control
    assert "is cancelled" in text(browser.post("/own/cancel", sent, follow=True))


def test_a_link_reaches_no_other_persons_appointment(evening: Evening) -> None:
    """Whatever stands in an address or a form: it is this link's appointment that is shown, moved and cancelled."""
    peters = book(
        actor=evening.w.efe, now=timezone.now(), request=request(evening.slots[3].id, evening.w.patient_of_birch.pk)
    )
    browser = opened(evening.link_to_appointment())
    for address in (f"/bookings/{peters.booking_id}", f"/bookings/{peters.booking_id}/cancel", "/patients"):
        assert browser.get(address)["Location"].startswith("/sign-in")
    press(browser, "/own/cancel", booking_id=str(peters.booking_id), link_id="1")
    assert dict(bookings(evening)) == {evening.slots[3].id: "booked", evening.slots[0].id: "cancelled"}


def test_a_page_without_its_key_or_version_does_nothing(evening: Evening) -> None:
    browser = opened(evening.link_to_appointment())
    other = f"/own/move/{evening.slots[1].id}"
    assert browser.post("/own/cancel", {}).status_code == 200  # asks again
    assert browser.post(other, {"idempotency_key": "k", "version": "x"})["Location"] == other
    assert browser.post(other, {"idempotency_key": "k", "version": "99"}).status_code == 409
    assert bookings(evening) == [(evening.slots[0].id, "booked")]


def test_the_list_is_leafed_through_and_ends_where_the_link_does(evening: Evening) -> None:
    kind, whole_day = evening.slots[0].slot_type_id, (time(8), time(20))
    for days in (1, 7):
        session(
            evening.w, day=evening.day + timedelta(days=days), times=whole_day, slot_type_id=kind, now=timezone.now()
        )
    browser = opened(evening.link_to_book(days_ahead=3))
    first = browser.get("/own/times")
    assert ("Later times" in text(first), "Earlier times" in text(first)) == (True, False)
    second = browser.get("/own/times?page=2")
    assert ("Later times" in text(second), "Earlier times" in text(second)) == (False, True)
    assert f"{evening.day + timedelta(days=7):%A %-d %B}" not in text(second)
    assert "Look at all times" in text(browser.get("/own/times?how=Telephone"))
    assert browser.get("/own/times?page=-1&how=Anything").status_code == 200


def at(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    """The door's clock."""
    monkeypatch.setattr("pcnhub.entrances.public.door.timezone", SimpleNamespace(now=lambda: instant))


def test_peters_link_is_not_opened_by_janes_date(evening: Evening) -> None:
    given = give_link_to_book(actor=evening.w.efe, now=timezone.now(), patient_id=evening.w.patient_of_birch.pk)
    assert arrive(given.token).post("/own", JANE).status_code == 422
    assert opened(given.token, PETER).get("/own/times").status_code == 200


def test_what_was_chosen_by_one_link_is_not_booked_by_another(evening: Evening) -> None:
    """Mother and child, one telephone: her page still stands in a window when his link is opened in another."""
    w, now = evening.w, timezone.now()
    browser = opened(evening.link_to_book())
    address = f"/own/times/{evening.slots[0].id}"
    hers = wish(browser.get(address))
    given = give_link_to_book(actor=w.efe, now=now, patient_id=w.patient_of_birch.pk)
    arrive(given.token, browser).post("/own", PETER)
    Slot.objects.update(held_until=now - timedelta(seconds=1))  # for her it is not kept any more
    answer = browser.post(address, hers)
    assert (answer.status_code, "See where you are" in text(answer)) == (409, True)
    assert bookings(evening) == []
    assert "Your appointment is booked." in text(press(browser, address))  # the control: his own page


def test_a_time_is_kept_no_longer_by_looking_again_and_not_for_ever(evening: Evening) -> None:
    browser = opened(evening.link_to_book())
    address = f"/own/times/{evening.slots[0].id}"
    for _ in range(3):
        assert "We keep this time for you until" in text(browser.get(address))
        kept = Slot.objects.get(pk=evening.slots[0].id).held_until
        assert "We keep this time for you until" in text(browser.get(address))
        assert Slot.objects.get(pk=evening.slots[0].id).held_until == kept
        Slot.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    page = browser.get(address)
    assert "Someone else can take it now" in text(page)
    assert not Slot.objects.filter(held_until__gt=timezone.now()).exists()
    assert "We keep this time for you until" in text(browser.get(f"/own/times/{evening.slots[1].id}"))
    assert "Your appointment is booked." in text(browser.post(address, wish(page), follow=True))
