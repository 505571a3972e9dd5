"""The service filter of GP Connect 1.2.8: off, then on."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.cast import World
from tests.entrances.gpconnect.bodies import PROFILES, open_session
from tests.entrances.gpconnect.consumer import Answer, Consumer

SERVICES = "https://fhir.nhs.uk/Id/uec-dos-service-id"
OURS, OTHER = f"{SERVICES}|2000012345", f"{SERVICES}|2000099999"
INCLUDED = "Schedule:actor:HealthcareService"
FIND, READ = "rest:search:healthcareservice-1", "rest:read:healthcareservice-1"


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GP_CONNECT_SERVICES", {"Y07108": "2000012345"}, raising=False)


def status_of(answer: Answer) -> str | None:
    extensions = answer.resource["meta"].get("extension", [])
    assert all(each["url"] == PROFILES + "Extension-GPConnect-ServiceFilteringStatus-1" for each in extensions)
    return extensions[0]["valueCode"] if extensions else None


def ask(ash: Consumer, service: str) -> Answer:
    return ash.slots(**{"service.identifier": service}, _include__recurse=INCLUDED)


def test_off_it_means_nothing(w: World, ash: Consumer) -> None:
    open_session(w)
    answer = ask(ash, OTHER)
    assert (len(answer.of("Slot")), answer.of("HealthcareService"), status_of(answer)) == (6, [], None)
    for interaction, path in ((FIND, "HealthcareService"), (READ, "HealthcareService/2000012345")):
        refused = ash.ask(interaction, path, scope="organization/*.read")
        assert refused.outcome == (501, "NOT_IMPLEMENTED")


def test_off_at_this_organisation_says_so(w: World, ash: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GP_CONNECT_SERVICES", {"A81001": "1"}, raising=False)
    open_session(w)
    answer = ask(ash, OTHER)
    assert (len(answer.of("Slot")), answer.of("HealthcareService")) == (6, [])
    assert status_of(answer) == "organization-disabled"
    assert "HealthcareService" not in str(answer.of("Schedule"))


def test_on_the_services_own_slots_are_found(w: World, ash: Consumer, on: None) -> None:
    open_session(w)
    answer = ask(ash, OURS)
    assert (len(answer.of("Slot")), status_of(answer)) == (6, "enabled")
    (service,) = answer.of("HealthcareService")
    assert service["identifier"] == [{"system": SERVICES, "value": "2000012345"}]
    assert service["providedBy"]["reference"].startswith("Organization/")
    (schedule,) = answer.of("Schedule")
    assert {"reference": f"HealthcareService/{service['id']}"} in schedule["actor"]


def test_on_without_a_service_all_slots_are_found(w: World, ash: Consumer, on: None) -> None:
    open_session(w)
    answer = ash.slots()
    assert (len(answer.of("Slot")), answer.of("HealthcareService"), status_of(answer)) == (6, [], None)


def test_on_another_service_is_not_there(w: World, ash: Consumer, on: None) -> None:
    open_session(w)
    assert ask(ash, OTHER).outcome == (404, "NO_RECORD_FOUND")
    for wrong in ("2000012345", f"{SERVICES}|", "https://example.org|2000012345"):
        assert ask(ash, wrong).outcome == (422, "INVALID_PARAMETER")


def test_the_service_is_found_and_read(w: World, ash: Consumer, on: None) -> None:
    scope = "organization/*.read"
    (found,) = ash.ask(FIND, "HealthcareService", {"identifier": OURS}, scope=scope).entries
    assert ash.ask(FIND, "HealthcareService", {"identifier": OTHER}, scope=scope).entries == []
    read = ash.ask(READ, f"HealthcareService/{found['id']}", scope=scope)
    assert (read.resource, read.headers["ETag"]) == (found, 'W/"1"')
    assert ash.ask(READ, "HealthcareService/7", scope=scope).outcome == (404, "NO_RECORD_FOUND")
