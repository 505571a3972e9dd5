"""The rota manager's week and day, and the pages that show what a change does before it is made."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pcnhub.care.appointments.models import Booking, PersonToTell, Session, Slot
from pcnhub.care.appointments.operations import TemplateDetails, book, make_sessions, save_template
from pcnhub.care.appointments.queries.rota import rota as read_rota
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.entrances.staff.rota.showing import week_of
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import in_london, london_date
from tests.cast import CLINICIAN, World, person, world
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import details, request, session, slot_type, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def carys(w: World) -> Client:
    return signed_in_as(w.carys)


def tomorrow() -> date:
    return london_date(timezone.now()) + timedelta(days=1)


def an_evening(w: World, *, patients: int = 1, **more: object) -> tuple[int, list[int]]:
    """Tomorrow's evening of Bilal's with somebody in its first slots."""
    now = timezone.now()
    made = session(w, day=tomorrow(), now=now, **more)  # type: ignore[arg-type]
    booked = [
        book(actor=w.ada, now=now, request=request(slot.id, w.patient_of_ash.pk)).booking_id
        for slot in slots(made)[:patients]
    ]
    return made, booked


def of_session(name: str, session_id: int) -> str:
    return reverse(name, kwargs={"session_id": session_id})


def body(answer: object) -> str:
    text: str = answer.content.decode()  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", text)


def hidden(page: str) -> dict[str, list[str]]:
    """What the confirming form would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value.replace("&#39;", "'").replace("&amp;", "&"))
    return found


def test_the_week_by_clinician_and_by_site(w: World, carys: Client) -> None:
    an_evening(w)
    page = body(carys.get(reverse("rota"), {"week": tomorrow().isoformat()}))
    assert "Sessions by clinician" in page
    assert "5 free, 1 booked" in page
    assert "90 minutes planned of the 1200" in page
    assert "1110 minutes too few" in page
    assert "Jane" not in page
    by_site = body(carys.get(reverse("rota"), {"week": tomorrow().isoformat(), "by": "site"}))
    assert re.search(r"<th[^>]*> ?Riverside Health Centre", by_site)


def test_an_empty_saturday_keeps_its_column_when_the_contract_has_hours_on_it(w: World) -> None:
    for monday, last in ((date(2026, 11, 23), "Sat 28 Nov"), (date(2026, 12, 21), "Fri 25 Dec")):
        view = read_rota(hub_id=w.hub.pk, from_on=monday, to_on=monday + timedelta(days=6), now=timezone.now())
        assert week_of(view, by="clinician", today=monday).days[-1].short == last


def test_which_organisations_may_book_over_gp_connect_is_said_in_a_sentence(w: World, carys: Client) -> None:
    listed: dict[str, Any] = {"organisation_ods_codes": frozenset({"A99801", "X99999"}), "publish": False}
    without_groups: dict[str, Any] = {"group_ids": frozenset()}
    for more, words in (
        (listed, "Besides the groups also A99801 and X99999 can book over GP Connect."),
        (listed | without_groups, "Only A99801 and X99999 can book over GP Connect."),
    ):
        made = session(w, day=tomorrow(), now=timezone.now(), **more)
        assert words in body(carys.get(of_session("session", made)))


def test_each_practitioner_role_is_listed_by_its_national_name(carys: Client) -> None:
    page = body(carys.get(reverse("session-new")))
    assert "GP: Salaried General Practitioner (R0270)" in page


def test_the_day_slot_by_slot(w: World, carys: Client) -> None:
    made, _ = an_evening(w)
    Slot.objects.filter(pk=slots(made)[1].id).update(held_until=timezone.now() + timedelta(minutes=5), held_by="x")
    Slot.objects.filter(pk=slots(made)[2].id).update(state="blocked", blocked_reason="Teaching")
    page = body(carys.get(reverse("rota-day"), {"day": tomorrow().isoformat()}))
    for words in ("18:30</strong> Booked", "18:45</strong> Being booked now", "Blocked: Teaching", "3 free, 1 booked"):
        assert words in page
    empty = body(carys.get(reverse("rota-day"), {"day": (tomorrow() + timedelta(days=60)).isoformat()}))
    assert "No session on this day" in empty


def test_the_rota_asks_the_same_number_of_questions_for_any_number_of_sessions(
    w: World, carys: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    kind = slot_type(w)
    for hour in (9, 11, 13):
        session(w, day=tomorrow(), times=(time(hour), time(hour + 1)), slot_type_id=kind, now=timezone.now())
    for name in ("rota", "rota-day"):
        with django_assert_max_num_queries(26):
            assert carys.get(reverse(name), {"week": tomorrow().isoformat()}).status_code == 200


def test_patients_stand_on_paper_only_when_asked_for_and_on_record(w: World, carys: Client) -> None:
    an_evening(w)
    day = {"day": tomorrow().isoformat()}
    assert "Jane" not in body(carys.get(reverse("rota-print"), day))
    assert "Jane Smith" in body(carys.get(reverse("rota-print"), {**day, "patients": "1"}))
    with unit_of_work(w.carys):
        assert AuditEvent.objects.filter(action="appointments.list-opened", user=w.carys.user).count() == 1
    assert carys.get(reverse("rota-print"), {"week": tomorrow().isoformat()}).status_code == 200
    rota_only = signed_in_as(replace(w.carys, permissions=frozenset({Permission.MANAGE_ROTA})))
    assert "Jane" not in body(rota_only.get(reverse("rota-print"), {**day, "patients": "1"}))


def test_cancelling_shows_what_it_does_then_does_that(w: World, carys: Client) -> None:
    made, [booked] = an_evening(w)
    address = of_session("session-cancel", made)
    page = body(carys.get(address))
    assert "Jane Smith" in page
    assert "0 minutes planned of 1200, before this change 90" in page
    refused = carys.post(address, {**hidden(page), "step": "confirm"})
    assert refused.status_code == 422
    assert "Say why" in body(refused)
    assert "Choose what becomes" in body(refused)
    sent = {**hidden(page), "step": "confirm", "reason": "Bilal is ill", "losing": "cancel"}
    done = carys.post(address, sent, follow=True)
    assert "1 cancelled. 1 person to tell." in body(done)
    assert "Jane Smith" in body(done)
    assert Session.objects.get(pk=made).state == "cancelled"
    assert "done already" in body(carys.post(address, sent, follow=True))
    with unit_of_work(w.carys):
        assert Booking.objects.get(pk=booked).cancellation_reason == "Bilal is ill"
        assert PersonToTell.objects.count() == 1


def test_somebody_who_books_meanwhile_is_shown(w: World, carys: Client) -> None:
    made, _ = an_evening(w)
    page = body(carys.get(of_session("session-cancel", made)))
    book(actor=w.efe, now=timezone.now(), request=request(slots(made)[3].id, w.patient_of_birch.pk))
    sent = {**hidden(page), "step": "confirm", "reason": "Ill", "losing": "cancel"}
    shown = carys.post(of_session("session-cancel", made), sent)
    assert shown.status_code == 409
    assert "Nothing was changed" in body(shown)
    assert "Peter Jones" in body(shown)
    assert Session.objects.get(pk=made).state == "published"


def test_a_day_is_cancelled_and_its_patients_moved(w: World, carys: Client) -> None:
    kind = slot_type(w)
    made, [booked] = an_evening(w, slot_type_id=kind)
    later = session(w, day=tomorrow() + timedelta(days=1), slot_type_id=kind, now=timezone.now())
    address = f"{reverse('rota-cancel')}?from={tomorrow()}&to={tomorrow()}"
    page = body(carys.get(address))
    sent = {**hidden(page), "step": "confirm", "reason": "Flood", "losing": "move"}
    assert sent["moves"] == [f"{booked}:{slots(later)[0].id}"]
    done = body(carys.post(address, sent, follow=True))
    assert "1 moved. 1 person to tell." in done
    assert "Moved by the hub" in done
    assert (Session.objects.get(pk=made).state, Session.objects.get(pk=later).state) == ("cancelled", "published")
    assert "done already" in body(carys.post(address, sent, follow=True))


@pytest.mark.parametrize("losing", ["cancel", "move"])
def test_a_protected_patients_clinic_is_cancelled_by_somebody_who_never_sees_them(w: World, losing: str) -> None:
    kind, now = slot_type(w), timezone.now()
    made, [booked] = an_evening(w, slot_type_id=kind)
    session(w, day=tomorrow() + timedelta(days=1), slot_type_id=kind, now=now)
    with unit_of_work(w.carys):
        Patient.objects.filter(organisation=w.hub).update(is_sensitive=True)
        number = Patient.objects.get(organisation=w.hub).number
    assert not w.carys.may(Permission.VIEW_SENSITIVE)
    browser, address = signed_in_as(w.carys), of_session("session-cancel", made)
    shown = body(browser.get(address))
    sent = {**hidden(shown), "step": "confirm", "reason": "Bilal is ill", "losing": losing}
    done = browser.post(address, sent, follow=True)
    pages = [shown, body(done), body(browser.get(reverse("people-to-tell"))), str(done.redirect_chain)]
    pages.append(body(browser.get(of_session("session", made))))
    assert "1 person to tell" in pages[1]
    for page in pages:
        for word in ("Jane", "Smith", number, f"{number[:3]} {number[3:6]} {number[6:]}", "Ash Lane", "Cough"):
            assert word not in page
    with unit_of_work(w.carys):
        assert Booking.objects.get(pk=booked).status == "cancelled"
        [event] = AuditEvent.objects.filter(action="appointments.acted-without-seeing")
        assert event.subject_id == booked
        assert "acted without seeing" in event.detail


def test_each_offer_says_with_whom_how_and_where_and_who_is_not_moved(w: World, carys: Client) -> None:
    kind, now = slot_type(w), timezone.now()
    made, _ = an_evening(w, slot_type_id=kind)
    book(actor=w.ada, now=now, request=request(slots(made)[1].id, w.patient_of_ash.pk, slots=2))
    session(w, day=tomorrow() + timedelta(days=1), slot_type_id=kind, now=now)
    page = body(carys.get(of_session("session-cancel", made)))
    assert "18:30, Bilal Cast, GP, In-person, Riverside Health Centre. Others:" in page
    assert "1 appointment of several slots is not moved but cancelled: move it by hand first" in page


def test_who_may_not_read_the_clinic_list_sees_times_and_no_names(w: World) -> None:
    made, [booked] = an_evening(w)
    rota_only = signed_in_as(replace(w.carys, permissions=frozenset({Permission.MANAGE_ROTA})))
    page = body(rota_only.get(of_session("session-cancel", made)))
    assert f"appointment {booked}" in page
    for word in ("Jane", "Smith", "Ash Lane"):
        assert word not in page
    with unit_of_work(w.carys):
        assert not AuditEvent.objects.filter(action="appointments.list-opened").exists()


def test_whoever_reads_who_loses_an_appointment_is_on_record(w: World, carys: Client) -> None:
    made, _ = an_evening(w)
    carys.get(of_session("session-cancel", made))
    with unit_of_work(w.carys):
        [event] = AuditEvent.objects.filter(action="appointments.list-opened", user=w.carys.user)
        held = Patient.objects.get(organisation=w.hub)
    assert json.loads(event.detail)["patients"] == [held.pk]


def test_somebody_is_away_and_another_takes_over(w: World, carys: Client) -> None:
    made, _ = an_evening(w)
    gwen = person("gwen", w.hub, CLINICIAN, consulter=True, role_code="R8000", job_role_code="R0260").position_id
    away = {"holder": str(w.bilal.position_id), "from": tomorrow().isoformat(), "to": tomorrow().isoformat()}
    assert "Find somebody else" in body(carys.get(reverse("rota-away"), away))
    address = of_session("session-replace", made)
    assert carys.post(address, {"position_id": gwen}).status_code == 422
    page = body(carys.post(address, {"position_id": gwen, "reason": "Bilal is ill", "step": "show"}))
    assert "1 appointment is kept, but not as the patient was told: With Gwen Cast, GP" in page
    done = body(carys.post(address, {**hidden(page), "step": "confirm"}, follow=True))
    assert "1 person to tell" in done
    assert "Gwen Cast, GP" in done
    assert Session.objects.get(pk=made).holder_id == gwen


def test_times_are_changed_and_can_be_typed_anew(w: World, carys: Client) -> None:
    made, _ = an_evening(w)
    address = of_session("session-change", made)
    form = body(carys.get(address))
    for absent in ("Who holds it", "Practitioner role", "Slot type"):
        assert absent not in form
    typed = {
        "name": "EA GP - practice booking", "starts_at": "18:30", "ends_at": "20:30", "site_id": w.site.pk,
        "delivery_channel": "In-person", "group_ids": [w.group.pk], "counts_to_enhanced_access": "on",
        "gp_connect_bookable": "on", "variation": "Letter of 1 May", "reason": "More demand",
        f"quotas.group.{w.group.pk}": 1,
    }  # fmt: skip
    page = body(carys.post(address, {**typed, "step": "show"}))
    assert "2 free slots are added" in page
    assert f"share of {w.group.name}: 1 of 1 used, so nobody" in page
    assert "1 appointment stays as it is" in page
    again = body(carys.post(address, {**hidden(page), "step": "edit"}))
    assert 'value="20:30"' in again
    done = carys.post(address, {**hidden(page), "step": "confirm"}, follow=True)
    assert "Done." in body(done)
    assert len(slots(made)) == 8
    none = body(carys.post(address, {**typed, "delivery_channel": "", "step": "show"}))
    assert "It cannot be done" in none


def test_a_weekly_session_is_changed_with_its_sessions(w: World, carys: Client) -> None:
    weekly = TemplateDetails(
        session=details(w, slot_type(w)), weekday=tomorrow().isoweekday(), starts_at=time(18, 30), ends_at=time(20),
        starts_on=tomorrow(),
    )  # fmt: skip
    now = timezone.now()
    template = save_template(actor=w.carys, now=now, details=weekly)
    make_sessions(actor=w.carys, now=now, hub_id=w.hub.pk, until=tomorrow() + timedelta(days=7))
    address = reverse("series-change", kwargs={"template_id": template})
    assert f'href="{address}"' in body(carys.get(reverse("templates")))
    assert carys.get(address).status_code == 200
    day = tomorrow() + timedelta(days=7)
    typed = {
        "name": "EA GP - practice booking", "starts_at": "18:45", "ends_at": "20:00", "site_id": w.site.pk,
        "delivery_channel": "In-person", "group_ids": [w.group.pk], "counts_to_enhanced_access": "on",
        "gp_connect_bookable": "on", "reason": "Later", "day-day": day.day, "day-month": day.month, "day-year": day.year,
    }  # fmt: skip
    page = body(carys.post(address, {**typed, "step": "show"}))
    assert "1 made already" in page
    assert "1 slot leaves the book" in page
    assert "Done." in body(carys.post(address, {**hidden(page), "step": "confirm"}, follow=True))
    starts = Session.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert [f"{in_london(start):%H:%M}" for start in starts] == ["18:30", "18:45"]


def test_a_slot_is_put_in_split_and_taken_out(w: World, carys: Client) -> None:
    made, _ = an_evening(w)
    kind = slots(made)[0].slot_type_id
    assert carys.get(of_session("slot-new", made)).status_code == 200
    put = {"starts_at": "20:00", "minutes": "10", "slot_type_id": kind}
    assert "There is a slot at 20:00" in body(carys.post(of_session("slot-new", made), put, follow=True))
    wrong = carys.post(of_session("slot-new", made), {**put, "starts_at": "18:35"})
    assert (wrong.status_code, "There is a slot from 18:30" in body(wrong)) == (422, True)
    where = {"session_id": made, "slot_id": slots(made)[1].id}
    assert "two slots now" in body(carys.post(reverse("slot-split", kwargs=where), follow=True))
    assert carys.post(reverse("slot-take-out", kwargs=where), {}).status_code == 422
    out = carys.post(reverse("slot-take-out", kwargs=where), {"reason": "Teaching"}, follow=True)
    assert "out of the book" in body(out)


def test_reception_ticks_people_off_and_the_start_page_counts_them(w: World, carys: Client) -> None:
    made, _ = an_evening(w)
    assert "Nobody" in body(carys.get(reverse("people-to-tell")))
    page = body(carys.get(of_session("session-cancel", made)))
    sent = {**hidden(page), "step": "confirm", "reason": "Ill", "losing": "cancel"}
    carys.post(of_session("session-cancel", made), sent)
    assert "1 person to tell" in body(carys.get(reverse("today")))
    with unit_of_work(w.carys):
        [row] = PersonToTell.objects.all()
    address = reverse("person-to-tell", kwargs={"person_id": row.pk})
    assert carys.post(address, {"how": ""}).status_code == 422
    assert "Ticked off" in body(carys.post(address, {"how": "telephone", "note": "Left word"}, follow=True))
    assert "person to tell" not in body(carys.get(reverse("today")))


@pytest.mark.parametrize("name", ["rota", "rota-day", "rota-print", "rota-away", "rota-cancel"])
def test_the_rota_is_the_hubs_and_its_managers(w: World, carys: Client, name: str) -> None:
    assert carys.get(reverse(name)).status_code == 200
    assert signed_in_as(w.ada).get(reverse(name)).status_code == 403
    charlie = signed_in_as(w.charlie).get(reverse(name))
    assert charlie.status_code in (403, 404) or "Riverside" not in body(charlie)


def test_another_hubs_sessions_and_lists_do_not_exist(w: World) -> None:
    made, _ = an_evening(w)
    charlie = signed_in_as(w.charlie)
    for name in ("session-cancel", "session-change", "session-replace", "slot-new"):
        assert charlie.get(of_session(name, made)).status_code in (403, 404)
    assert charlie.get(reverse("people-to-tell")).status_code == 404
    assert signed_in_as(w.ada).get(reverse("people-to-tell")).status_code == 404


def test_a_time_that_is_no_date_is_today(carys: Client) -> None:
    assert carys.get(reverse("rota"), {"week": "tomorrow"}).status_code == 200
    assert carys.get(reverse("rota-day"), {"day": "2026-13-40"}).status_code == 200
