"""POST /Patient/$gpc.registerpatient: temporary, after a trace, with the errors that the assurance tests ask for."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pcnhub.care.patients.models import Patient, Protection
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.records.queries import open_record
from pcnhub.care.sharing.models import Party
from pcnhub.connections.pds.loading import load
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir.media import Media
from tests.cast import LONG_AGO, NOW, World, system_for
from tests.connections.pds.extracts import ALIVE, DEAD, NOWHERE, OLD, PROTECTED, VOID, whole
from tests.entrances.gpconnect.calling import Caller
from tests.entrances.gpconnect.consumer import switch_on
from tests.entrances.gpconnect.oracle import entries_of, error_of, why

SAMPLE = Path(__file__).parents[4] / "shared/data/gpconnect/examples/register_patient_request_example.json"
NAME = "operation:gpc.registerpatient-1"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
COMMUNICATION = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSCommunication-1"
BAD, NUMBER = (400, "BAD_REQUEST"), (400, "INVALID_NHS_NUMBER")
INVALID, DEMOGRAPHICS = (422, "INVALID_RESOURCE"), (400, "INVALID_PATIENT_DEMOGRAPHICS")
DUPLICATE = (409, "DUPLICATE_REJECTED")
Body = dict[str, Any]


def minnie(**changes: Any) -> Body:
    """A Patient that the extract knows; None takes an element out."""
    person = {
        "resourceType": "Patient",
        "meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1"]},
        "identifier": [{"system": NHS, "value": ALIVE}],
        "name": [{"use": "official", "family": "DAWES", "given": ["Minnie"]}],
        "gender": "female",
        "birthDate": "1952-05-31",
    } | changes
    return {name: value for name, value in person.items() if value is not None}


def parameters(*patients: Body, name: str = "registerPatient") -> Body:
    return {"resourceType": "Parameters", "parameter": [{"name": name, "resource": each} for each in patients]}


def register(caller: Caller, patient: Body | None = None, *, body: Any = None) -> Any:
    return caller.post("Patient/$gpc.registerpatient", NAME, body or parameters(patient or minnie()))


def held(w: World, nhs_number: str) -> Patient | None:
    with unit_of_work(system_for(w.hub)):
        return Patient.objects.filter(organisation=w.hub, nhs_number=nhs_number).first()


def communication(code: str = "bn") -> Body:
    language = {"system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-HumanLanguage-1", "code": code}
    return {
        "url": COMMUNICATION,
        "extension": [
            {"url": "language", "valueCodeableConcept": {"coding": [language | {"display": "Bengali"}]}},
            {"url": "interpreterRequired", "valueBoolean": True},
        ],
    }


@pytest.fixture
def caller(w: World, media: Media) -> Caller:
    load(now=NOW, content=whole())
    return Caller(media=media)


@pytest.fixture
def json_caller(w: World) -> Caller:
    load(now=NOW, content=whole())
    return Caller()


def test_a_person_is_registered_temporarily(w: World, caller: Caller) -> None:
    sent = minnie(
        telecom=[
            {"system": "phone", "value": "01454587554", "use": "home"},
            {"system": "phone", "value": "07777111222", "use": "mobile"},
            {"system": "phone", "value": "01724111222", "use": "work"},
            {"system": "phone", "value": "07777111223", "use": "temp"},
            {"system": "email", "value": "minnie@example.org", "use": "home"},
        ],
        address=[
            {"use": "home", "line": ["1 Withings Lane", "Shadwell"], "city": "Leeds", "postalCode": "LS18 1AE"},
            {"use": "temp", "line": ["2 Low Street"], "postalCode": "DN1 1AA"},
        ],
        extension=[communication()],
    )  # fmt: skip
    [found] = entries_of(register(caller, sent))
    row = held(w, ALIVE)
    assert row is not None
    assert found["id"] == str(row.pk)
    assert (row.registration_type, row.registration_state, row.registered_on) == ("temporary", "active", NOW.date())
    assert (row.registered_practice_id, row.traced_practice_ods) == (None, "A21472")
    assert (found["birthDate"], found["gender"]) == ("1952-05-31", "female")
    assert (found["name"][0]["family"], found["name"][0]["given"]) == ("DAWES", ["Minnie"])
    assert {(each["use"], each["value"]) for each in found["telecom"] if each["system"] == "phone"} == {
        ("home", "01454587554"), ("mobile", "07777111222"), ("work", "01724111222"), ("temp", "07777111223"),
    }  # fmt: skip
    home, temporary = found["address"]
    assert home["line"] == ["1 Withings Lane", "Shadwell", "Leeds"]
    assert (temporary["use"], temporary["period"]["end"]) == ("temp", "2027-02-22")
    registration, language = found["extension"]
    assert registration["extension"][1]["valueCodeableConcept"]["coding"][0]["code"] == "T"
    assert language["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "bn"
    assert language["extension"][1]["valueBoolean"] is True
    assert found["managingOrganization"] == {"reference": f"Organization/{w.hub.pk}"}


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the national samples are not beside this checkout")
def test_the_national_sample_is_taken(w: World, json_caller: Caller) -> None:
    body = json.loads(SAMPLE.read_text("utf-8"))
    assert len(entries_of(register(json_caller, body=body))) == 1


def test_what_the_caller_does_not_say_comes_from_the_trace(w: World, caller: Caller) -> None:
    [found] = entries_of(register(caller, minnie(gender=None)))
    assert found["address"][0]["line"] == ["24 GRAMMAR SCHOOL ROAD", "BRIGG"]
    assert found["address"][0]["postalCode"] == "DN20 8AF"
    assert (found["gender"], found["name"][0]["prefix"]) == ("unknown", ["Mrs"])


ACCEPTED: dict[str, Body] = {
    "no gender": minnie(gender=None),
    "a nickname, too": minnie(
        name=[{"use": "nickname", "family": "D", "given": ["Min"]}, {"use": "official", "family": "DAWES", "given": ["Minnie"]}]
    ),
    "another identifier": minnie(
        identifier=[{"system": "https://fhir.nhs.uk/Id/local-patient-identifier", "value": "7"}, {"system": NHS, "value": ALIVE}]
    ),
    "one part of the date differs": minnie(birthDate="1952-05-30"),
    "another name, the date right": minnie(name=[{"use": "official", "family": "OTHER", "given": ["Ann"]}]),
}  # fmt: skip
TWO_OFFICIAL = [{"use": "official", "family": "DAWES", "given": ["Minnie"]}] * 2
PHONE, HOME = {"system": "phone", "value": "1", "use": "home"}, {"use": "home", "line": ["1 A Street"]}
REFUSED: dict[str, tuple[Body, tuple[int, str]]] = {
    "no identifier": (parameters(minnie(identifier=None)), NUMBER),
    "another identifier only": (parameters(minnie(identifier=[{"system": "https://x.org", "value": ALIVE}])), NUMBER),
    "a wrong check digit": (parameters(minnie(identifier=[{"system": NHS, "value": "9476719932"}])), NUMBER),
    "too few digits": (parameters(minnie(identifier=[{"system": NHS, "value": "947671993"}])), NUMBER),
    "no value": (parameters(minnie(identifier=[{"system": NHS}])), NUMBER),
    "two NHS numbers": (parameters(minnie(identifier=[{"system": NHS, "value": ALIVE}] * 2)), BAD),
    "an identifier without system": (parameters(minnie(identifier=[{"value": ALIVE}])), BAD),
    "no birth date": (parameters(minnie(birthDate=None)), BAD),
    "half a birth date": (parameters(minnie(birthDate="1952-05")), BAD),
    "no name": (parameters(minnie(name=None)), BAD),
    "no official name": (parameters(minnie(name=[{"use": "usual", "family": "DAWES", "given": ["Minnie"]}])), BAD),
    "no family name": (parameters(minnie(name=[{"use": "official", "given": ["Minnie"]}])), BAD),
    "no given name": (parameters(minnie(name=[{"use": "official", "family": "DAWES"}])), BAD),
    "two official names": (parameters(minnie(name=TWO_OFFICIAL)), BAD),
    "the parameter twice": (parameters(minnie(), minnie()), BAD),
    "another parameter": (parameters(minnie(), name="patient"), BAD),
    "no parameter": ({"resourceType": "Parameters"}, BAD),
    "two home phones": (parameters(minnie(telecom=[PHONE, PHONE | {"value": "2"}])), BAD),
    "two email addresses": (parameters(minnie(telecom=[{"system": "email", "value": "a@b.org"}] * 2)), BAD),
    "not Parameters": (minnie(), INVALID),
    "not a Patient": (parameters({"resourceType": "Practitioner", "id": "1"}), INVALID),
    "a parameter without its resource": (
        {"resourceType": "Parameters", "parameter": [{"name": "registerPatient", "valueString": "x"}]}, INVALID,
    ),
    "an unknown element": (parameters(minnie(invalidField="x")), INVALID),
    "an unknown element of Parameters": (parameters(minnie()) | {"invalidField": "x"}, INVALID),
    "a gender that is none": (parameters(minnie(gender="lady")), INVALID),
    "a date that is none": (parameters(minnie(birthDate="1952-02-31")), INVALID),
    "two home addresses": (parameters(minnie(address=[HOME, HOME])), INVALID),
    "two temporary addresses": (parameters(minnie(address=[HOME | {"use": "temp"}] * 2)), INVALID),
    "a work address": (parameters(minnie(address=[HOME | {"use": "work"}])), INVALID),
    "an old address": (parameters(minnie(address=[HOME | {"use": "old"}])), INVALID),
    "a fax": (parameters(minnie(telecom=[PHONE | {"system": "fax"}])), INVALID),
    "an old phone": (parameters(minnie(telecom=[PHONE | {"use": "old"}])), INVALID),
    "two nhsCommunication": (parameters(minnie(extension=[communication(), communication("fr")])), INVALID),
    "another extension": (parameters(minnie(extension=[{"url": "https://x.org", "valueString": "x"}])), INVALID),
    **{
        f"{name} is sent": (parameters(minnie(**{name: value})), INVALID)
        for name, value in {
            "active": True,
            "deceasedBoolean": False,
            "deceasedDateTime": "2020-01-01",
            "multipleBirthBoolean": True,
            "multipleBirthInteger": 2,
            "maritalStatus": {"text": "M"},
            "photo": [{"contentType": "image/png"}],
            "contact": [{"gender": "female"}],
            "animal": {"species": {"text": "cat"}},
            "communication": [{"language": {"text": "English"}}],
            "generalPractitioner": [{"reference": "Practitioner/1"}],
            "managingOrganization": {"reference": "Organization/1"},
            "link": [{"other": {"reference": "Patient/1"}, "type": "refer"}],
        }.items()
    },
    "not on the demographics service": (parameters(minnie(identifier=[{"system": NHS, "value": "9990000034"}])), DEMOGRAPHICS),
    "another date of birth": (parameters(minnie(birthDate="1901-01-01")), DEMOGRAPHICS),
    "died": (
        parameters(minnie(identifier=[{"system": NHS, "value": DEAD}], birthDate="1992-07-02")), DEMOGRAPHICS,
    ),
    "protected": (
        parameters(minnie(identifier=[{"system": NHS, "value": PROTECTED}], birthDate="1953-11-02")), DEMOGRAPHICS,
    ),
    "superseded": (parameters(minnie(identifier=[{"system": NHS, "value": OLD}])), NUMBER),
    "void": (parameters(minnie(identifier=[{"system": NHS, "value": VOID}], birthDate="1990-01-01")), NUMBER),
}  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_may_be_sent(w: World, json_caller: Caller, case: str) -> None:
    assert len(entries_of(register(json_caller, ACCEPTED[case]))) == 1


def test_what_may_not_be_sent_is_refused_in_both_formats(w: World, caller: Caller) -> None:
    """Every row in one world: nothing of it leaves anything behind."""
    for case, (body, expected) in REFUSED.items():
        answer = register(caller, body=copy.deepcopy(body))
        assert (case, error_of(answer)) == (case, expected), why(answer)
    with unit_of_work(system_for(w.hub)):
        assert not Patient.objects.filter(organisation=w.hub).exists()


def test_who_may_not_be_known_of_is_refused_in_the_same_words(w: World, json_caller: Caller) -> None:
    said = {
        why(register(json_caller, body=REFUSED[case][0]))
        for case in ("not on the demographics service", "another date of birth", "died", "protected")
    }
    assert len(said) == 1


def test_another_scope_is_refused(w: World, json_caller: Caller) -> None:
    for scope in ("patient/*.read", "organization/*.read", "organization/*.write"):
        answer = json_caller.post("Patient/$gpc.registerpatient", NAME, parameters(minnie()), scope=scope)
        assert error_of(answer) == BAD


# Who is here already


def test_registered_twice_is_a_duplicate(w: World, caller: Caller) -> None:
    assert register(caller).status_code == 200
    assert error_of(register(caller)) == DUPLICATE


def ash_patient(w: World) -> Body:
    person = w.patient_of_ash
    return minnie(
        identifier=[{"system": NHS, "value": person.nhs_number}],
        birthDate=person.birth_date.isoformat(),
        name=[{"use": "official", "family": person.family_name, "given": [person.given_name]}],
    )


def test_whom_a_practice_registered_is_a_duplicate(w: World, json_caller: Caller) -> None:
    """Also when the agreement by which the hub saw the practice's row is gone: its own registration is known."""
    register_temporarily(actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk)
    assert error_of(register(json_caller, ash_patient(w))) == DUPLICATE
    Party.objects.update(state="inactive")
    assert error_of(register(json_caller, ash_patient(w))) == DUPLICATE


def test_a_practices_regular_patient_is_a_duplicate_there(w: World, json_caller: Caller) -> None:
    assert error_of(register(Caller("A81001"), ash_patient(w))) == DUPLICATE


def test_a_registration_that_ended_begins_anew(w: World, caller: Caller) -> None:
    [first] = entries_of(register(caller))
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(nhs_number=ALIVE).update(
            registration_state="left", left_on=NOW.date(), registered_on=LONG_AGO
        )
    [again] = entries_of(register(caller))
    assert again["id"] == first["id"]
    assert int(again["meta"]["versionId"]) > int(first["meta"]["versionId"])
    row = held(w, ALIVE)
    assert row is not None
    assert (row.registration_state, row.left_on, row.registered_on) == ("active", None, NOW.date())


def test_a_registration_that_begins_anew_keeps_what_the_caller_says_nothing_of(w: World, json_caller: Caller) -> None:
    """An interpreter who was asked for once is not sent away by silence."""
    needs: dict[str, Any] = {
        "sex": "female", "language_code": "bn", "preferred_language": "Bengali", "interpreter_required": True,
        "temporary_postcode": "LS1 5HT", "title": "Mrs",
    }  # fmt: skip
    register(json_caller)
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(nhs_number=ALIVE).update(registration_state="left", left_on=NOW.date(), **needs)
    assert register(json_caller, minnie(gender=None)).status_code == 200
    row = held(w, ALIVE)
    assert row is not None
    assert row.registration_state == "active"
    assert {name: getattr(row, name) for name in needs if name != "title"} | {"title": "Mrs"} == needs


@pytest.mark.parametrize(
    "changes",
    [{"registration_state": "deceased", "died_on": LONG_AGO}, {"is_sensitive": True}],
    ids=["died", "protected"],
)
def test_who_died_or_is_protected_here_is_refused(w: World, json_caller: Caller, changes: Body) -> None:
    register(json_caller)
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(nhs_number=ALIVE).update(**changes)
    answer = register(json_caller)
    assert error_of(answer) == DEMOGRAPHICS
    unknown = register(json_caller, minnie(identifier=[{"system": NHS, "value": "9990000034"}]))
    assert why(answer) == why(unknown)  # what is known here alone is not told


# Where the person belongs


def test_it_is_linked_to_the_practices_own_row(w: World, json_caller: Caller) -> None:
    """So that the hub's clinicians can open the record."""
    entries_of(register(json_caller, ash_patient(w)))
    row = held(w, w.patient_of_ash.number)
    assert row is not None
    assert (row.registered_practice_id, row.registered_patient_id) == (w.ash.pk, w.patient_of_ash.pk)
    assert open_record(actor=w.bilal, now=NOW, patient_id=row.pk).patient.id == row.pk


def test_a_practice_here_is_named_even_when_it_shares_no_record(w: World, json_caller: Caller) -> None:
    Party.objects.update(state="inactive")
    load(now=NOW, content=whole().replace(b"A21472", b"A81001"))
    assert register(json_caller).status_code == 200
    row = held(w, ALIVE)
    assert row is not None
    assert (row.registered_practice_id, row.registered_patient_id) == (w.ash.pk, None)


def test_who_is_registered_nowhere_can_come(w: World, json_caller: Caller) -> None:
    person = minnie(identifier=[{"system": NHS, "value": NOWHERE}], birthDate="1977-06-12")
    assert register(json_caller, person).status_code == 200
    row = held(w, NOWHERE)
    assert row is not None
    assert (row.registered_practice_id, row.traced_practice_ods) == (None, "")


def test_the_practices_protection_is_heeded(w: World, json_caller: Caller) -> None:
    """The extract doesn't know, the practice does: nothing is registered."""
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(is_sensitive=True)
        Protection.objects.create(
            organisation=w.ash, patient=w.patient_of_ash, nhs_number=w.patient_of_ash.number,
            birth_date=w.patient_of_ash.birth_date, registered_on=LONG_AGO, is_sensitive=True, dissents_from_sharing=False,
        )  # fmt: skip
    born = w.patient_of_ash.birth_date.strftime("%d/%m/%Y")
    line = f"{w.patient_of_ash.number},{born},,SMITH,Jane,,,,,,,,,,A81001,,,\r\n"
    load(now=NOW, content=whole() + line.encode())
    assert error_of(register(json_caller, ash_patient(w))) == DEMOGRAPHICS
    assert held(w, w.patient_of_ash.number) is None


def test_charlie_registers_nobody_whom_he_may_not_know_of(w: World, json_caller: Caller) -> None:
    switch_on(w.outside)
    assert error_of(register(Caller("C83003"), ash_patient(w))) == DEMOGRAPHICS


def test_a_regular_registration_is_never_made(w: World, json_caller: Caller) -> None:
    switch_on(w.outside)
    assert register(Caller("C83003")).status_code == 200
    with unit_of_work(system_for(w.outside)):
        assert list(Patient.objects.values_list("registration_type", flat=True)) == ["temporary"]


# Services and the record


def test_without_a_demographics_service_nobody_is_registered(w: World, caller: Caller, settings: Any) -> None:
    settings.PDS_DRIVER = "none"
    answer = register(caller)
    assert error_of(answer) == (500, "INTERNAL_SERVER_ERROR")
    assert "demographics" in why(answer)


def test_what_is_on_record(w: World, json_caller: Caller) -> None:
    register(json_caller)
    register(json_caller)
    with unit_of_work(system_for(w.hub)):
        rows = list(AuditEvent.objects.filter(nhs_number=ALIVE).order_by("sequence").values_list("action", "reason"))
    assert rows == [
        ("pds.traced", ""),
        ("patients.temporary-registration-made", ""),
        ("gp-connect.answered", ""),
        ("pds.traced", ""),
        ("gp-connect.refused", "DUPLICATE_REJECTED"),
    ]


def test_how_many_statements_it_takes(w: World, json_caller: Caller, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(40):
        assert register(json_caller).status_code == 200
