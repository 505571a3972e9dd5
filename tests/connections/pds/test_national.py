"""The national service, as its counterpart plays it: the published examples, restricted, superseded and invalidated records."""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from pcnhub.care.organisations.models import Position
from pcnhub.connections.pds import demographics, shapes
from pcnhub.connections.pds.fhir import refuse_number
from pcnhub.connections.pds.refusals import NotConfigured, NotForThisEnvironment, SaidNo, Unclear
from pcnhub.connections.pds.tracing import trace
from pcnhub.connections.pds.words import Found, Held, Outcome, TraceAnswer, TraceQuery
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import NOW, World
from tests.counterparts.pds import Counterpart, answers
from tests.counterparts.pds_people import PUBLISHED, Entry, number, outcome, person, published

pytestmark = pytest.mark.django_db
ANN, NEW, OLD, VOID = number(601), number(602), number(603), number(604)
BORN = date(1971, 6, 5)
needs_examples = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published examples are not beside this checkout"
)


def read(actor: Actor, nhs_number: str) -> Held | None:
    return demographics.read(actor=actor, now=NOW, nhs_number=NhsNumber(nhs_number))


def search(actor: Actor, query: TraceQuery) -> TraceAnswer:
    return demographics.search(actor=actor, now=NOW, query=query)


# The headers and parameters


def test_what_each_request_says_of_us(w: World, service: Counterpart) -> None:
    service.has(person(ANN, "Lee", "Ann", BORN))
    Position.objects.filter(pk=w.bilal.position_id or 0).update(sds_role_profile_id="555254242102")
    correlation = str(uuid.uuid4())
    for _ in range(2):
        demographics.read(actor=replace(w.bilal, request_id=correlation), now=NOW, nhs_number=NhsNumber(ANN))
    first, second = (received.headers for received in service.asked)
    assert uuid.UUID(first["x-request-id"]) != uuid.UUID(second["x-request-id"])
    assert first["x-correlation-id"] == correlation
    assert first["nhsd-end-user-organisation-ods"] == "Y07108"
    assert first["nhsd-session-urid"] == "555254242102"
    assert "authorization" not in first  # without a token's address, as in the sandbox


def test_the_best_try_comes_first_and_a_hit_is_read(asker: Actor, service: Counterpart) -> None:
    service.has(person(ANN, "Lee", "Annabel Jane", BORN, postcode="LS11 6AD"))
    found = search(asker, TraceQuery("Lee", "Annabel", BORN, "female", "ls16ae"))
    assert [(each.path.rpartition("R4/")[2], each.parameters) for each in service.asked] == [
        (
            "Patient",
            {
                "family": ["Lee"], "given": ["Ann*"], "birthdate": ["eq1971-06-05"], "address-postalcode": ["LS*"],
                "_history": ["true"], "_max-results": ["1"],
            },
        ),
        (f"Patient/{ANN}", {}),
    ]  # fmt: skip
    assert found.candidates[0].person.language_code == "fr"  # which only a reading tells
    assert found.certain is None  # another district


def test_nobody_leads_to_a_search_by_sound_without_the_postcode(asker: Actor, service: Counterpart) -> None:
    service.has(person(ANN, "Smythe", "Ann", BORN, postcode="DN17 3BZ"))
    found = search(asker, TraceQuery("Smith", "Anne", BORN, "female", "LS1 6AE"))
    assert [each.parameters for each in service.asked][1] == {
        "family": ["Smith"], "given": ["Anne"], "birthdate": ["eq1971-06-05"], "_fuzzy-match": ["true"], "_max-results": ["1"],
    }  # fmt: skip
    assert [each.person.nhs_number for each in found.candidates] == [ANN]
    assert "Found by sound and by earlier names" in found.candidates[0].why
    assert found.certain is None


def test_a_former_name_finds(asker: Actor, service: Counterpart) -> None:
    service.has(person(ANN, "Married", "Ann", BORN, history=[{"use": "old", "family": "Maiden", "given": ["Ann"]}]))
    found = search(asker, TraceQuery("Maiden", "Ann", BORN))
    assert [each.person.family_name for each in found.candidates] == ["Married"]
    assert found.certain is None


def test_too_many_is_an_answer_and_is_made_narrower_once(asker: Actor, service: Counterpart) -> None:
    service.has(person(ANN, "Lee", "Annabel", BORN), person(NEW, "Lee", "Anna", BORN))
    found = search(asker, TraceQuery("Lee", "Anna", BORN, "", "LS1 6AE"))
    assert [each.parameters["given"] for each in service.asked[:2]] == [["Ann*"], ["Anna"]]
    assert [each.person.nhs_number for each in found.candidates] == [NEW]
    assert found.certain is None  # somebody else answered to the first search, too
    service.has(person(OLD, "Lee", "Anna", BORN))
    twice = search(asker, TraceQuery("Lee", "Anna", BORN, "", "LS1 6AE"))
    assert (twice.outcome, twice.candidates) == (Found.TOO_MANY, ())
    assert "NHS number" in twice.note


# What stands against a person


def test_a_restricted_record_withholds_and_says_so(asker: Actor, service: Counterpart) -> None:
    service.has(person(ANN, "Lee", "Ann", BORN, restricted=True))
    held = read(asker, ANN)
    assert held is not None
    assert held.person is not None
    assert (held.flags, held.withheld) == (
        frozenset({Outcome.SENSITIVE}),
        ("address", "telephone", "email", "practice"),
    )
    assert (held.person.postcode, held.person.mobile_phone, held.person.practice_ods) == ("", "", "")


def test_a_restricted_record_is_found_although_a_postcode_was_given(asker: Actor, service: Counterpart) -> None:
    """Never by a search with a postcode: only by the next one, without."""
    service.has(person(ANN, "Lee", "Ann", BORN, restricted=True))
    found = search(asker, TraceQuery("Lee", "Ann", BORN, "", "LS1 6AE"))
    assert [each.is_restricted for each in found.candidates] == [True]
    assert "Restricted: address, telephone, email, practice are withheld" in found.candidates[0].why
    assert found.certain is None


@pytest.mark.parametrize("codes", [["V"], ["REDACTED"], [], ["U", "R"]])
def test_anything_but_unrestricted_is_restricted(asker: Actor, service: Counterpart, codes: list[str]) -> None:
    entry = person(ANN, "Lee", "Ann", BORN)
    entry.patient["meta"]["security"] = [{"code": code} for code in codes]
    service.has(entry)
    held = read(asker, ANN)
    assert held is not None
    assert Outcome.SENSITIVE in held.flags


def test_a_superseded_number_answers_with_the_new_one(asker: Actor, service: Counterpart) -> None:
    service.has(person(NEW, "Lee", "Ann", BORN), person(OLD, "Lee", "Ann", BORN, superseded_by=NEW))
    held = read(asker, OLD)
    assert held is not None
    assert held.person is not None
    assert (held.superseded_by, held.person.nhs_number, held.flags) == (NEW, NEW, frozenset({Outcome.SUPERSEDED}))
    outcome_of = trace(
        actor=asker, now=NOW, nhs_number=NhsNumber(OLD), birth_date=BORN, family_name="Lee", given_name="Ann"
    )
    assert outcome_of.outcome is Outcome.SUPERSEDED
    found = search(asker, TraceQuery("Lee", "Ann", BORN, nhs_number=NhsNumber(OLD)))
    assert (found.candidates[0].person.nhs_number, found.certain) == (NEW, None)
    assert "The NHS number has been replaced by this one" in found.candidates[0].why


def test_an_invalidated_number_is_said_to_be_one(asker: Actor, service: Counterpart) -> None:
    service.has(person(VOID, "Lee", "Ann", BORN, is_invalid=True))
    assert read(asker, VOID) == Held(None, frozenset({Outcome.INVALID}), "pds")
    found = search(asker, TraceQuery("Lee", "Ann", BORN, nhs_number=NhsNumber(VOID)))
    assert (found.outcome, "must not be used" in found.note) == (Found.NONE, True)


def test_a_practice_that_was_left_is_not_theirs(asker: Actor, service: Counterpart) -> None:
    entry = person(ANN, "Lee", "Ann", BORN)
    entry.patient["generalPractitioner"][0]["identifier"]["period"]["end"] = "2026-11-01"
    entry.patient["extension"].append(
        {
            "url": "https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration",
            "extension": [
                {
                    "url": "removalFromRegistrationCode",
                    "valueCodeableConcept": {"coding": [{"code": "SCT", "display": "Transferred to Scotland"}]},
                },
            ],
        }
    )
    service.has(entry)
    found = search(asker, TraceQuery("Lee", "Ann", BORN))
    assert found.candidates[0].practice_ods == ""
    assert "Registered with no practice: Transferred to Scotland" in found.candidates[0].why


def test_a_record_with_too_little_names_nobody(asker: Actor, service: Counterpart) -> None:
    service.has(Entry({"resourceType": "Patient", "id": ANN, "meta": {"security": [{"code": "U"}]}}))
    held = read(asker, ANN)
    assert held is not None
    assert (held.person, held.is_verified) == (None, False)


# Errors by their names, and the two kinds of NHS number


@pytest.mark.parametrize(
    ("status", "code", "who"),
    [
        (400, "INVALID_SEARCH_DATA", "you"),
        (400, "INVALID_VALUE", "you"),
        (400, "MISSING_VALUE", "whoever runs this installation"),
        (400, "ADDITIONAL_PROPERTIES", "whoever runs this installation"),
        (401, "ACCESS_DENIED", "whoever runs this installation"),
        (405, "INVALID_METHOD", "whoever runs this installation"),
        (418, "SOMETHING_NEW", "whoever runs this installation"),
    ],
)
def test_a_refusal_says_what_to_do_and_who_can(
    asker: Actor, service: Counterpart, status: int, code: str, who: str
) -> None:
    service.faults = [answers(status, outcome(code))]
    with pytest.raises(SaidNo) as no:
        read(asker, ANN)
    assert (no.value.status, no.value.spine_code, no.value.who_can, no.value.try_again) == (status, code, who, False)
    assert no.value.remedy
    assert service.asked[0].headers["x-request-id"] in no.value.message


def test_what_belongs_to_a_search_is_no_answer_to_a_reading(asker: Actor, service: Counterpart) -> None:
    service.faults = [answers(200, {"resourceType": "Bundle", "entry": []}), answers(200, outcome("TOO_MANY_MATCHES"))]
    for _ in range(2):
        with pytest.raises(Unclear):
            read(asker, ANN)


@pytest.mark.parametrize(
    ("environment", "nhs_number", "is_refused"),
    [
        ("live", number(7), True),
        ("live", "9000000009", True),
        ("live", "4857773457", False),
        ("int", "4857773457", True),
        ("sandbox", "6328797966", True),
        ("int", number(7), False),
        ("int", "9732110317", False),
        ("sandbox", "9000000009", False),
    ],
)
def test_tests_and_real_people_are_kept_apart(environment: str, nhs_number: str, is_refused: bool) -> None:
    if not is_refused:
        refuse_number(NhsNumber(nhs_number), environment=environment)
        return
    with pytest.raises(NotForThisEnvironment):
        refuse_number(NhsNumber(nhs_number), environment=environment)


def test_a_number_of_the_other_kind_never_leaves(asker: Actor, service: Counterpart) -> None:
    with pytest.raises(NotForThisEnvironment):
        read(asker, "4857773457")
    with pytest.raises(NotForThisEnvironment):
        search(asker, TraceQuery("Lee", "Ann", BORN, nhs_number=NhsNumber("4857773457")))
    assert service.asked == []


def test_not_configured_says_so(asker: Actor, settings: Any) -> None:
    settings.PDS_DRIVER = "none"
    for ask in (lambda: read(asker, ANN), lambda: search(asker, TraceQuery("Lee", "Ann", BORN))):
        with pytest.raises(NotConfigured) as refused:
            ask()
        assert "PCNHUB_PDS" in refused.value.remedy


def test_no_address_is_logged(asker: Actor, service: Counterpart, caplog: pytest.LogCaptureFixture) -> None:
    service.has(person(ANN, "Lee", "Ann", BORN))
    with caplog.at_level(logging.DEBUG):
        search(asker, TraceQuery("Lee", "Ann", BORN))
    said = [record for record in caplog.records if record.name.startswith("httpx")]
    assert not any(ANN in record.getMessage() or "Lee" in record.getMessage() for record in said)


# The counterpart is no easier than the specification


@pytest.mark.parametrize(
    ("parameters", "headers", "status", "code"),
    [
        ("family=Lee&birthdate=eq1971-06-05&_max-results=1", {}, 400, "MISSING_VALUE"),
        ("family=Lee&birthdate=eq1971-06-05&_max-results=1", {"X-Request-ID": "1"}, 400, "INVALID_VALUE"),
        ("", None, 400, "UNSUPPORTED_SERVICE"),
        ("family=Lee&birthdate=5.6.1971&_max-results=1", None, 400, "INVALID_VALUE"),
        ("family=Lee&_max-results=1", None, 400, "MISSING_VALUE"),
        ("birthdate=eq1971-06-05&_max-results=1", None, 400, "INVALID_SEARCH_DATA"),
        ("family=L*&birthdate=eq1971-06-05&_max-results=1", None, 400, "INVALID_SEARCH_DATA"),
        ("family=Lee&birthdate=eq1971-06-05&_max-results=50", None, 403, "INVALID_VALUE"),
        ("family=Lee&birthdate=eq1971-06-05&model=T&_max-results=1", None, 400, "ADDITIONAL_PROPERTIES"),
        ("family=Lee&birthdate=eq1971-06-05&_fuzzy-match=true&_max-results=1", None, 400, "INVALID_SEARCH_DATA"),
        (
            "family=Le*&given=Ann&birthdate=eq1971-06-05&_fuzzy-match=true&_max-results=1", None, 400, "INVALID_SEARCH_DATA",
        ),
    ],
)  # fmt: skip
def test_the_counterpart_refuses_what_the_service_would(
    service: Counterpart, parameters: str, headers: dict[str, str] | None, status: int, code: str
) -> None:
    sent = {"X-Request-ID": str(uuid.uuid4())} if headers is None else headers
    answer = httpx.get(
        f"{service.address}/Patient?{parameters}", headers={"NHSD-End-User-Organisation-ODS": "Y07108"} | sent
    )
    said = shapes.read(answer.content)
    assert isinstance(said, shapes.OperationOutcome)
    assert (answer.status_code, said.codes) == (status, (code,))


@needs_examples
def test_every_published_person_is_read(asker: Actor, service: Counterpart) -> None:
    everybody = published()
    service.people = everybody
    read_ones = {nhs_number: read(asker, nhs_number) for nhs_number in everybody if _is_valid(nhs_number)}
    assert len(read_ones) >= 15
    for nhs_number, held in read_ones.items():
        assert held is not None
        patient = everybody[nhs_number].patient
        assert held.version == patient["meta"]["versionId"]
        assert (held.person is None) is ("name" not in patient)
        if held.person:
            assert str(held.person.birth_date) == patient["birthDate"]
            assert held.person.family_name == next(each for each in patient["name"] if each["use"] == "usual")["family"]
    jane, restricted = read_ones["9000000009"], read_ones["9000000025"]
    assert jane is not None
    assert restricted is not None
    assert jane.person is not None
    assert jane.flags == {Outcome.DECEASED}
    assert (jane.person.title, jane.person.interpreter_required) == ("Mrs", True)
    assert jane.person.practice_ods == ""  # its period is over
    assert restricted.flags == {Outcome.SENSITIVE, Outcome.DECEASED}


@needs_examples
@pytest.mark.parametrize(
    ("query", "found"),
    [
        (TraceQuery("Mooney", "Conrad", date(1937, 4, 8), "male", "DN17 4BL"), ["9736363015"]),
        (TraceQuery("Killen", "Dean", date(1955, 5, 27)), ["9733162043"]),
        (TraceQuery("Killen", "Roger", date(1936, 6, 21)), ["9732110317"]),  # his name of old
        (TraceQuery("Sandersen", "Adrien", date(1936, 6, 21)), ["9732110317"]),  # by sound
        (TraceQuery("Smythe", "Janet", date(2010, 10, 22), "female", "LS1 6AE"), ["9000000025"]),  # restricted
        (TraceQuery("Nobody", "Here", date(1955, 5, 27)), []),
    ],
)
def test_published_people_are_found(asker: Actor, service: Counterpart, query: TraceQuery, found: list[str]) -> None:
    service.people = published()
    assert [each.person.nhs_number for each in search(asker, query).candidates] == found


@needs_examples
def test_the_published_crowd_is_too_many(asker: Actor, service: Counterpart) -> None:
    service.people = published()
    assert search(asker, TraceQuery("Smith", "Sam", date(2000, 5, 5), "male", "DN17 4AA")).outcome is Found.TOO_MANY


@needs_examples
@pytest.mark.parametrize("path", sorted((PUBLISHED / "errors").glob("*.json")), ids=lambda path: path.stem)
def test_every_published_error_is_read_by_its_code(path: Path) -> None:
    said = shapes.read(path.read_bytes())
    assert isinstance(said, shapes.OperationOutcome)
    assert said.codes == (("not-supported",) if path.stem == "NOT_SUPPORTED_SEARCH" else (path.stem,))


@needs_examples
@pytest.mark.parametrize("path", sorted((PUBLISHED / "search").glob("*.json")), ids=lambda path: path.stem)
def test_every_published_search_is_read(path: Path) -> None:
    said = shapes.read(path.read_bytes())
    published_one = json.loads(path.read_text())
    if isinstance(said, shapes.Bundle):
        assert [entry.resource.id for entry in said.entry] == [
            each["resource"]["id"] for each in published_one["entry"]
        ]
        assert [entry.search.score for entry in said.entry] == [
            each["search"]["score"] for each in published_one["entry"]
        ]


def test_reading_inside_a_unit_of_work_is_allowed(asker: Actor, service: Counterpart) -> None:
    service.has(person(ANN, "Lee", "Ann", BORN))
    with unit_of_work(asker):
        assert read(asker, ANN) is not None


def _is_valid(text: str) -> bool:
    try:
        return bool(NhsNumber(text))
    except ValueError:
        return False
