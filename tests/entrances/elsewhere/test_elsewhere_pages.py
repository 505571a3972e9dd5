"""The pages of booking at other systems: one list, a confirmation, a doubt that is shown as one."""

from __future__ import annotations

import re
from datetime import time, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from django.test import Client

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import cancel as hub_cancel
from pcnhub.care.patients.models import Patient
from pcnhub.connections.gpconnect.models import Endpoint
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World
from tests.connections.gpconnect.conftest import w, wire
from tests.connections.gpconnect.elsewhere import Elsewhere
from tests.connections.gpconnect.wire import Wire
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import session, slot_type, slots

__all__ = ["w", "wire"]
SEARCH, BOOK = "rest:search:slot-1", "rest:create:appointment-1"


@pytest.fixture
def e(w: World, wire: Wire) -> Elsewhere:
    return Elsewhere(w)


@pytest.fixture
def charlie(e: Elsewhere) -> Client:
    return signed_in_as(e.charlie)


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


def confirm_address(e: Elsewhere, slot: int = 0) -> str:
    return f"/patients/{e.patient_id}/book-anywhere/{e.endpoint_id}/{e.day}/{e.slots[slot].id}"


def send(client: Client, address: str, **more: Any) -> Any:
    page = client.get(address)
    key = words(page).split('name="idempotency_key" value="')[1].split('"')[0]
    form = {"idempotency_key": key, "description": "Cough", "patient_agrees": "on", **more}
    return client.post(address, {name: value for name, value in form.items() if value is not None})


def two_slots(starts: str, ends: str) -> dict[str, Any]:
    """What another supplier's system answers: one slot, its session, place and practitioner."""
    extension = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-"
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [
            {"resource": each}
            for each in (
                {
                    "resourceType": "Slot", "id": "s1", "schedule": {"reference": "Schedule/c1"}, "status": "free",
                    "extension": [{"url": extension + "DeliveryChannel-2", "valueCode": "In-person"}],
                    "serviceType": [{"text": "GP 10 minutes"}], "start": starts, "end": ends,
                },
                {
                    "resourceType": "Schedule", "id": "c1", "serviceCategory": {"text": "Evening"},
                    "actor": [{"reference": "Location/l1"}, {"reference": "Practitioner/p1"}],
                },
                {"resourceType": "Location", "id": "l1", "name": "Far Site", "address": {"postalCode": "LS1 1AA"}},
                {
                    "resourceType": "Practitioner", "id": "p1", "gender": "female",
                    "name": [{"family": "Nightingale", "prefix": ["Dr"]}],
                },
                {
                    "resourceType": "Slot", "id": "s2", "schedule": {"reference": "Schedule/none"}, "status": "free",
                    "start": starts, "end": ends,
                },
            )
        ],
    }  # fmt: skip


def test_hub_and_other_systems_stand_in_one_list_by_time(e: Elsewhere, wire: Wire) -> None:
    """Ada's practice sees the hub's slots, and those of a system that it has in its directory, among them."""
    ada = signed_in_as(e.w.ada)
    Endpoint.objects.filter(pk=e.endpoint_id).update(organisation=e.w.ash, ods_code="X99999", name="Far Hub")
    e.w.ash.asid = "200000000360"
    e.w.ash.save(update_fields=["asid"])
    own = slots(session(e.w, day=e.day + timedelta(days=1)))
    between = own[0].starts_at + timedelta(minutes=1)
    wire.on[SEARCH] = lambda _: httpx.Response(
        200, json=two_slots(between.isoformat(), (between + timedelta(minutes=10)).isoformat())
    )
    answer = ada.get(f"/patients/{e.w.patient_of_ash.pk}/book-anywhere?ask=yes")
    page = words(answer)
    assert answer.status_code == 200
    assert "Far Hub: 1 free slot; 1 more can’t be shown" in page
    rows = [row for row in page.split("<tr ") if "data-key" in row]
    providers = ["Far Hub" if "Far Hub" in row else "Riverside" for row in rows]
    assert providers.index("Far Hub") == 1
    assert "Dr Nightingale, female" in rows[1]
    assert "Far Site, LS1 1AA" in rows[1]
    keys = [row.split('data-key="')[1][:15] for row in rows]
    assert keys == sorted(keys)


def keys_on(page: str) -> list[str]:
    return [row.split('data-key="')[1][:15] for row in page.split("<tr ") if "data-key" in row]


def test_the_list_comes_in_pages_that_links_lead_through(e: Elsewhere, wire: Wire) -> None:
    """Forty rows a page, here and elsewhere together, by links alone: no script, and the keyboard leads there."""
    ada = signed_in_as(e.w.ada)
    Endpoint.objects.filter(pk=e.endpoint_id).update(organisation=e.w.ash, ods_code="X99999", name="Far Hub")
    e.w.ash.asid = "200000000360"
    e.w.ash.save(update_fields=["asid"])
    kind = slot_type(e.w, "Short", minutes=10)
    own = slots(session(e.w, day=e.day + timedelta(days=1), times=(time(8), time(17)), slot_type_id=kind))
    late = own[50].starts_at + timedelta(minutes=1)

    def get(address: str) -> str:
        """The page, the other system asked anew."""
        far = two_slots(late.isoformat(), (late + timedelta(minutes=10)).isoformat())
        wire.on[SEARCH] = lambda _: httpx.Response(200, json=far)
        return words(ada.get(address))

    address = f"/patients/{e.w.patient_of_ash.pk}/book-anywhere"
    first = get(f"{address}?ask=yes")
    assert (len(keys_on(first)), "page 1 of 2" in first, "Far Hub</strong>" in first) == (40, True, False)
    [link] = set(re.findall(r'href="([^"]*page=2[^"]*)"', first))
    second = get(link.partition("#")[0])
    assert (len(keys_on(second)), "Far Hub</strong>" in second) == (len(own) + 1 - 40, True)
    assert keys_on(first) + keys_on(second) == sorted(keys_on(first) + keys_on(second))
    assert re.search(r'href="[^"]*ask=yes[^"]*page=1#slots"', second)
    for odd, page in (("99", second), ("-1", first), ("x", first), ("0", first)):
        assert keys_on(get(f"{address}?ask=yes&page={odd}")) == keys_on(page)
    # With the script the other systems' rows come one by one: each to the page of its time, and to no other.
    fragments = [re.findall(r'data-fragment="([^"]+)"', get(f"{address}?page={number}")) for number in (1, 2)]
    assert [len(keys_on(get(fragment))) for [fragment] in fragments] == [0, 1]


def test_without_asking_nobody_is_called_and_the_script_has_its_addresses(
    e: Elsewhere, charlie: Client, wire: Wire
) -> None:  # fmt: skip
    page = words(charlie.get(f"/patients/{e.patient_id}/book-anywhere"))
    assert not wire.requests
    assert f'data-fragment="/patients/{e.patient_id}/book-anywhere/{e.endpoint_id}?from=' in page
    assert "not searched yet" in page
    assert "Search the other systems too" in page


def test_a_failing_provider_is_named_and_the_rest_is_shown(e: Elsewhere, charlie: Client, wire: Wire) -> None:
    wire.on[SEARCH] = wire.unreachable
    page = words(charlie.get(f"/patients/{e.patient_id}/book-anywhere?ask=yes"))
    assert "Riverside Hub can't be reached. Nothing was sent." in page
    assert "Or telephone 01724 222." in page
    wire.on[SEARCH] = wire.unreachable
    fragment = words(charlie.get(f"/patients/{e.patient_id}/book-anywhere/{e.endpoint_id}?from={e.day}&to={e.day}"))
    assert "data-failed" in fragment


def test_booking_from_the_pages(e: Elsewhere, charlie: Client) -> None:
    page = words(charlie.get(confirm_address(e)))
    assert "does not know this patient" in page
    booked = send(charlie, confirm_address(e), comment="Rings first")
    assert booked.status_code == 302
    shown = words(charlie.get(booked.headers["Location"]))
    assert "The appointment is booked." in shown
    amended = charlie.post(f"{booked.headers['Location']}/amend", {"description": "Cough, worse", "comment": ""})
    assert amended.status_code == 302
    cancelled = charlie.post(f"{booked.headers['Location']}/cancel", {"reason": "Better"})
    assert "The appointment is cancelled." in words(charlie.get(cancelled.headers["Location"]))
    assert "Cancelled" in words(charlie.get(f"/patients/{e.patient_id}/elsewhere"))


def test_what_is_missing_is_said_beside_its_field(e: Elsewhere, charlie: Client) -> None:
    answer = send(charlie, confirm_address(e), description="", patient_agrees=None)
    assert answer.status_code == 422
    assert "Say in a few words" in words(answer)
    assert "The patient must agree" in words(answer)


def test_a_doubt_is_never_shown_as_a_booking(e: Elsewhere, charlie: Client, wire: Wire) -> None:
    charlie.get("/")
    page_key = send(charlie, confirm_address(e), description="")  # learn the form; nothing is asked
    assert page_key.status_code == 422
    wire.on[BOOK] = wire.cut_before
    answer = send(charlie, confirm_address(e))
    page = words(charlie.get(answer.headers["Location"]))
    assert "Not known yet" in page
    assert "do not book it again" in page
    assert "The appointment is booked" not in page
    looked = charlie.post(f"{answer.headers['Location']}/look")
    assert "may still be on its way" in words(charlie.get(looked.headers["Location"]))


def test_a_banner_of_success_says_only_what_was_wanted(e: Elsewhere, charlie: Client, wire: Wire) -> None:
    """The form is sent again after its booking was cancelled; and a change is lost while the hub cancels."""
    page = words(charlie.get(confirm_address(e)))
    key = page.split('name="idempotency_key" value="')[1].split('"')[0]
    form = {"idempotency_key": key, "description": "Cough", "patient_agrees": "on"}
    booked = charlie.post(confirm_address(e), form)
    charlie.get(booked.headers["Location"])
    charlie.post(f"{booked.headers['Location']}/cancel", {"reason": "Better"})
    charlie.get(booked.headers["Location"])
    again = words(charlie.post(confirm_address(e), form, follow=True))
    assert "The appointment is booked." not in again
    assert "It stands as: cancelled." in again

    other = send(charlie, confirm_address(e, 1))
    charlie.get(other.headers["Location"])

    def cancelled_meanwhile(request: httpx.Request) -> httpx.Response:
        hub_cancel(actor=e.w.carys, now=NOW, booking_id=e.at_hub()[1].pk, version=None, reason="Clinic closed")
        raise httpx.ReadTimeout("too late", request=request)

    wire.on["rest:update:appointment-1"] = cancelled_meanwhile
    amended = words(charlie.post(f"{other.headers['Location']}/amend", {"description": "Cough, worse"}, follow=True))
    assert "The change is saved there." not in amended
    assert "We looked at Riverside Hub: the appointment is cancelled." in amended


def test_what_was_changed_there_is_shown_beside_the_form(e: Elsewhere, charlie: Client) -> None:
    address = send(charlie, confirm_address(e)).headers["Location"]
    with unit_of_work(e.w.carys):
        Booking.objects.update(reason="Bring insulin", version=2, changed_at=NOW)
    seen = words(charlie.get(f"{address}/amend")).split('name="version" value="')[1].split('"')[0]
    form = {"description": "Cough, worse", "version": seen}
    answer = charlie.post(f"{address}/amend", form)
    page = words(answer)
    assert (answer.status_code, e.at_hub()[0].reason) == (409, "Bring insulin")
    for each in ("was changed at Riverside Hub", "As it stands there now", "Bring insulin", "Cough, worse"):
        assert each in page
    form["version"] = page.split('name="version" value="')[1].split('"')[0]
    assert charlie.post(f"{address}/amend", form).status_code == 302
    assert e.at_hub()[0].reason == "Cough, worse"
    empty = charlie.post(f"{address}/amend", {"description": ""})
    assert (empty.status_code, "The reason is missing" in words(empty)) == (422, True)


def test_a_booking_can_be_looked_at_again(e: Elsewhere, charlie: Client) -> None:
    address = send(charlie, confirm_address(e)).headers["Location"]
    assert "Look again how it stands there" in words(charlie.get(address))
    hub_cancel(actor=e.w.carys, now=NOW, booking_id=e.at_hub()[0].pk, version=None, reason="Clinic closed")
    assert "the appointment was cancelled there" in words(charlie.post(f"{address}/look", follow=True))


def test_another_persons_details_block_the_booking(e: Elsewhere, charlie: Client) -> None:
    send(charlie, confirm_address(e))
    with unit_of_work(e.w.carys):
        Patient.objects.filter(nhs_number="9990000034").update(given_name="Ann")
    page = words(charlie.get(confirm_address(e, 1)))
    assert "Is it the same person?" in page
    assert "Ann" in page
    assert send(charlie, confirm_address(e, 1)).status_code == 422
    seen = page.split('name="identity_seen" value="')[1].split('"')[0]
    assert send(charlie, confirm_address(e, 1), same_person="on", identity_seen=seen).status_code == 302


def test_a_slot_that_is_gone_offers_the_next(e: Elsewhere, charlie: Client) -> None:
    send(charlie, confirm_address(e))
    answer = charlie.get(confirm_address(e))
    assert answer.status_code == 409
    assert "The next free slots at Riverside Hub" in words(answer)


def test_the_directory_is_kept_on_a_page(e: Elsewhere, charlie: Client) -> None:
    good = {
        "name": "Far Hub", "ods_code": "X99999", "capability": "appointments", "asid": "918999198739",
        "service_root": "https://far.example/X99999/STU3/1/gpconnect", "is_active": "on",
    }  # fmt: skip
    assert charlie.post("/organisations/endpoints/new", good).status_code == 302
    page = words(charlie.get("/organisations/endpoints"))
    assert "Far Hub (X99999)" in page
    bad = {**good, "service_root": "http://far.example/", "asid": "1", "party_key": "x"}
    answer = charlie.post("/organisations/endpoints/new", bad)
    assert answer.status_code == 422
    for each in ("begins with https://", "twelve digits", "A20047-821999"):
        assert each in words(answer)
    again = charlie.post("/organisations/endpoints/new", good)
    assert (again.status_code, "has a line for this already" in words(again)) == (422, True)
    assert charlie.post(f"/organisations/endpoints/{e.endpoint_id}", {**good, "ods_code": "Y07108"}).status_code == 302


def test_others_get_nothing(e: Elsewhere, charlie: Client) -> None:
    send(charlie, confirm_address(e))
    with unit_of_work(e.charlie):
        from pcnhub.connections.gpconnect.models import BookingElsewhere

        booking_id = BookingElsewhere.objects.get().pk
    ada = signed_in_as(e.w.ada)
    for address in (
        confirm_address(e), f"/elsewhere/{booking_id}", f"/elsewhere/{booking_id}/cancel", f"/patients/{e.patient_id}/elsewhere",
        f"/patients/{e.patient_id}/book-anywhere",
    ):  # fmt: skip
        assert ada.get(address).status_code == 404, address
    assert ada.get("/organisations/endpoints").status_code == 403
