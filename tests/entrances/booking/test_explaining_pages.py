"""Holds, double appointments, extra seats and the preview, as pages; and `pcnhub explain`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import SessionQuota, Slot
from pcnhub.care.appointments.operations import block_slot, book
from pcnhub.care.appointments.queries import SlotView
from pcnhub.care.organisations.models import GroupMember
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import in_london, london_date
from tests.cast import CLINICIAN, World, person, world
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import request, session, slot_type, slots

pytestmark = pytest.mark.django_db


@dataclass
class Evening:
    w: World
    day: date
    session_id: int
    slots: tuple[SlotView, ...]


@pytest.fixture
def evening() -> Evening:
    """The hub's evening of tomorrow: the pages read the clock."""
    w, now = world(), timezone.now()
    day = london_date(now) + timedelta(days=1)
    held = session(w, day=day, times=(time(18, 30), time(19, 30)), now=now)
    return Evening(w, day, held, slots(held))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"{name} is not on the page"
    return found[1]


def confirm(patient_id: int, slot: SlotView) -> str:
    return reverse("book-confirm", kwargs={"patient_id": patient_id, "slot_id": slot.id})


def days(evening: Evening, first: str = "from_on", last: str = "to_on") -> dict[str, int]:
    return {f"{name}-{part}": getattr(evening.day, part) for name in (first, last) for part in ("day", "month", "year")}


def test_opening_the_page_holds_the_slot_and_giving_it_up_frees_it(evening: Evening) -> None:
    w, first = evening.w, evening.slots[0]
    ada, efe = signed_in_as(w.ada), signed_in_as(w.efe)
    page = ada.get(confirm(w.patient_of_ash.pk, first)).content.decode()
    held_until = Slot.objects.get(pk=first.id).held_until
    assert held_until
    assert f"held for you until {in_london(held_until):%H:%M}" in page
    refused = efe.get(confirm(w.patient_of_birch.pk, first))
    assert f"held until {in_london(held_until):%H:%M}" in refused.content.decode()
    assert refused.status_code == 403
    left = ada.post(confirm(w.patient_of_ash.pk, first), {"leave": "yes", "slots": "1"}, follow=True)
    assert "free for others again" in left.content.decode()
    assert efe.get(confirm(w.patient_of_birch.pk, first)).status_code == 200


def test_a_double_appointment(evening: Evening) -> None:
    w, first = evening.w, evening.slots[0]
    browser = signed_in_as(w.ada)
    page = browser.get(confirm(w.patient_of_ash.pk, first)).content.decode()
    assert "60 minutes (4 slots)" in page
    page = browser.get(confirm(w.patient_of_ash.pk, first) + "?slots=2").content.decode()
    assert "18:30 to 19:00" in page
    sent = {"idempotency_key": hidden(page, "idempotency_key"), "slots": hidden(page, "slots"), "patient_agrees": "on"}
    booked = browser.post(confirm(w.patient_of_ash.pk, first), sent, follow=True).content.decode()
    assert "The appointment is booked." in booked
    assert "18:30 to 19:00" in booked
    listed = signed_in_as(w.carys).get(reverse("clinic-list") + f"?day={evening.day}").content.decode()
    assert "The same appointment goes on" in listed
    assert "2 of 4 slots booked" in listed
    # A shorter length gives back what was held for the longer one.
    browser.get(confirm(w.patient_of_ash.pk, evening.slots[2]) + "?slots=2")
    browser.get(confirm(w.patient_of_ash.pk, evening.slots[2]) + "?slots=1")
    assert Slot.objects.get(pk=evening.slots[3].id).held_until is None


def test_any_clinician_at_a_time(evening: Evening) -> None:
    w, now = evening.w, timezone.now()
    kind = slot_type(w, "Shared")
    other = person("nadia", w.hub, CLINICIAN, consulter=True, job_category="GP", job_role_code="R0260")
    mine = session(w, day=evening.day, times=(time(20), time(20, 15)), slot_type_id=kind, now=now)
    session(w, day=evening.day, times=(time(20), time(20, 15)), slot_type_id=kind, holder_id=other.position_id, now=now)
    browser = signed_in_as(w.ada)
    listed = browser.get(reverse("book-patient", kwargs={"patient_id": w.patient_of_ash.pk})).content.decode()
    assert listed.count("?any=yes") == 1
    first = slots(mine)[0]
    page = browser.get(confirm(w.patient_of_ash.pk, first) + "?any=yes").content.decode()
    assert re.search(r'name="any_clinician"[^>]*checked', page)


def test_an_extra_seat_from_the_slots_that_are_not_free(evening: Evening) -> None:
    w, first, now = evening.w, evening.slots[0], timezone.now()
    book(actor=w.ada, now=now, request=request(first.id, w.patient_of_ash.pk))
    register_temporarily(actor=w.efe, now=now, hub_id=w.hub.pk, practice_patient_id=w.patient_of_birch.pk)
    with unit_of_work(w.carys):
        from pcnhub.care.patients.models import Patient

        here = Patient.objects.get(organisation=w.hub, registered_practice=w.birch).pk
    browser = signed_in_as(w.carys)
    free = browser.get(reverse("book-patient", kwargs={"patient_id": here})).content.decode()
    assert reverse("book-extra", kwargs={"patient_id": here}) in free
    asked = {f"on-{part}": getattr(evening.day, part) for part in ("day", "month", "year")}
    listed = browser.get(reverse("book-extra", kwargs={"patient_id": here}), asked).content.decode()
    address = reverse("book-extra-confirm", kwargs={"patient_id": here, "slot_id": first.id})
    assert (address in listed, "Somebody has booked this slot." in listed) == (True, True)
    page = browser.get(address).content.decode()
    sent = {"idempotency_key": hidden(page, "idempotency_key"), "patient_agrees": "on", "reason": "Results"}
    refused = browser.post(address, {**sent, "override_reason": ""})
    assert (refused.status_code, 'href="#override_reason"' in refused.content.decode()) == (422, True)
    done = browser.post(address, {**sent, "override_reason": "Bad news"}, follow=True).content.decode()
    assert "The appointment is booked." in done
    clinic = browser.get(reverse("clinic-list") + f"?day={evening.day}").content.decode()
    assert "Extra: Bad news" in clinic
    assert "1 of 4 slots booked, 1 extra" in clinic


@pytest.mark.parametrize("who", ["ada", "charlie"])
def test_no_extra_seat_for_who_does_not_manage_the_hubs_rota(evening: Evening, who: str) -> None:
    actor = getattr(evening.w, who)
    browser = signed_in_as(actor)
    kwargs = {"patient_id": evening.w.patient_of_ash.pk}
    assert browser.get(reverse("book-extra", kwargs=kwargs)).status_code in (403, 404)
    slot = {**kwargs, "slot_id": evening.slots[0].id}
    assert browser.get(reverse("book-extra-confirm", kwargs=slot)).status_code in (403, 404)
    assert not Slot.objects.filter(extra_seat_of__isnull=False).exists()


def test_the_preview_shows_each_slot_with_every_reason(evening: Evening) -> None:
    w = evening.w
    block_slot(actor=w.carys, now=timezone.now(), slot_id=evening.slots[1].id, reason="Meeting")
    SessionQuota.objects.create(session_id=evening.session_id, profile="organisation", subject="A81001", at_most=0)
    browser = signed_in_as(w.carys)
    linked = browser.get(reverse("session", kwargs={"session_id": evening.session_id})).content.decode()
    assert "Why can’t they see this?" in linked
    form = browser.get(reverse("preview") + f"?session={evening.session_id}").content.decode()
    assert f'value="{evening.day.day}"' in form
    asked: dict[str, Any] = {"organisation": "B82002", "route": "staff", **days(evening)}
    page = browser.get(reverse("preview"), asked).content.decode()
    assert "3 of 4 slots can be seen by Birch Road Practice (B82002)" in page
    assert "The hub has blocked this slot." in page
    page = browser.get(reverse("preview"), {**asked, "ods_code": "a81001"}).content.decode()
    assert "0 of 4 slots can be seen by Ash Lane Surgery (A81001)" in page
    assert page.count("A81001 has used up its share of this session: 0 of 0.") == 3  # the blocked one stands between
    assert ("19:00 to 19:30" in page, "2 slots" in page) == (True, True)
    page = browser.get(reverse("preview"), {**asked, "ods_code": "X99999", "route": "gp-connect"}).content.decode()
    assert "No organisation of this code is on this platform" in page
    assert "switched off at the hub" in page
    far = browser.get(reverse("preview"), {**asked, "to_on-year": evening.day.year + 1})
    assert (far.status_code, "1 to 14 days" in far.content.decode()) == (422, True)


def test_the_preview_says_what_is_no_code_and_what_is_no_type(evening: Evening) -> None:
    browser = signed_in_as(evening.w.carys)
    asked: dict[str, Any] = {"route": "gp-connect", **days(evening)}
    refused = browser.get(reverse("preview"), {**asked, "ods_code": "?!"})
    page = refused.content.decode()
    assert (refused.status_code, 'href="#ods_code"' in page, "?! is not an ODS code" in page) == (422, True, True)
    page = browser.get(reverse("preview"), {**asked, "organisation_type": "nonsense"}).content.decode()
    assert "nonsense is not an organisation type" in page
    page = browser.get(reverse("preview"), {**asked, "organisation_type": "gp-practice"}).content.decode()
    assert "is not an organisation type" not in page
    assert ("18:30 to 19:30" in page, "4 slots" in page, page.count('id="slot-')) == (True, True, 1)


def test_a_second_appointment_at_a_time_is_warned_of_before_it_is_booked(evening: Evening) -> None:
    w, now = evening.w, timezone.now()
    nadia = person("nadia", w.hub, CLINICIAN, consulter=True, job_category="GP", job_role_code="R0260")
    beside = slots(
        session(w, day=evening.day, times=(time(18, 45), time(19, 15)), holder_id=nadia.position_id, now=now)
    )
    book(actor=w.ada, now=now, request=request(evening.slots[1].id, w.patient_of_ash.pk))
    browser = signed_in_as(w.ada)
    warning = "The patient has an appointment at this time"
    page = browser.get(confirm(w.patient_of_ash.pk, beside[0])).content.decode()
    assert (warning in page, "18:45 to 19:00 on" in page) == (True, True)
    assert warning not in browser.get(confirm(w.patient_of_ash.pk, beside[1])).content.decode()
    with unit_of_work(w.carys):
        from pcnhub.care.patients.models import Patient

        here = Patient.objects.get(organisation=w.hub, registered_practice=w.ash).pk
    extra = reverse("book-extra-confirm", kwargs={"patient_id": here, "slot_id": evening.slots[1].id})
    assert warning in signed_in_as(w.carys).get(extra).content.decode()
    wrong = signed_in_as(w.carys).post(extra, {"idempotency_key": "k", "override_reason": "", "reason": "x" * 101})
    for field in ("override_reason", "reason", "patient_agrees"):
        assert f'href="#{field}"' in wrong.content.decode()


def test_the_preview_is_the_hubs_rota_managers(evening: Evening) -> None:
    assert signed_in_as(evening.w.ada).get(reverse("preview")).status_code == 403
    looked: dict[str, Any] = {"route": "staff", **days(evening)}
    page = signed_in_as(evening.w.charlie).get(reverse("preview"), looked)
    assert "0 of 0 slots" in page.content.decode()
    assert Permission.MANAGE_ROTA in evening.w.charlie.permissions
    other = signed_in_as(evening.w.charlie).get(reverse("preview") + f"?session={evening.session_id}")
    assert other.status_code == 404


def test_an_empty_search_says_what_stands_in_the_way(evening: Evening) -> None:
    w = evening.w
    GroupMember.objects.filter(organisation=w.ash).update(subscribed_at=None)
    page = signed_in_as(w.ada).get(reverse("book-slots")).content.decode()
    assert "4 slots: This organisation has not subscribed" in page
    assert "Who can: an administrator of the organisation." in page


def test_an_empty_search_says_each_obstacle_once_and_how_many_slots_it_holds(evening: Evening) -> None:
    """Embargoed slots open each at a time of its own: one line says so, not one a slot."""
    w, now = evening.w, timezone.now()
    later = slot_type(w, "EA GP same day", embargo_minutes=15)
    session(w, day=evening.day, times=(time(9, 0), time(10, 0)), now=now, slot_type_id=later)
    GroupMember.objects.filter(organisation=w.ash).update(subscribed_at=None)
    page = signed_in_as(w.ada).get(reverse("book-patient", args=[w.patient_of_ash.pk])).content.decode()
    assert "8 slots: This organisation has not subscribed" in page
    assert page.count("open 15 minutes before they start") == 1
    assert "4 slots, for example: Slots of this type open 15 minutes before they start" in page
    assert "publish more sessions" not in page, "more sessions would not help"
