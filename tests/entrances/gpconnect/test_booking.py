"""POST /Appointment over HTTP, in both formats: what is booked, and everything for which it is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from pcnhub.care.appointments.models import Booking, Slot
from pcnhub.care.appointments.operations import Quota
from pcnhub.care.appointments.queries import SlotView
from pcnhub.care.organisations.models import GpConnectSwitch
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import CLINICIAN, World, person
from tests.entrances.gpconnect.bodies import (
    BOOKER,
    CHANNEL,
    JOB_ROLES,
    ODS,
    ROLE,
    changed,
    free,
    hub_patient,
    open_session,
    wish,
)
from tests.entrances.gpconnect.conftest import Clock
from tests.entrances.gpconnect.consumer import Answer, Consumer
from tests.entrances.gpconnect.wrong_bodies import WRONG, Body, booker
from tests.rooms.appointments.book import session, slot_type

SAMPLES = Path(__file__).parents[4] / "shared/data/gpconnect/examples"


@pytest.fixture
def patient(w: World) -> int:
    return hub_patient(w)


@pytest.fixture
def chosen(w: World) -> tuple[SlotView, ...]:
    """Six slots of a quarter of an hour that touch."""
    return free(open_session(w))


def state_of(w: World, slot: SlotView) -> str:
    with unit_of_work(w.carys):
        return Slot.objects.get(pk=slot.id).state


def bookings(w: World) -> int:
    with unit_of_work(w.carys):
        return Booking.objects.count()


def test_an_appointment_is_booked(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    body = wish(w, patient, chosen[0])
    answer = ash.book(body)
    assert answer.status == 201, answer.body
    made = answer.resource
    assert answer.headers["ETag"] == f'W/"{made["meta"]["versionId"]}"'
    root = "http://testserver/Y07108/STU3/1/gpconnect"
    assert answer.headers["Location"] == f"{root}/Appointment/{made['id']}/_history/{made['meta']['versionId']}"
    for name in ("contained", "status", "description", "start", "end", "slot", "created", "comment"):
        assert made[name] == body[name], name
    assert {each["url"] for each in made["extension"]} == {BOOKER, ROLE, CHANNEL}
    assert made["serviceCategory"] == {"text": "EA GP - practice booking"}
    assert made["serviceType"][0]["text"].startswith("GP face to face")
    references = [each["actor"]["reference"] for each in made["participant"]]
    assert references[:2] == [each["actor"]["reference"] for each in body["participant"]]
    assert references[2] == f"Practitioner/{w.bilal.account_id}"
    assert state_of(w, chosen[0]) == "booked"
    assert ash.slots().of("Slot")[0]["id"] != str(chosen[0].id)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the national samples are not beside this checkout")
def test_the_answer_is_built_as_the_national_sample_is(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    sample = json.loads((SAMPLES / "book_appt_response_example.json").read_bytes())
    sample["contained"][0]["type"] = [{"coding": [{"system": "", "code": ""}]}]  # sent, and so echoed
    assert shape(ash.book(wish(w, patient, chosen[0])).resource) == shape(sample)


def shape(part: Any, path: str = "") -> set[str]:
    """The element paths in a resource."""
    if isinstance(part, list):
        return set().union(*(shape(each, path) for each in part))
    if not isinstance(part, dict):
        return {path}
    return set().union(*(shape(each, f"{path}.{name}") for name, each in part.items()))


def test_the_national_sample_of_a_request_is_taken(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    """Without practitioner, service type, channel or role, as the specification's own."""
    assert ash.book(wish(w, patient, chosen[0], comment=None)).status == 201


def test_nothing_in_the_body_when_nothing_was_wanted(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    answer = ash.book(wish(w, patient, chosen[0]), headers={"Prefer": "return=minimal"})
    assert (answer.status, answer.body) == (201, b"")
    assert answer.headers["Location"]
    full = ash.book(wish(w, patient, chosen[1]), headers={"Prefer": "return=representation"})
    assert (full.status, full.resource["status"]) == (201, "booked")


def extensions(*more: Body) -> list[Body]:
    return [{"url": BOOKER, "valueReference": {"reference": "#1"}}, *more]


CHANNELS: list[Body] = [{"url": CHANNEL, "valueCode": "In-person"}]
ROLES: list[Body] = [
    {"url": ROLE, "valueCodeableConcept": {"coding": [{"system": JOB_ROLES, "code": "R0260", "display": "GP"}]}}
]


@pytest.mark.parametrize("more", [[], CHANNELS, ROLES, CHANNELS + ROLES])
@pytest.mark.parametrize("service", [{}, {"serviceCategory": {"text": "x"}, "serviceType": [{"text": "y"}]}])
def test_what_may_be_sent_or_left_out(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...], more: list[Body], service: Body
) -> None:
    made = ash.book(wish(w, patient, chosen[0], extension=extensions(*more), **service))
    assert made.status == 201
    assert made.resource["serviceCategory"] == {"text": "EA GP - practice booking"}


def test_the_practitioner_of_the_slot_may_be_named(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    body = wish(w, patient, chosen[0])
    body["participant"].append({"actor": {"reference": f"Practitioner/{w.bilal.account_id}"}, "status": "accepted"})
    assert ash.book(body).status == 201


def test_slots_that_touch_are_one_appointment(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    made = ash.book(wish(w, patient, *chosen[1:4]))
    assert made.status == 201
    assert made.resource["slot"] == [{"reference": f"Slot/{slot.id}"} for slot in chosen[1:4]]
    assert [state_of(w, slot) for slot in chosen[:5]] == ["free", "booked", "booked", "booked", "free"]


def test_their_order_in_the_body_means_nothing(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    body = wish(w, patient, *chosen[1:3])
    assert ash.book(changed(body, slot=body["slot"][::-1])).status == 201


def test_a_wrong_body_books_nothing(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    answers = {name: ash.book(change(wish(w, patient, chosen[0]))) for name, change in WRONG.items()}
    others = {name: answer.body for name, answer in answers.items() if answer.outcome != (422, "INVALID_RESOURCE")}
    assert not others
    assert (bookings(w), state_of(w, chosen[0])) == (0, "free")


def test_all_that_is_wrong_is_said_at_once(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    body = wish(w, patient, chosen[0], status="pending", created=None, comment="c" * 501, reason=[{"text": "x"}])
    assert all(word in ash.book(body).why for word in ("status", "created", "comment has 501", "reason"))


@pytest.mark.parametrize("body", [b"{", b"<Appointment", b"[]", b"\xff\xfe"])
def test_what_can_not_be_read_is_a_bad_request(w: World, ash: Consumer, body: bytes) -> None:
    answer = ash.ask("rest:create:appointment-1", "Appointment", verb="POST", body=body)
    assert answer.outcome[0] in (400, 422)


def test_the_longest_texts_are_kept_whole(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    description, comment = "é" * 100, "£" * 499 + "\n"
    made = ash.book(wish(w, patient, chosen[0], description=description, comment=comment[:-1] + "."))
    assert made.status == 201
    assert (made.resource["description"], made.resource["comment"]) == (description, comment[:-1] + ".")


# What is wrong with the wish.


def test_a_slot_that_is_taken(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    assert ash.book(wish(w, patient, chosen[0])).status == 201
    assert ash.book(wish(w, patient, chosen[0])).outcome == (409, "DUPLICATE_REJECTED")
    assert ash.book(wish(w, patient, *chosen[0:2])).outcome == (409, "DUPLICATE_REJECTED")
    assert state_of(w, chosen[1]) == "free"
    assert bookings(w) == 1


def test_sent_twice_it_is_booked_once(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    """The same request, lost on its way back and sent anew, gets the same answer."""
    headers = {"Ssp-TraceID": "00000000-0000-4000-8000-000000000001"}
    body = wish(w, patient, chosen[0])
    first, again = ash.book(body, headers=headers), ash.book(body, headers=headers)
    assert (again.status, again.resource["id"]) == (201, first.resource["id"])
    other = ash.book(wish(w, patient, chosen[1]), headers=headers)
    assert other.resource["id"] != first.resource["id"]


def test_slots_that_do_not_touch(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    later = free(open_session(w, times=(time(20), time(20, 30))))
    for pair in ((chosen[0], chosen[2]), (chosen[5], later[0])):
        assert ash.book(wish(w, patient, *pair)).outcome == (422, "INVALID_RESOURCE")
    assert (
        ash.book(changed(wish(w, patient, chosen[0]), slot=[{"reference": f"Slot/{chosen[0].id}"}] * 2)).status == 422
    )


def test_slots_of_two_clinicians_are_not_one_appointment(w: World, ash: Consumer, patient: int) -> None:
    second = person("gita", w.hub, CLINICIAN, consulter=True, job_role_code="R0260")
    slots = free(open_session(w, times=(time(9), time(9, 30)), further_holder_ids=frozenset({second.position_id})))
    first = next(slot for slot in slots if slot.holder_id == w.bilal.position_id)
    after = next(slot for slot in slots if slot.holder_id != first.holder_id and slot.starts_at == first.ends_at)
    assert ash.book(wish(w, patient, first, after)).outcome == (422, "INVALID_RESOURCE")
    made = ash.book(wish(w, patient, after))
    assert {"reference": f"Practitioner/{second.account_id}"} in [
        each["actor"] for each in made.resource["participant"]
    ]


def test_the_past(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...], clock: Clock) -> None:
    clock.now = datetime(2026, 11, 24, 18, 30, 1, tzinfo=UTC)
    assert ash.book(wish(w, patient, chosen[0])).outcome == (422, "INVALID_RESOURCE")
    assert ash.book(wish(w, patient, chosen[1])).status == 201


def test_what_the_search_would_not_show_can_not_be_booked(w: World, ash: Consumer, patient: int) -> None:
    """Restrictions, windows and the flag are asked again when it is booked."""
    embargoed = slot_type(w, "On the day", embargo_minutes=120)
    closed = [
        free(session(w, times=(time(9), time(9, 15)), organisation_ods_codes=frozenset({"B82002"}))),
        free(open_session(w, times=(time(10), time(10, 15)), organisation_types=frozenset({"urgent-care"}))),
        free(open_session(w, times=(time(11), time(11, 15)), gp_connect_bookable=False)),
        free(open_session(w, times=(time(12), time(12, 15)), slot_type_id=embargoed)),
        free(open_session(w, day=date(2026, 12, 14), window_days=7)),
        free(open_session(w, times=(time(13), time(13, 15)), publish=False)),
    ]  # fmt: skip
    for slots in closed[1:]:
        if slots:
            assert ash.book(wish(w, patient, slots[0])).outcome == (422, "INVALID_RESOURCE")
    charlie = Consumer(w.hub.ods_code, ods_code="C83003", name="Outside Surgery", media=ash.media)
    outsider = booker(identifier=[{"system": ODS, "value": "C83003"}])
    assert charlie.book(outsider(wish(w, patient, closed[0][0]))).outcome == (422, "INVALID_RESOURCE")
    assert bookings(w) == 0


def test_a_slot_of_a_draft_is_refused_as_one_that_is_not_there(w: World, ash: Consumer, patient: int) -> None:
    draft = free(open_session(w, publish=False))[0]
    unknown = changed(wish(w, patient, draft), slot=[{"reference": "Slot/987654321"}])
    answer = ash.book(wish(w, patient, draft))
    assert answer.outcome == (422, "INVALID_RESOURCE")
    assert answer.why == ash.book(unknown).why


def test_the_booking_organisations_type_counts(w: World, ash: Consumer, patient: int) -> None:
    slots = free(open_session(w, organisation_types=frozenset({"gp-practice"})))
    assert ash.book(booker(type=None)(wish(w, patient, slots[0]))).outcome == (422, "INVALID_RESOURCE")
    made = ash.book(wish(w, patient, slots[0]))
    assert made.status == 201
    assert made.resource["contained"][0]["type"][0]["coding"][0]["code"] == "gp-practice"


def test_a_share_of_a_session(w: World, ash: Consumer, patient: int) -> None:
    slots = free(open_session(w, quotas=(Quota("organisation", "A81001", 1),)))
    assert ash.book(wish(w, patient, slots[0])).status == 201
    assert ash.book(wish(w, patient, slots[1])).outcome == (422, "INVALID_RESOURCE")
    as_birch = booker(identifier=[{"system": ODS, "value": "B82002"}])(wish(w, patient, slots[1]))
    refused = ash.book(as_birch)  # under another's name its own share would be no limit
    assert refused.outcome == (422, "INVALID_RESOURCE")
    assert "token" in refused.why
    birch = Consumer(w.hub.ods_code, ods_code="B82002", name="Birch Road Practice", media=ash.media)
    assert birch.book(as_birch).status == 201


@pytest.mark.parametrize("id_", ["987654321", "abc", "99999999999999999999"])
def test_a_patient_whom_nobody_registered(w: World, ash: Consumer, chosen: tuple[SlotView, ...], id_: str) -> None:
    body = wish(w, 0, chosen[0])
    body["participant"][0]["actor"]["reference"] = f"Patient/{id_}"
    assert ash.book(body).outcome == (404, "PATIENT_NOT_FOUND")
    assert state_of(w, chosen[0]) == "free"


@pytest.mark.parametrize(
    "change", [{"is_sensitive": True}, {"registration_state": "left"}, {"registration_state": "deceased"}]
)
def test_a_patient_who_can_not_be_booked(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...], change: Body
) -> None:
    with unit_of_work(w.carys):
        Patient.objects.filter(pk=patient).update(**change)
    unknown = wish(w, 987654321, chosen[0])
    answer = ash.book(wish(w, patient, chosen[0]))
    assert answer.outcome == (404, "PATIENT_NOT_FOUND")
    assert answer.why == ash.book(unknown).why  # a protected patient is not told from one who is not there
    assert bookings(w) == 0


def test_dissent_does_not_stop_an_appointment(
    w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]
) -> None:
    with unit_of_work(w.carys):
        Patient.objects.filter(pk=patient).update(dissents_from_sharing=True)
    assert ash.book(wish(w, patient, chosen[0])).status == 201


def test_a_practices_own_row_is_nobody_at_the_hub(w: World, ash: Consumer, chosen: tuple[SlotView, ...]) -> None:
    answer = ash.book(wish(w, w.patient_of_birch.pk, chosen[0]))
    assert answer.outcome == (404, "PATIENT_NOT_FOUND")


def test_charlies_system_may_book_only_what_is_open_to_all(w: World, media: Any, patient: int) -> None:
    charlie = Consumer(w.hub.ods_code, ods_code="C83003", name="Outside Surgery", media=media)
    outside = booker(identifier=[{"system": ODS, "value": "C83003"}], name="Outside Surgery")
    closed = free(session(w, times=(time(9), time(10))))
    assert charlie.book(outside(wish(w, patient, closed[0]))).outcome == (422, "INVALID_RESOURCE")
    opened = free(open_session(w))
    assert charlie.book(outside(wish(w, patient, opened[0]))).status == 201


@pytest.mark.parametrize("scope", ["patient/*.read", "organization/*.read", "organization/*.write"])
def test_another_scope(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...], scope: str) -> None:
    assert ash.book(wish(w, patient, chosen[0]), scope=scope).outcome == (400, "BAD_REQUEST")


def test_switched_off(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    GpConnectSwitch.objects.filter(organisation=w.hub, capability="appointments").update(is_on=False)
    assert ash.book(wish(w, patient, chosen[0])).outcome == (403, "ACCESS_DENIED")


def test_both_outcomes_are_on_record(w: World, ash: Consumer, patient: int, chosen: tuple[SlotView, ...]) -> None:
    made = ash.book(wish(w, patient, chosen[0])).resource
    ash.book(wish(w, patient, chosen[0]))
    with unit_of_work(w.carys):
        rows = list(
            AuditEvent.objects.filter(organisation_id=w.hub.pk, user__startswith="gpconnect:").order_by("sequence")
        )
        kept = Booking.objects.get(pk=made["id"])
    by_action = {row.action: row for row in rows}
    booked, refused = by_action["appointments.booked"], by_action["gp-connect.refused"]
    assert (booked.subject_id, booked.patient_id) == (int(made["id"]), patient)
    assert (refused.reason, refused.user) == ("DUPLICATE_REJECTED", "gpconnect:A81001:111122223333")
    assert (kept.source, kept.booked_by_ods_code, kept.booked_by_organisation_type) == (
        "gp-connect", "A81001", "gp-practice",
    )  # fmt: skip
    assert kept.booked_by_name == "Ada Receptionist"
    assert kept.asked_at == datetime(2026, 11, 23, 8, 59, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "now", "offset"),
    [
        (date(2026, 10, 25), datetime(2026, 10, 20, tzinfo=UTC), "+00:00"),
        (date(2026, 3, 29), datetime(2026, 3, 20, tzinfo=UTC), "+01:00"),
    ],
)
def test_on_the_day_of_a_clock_change(
    w: World, ash: Consumer, patient: int, clock: Clock, day: date, now: datetime, offset: str
) -> None:
    clock.now = now
    slot = free(open_session(w, day=day, times=(time(9), time(10)), now=now))[0]
    body = wish(w, patient, slot)
    assert body["start"] == f"{day}T09:00:00{offset}"
    made = ash.book(body)
    assert made.resource["start"] == body["start"]
    other = "+01:00" if offset == "+00:00" else "+00:00"
    answer: Answer = ash.book(wish(w, patient, slot, start=f"{day}T09:00:00{other}"))
    assert answer.outcome == (422, "INVALID_RESOURCE")
    hour = "10" if offset == "+00:00" else "08"
    second = free(open_session(w, day=day, times=(time(11), time(12)), now=now))[0]
    there = f"{day}T{int(hour) + 2:02}:00:00{other}"  # the same instant, said with another offset
    assert ash.book(wish(w, patient, second, start=there)).status == 201
