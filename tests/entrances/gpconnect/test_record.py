"""Each call on record, the refused ones in the same detail; what can't be put on record is not answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DatabaseError

from pcnhub.care.organisations.models import GpConnectSwitch
from pcnhub.care.organisations.queries import installation_actor
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.patients.queries import who_saw
from pcnhub.entrances.api.gpconnect import patients
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotShared
from tests.cast import NOW, World, system_for
from tests.entrances.gpconnect.calling import OWN_ASID, TRACE, URN, Caller, claims, jwt
from tests.entrances.gpconnect.oracle import error_of, why

FIND = "rest:search:patient-1"
SECRET = "aVerySecretWordOfTheToken"


def calls(actor: Actor) -> list[AuditEvent]:
    with unit_of_work(actor):
        rows = AuditEvent.objects.filter(organisation_id=actor.organisation.id, action__startswith="gp-connect.")
        return list(rows.order_by("sequence"))


def find(caller: Caller, nhs_number: str, **more: Any) -> Any:
    return caller.get("Patient", FIND, query=f"identifier=https://fhir.nhs.uk/Id/nhs-number%7C{nhs_number}", **more)


@pytest.fixture
def held(w: World) -> int:
    return register_temporarily(
        actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk
    ).patient_id


def test_an_answered_call_is_on_record(w: World, held: int) -> None:
    assert (
        find(Caller(), w.patient_of_ash.number, token=jwt(claims("patient/*.read") | {"jti": SECRET})).status_code
        == 200
    )
    [row] = calls(system_for(w.hub))
    assert (row.action, row.reason) == ("gp-connect.answered", "")
    assert (row.user, row.user_name) == ("gpconnect:A99999:111222333444", "Dr Claire Jones, Far Away Surgery")
    assert (row.role_code, row.identity, row.purpose) == ("444555666777", "gp-connect", "direct-care")
    assert (row.origin, row.request_id) == ("gp-connect A99999", TRACE)
    assert (row.subject_type, row.patient_id, row.nhs_number) == ("patient", held, w.patient_of_ash.number)
    assert row.basis.startswith("GP Connect")
    assert json.loads(row.detail) == {
        "interaction": URN + FIND, "verb": "GET", "status": 200, "from": "200000000359", "to": OWN_ASID,
        "organisation": "Y07108", "device": "Client v1 1.1", "scope": "patient/*.read", "consumer": "A99999",
    }  # fmt: skip
    assert SECRET not in str(row.__dict__)


def test_the_patients_practice_sees_who_asked(w: World, held: int) -> None:
    find(Caller(), w.patient_of_ash.number)
    page = who_saw(actor=w.dilys, now=NOW, patient_id=w.patient_of_ash.pk)
    assert "Dr Claire Jones, Far Away Surgery" in {each.name for each in page.items}


REFUSED: dict[str, tuple[dict[str, Any], str, int]] = {
    "a header missing": ({"headers": {"Ssp-From": None}}, "BAD_REQUEST", 400),
    "another scope": ({"scope": "organization/*.read"}, "BAD_REQUEST", 400),
    "no such format": ({"headers": {"Accept": "text/plain"}}, "BAD_REQUEST", 415),
    "a wrong number": ({"number": "9434765910"}, "INVALID_NHS_NUMBER", 400),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_call_is_on_record_in_the_same_detail(w: World, case: str) -> None:
    more, code, status = REFUSED[case]
    answer = find(Caller(), more.get("number", "9434765919"), **{k: v for k, v in more.items() if k != "number"})
    assert error_of(answer) == (status, code)
    [row] = calls(system_for(w.hub))
    assert (row.action, row.reason, row.user) == ("gp-connect.refused", code, "gpconnect:A99999:111222333444")
    assert (row.user_name, row.request_id) == ("Dr Claire Jones, Far Away Surgery", TRACE)
    assert json.loads(row.detail)["status"] == status
    assert json.loads(row.detail)["interaction"] == URN + FIND


def test_a_call_that_says_not_who_it_is_is_on_record(w: World) -> None:
    assert error_of(find(Caller(), "9434765919", token=jwt({"sub": SECRET}))) == (400, "BAD_REQUEST")
    [row] = calls(system_for(w.hub))
    assert (row.action, row.user) == ("gp-connect.refused", "gpconnect:unknown")
    assert row.request_id == TRACE
    assert SECRET not in str(row.__dict__)


@pytest.mark.parametrize("wrong", [{"exp": 1}, {"requested_scope": "encounter/*.read"}, {"requesting_device": None}])
def test_who_a_refused_token_claims_to_be_is_on_record_as_claimed(w: World, wrong: dict[str, Any]) -> None:
    assert error_of(find(Caller(), "9434765919", token=jwt(claims("patient/*.read") | wrong))) == (400, "BAD_REQUEST")
    [row] = calls(system_for(w.hub))
    assert row.user == "gpconnect:unknown"
    detail = json.loads(row.detail)
    assert (detail["claimed_consumer"], detail["claimed_user"]) == ("A99999", "111222333444")
    assert "Jones" not in str(row.__dict__)


@pytest.mark.parametrize("who", [None, [], {"identifier": {}}, {"identifier": [1, {"system": 1}]}, SECRET])
def test_what_a_refused_token_claims_in_no_form_is_not_on_record(w: World, who: Any) -> None:
    spoilt = claims("patient/*.read") | {"requesting_organization": who, "requesting_practitioner": who}
    assert find(Caller(), "9434765919", token=jwt(spoilt)).status_code in (400, 422)
    [row] = calls(system_for(w.hub))
    assert not any(name.startswith("claimed") for name in json.loads(row.detail))
    assert SECRET not in str(row.__dict__)


def test_a_switched_off_organisation_has_it_on_record(w: World) -> None:
    GpConnectSwitch.objects.all().delete()
    assert error_of(find(Caller(), "9434765919")) == (403, "ACCESS_DENIED")
    [row] = calls(system_for(w.hub))
    assert (row.reason, row.user) == ("ACCESS_DENIED", "gpconnect:A99999:111222333444")


def test_a_call_to_nobody_here_is_on_the_installations_record(w: World) -> None:
    assert error_of(find(Caller("Y99999"), "9434765919")) == (404, "ORGANISATION_NOT_FOUND")
    [row] = calls(installation_actor())
    assert (row.organisation_id, row.reason) == (0, "ORGANISATION_NOT_FOUND")
    assert row.user == "gpconnect:A99999:111222333444"
    assert json.loads(row.detail)["organisation"] == "Y99999"


def test_a_patient_who_may_not_be_known_of_is_on_record_by_number(w: World) -> None:
    find(Caller(), w.patient_of_birch.number)
    [row] = calls(system_for(w.hub))
    assert (row.patient_id, row.nhs_number) == (None, w.patient_of_birch.number)


def test_what_a_refused_handler_did_is_undone_and_the_refusal_is_not(
    w: World, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found_then_refused(**_: Any) -> None:
        trail.record(actor=_["actor"], now=NOW, action="patients.opened", subject=trail.Subject("patient"))
        raise NotShared("No.")

    monkeypatch.setattr(patients, "find_active", found_then_refused)
    assert error_of(find(Caller(), w.patient_of_ash.number)) == (403, "ACCESS_DENIED")
    with unit_of_work(system_for(w.hub)):
        actions = set(AuditEvent.objects.filter(request_id=TRACE).values_list("action", flat=True))
    assert actions == {"gp-connect.refused"}


def test_a_fault_says_so_without_its_trace(
    w: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("with a name: Jane Smith")

    monkeypatch.setattr(patients, "find_active", broken)
    answer = find(Caller(), w.patient_of_ash.number)
    assert error_of(answer) == (500, "INTERNAL_SERVER_ERROR")
    assert "Jane" not in why(answer)
    assert "not known whether it was done" in why(answer)  # the commit may have been reached: never "nothing was done"
    assert [row.reason for row in calls(system_for(w.hub))] == ["INTERNAL_SERVER_ERROR"]


def test_what_cannot_be_put_on_record_is_not_answered(w: World, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails closed: neither an answer nor a refusal leaves without its line in the audit."""

    def full(*_: Any, **__: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(trail, "_write", full)
    for number in (w.patient_of_ash.number, "9434765910"):
        answer = find(Caller(), number)
        assert error_of(answer) == (500, "INTERNAL_SERVER_ERROR")
        assert number.encode() not in answer.content


def test_negative_control_with_the_audit_in_order_the_same_call_is_answered(w: World, held: int) -> None:
    assert find(Caller(), w.patient_of_ash.number).status_code == 200


def test_a_line_of_the_token_stays_one_line(w: World) -> None:
    """What goes on record of a name is one line of a name's length, whatever was sent."""
    good = claims("patient/*.read")
    good["requesting_practitioner"]["name"] = [{"family": "Jones\nadmin\t" + "x" * 500}]
    assert find(Caller(), "9434765919", token=jwt(good)).status_code == 200
    [row] = calls(system_for(w.hub))
    assert "\n" not in row.user_name
    assert len(row.user_name) < 300
