"""Read, amend, cancel and retrieve over HTTP, in both formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from pcnhub.care.appointments.models import Booking, Session, Slot
from pcnhub.care.appointments.operations import book
from pcnhub.care.appointments.queries import SlotView
from pcnhub.care.organisations.models import GpConnectSwitch, Organisation
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World
from tests.entrances.gpconnect.bodies import REASON, changed, free, hub_patient, open_session, wish, with_reason
from tests.entrances.gpconnect.conftest import Clock
from tests.entrances.gpconnect.consumer import Consumer, switch_on
from tests.entrances.gpconnect.wrong_bodies import NESTED, Body, booker, but, with_extension
from tests.rooms.appointments.book import request, session

SAMPLES = Path(__file__).parents[4] / "shared/data/gpconnect/examples"
AFTERWARDS = datetime(2026, 11, 24, 18, 40, tzinfo=UTC)


@pytest.fixture
def chosen(w: World) -> tuple[SlotView, ...]:
    return free(open_session(w))


@pytest.fixture
def patient(w: World) -> int:
    return hub_patient(w)


@pytest.fixture
def made(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> Body:
    """An appointment as its booker was told of it."""
    answer = ash.book(wish(w, patient, chosen[0]))
    assert answer.status == 201, answer.body
    return answer.resource


def state_of(w: World, slot: SlotView) -> str:
    with unit_of_work(w.carys):
        return Slot.objects.get(pk=slot.id).state


def shape(part: Any, path: str = "") -> set[str]:
    if isinstance(part, list):
        return set().union(*(shape(each, path) for each in part))
    if not isinstance(part, dict):
        return {path}
    return set().union(*(shape(each, f"{path}.{name}") for name, each in part.items()))


# Read


def test_an_appointment_is_read_as_it_was_booked(w: World, ash: Consumer, made: Body) -> None:
    answer = ash.read(made["id"])
    assert (answer.status, answer.resource) == (200, made)
    assert answer.headers["ETag"] == f'W/"{made["meta"]["versionId"]}"'


def test_another_organisation_reads_who_booked_it(w: World, ash: Consumer, made: Body) -> None:
    charlie = Consumer(w.hub.ods_code, ods_code="C83003", name="Outside Surgery", media=ash.media)
    assert charlie.read(made["id"]).resource["contained"] == made["contained"]


@pytest.mark.parametrize("id_", ["987654321", "abc", "0", "01", "-1", "99999999999999999999", ""])
def test_an_appointment_that_is_not_there(w: World, ash: Consumer, id_: str) -> None:
    assert ash.read(id_).status == 404
    assert ash.read(id_).resource["resourceType"] == "OperationOutcome"


def test_the_past_belongs_to_the_record(w: World, ash: Consumer, made: Body, clock: Clock) -> None:
    clock.now = AFTERWARDS
    refused = ash.read(made["id"])
    assert refused.outcome == (422, "INVALID_RESOURCE")
    assert "past" in refused.why


def test_a_change_of_clinician_shows(w: World, ash: Consumer, made: Body) -> None:
    with unit_of_work(w.carys):
        Session.objects.filter(holder=w.bilal.position_id).update(holder=w.carys.position_id)
        Slot.objects.filter(holder=w.bilal.position_id).update(holder=w.carys.position_id, clinician=w.carys.account_id)
    references = [each["actor"]["reference"] for each in ash.read(made["id"]).resource["participant"]]
    assert f"Practitioner/{w.carys.account_id}" in references


def test_an_appointment_of_another_hub_is_not_there(w: World, ash: Consumer, made: Body) -> None:
    switch_on(w.outside)
    elsewhere = Consumer(w.outside.ods_code, media=ash.media)
    assert elsewhere.read(made["id"]).outcome == (404, "NO_RECORD_FOUND")
    assert elsewhere.amend(made).outcome == (404, "NO_RECORD_FOUND")
    assert elsewhere.cancel(with_reason(made)).outcome == (404, "NO_RECORD_FOUND")


# Amend


def test_the_two_texts_change_and_nothing_else(w: World, ash: Consumer, made: Body) -> None:
    answer = ash.amend(changed(made, description="Ear ache", comment="Comes by taxi"))
    assert answer.status == 200, answer.body
    amended = answer.resource
    assert (amended["description"], amended["comment"]) == ("Ear ache", "Comes by taxi")
    assert int(amended["meta"]["versionId"]) == int(made["meta"]["versionId"]) + 1
    assert answer.headers["ETag"] == f'W/"{amended["meta"]["versionId"]}"'
    assert changed(amended, meta=0, description=0, comment=0) == changed(made, meta=0, description=0, comment=0)
    assert ash.read(made["id"]).resource == amended


def test_the_texts_may_be_taken_out(w: World, ash: Consumer, made: Body) -> None:
    amended = ash.amend(changed(made, comment=None)).resource
    assert "comment" not in amended
    assert ash.amend(changed(amended, description=None)).status == 200


def test_any_organisation_of_the_deal_may_amend(w: World, ash: Consumer, made: Body) -> None:
    other = Consumer(w.hub.ods_code, ods_code="B82002", name="Birch Road Practice", media=ash.media)
    assert other.amend(changed(made, comment="Moved ward")).resource["contained"] == made["contained"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the national samples are not beside this checkout")
def test_the_national_samples_of_amending_and_cancelling(w: World, ash: Consumer, made: Body) -> None:
    """They leave out what the hub adds: service, channel, role, practitioner."""
    sample = json.loads((SAMPLES / "amend_appt_request_example.json").read_bytes())
    ours = {name: value for name, value in made.items() if name in sample}
    ours["extension"] = made["extension"][:1]
    ours["participant"] = made["participant"][:2]
    amended = ash.amend(changed(ours, description="Free text description updated."))
    assert amended.status == 200, amended.body
    answer = json.loads((SAMPLES / "amend_appt_response_example.json").read_bytes())
    assert shape(amended.resource) == shape(answer)
    cancelled = ash.cancel(with_reason(changed(ours, description="Free text description updated.")))
    assert cancelled.status == 200, cancelled.body
    assert shape(cancelled.resource) == shape(json.loads((SAMPLES / "cancel_appt_response_example.json").read_bytes()))


CHANGES: dict[str, Callable[[Body], Body]] = NESTED | {
    "another id": but(id="987"),
    "no id": but(id=None),
    "another start": but(start="2026-11-24T18:31:00+00:00"),
    "another end": but(end="2026-11-24T19:31:00+00:00"),
    "another created": but(created="2026-11-23T08:00:00+00:00"),
    "no created": but(created=None),
    "another slot": but(slot=[{"reference": "Slot/987"}]),
    "an absolute slot": but(slot=[{"reference": "https://x.example/Slot/1"}]),
    "a priority": but(priority=1),
    "a reason": but(reason=[{"text": "x"}]),
    "an appointment type": but(appointmentType={"text": "x"}),
    "another service category": but(serviceCategory={"text": "x"}),
    "another service type": but(serviceType=[{"text": "x"}]),
    "another booker": booker(name="Somebody else"),
    "another telecom": booker(telecom=[{"system": "phone", "value": "0"}]),
    "no telecom": booker(telecom=None),
    "no contained": but(contained=None),
    "an unknown field": but(invalidField="x"),
    "an unknown extension": with_extension({"url": "https://example.org/x", "valueString": "x"}),
    "one more participant": lambda body: changed(
        body, participant=[*body["participant"], {"actor": {"reference": "Practitioner/987"}, "status": "accepted"}]
    ),
    "another patient": lambda body: changed(
        body, participant=[{"actor": {"reference": "Patient/987"}, "status": "accepted"}, *body["participant"][1:]]
    ),
    "no patient": lambda body: changed(body, participant=body["participant"][1:]),
    "an absolute participant": lambda body: changed(
        body,
        participant=[
            body["participant"][0],
            {"actor": {"reference": "https://x.example/Location/1"}, "status": "accepted"},
        ],
    ),
    "a participant who declines": lambda body: changed(
        body, participant=[{**body["participant"][0], "status": "declined"}, *body["participant"][1:]]
    ),
}
AMENDMENTS = CHANGES | {
    "another status": but(status="noshow"),
    "cancelled": but(status="cancelled"),
    "a cancellation reason": with_extension({"url": REASON, "valueString": "x"}),
    "a blank description": but(description="  "),
    "a description of 101 characters": but(description="d" * 101),
    "a comment of 501 characters": but(comment="c" * 501),
}
CANCELLATIONS = CHANGES | {
    "still booked": but(status="booked"),
    "another description": but(description="x"),
    "another comment": but(comment="x"),
    "no comment": but(comment=None),
    "no reason": lambda body: changed(body, extension=[each for each in body["extension"] if each["url"] != REASON]),
    "a reason by another address": lambda body: changed(
        body, extension=[*body["extension"][:-1], {**body["extension"][-1], "url": "https://x.example"}]
    ),
    "a reason of 1001 characters": lambda body: changed(
        body, extension=[*body["extension"][:-1], {"url": REASON, "valueString": "r" * 1001}]
    ),
    "two reasons": with_extension({"url": REASON, "valueString": "again"}),
}  # fmt: skip


def test_nothing_else_may_be_amended(w: World, ash: Consumer, made: Body) -> None:
    answers = {name: ash.amend(change(made), id_=made["id"]) for name, change in AMENDMENTS.items()}
    others = {name: each.body for name, each in answers.items() if each.outcome != (422, "INVALID_RESOURCE")}
    assert not others
    assert ash.read(made["id"]).resource == made


def test_a_stale_version_is_a_conflict(w: World, ash: Consumer, made: Body) -> None:
    fresh = {"If-Match": f'W/"{made["meta"]["versionId"]}"'}
    amended = ash.amend(changed(made, comment="once"), headers=fresh)
    assert amended.status == 200
    assert ash.amend(changed(made, comment="twice"), headers=fresh).outcome == (409, "FHIR_CONSTRAINT_VIOLATION")
    now = amended.resource
    assert ash.cancel(with_reason(now), headers=fresh).outcome == (409, "FHIR_CONSTRAINT_VIOLATION")
    fresh = {"If-Match": f'W/"{now["meta"]["versionId"]}"'}
    assert ash.cancel(with_reason(now), headers=fresh).status == 200


def test_the_past_and_the_cancelled_stay_as_they_are(w: World, ash: Consumer, made: Body, clock: Clock) -> None:
    cancelled = ash.cancel(with_reason(made)).resource
    assert ash.amend(changed(made, comment="x")).outcome == (422, "INVALID_RESOURCE")
    assert ash.amend(changed(cancelled, comment="x")).outcome == (422, "INVALID_RESOURCE")
    clock.now = AFTERWARDS
    assert ash.amend(changed(made, comment="x")).outcome == (422, "INVALID_RESOURCE")
    assert ash.cancel(with_reason(made)).outcome == (422, "INVALID_RESOURCE")


def test_the_past_can_not_be_changed(w: World, ash: Consumer, made: Body, clock: Clock) -> None:
    clock.now = AFTERWARDS
    for answer in (ash.amend(changed(made, comment="x")), ash.cancel(with_reason(made))):
        assert answer.outcome == (422, "INVALID_RESOURCE")
        assert "past" in answer.why


# Cancel


def test_a_cancelled_appointment_frees_its_slots(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    made = ash.book(wish(w, patient, *chosen[:2])).resource
    answer = ash.cancel(with_reason(made, "Feels better\n" + "r" * 600))
    assert answer.status == 200, answer.body
    cancelled = answer.resource
    assert cancelled["status"] == "cancelled"
    assert len(cancelled["extension"]) == len(made["extension"]) + 1
    assert [each["valueString"] for each in cancelled["extension"] if each["url"] == REASON] == [
        "Feels better\n" + "r" * 600
    ]
    assert int(cancelled["meta"]["versionId"]) > int(made["meta"]["versionId"])
    for name in ("id", "slot", "participant", "created", "contained", "start", "end", "description"):
        assert cancelled[name] == made[name], name
    assert [state_of(w, slot) for slot in chosen[:2]] == ["free", "free"]
    assert ash.book(wish(w, patient, chosen[0])).status == 201


def test_nothing_but_the_cancelling_may_change(w: World, ash: Consumer, made: Body) -> None:
    body = with_reason(made)
    answers = {name: ash.cancel(change(body), id_=made["id"]) for name, change in CANCELLATIONS.items()}
    others = {name: each.body for name, each in answers.items() if each.outcome != (422, "INVALID_RESOURCE")}
    assert not others
    assert ash.read(made["id"]).resource == made


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_blank_reason(w: World, ash: Consumer, made: Body, reason: str) -> None:
    assert ash.cancel(with_reason(made, reason)).outcome == (422, "INVALID_PARAMETER")


def test_cancelled_twice_never_frees_a_slot_that_was_booked_anew(
    w: World, ash: Consumer, made: Body, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    body = with_reason(made)
    first = ash.cancel(body)
    assert ash.book(wish(w, patient, chosen[0])).status == 201
    again = ash.cancel(body)
    assert (again.status, again.resource) == (200, first.resource)
    assert ash.cancel(with_reason(made, "for another reason")).outcome == (422, "INVALID_RESOURCE")
    assert state_of(w, chosen[0]) == "booked"


def test_any_organisation_may_cancel_and_it_is_on_record(w: World, ash: Consumer, made: Body) -> None:
    other = Consumer(w.hub.ods_code, ods_code="B82002", name="Birch Road Practice", media=ash.media)
    assert other.cancel(with_reason(made), headers={"Prefer": "return=minimal"}).body == b""
    with unit_of_work(w.carys):
        (row,) = AuditEvent.objects.filter(organisation_id=w.hub.pk, action="appointments.cancelled")
        kept = Booking.objects.get(pk=made["id"])
    assert row.user == "gpconnect:B82002:111122223333"
    assert (kept.status, kept.cancellation_reason) == ("cancelled", "Feels better")


def test_the_interaction_decides_what_a_put_is(w: World, ash: Consumer, made: Body) -> None:
    assert ash.amend(with_reason(made)).outcome == (422, "INVALID_RESOURCE")
    assert ash.cancel(made).outcome == (422, "INVALID_RESOURCE")
    answer = ash.ask("rest:read:appointment-1", f"Appointment/{made['id']}", verb="PUT", body=made)
    assert answer.outcome == (400, "BAD_REQUEST")


# Retrieve


def test_all_of_a_patients_appointments_whoever_booked_them(
    w: World, ash: Consumer, made: Body, patient: int, chosen: tuple[SlotView, ...], clock: Clock
) -> None:
    Organisation.objects.filter(pk=w.ash.pk).update(phone="01724 111222")
    by_hand = free(session(w, times=(time(20), time(20, 30))))
    with unit_of_work(w.ada):
        booked = book(actor=w.ada, now=NOW, request=request(by_hand[0].id, w.patient_of_ash.pk))
    second = ash.book(wish(w, patient, chosen[1])).resource
    ash.cancel(with_reason(second))
    clock.now = AFTERWARDS  # on the day: what has passed today still counts
    found = ash.appointments(patient, "ge2026-11-24", "le2026-12-31")
    assert found.status == 200, found.body
    assert [each["id"] for each in found.entries] == [made["id"], second["id"], str(booked.booking_id)]
    assert [each["status"] for each in found.entries] == ["booked", "cancelled", "booked"]
    by_staff = found.entries[2]
    (booker,) = by_staff["contained"]
    assert (booker["name"], booker["telecom"][0]["value"]) == ("Ash Lane Surgery", "01724 111222")
    assert ash.amend(changed(by_staff, comment="Rings first")).status == 200
    assert ash.cancel(with_reason(changed(by_staff, comment="Rings first"))).status == 200
    assert ash.appointments(patient, "ge2026-11-25", "le2026-11-25").entries == []
    assert ash.appointments(patient, "le2026-11-24", "ge2026-11-24", _sort="start", _count="1").status == 200


NOT_RETRIEVED: list[list[str]] = [
    [], ["ge2026-11-24"], ["le2026-11-24"], ["ge2026-11-24", "le2026-11-24", "le2026-11-25"],
    ["ge2026-11-24", "ge2026-11-25"], ["le2026-11-24", "le2026-11-25"], ["gt2026-11-24", "lt2026-11-25"],
    ["eq2026-11-24", "le2026-11-25"], ["2026-11-24", "2026-11-25"], ["ge2026-11-24", "ne2026-11-25"],
    ["ge", "le"], ["geinvalid", "leinvalid"], ["ge2026-11", "le2026-12"], ["ge2026", "le2027"],
    ["ge2026-11-24T09:00:00+00:00", "le2026-11-25T09:00:00+00:00"], ["ge2026-11-24", "le2026-11-25T09:00:00+00:00"],
    ["ge2026-11-24T09:00", "le2026-11-25"], ["ge2026-11-25", "le2026-11-24"], ["ge2026-11-22", "le2026-11-25"],
    ["ge2026-11-20", "le2026-11-21"], ["ge2026-02-30", "le2026-12-01"],
]  # fmt: skip


def test_what_can_not_be_retrieved(w: World, ash: Consumer) -> None:
    for starts in NOT_RETRIEVED:
        assert ash.appointments(1, *starts).outcome == (422, "INVALID_PARAMETER"), starts


@pytest.mark.parametrize("id_", ["987654321", "abc", "99999999999999999999"])
def test_nobody_has_no_appointments(w: World, ash: Consumer, id_: str) -> None:
    assert ash.appointments(id_, "ge2026-11-24", "le2026-11-25").outcome == (404, "PATIENT_NOT_FOUND")


def test_a_protected_patient_is_not_there(w: World, ash: Consumer, made: Body, patient: int) -> None:
    with unit_of_work(w.carys):
        Patient.objects.filter(pk=patient).update(is_sensitive=True)
    assert ash.appointments(patient, "ge2026-11-24", "le2026-11-25").outcome == (404, "PATIENT_NOT_FOUND")
    assert ash.read(made["id"]).outcome == (404, "NO_RECORD_FOUND")
    assert ash.cancel(with_reason(made)).outcome == (404, "NO_RECORD_FOUND")


@pytest.mark.parametrize("state", ["left", "deceased"])
def test_a_registration_that_ended_is_not_there_but_its_appointment_can_be_cancelled(
    w: World, ash: Consumer, made: Body, patient: int, state: str
) -> None:
    with unit_of_work(w.carys):
        Patient.objects.filter(pk=patient).update(registration_state=state)
    answer = ash.appointments(patient, "ge2026-11-24", "le2026-11-25")
    assert answer.outcome == (404, "PATIENT_NOT_FOUND")
    assert answer.why == ash.appointments(987654321, "ge2026-11-24", "le2026-11-25").why
    assert ash.read(made["id"]).resource == made
    assert ash.cancel(with_reason(made)).status == 200


@pytest.mark.parametrize("scope", ["organization/*.read", "organization/*.write", "patient/*.write"])
def test_another_scope(w: World, ash: Consumer, scope: str) -> None:
    query = {"start": ["ge2026-11-24", "le2026-11-25"]}
    answer = ash.ask("rest:search:patient_appointments-1", "Patient/1/Appointment", query, scope=scope)
    assert answer.outcome == (400, "BAD_REQUEST")


def test_switched_off(w: World, ash: Consumer, made: Body, patient: int) -> None:
    GpConnectSwitch.objects.filter(organisation=w.hub, capability="appointments").update(is_on=False)
    for answer in (
        ash.read(made["id"]),
        ash.amend(made),
        ash.cancel(with_reason(made)),
        ash.appointments(patient, "ge2026-11-24", "le2026-11-25"),
    ):
        assert answer.outcome == (403, "ACCESS_DENIED")
