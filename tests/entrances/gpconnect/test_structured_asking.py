"""What is asked of a record: what is right, what is wrong, what belongs to a later version; each case of the assurance tests."""

from __future__ import annotations

from typing import Any

import pytest

from pcnhub.care.organisations.models import GpConnectSwitch
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.foundations.fhir.media import Media
from tests.cast import World
from tests.entrances.gpconnect import records
from tests.entrances.gpconnect.calling import Caller
from tests.entrances.gpconnect.consumer import Consumer
from tests.entrances.gpconnect.oracle import error_of, understood
from tests.entrances.gpconnect.records import allergies, ask, given, medication, of, parameter, question

NUMBER = "9000000009"
INVALID = (422, "INVALID_PARAMETER")
NHS = (400, "INVALID_NHS_NUMBER")
RESOURCE = (422, "INVALID_RESOURCE")
RESOLVED, ISSUES, SINCE = "includeResolvedAllergies", "includePrescriptionIssues", "medicationSearchFromDate"


@pytest.fixture
def caller(w: World) -> Consumer:
    return Consumer(w.ash.ods_code, ods_code="Y99999", name="Far Hub")


def of_allergies(*parts: dict[str, Any], **value: Any) -> dict[str, Any]:
    return question(NUMBER, parameter("includeAllergies", *parts, **value))


def of_medication(*parts: dict[str, Any], **value: Any) -> dict[str, Any]:
    return question(NUMBER, parameter("includeMedication", *parts, **value))


def who(**value: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [parameter("patientNHSNumber", **value), allergies()]}


def since(**value: Any) -> dict[str, Any]:
    return of_medication(parameter(SINCE, **value))


WRONG: list[tuple[tuple[int, str], dict[str, Any]]] = [
    (INVALID, {"resourceType": "Parameters", "parameter": [allergies()]}),  # nobody is named
    (INVALID, {"resourceType": "Parameters"}),
    (INVALID, question(NUMBER, question(NUMBER)["parameter"][0])),  # named twice
    (INVALID, who(valueString=NUMBER)),
    (INVALID, who()),
    (INVALID, question(NUMBER, allergies(), system="https://fhir.nhs.uk/Id/unknown")),
    (INVALID, question(NUMBER, allergies(), system="")),
    (INVALID, who(valueIdentifier={"value": NUMBER})),
    (NHS, question("9000000008", allergies())),
    (NHS, question("", allergies())),
    (NHS, question("900 000 0009", allergies())),
    (NHS, who(valueIdentifier={"system": records.NHS_NUMBER})),
    (INVALID, of_allergies()),
    (INVALID, of_allergies(parameter("RubbishPartParameter", valueBoolean=True))),
    (INVALID, of_allergies(parameter(RESOLVED))),
    (INVALID, of_allergies(parameter(RESOLVED, valueString="true"))),
    (INVALID, of_allergies(parameter(RESOLVED, valueBoolean="perhaps"))),
    (INVALID, of_allergies(*[parameter(RESOLVED, valueBoolean=True)] * 2)),
    (INVALID, of_allergies(parameter(RESOLVED, valueBoolean=True), valueString="x")),
    (INVALID, question(NUMBER, allergies(), allergies())),
    (INVALID, of_medication(parameter(ISSUES))),
    (INVALID, of_medication(parameter(ISSUES, valueCode="true"))),
    (INVALID, question(NUMBER, medication(), medication())),
    (INVALID, since()),
    (INVALID, since(valueDate="2014")),
    (INVALID, since(valueDate="2014-02")),
    (INVALID, since(valueDate="2015-10-23T11:08:32")),
    (INVALID, since(valueDate="2015-10-23T11:08:32+00:00")),
    (INVALID, since(valueDate="X2014-02-01")),
    (INVALID, since(valueDate="")),
    (INVALID, since(valueDate=None)),
    (INVALID, since(valueDate="2026-11-24")),  # tomorrow
    (INVALID, since(valueDateTime="2014-02-01")),
    (INVALID, since(valuePeriod={"start": "2014-02-01"})),
    (RESOURCE, {"resourceType": "Patient"}),
    (RESOURCE, question(NUMBER) | {"unknown": "element"}),
]


@pytest.mark.parametrize("media", Media)
def test_what_is_wrong_is_refused_by_its_code(w: World, caller: Consumer, media: Media) -> None:
    asker = Consumer(w.ash.ods_code, media=media)
    assert [(wanted, ask(asker, body).outcome, body) for wanted, body in WRONG] == [
        (wanted, wanted, body) for wanted, body in WRONG
    ]
    assert ask(asker, b"no body at all").outcome == (400, "BAD_REQUEST")


def test_everything_wrong_is_said_at_once(w: World, caller: Consumer) -> None:
    both = of_allergies()
    both["parameter"].append(of_medication(parameter(SINCE, valueDate="2014"))["parameter"][1])
    both["parameter"][0] = parameter("patientNHSNumber", valueString="x")
    why = ask(caller, both).why
    assert all(
        each in why for each in ("patientNHSNumber", f"includeAllergies.{RESOLVED}", f"includeMedication.{SINCE}")
    )


@pytest.mark.parametrize("media", Media)
def test_what_a_later_version_knows_is_a_warning(w: World, media: Media) -> None:
    """Told once where the parameter is unknown, whatever its parts; for each unknown part where it is known."""
    body = question(
        NUMBER,
        parameter("includeConsultations", parameter("includeNumberOfMostRecent", valueInteger=3)),
        parameter("includeProblems"),
        parameter(
            "includeAllergies",
            parameter(RESOLVED, valueBoolean=True),
            parameter("timePeriod", valuePeriod={"start": "2014-02-01"}),
            parameter(ISSUES, valueBoolean=True),
        ),
        parameter("includeProblems"),
    )
    found = given(Consumer(w.ash.ods_code, media=media), body)
    assert len(of(found, "List")) == 2
    (outcome,) = of(found, "OperationOutcome")
    assert outcome["meta"]["profile"] == [records.PROFILES + "GPConnect-OperationOutcome-1"]
    names = ["includeConsultations", "includeProblems", "includeAllergies.timePeriod", f"includeAllergies.{ISSUES}"]
    assert [each["diagnostics"] for each in outcome["issue"]] == names
    for issue in outcome["issue"]:
        assert (issue["severity"], issue["code"]) == ("warning", "not-supported")
        assert issue["details"] == {
            "coding": [
                {
                    "system": "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
                    "code": "NOT_IMPLEMENTED",
                    "display": "Not implemented",
                }
            ],
            "text": f"{issue['diagnostics']} is an unrecognised parameter",
        }


def test_the_number_alone_is_answered(w: World, caller: Consumer) -> None:
    """The specification would refuse it; the assurance tests want it answered."""
    assert not of(given(caller, question(NUMBER)), "List")
    assert len(of(given(caller, question(NUMBER, parameter("includeNothingKnown"))), "OperationOutcome")) == 1


def test_its_own_service_root_and_the_common_one(w: World, caller: Consumer) -> None:
    """Each capability has a root of its own; the assurance tests and older consumers call one root for all."""
    assert ask(caller, question(NUMBER), root="").status == 200
    for path, interaction in (
        ("structured/Patient/1", "rest:read:patient-1"),
        ("structured/Slot", "rest:search:slot-1"),
        ("Structured/metadata", "rest:read:metadata-1"),
        ("structured/structured/metadata", "rest:read:metadata-1"),
    ):
        assert caller.ask(interaction, path, scope="organization/*.read").status in (400, 501)
    wrong = caller.ask("rest:read:metadata-1", "structured/metadata", scope="organization/*.read")
    assert wrong.outcome == (400, "BAD_REQUEST")


@pytest.mark.parametrize("scope", ["patient/*.write", "organization/*.read"])
def test_another_scope_is_refused(w: World, caller: Consumer, scope: str) -> None:
    assert ask(caller, question(NUMBER), scope=scope).outcome == (400, "BAD_REQUEST")


@pytest.mark.parametrize("root", ["Y07108/STU3/1/gpconnect/structured", "Y07108/STU3/1/gpconnect"])
def test_its_capability_statement_answers_while_everything_is_off(w: World, media: Media, root: str) -> None:
    GpConnectSwitch.objects.all().delete()
    headers: dict[str, str | None] = {"Ssp-InteractionID": records.METADATA}
    answer = Caller(media=media).get("metadata", "", root=root, headers=headers)
    statement = understood(answer)
    assert (answer.status_code, statement["version"], statement["fhirVersion"]) == (200, "1.2.7", "3.0.1")
    assert len(statement["profile"]) == 11
    assert all("/_history/1." in each["reference"] for each in statement["profile"])
    named = {each["reference"] for each in statement["profile"]}
    assert records.PROFILES + "CareConnect-GPC-MedicationStatement-1/_history/1.7" in named
    ((operation,),) = (each["operation"] for each in statement["rest"])
    assert operation["name"] == "gpc.getstructuredrecord"
    assert operation["definition"]["reference"].endswith("GPConnect-GetStructuredRecord-Operation-1/_history/1.12")


@pytest.mark.parametrize("off", [GpConnectCapability.GP_CONNECT, GpConnectCapability.ACCESS_STRUCTURED])
def test_switched_off_it_is_refused(w: World, off: GpConnectCapability) -> None:
    GpConnectSwitch.objects.filter(organisation=w.ash, capability=off).update(is_on=False)
    asked = Caller("A81001").post(
        "structured/Patient/$gpc.getstructuredrecord", records.INTERACTION, question(NUMBER), scope="patient/*.read"
    )
    assert error_of(asked) == (403, "ACCESS_DENIED")
    assert ("Access Record Structured" in understood(asked)["issue"][0]["diagnostics"]) is (
        off is GpConnectCapability.ACCESS_STRUCTURED
    )


def test_it_is_off_until_somebody_turns_it_on(w: World, caller: Consumer) -> None:
    GpConnectSwitch.objects.filter(organisation=w.ash).delete()
    assert ask(caller, question(NUMBER, allergies())).outcome == (403, "ACCESS_DENIED")
