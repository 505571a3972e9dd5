"""Who is protected is nobody, at every door, to whoever may not know of them: the same answer, to the letter, as of a number
that nobody has.

Pages are found in the table of URLs, and calls in what the rooms export, so that a door that is added is tried too, or fails
here until it is.
"""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from pcnhub.care.appointments import operations as book_acts
from pcnhub.care.appointments import queries as book_reads
from pcnhub.care.appointments.operations import BookingRequest, book
from pcnhub.care.appointments.queries import consumer_of
from pcnhub.care.appointments.rules.visibility import Consumer, Route
from pcnhub.care.consultations import operations as consulting_acts
from pcnhub.care.consultations import queries as consulting_reads
from pcnhub.care.consultations.operations import start
from pcnhub.care.documents import operations as document_acts
from pcnhub.care.documents import queries as document_reads
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import operations as patient_acts
from pcnhub.care.patients import queries as patient_reads
from pcnhub.care.patients.models import FormerNumber, Patient
from pcnhub.care.patients.operations import TracedPerson, register_temporarily
from pcnhub.care.patients.queries import PatientPage, open_patient
from pcnhub.care.patients.rules import NumberEnd, TraceOutcome
from pcnhub.care.records import queries as record_reads
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import Refusal
from tests.cast import NOW, World, patient, system_for, world
from tests.entrances.client import signed_in_as
from tests.entrances.gpconnect.calling import Caller
from tests.entrances.gpconnect.consumer import switch_on
from tests.rooms.appointments.book import request, session, slots

pytestmark = pytest.mark.django_db

NOBODY, NOBODYS_NUMBER = 987_654, "9000000092"
FORMER = "9000000033"
SOMEBODY = TracedPerson(NhsNumber("9000000076"), "Jane", "Smith", date(1980, 4, 12))


@dataclass
class Hidden:
    """A protected person at the hub with everything that hangs on one, and whoever may do everything but know of them."""

    cast: World
    who: Actor
    patient: int
    booking: int
    consultation: int
    slot: int
    visible: int


@pytest.fixture
def hidden() -> Hidden:
    cast = world()
    switch_on(cast.hub, cast.ash, cast.birch)
    held = _registered(cast, cast.patient_of_ash)
    other = patient(cast.ash, "9000000041", "Ann", "Open", cast.patient_of_ash.birth_date)
    visible = _registered(cast, other)
    first, second, *_ = slots(session(cast))
    made = book(actor=cast.ada, now=NOW, request=request(first.id, cast.patient_of_ash.pk))
    consultation = start(actor=cast.bilal, now=first.starts_at, booking_id=made.booking_id)
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=held).update(
            is_sensitive=True, mobile_phone="07700 900777", postcode="DN16 9ZZ", address_lines=["9 Safe Street"]
        )
        FormerNumber.objects.create(
            organisation=cast.hub, patient_id=held, nhs_number=FORMER, ended=NumberEnd.SUPERSEDED, since=NOW
        )
    may = frozenset(Permission) - {Permission.VIEW_SENSITIVE}
    return Hidden(cast, replace(cast.bilal, permissions=may), held, made.booking_id, consultation, second.id, visible)


def _registered(cast: World, own: Patient) -> int:
    return register_temporarily(actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=own.pk).patient_id


# Pages

WORDS = {"patient_id", "other_id", "merged_id", "booking_id", "consultation_id"}


def pages() -> dict[str, set[str]]:
    """Named pages whose address names a patient, or something of a patient's, with the places in it."""
    found: dict[str, set[str]] = {}

    def walk(patterns: list[URLPattern | URLResolver], places: set[str]) -> None:
        for each in patterns:
            here = places | set(each.pattern.converters)
            if isinstance(each, URLResolver):
                walk(each.url_patterns, here)
            elif each.name and here & WORDS:
                found[each.name] = here

    walk(get_resolver().url_patterns, set())
    return found


def address(name: str, places: set[str], hidden: Hidden, *, is_nobody: bool) -> str:
    """Of the protected person, or of nobody; what else the address names is really there."""
    ids = {
        "patient_id": NOBODY if is_nobody else hidden.patient,
        "booking_id": NOBODY if is_nobody else hidden.booking,
        "consultation_id": NOBODY if is_nobody else hidden.consultation,
        "slot_id": hidden.slot,
    }
    if "merged_id" in places or "other_id" in places:
        ids |= {"other_id": hidden.visible, "merged_id": hidden.visible}
    return reverse(name, kwargs={place: ids.get(place, 1) for place in places})


def told(client: Client, method: str, path: str) -> tuple[int, str]:
    """Status and text, without what differs from one asking to the next."""
    answer = getattr(client, method)(path)
    text = answer.content.decode() + str(answer.headers.get("Location", ""))
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27,}', "", text)
    return answer.status_code, re.sub(r"\d+", "#", text)


def test_no_page_tells_of_a_protected_person(hidden: Hidden) -> None:
    client, found = signed_in_as(hidden.who), pages()
    assert len(found) > 20
    differ = []
    for name, places in sorted(found.items()):
        for method in ("get", "post"):
            of_them = told(client, method, address(name, places, hidden, is_nobody=False))
            of_nobody = told(client, method, address(name, places, hidden, is_nobody=True))
            if of_them != of_nobody or "Safe Street" in of_them[1]:
                differ.append((name, method, of_them[0], of_nobody[0]))
    assert not differ, "\n".join(str(each) for each in differ)


def test_the_pages_are_there_for_whoever_may(hidden: Hidden) -> None:
    """The control: with the permission, the same addresses answer."""
    permitted = signed_in_as(replace(hidden.who, permissions=frozenset(Permission)))
    for name in ("patient", "patient-audit", "patient-contact", "registration-end", "patient-merge"):
        assert permitted.get(reverse(name, args=[hidden.patient])).status_code == 200, name


def test_nothing_that_is_typed_finds_them(hidden: Hidden) -> None:
    client = signed_in_as(hidden.who)
    for page, args in (("patients", []), ("patient-merge", [hidden.visible])):
        nobody = _found(client, page, args, NOBODYS_NUMBER)
        for text in ("9000000009", FORMER):
            assert _found(client, page, args, text) == nobody, (page, text)
        for text in ("Jane Smith", "12/04/1980 Smith", "Smyth Jane", "DN16 9ZZ", "07700 900777", "Jane DN16 9ZZ"):
            assert "SMITH" not in _found(client, page, args, text), (page, text)


def _found(client: Client, page: str, args: list[int], text: str) -> str:
    answer = client.post(reverse(page, args=args), {"text": text, "gone": "yes"})
    shown = answer.content.decode().replace(text, "").split("<main", 1)[1]
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"', "", shown)


# Calls

Call = Callable[[Hidden, int, str], dict[str, Any]]
NAMES = {"patient_id", "practice_patient_id", "kept_id", "merged_id", "nhs_number"}
ROOMS: tuple[ModuleType, ...] = (
    patient_acts, patient_reads, book_acts, book_reads, consulting_acts, consulting_reads, record_reads,
    document_acts, document_reads,
)  # fmt: skip
# What a call takes beside the actor, the time, and the person.
MORE: dict[str, Callable[[Hidden], dict[str, Any]]] = {
    "attach": lambda _: {"title": "x", "file": io.BytesIO(b"x"), "file_name": "x.txt", "kind": "letter"},
    "attach_made": lambda _: _made() | {"content_type": "text/plain"},
    "attach_received": lambda _: _made() | {"file_name": "x.txt"},
    "decide_claim": lambda h: {"practice_id": h.cast.ash.pk, "source": "person", "reason": "x"},
    "offer": lambda _: {"field": "email", "value": "j@x.org", "source": "pds"},
    "change_contact": lambda _: {"version": 1, "details": {}},
    "end_registration": lambda _: {"version": 1, "reason": "x"},
    "reactivate": lambda _: {"version": 1, "reason": "x"},
    "renumber": lambda _: {"nhs_number": NhsNumber("9000000068"), "ended": NumberEnd.CORRECTED},
    "link_traced": lambda _: {"person": SOMEBODY},
    "retraced": lambda _: {"person": SOMEBODY},
    "record_to_give": lambda _: {"sections": []},
    "no_match": lambda _: {"source": "pds"},
    "reject_candidates": lambda _: {"source": "pds", "candidates": 1},
    "registration_linked_to": lambda h: {"practice_id": h.cast.ash.pk},
    "merge": lambda h: {"merged_id": h.visible, "reason": "x"},
    "unmerge": lambda _: {"reason": "x"},
    "unlink": lambda _: {"reason": "x"},
    "register_temporarily": lambda h: {"hub_id": h.cast.hub.pk},
    "record_attempt": lambda _: {"outcome": TraceOutcome.UNAVAILABLE, "source": "pds"},
    "times_already_booked": lambda _: {"starts_at": NOW, "ends_at": NOW + timedelta(days=9)},
    "appointments_of": lambda _: {"from_on": NOW.date(), "to_on": NOW.date() + timedelta(days=9)},
    "explain": lambda h: {"slot_id": h.slot, "consumer": _anybody(h)},
}
# Whoever calls these has opened the person before, or asks to link and not to show; they are no doors of their own.
BEHIND_A_DOOR = {
    "same_person_ids", "id_of", "is_held", "heed", "registrations_known", "times_already_booked", "is_reliable",
}  # fmt: skip


def _made() -> dict[str, Any]:
    return {"title": "x", "content": b"x", "kind": "letter", "source_key": "x"}


def _anybody(h: Hidden) -> Consumer:
    hub = h.cast.hub
    return consumer_of(organisation_id=hub.pk, route=Route.STAFF, hub_id=hub.pk, now=NOW)


def calls() -> dict[str, tuple[Any, str]]:
    """Every exported function that takes a person, with the name under which it does."""
    found = {}
    for room in ROOMS:
        for name in getattr(room, "__all__", ()) or [n for n in vars(room) if not n.startswith("_")]:
            function = getattr(room, name)
            if not inspect.isfunction(function) or not function.__module__.startswith("pcnhub.care"):
                continue
            taken = [each for each in inspect.signature(function).parameters if each in NAMES]
            if taken and name not in BEHIND_A_DOOR and "actor" in inspect.signature(function).parameters:
                found[name] = (function, taken[0])
    return found


def outcome(function: Any, actor: Actor, arguments: dict[str, Any]) -> str:
    """What a caller learns, without the ids that it gave."""
    wanted = inspect.signature(function).parameters
    given = {"actor": actor, **({"now": NOW} if "now" in wanted else {}), **arguments}
    try:
        with unit_of_work(actor):
            found = function(**given)
    except Refusal as refusal:
        return f"{type(refusal).__name__} {refusal.code} {refusal.sentence()}"
    if isinstance(found, PatientPage):
        found = found.items
    return f"answered {found!r}"


def test_no_call_tells_of_a_protected_person(hidden: Hidden) -> None:
    found, differ = calls(), []
    assert {"open_patient", "who_saw", "open_record", "bookings_for", "merge", "change_contact"} <= set(found)
    for name, (function, place) in sorted(found.items()):
        more = MORE[name](hidden) if name in MORE else {}
        them, nobody = (
            ("9000000009", NOBODYS_NUMBER) if place == "nhs_number" else (hidden.patient, NOBODY)
        )  # fmt: skip
        said = [outcome(function, hidden.who, {place: each, **_without(more, place)}) for each in (them, nobody)]
        if said[0] != said[1]:
            differ.append((name, *said))
    assert not differ, "\n".join(str(each) for each in differ)
    other_way = {"kept_id": hidden.visible, "reason": "x"}
    said = [
        outcome(patient_acts.merge, hidden.who, other_way | {"merged_id": each}) for each in (hidden.patient, NOBODY)
    ]
    assert said[0] == said[1]


def _without(more: dict[str, Any], place: str) -> dict[str, Any]:
    return {name: value for name, value in more.items() if name != place}


def test_booking_for_them_is_as_booking_for_nobody(hidden: Hidden) -> None:
    said = []
    for each in (hidden.patient, NOBODY):
        asked = BookingRequest(hidden.slot, each, f"key-{each}", reason="Cough", patient_agrees=True)
        said.append(outcome(book, hidden.who, {"request": asked}))
    assert said[0] == said[1]
    assert open_patient(actor=system_for(hidden.cast.hub), now=NOW, patient_id=hidden.patient).is_sensitive


# GP Connect


def test_no_interaction_tells_of_a_protected_person(hidden: Hidden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    caller = Caller()
    days = "start=ge2026-11-23&start=le2026-12-01"
    find, number = "rest:search:patient-1", "identifier=https://fhir.nhs.uk/Id/nhs-number|"

    def answers(patient_id: int, booking_id: int, nhs_number: str) -> dict[str, Any]:
        return {
            "find": caller.get("Patient", find, query=f"{number}{nhs_number}"),
            "read": caller.get(f"Patient/{patient_id}", "rest:read:patient-1"),
            "their appointments": caller.get(
                f"Patient/{patient_id}/Appointment", "rest:search:patient_appointments-1", query=days
            ),
            "an appointment": caller.get(f"Appointment/{booking_id}", "rest:read:appointment-1"),
        }

    nobody = answers(NOBODY, NOBODY, NOBODYS_NUMBER)
    for name, of_them in answers(hidden.patient, hidden.booking, "9000000009").items():
        assert (name, of_them.status_code) == (name, nobody[name].status_code)
        assert (name, _plain(of_them)) == (name, _plain(nobody[name]))
    assert _plain(caller.get("Patient", find, query=number + FORMER)) == _plain(nobody["find"])
    seen = caller.get("Patient", find, query=f"{number}9000000041")  # the control: who is not protected is found
    assert "Ann" in seen.content.decode()


def _plain(answer: Any) -> str:
    return re.sub(r"\d+|[0-9a-f]{8}-[0-9a-f-]{27,}", "#", answer.content.decode())
