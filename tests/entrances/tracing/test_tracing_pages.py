"""The list of people to trace, and who may settle one of them. The journeys walk through it; here is what they don't meet."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import book_unregistered
from pcnhub.care.organisations.queries import installation_actor
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient, TraceAttempt
from pcnhub.care.patients.queries import NotTraced
from pcnhub.care.records.queries import open_record
from pcnhub.connections.gpconnect.preparing import prepare
from pcnhub.connections.pds import demographics
from pcnhub.connections.pds.local import asking_for
from pcnhub.connections.pds.models import Person
from pcnhub.connections.pds.refusals import NoAnswer
from pcnhub.entrances.staff.tracing import runs, views
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, patient, system_for, world
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import wish

pytestmark = pytest.mark.django_db
NUMBER = "9000000025"


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def untraced(w: World) -> int:
    """Ash Lane has booked Aminata Diallo for tomorrow evening; her row at the hub."""
    now = timezone.now()
    evening = session(w, day=london_date(now) + timedelta(days=1), times=(time(18, 30), time(19, 30)), now=now)
    booked = book_unregistered(actor=w.ada, now=now, request=wish(slots(evening)[0].id))
    with unit_of_work(system_for(w.hub)):
        return Booking.objects.get(pk=booked.booking_id).patient_id


def held(w: World, patient_id: int) -> Patient:
    with unit_of_work(system_for(w.hub)):
        return Patient.objects.get(pk=patient_id)


def choice_on(page: str) -> str:
    """What the button of the first person of the list sends."""
    [choice, *_] = re.findall(r'name="accept" value="([^"]+)"', page)
    return str(choice)


def test_only_the_hubs_own_tracers_get_in(w: World, untraced: int) -> None:
    page = reverse("trace-patient", args=[untraced])
    for outsider in (w.ada, w.bilal):
        browser = signed_in_as(outsider)
        assert browser.get(reverse("tracing")).status_code == 403
        assert browser.post(page, {"accept": NUMBER}).status_code == 403
        assert browser.post(reverse("trace-everybody")).status_code == 403
    charlie = signed_in_as(w.charlie)
    assert charlie.get(page).status_code == 404
    assert charlie.post(page, {"accept": NUMBER}).status_code == 404
    assert "Diallo" not in charlie.get(reverse("tracing")).content.decode()
    assert held(w, untraced).nhs_number is None


def test_the_page_shows_both_side_by_side_and_rejecting_leaves_her_on_the_list(w: World, untraced: int) -> None:
    patient(w.birch, NUMBER, "Aminata", "Dialo", date(1991, 3, 14), postcode="LS1 5HT")
    browser = signed_in_as(w.carys)
    page = browser.get(reverse("trace-patient", args=[untraced])).content.decode()
    for said in ("DN16 3LQ", "LS1 5HT", "Differs", "Birch Road Practice", "900 000 0025"):
        assert said in page
    answer = browser.post(
        reverse("trace-patient", args=[untraced]), {"reject": "yes", "candidates": "1", "source": "local"}, follow=True
    )
    assert "None of those found was the person" in answer.content.decode()
    browser.post(reverse("trace-patient", args=[untraced]), {"reject": "yes", "candidates": "0", "source": "local"})
    with unit_of_work(system_for(w.hub)):
        tried = TraceAttempt.objects.order_by("pk")
        assert [(one.by, one.outcome) for one in tried] == [(w.carys.name, "rejected"), (w.carys.name, "no-match")]


def test_only_who_was_shown_can_be_chosen_and_only_as_shown(w: World, untraced: int) -> None:
    """A number that nobody was shown, another person's page, and a record that changed meanwhile: shown anew, never linked."""
    patient(w.birch, "9000000033", "Walter", "Zuckerman", date(1950, 1, 1))
    hers = patient(w.birch, NUMBER, "Aminata", "Diallo", date(1991, 3, 14))
    browser, address = signed_in_as(w.carys), reverse("trace-patient", args=[untraced])
    choice = choice_on(browser.get(address).content.decode())
    seal = choice.partition(".")[2]
    for forged in ("9000000033", f"9000000033.{seal}", NUMBER, f"{NUMBER}.", f"{NUMBER}.{seal[::-1]}"):
        refused = browser.post(address, {"accept": forged})
        assert refused.status_code == 422
    assert "This is not who was shown" in refused.content.decode()
    with unit_of_work(system_for(w.birch)):
        Patient.objects.filter(pk=hers.pk).update(given_name="Fatou")
    changed = browser.post(address, {"accept": choice})
    assert (changed.status_code, "Fatou" in changed.content.decode()) == (422, True)
    assert held(w, untraced).nhs_number is None
    browser.post(address, {"accept": choice_on(changed.content.decode())})
    assert held(w, untraced).nhs_number == NUMBER


def test_whoever_opens_the_page_is_on_record_for_who_asks_who_saw_the_patient(w: World, untraced: int) -> None:
    assert signed_in_as(w.carys).get(reverse("trace-patient", args=[untraced])).status_code == 200
    with unit_of_work(w.carys):
        opened = AuditEvent.objects.filter(action="patients.opened", patient_id=untraced)
        assert [event.user for event in opened] == [w.carys.user]


def test_who_is_registered_outside_the_network_gets_a_next_step(w: World, untraced: int) -> None:
    with unit_of_work(installation_actor()), asking_for([NUMBER]):
        Person.objects.create(
            nhs_number=NUMBER, given_name="Aminata", family_name="Diallo", birth_date=date(1991, 3, 14),
            practice_ods="C83003",
        )  # fmt: skip
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=untraced).update(stated_nhs_number=NUMBER)
    browser = signed_in_as(w.carys)
    page = browser.get(reverse("trace-patient", args=[untraced])).content.decode()
    assert "outside the network (C83003)" in page
    address = reverse("trace-patient", args=[untraced])
    done = browser.post(address, {"accept": choice_on(page)}, follow=True).content.decode()
    assert "nothing can be written back from here" in done
    assert held(w, untraced).nhs_number == NUMBER


def test_a_silent_service_is_said_and_the_practice_can_say_it(
    w: World, untraced: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: object) -> None:
        raise NoAnswer("The demographics service gave no answer.")

    monkeypatch.setattr(demographics, "search", silent)
    monkeypatch.setattr(demographics, "read", silent)
    browser = signed_in_as(w.carys)
    address = reverse("trace-patient", args=[untraced])
    page = browser.get(address).content.decode()
    assert "Nobody could be asked" in page
    assert "The practice can say it" in page
    assert browser.post(address, {"accept": NUMBER}).status_code == 422
    refused = browser.post(address, {"typed": "yes", "nhs_number": "9000000026", "practice": "A81001"})
    assert refused.status_code == 422
    assert "compare name and date of birth" in refused.content.decode()
    told = {"typed": "yes", "nhs_number": NUMBER, "practice": "A81001", "is_compared": "on"}
    assert "The person is linked" in browser.post(address, told, follow=True).content.decode()
    assert held(w, untraced).nhs_number == NUMBER
    assert "It is known who this is" in browser.get(address, follow=True).content.decode()


def test_whose_trace_has_grown_old_can_be_looked_at_and_a_second_run_shows_the_first(
    w: World, untraced: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (views, runs):
        monkeypatch.setattr(module, "STALE_AHEAD", timedelta(days=2))  # tomorrow's evening, whatever the hour is now
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=untraced).update(
            nhs_number=NUMBER, trace_state="traced", trace_holds_until=timezone.now(), registered_practice=w.birch
        )
    browser = signed_in_as(w.carys)
    page = browser.get(reverse("tracing")).content.decode()
    assert "Traced too long ago" in page
    assert f'<a href="{reverse("patient", args=[untraced])}">Look' in page
    first = browser.post(reverse("trace-everybody"))
    again = browser.post(reverse("trace-everybody"), follow=True)
    assert again.request["PATH_INFO"] == first["Location"]
    assert "being traced already" in again.content.decode()


def test_the_book_and_the_clinic_list_say_that_nobody_knows_her_yet(w: World, untraced: int) -> None:
    with unit_of_work(system_for(w.hub)):
        booking_id = Booking.objects.get(patient=untraced).pk
    tomorrow = london_date(timezone.now()) + timedelta(days=1)
    trace = reverse("trace-patient", args=[untraced])
    carys = signed_in_as(w.carys)
    for address in (
        reverse("booking", args=[booking_id]),
        f"{reverse('clinic-list')}?day={tomorrow.isoformat()}",
        reverse("patient", args=[untraced]),
    ):
        page = carys.get(address).content.decode()
        assert "Not traced yet" in page
        assert trace in page
    mine = signed_in_as(w.ada).get(reverse("booking", args=[booking_id])).content.decode()
    assert "Not traced yet" in mine
    assert trace not in mine
    assert "1 person to trace" in carys.get("/").content.decode()


def test_records_and_other_systems_refuse_her_by_name_with_the_remedy(w: World, untraced: int) -> None:
    now = timezone.now()
    record = open_record(actor=w.bilal, now=now, patient_id=untraced)
    assert {section.state.value for section in record.sections} == {"refused"}
    assert "Trace the patient first" in record.sections[0].remedy
    with pytest.raises(NotTraced) as refused:
        prepare(actor=w.carys, now=now, patient_id=untraced, endpoint_id=0, slot_id="1", day=london_date(now))
    assert (refused.value.code, "Trace" in refused.value.remedy) == ("patient-untraced", True)


def test_nobody_without_the_activity_sees_the_menu_entry(w: World) -> None:
    assert Permission.TRACE_PATIENTS not in w.bilal.permissions
    assert 'href="/tracing"' not in signed_in_as(w.bilal).get("/").content.decode()
    assert 'href="/tracing"' in signed_in_as(w.carys).get("/").content.decode()
