"""Staff give a patient a link, see what became of it, and take it away."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from pcnhub.care.appointments.models import Booking, OwnLink, SlotType
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import world
from tests.entrances.client import signed_in_as
from tests.entrances.public.links import PETER, Evening, an_evening, arrive, opened, press, text
from tests.rooms.appointments.book import put_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening() -> Evening:
    cache.clear()
    return an_evening(world())


def links_of(evening: Evening) -> str:
    return f"/patients/{evening.w.patient_of_ash.pk}/links"


def token_on(page: str) -> str:
    found = re.search(r"http://testserver/own/([A-Za-z0-9_-]+)", page)
    assert found, "no link is on the page"
    return found[1]


def test_a_link_is_shown_once_with_its_slip(evening: Evening) -> None:
    ada = signed_in_as(evening.w.ada)
    assert "to book themselves" in ada.get(f"/patients/{evening.w.patient_of_ash.pk}").content.decode()
    assert "None yet" in text(ada.get(links_of(evening)))
    answer = ada.post(links_of(evening), {"days_ahead": "7"})
    page = answer.content.decode()
    token = token_on(page)
    assert answer["Cache-Control"] == "no-store"
    assert "sent to nobody" in page
    slip = page[page.index('aria-labelledby="slip"') : page.index("</section>")]
    assert "data:image/svg+xml" in slip
    for word in ("Jane", "Smith", "9000000009", "1980"):  # whoever finds the slip learns nothing of the patient
        assert word not in slip
    listed = ada.get(links_of(evening))
    assert token not in listed.content.decode()
    assert "Not opened yet" in text(listed)
    assert "To book up to 7 days from today" in text(listed)
    jane = opened(token)
    assert "Opened, nothing booked yet" in text(ada.get(links_of(evening)))
    press(jane, f"/own/times/{evening.slots[0].id}")
    assert "Leads to an appointment" in text(ada.get(links_of(evening)))
    press(jane, "/own/cancel")
    assert "Used: the appointment is cancelled" in text(ada.get(links_of(evening)))
    with unit_of_work(evening.w.carys):
        Booking.objects.update(ends_at=timezone.now(), starts_at=timezone.now() - timedelta(minutes=15))
    assert "Used: the appointment is over" in text(ada.get(links_of(evening)))


def test_where_people_reach_the_hub_by_another_name_the_slip_has_that(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = settings.HUB.model_copy(update={"public_address": "https://hub.example.nhs.uk"})
    monkeypatch.setattr("django.conf.settings.HUB", known)
    page = signed_in_as(evening.w.ada).post(links_of(evening), {"days_ahead": "7"}).content.decode()
    assert re.search(r"https://hub\.example\.nhs\.uk/own/[a-z2-9]{26}<", page)


def test_locked_and_withdrawn_are_seen(evening: Evening) -> None:
    ada = signed_in_as(evening.w.ada)
    token = token_on(ada.post(links_of(evening), {"days_ahead": "14"}).content.decode())
    for _ in range(5):
        arrive(token).post("/own", PETER)
    listed = ada.get(links_of(evening))
    assert "Locked" in text(listed)
    assert "Wrong date of birth: 5 times" in text(listed)
    [address] = re.findall(r'action="(/patients/\d+/links/\d+/withdraw)"', listed.content.decode())
    answer = ada.post(address, follow=True)
    assert "The link is withdrawn" in text(answer)
    assert "/withdraw" not in answer.content.decode()
    assert ada.get(address).status_code == 405


def test_a_link_to_an_appointment_from_its_page(evening: Evening) -> None:
    booking_id = put_in(evening.w, evening.slots[0].id)
    ada = signed_in_as(evening.w.ada)
    assert f"/bookings/{booking_id}/links" in ada.get(f"/bookings/{booking_id}").content.decode()
    slip = ada.post(f"/bookings/{booking_id}/links").content.decode()
    assert "Your hub appointment" in slip
    assert "Cough" not in slip
    token = token_on(slip)
    assert "Your appointment" in text(opened(token).get("/own/appointment"))
    carys = signed_in_as(
        evening.w.carys
    )  # the hub sees the links to an appointment of its book, and may take them away
    listed = carys.get(f"/bookings/{booking_id}/links")
    [address] = re.findall(r'action="(/bookings/\d+/links/\d+/withdraw)"', listed.content.decode())
    assert "The link is withdrawn" in text(carys.post(address, follow=True))
    assert arrive(token).post("/own", {"day": "12", "month": "4", "year": "1980"}).status_code == 422


def test_a_protected_patient_gets_none_and_where_no_type_is_open_nobody_does(evening: Evening) -> None:
    ada = signed_in_as(evening.w.ada)
    SlotType.objects.update(patients_may_book=False)
    assert "Whoever manages the hub’s slot types can mark one" in text(ada.get(links_of(evening)))
    assert ada.post(links_of(evening), {"days_ahead": "14"}).status_code == 403
    SlotType.objects.update(patients_may_book=True)
    dilys = signed_in_as(evening.w.dilys)
    with unit_of_work(evening.w.ada):
        Patient.objects.filter(pk=evening.w.patient_of_ash.pk).update(
            left_on=timezone.now().date(), registration_state="left"
        )
    assert "can’t be given a link" in text(dilys.get(links_of(evening)))
    answer = dilys.post(links_of(evening), {"days_ahead": "14"})
    assert (answer.status_code, "can&#39;t be given" in answer.content.decode()) == (403, True)
    with unit_of_work(evening.w.ada):
        assert not OwnLink.objects.exists()


def test_faults_of_the_form(evening: Evening) -> None:
    ada = signed_in_as(evening.w.ada)
    answer = ada.post(links_of(evening), {"days_ahead": "365", "slot_types": "999"})
    assert answer.status_code == 422
    assert 'href="#days_ahead"' in answer.content.decode()


def test_charlie_gives_and_withdraws_nothing(evening: Evening) -> None:
    booking_id = put_in(evening.w, evening.slots[0].id)
    ada, charlie = signed_in_as(evening.w.ada), signed_in_as(evening.w.charlie)
    ada.post(links_of(evening), {"days_ahead": "14"})
    with unit_of_work(evening.w.ada):
        link_id = OwnLink.objects.get().pk
    patient_id = evening.w.patient_of_ash.pk
    for address in (links_of(evening), f"/bookings/{booking_id}/links"):
        assert charlie.get(address).status_code in (403, 404)
        assert charlie.post(address, {"days_ahead": "14"}).status_code in (403, 404)
    for place in (f"/patients/{patient_id}", f"/bookings/{booking_id}"):
        assert charlie.post(f"{place}/links/{link_id}/withdraw").status_code in (403, 404)
    with unit_of_work(evening.w.ada):
        assert OwnLink.objects.get().withdrawn_at is None
    assert Client().get(links_of(evening)).status_code == 302


def test_the_rota_manager_marks_a_slot_type_and_sees_what_a_patient_would(evening: Evening) -> None:
    carys = signed_in_as(evening.w.carys)
    kind = evening.slots[0].slot_type_id
    days = {
        f"{end}_on-{part}": getattr(evening.day, part) for end in ("from", "to") for part in ("day", "month", "year")
    }
    asked = {**days, "organisation": "A81001", "route": "patient"}
    assert "4 of 4" in text(carys.get("/rota/preview", asked))
    form = carys.get(f"/slot-types/{kind}").content.decode()
    assert re.search(r'name="patients_may_book"[^>]*checked', form)
    kept = SlotType.objects.values().get(pk=kind)
    sent = {name: kept[name] or "" for name in ("name", "minutes", "mode", "colour", "eligibility_text")}
    sent |= {name: kept[name] for name in ("service_setting", "context_type", "national_category")}
    assert carys.post(f"/slot-types/{kind}", {**sent, "bookable": "on"}).status_code == 302  # and is no longer ticked
    seen = text(carys.get("/rota/preview", asked))
    assert "Patients can&#39;t book slots of this type themselves" in seen
