"""Find and read practitioners, organisations, locations and patients: both formats, who is found and who is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pcnhub.care.organisations.models import Account, Position, Site
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir.media import Media
from tests.cast import NOW, World, system_for
from tests.entrances.gpconnect.calling import Caller
from tests.entrances.gpconnect.consumer import switch_on
from tests.entrances.gpconnect.oracle import entries_of, error_of, read_of, understood, why

ID = "https://fhir.nhs.uk/Id/"
KINDS = {
    "Patient": ("rest:search:patient-1", ID + "nhs-number"),
    "Practitioner": ("rest:search:practitioner-1", ID + "sds-user-id"),
    "Organization": ("rest:search:organization-1", ID + "ods-organization-code"),
}


def find(caller: Caller, kind: str, value: str) -> Any:
    name, system = KINDS[kind]
    return caller.get(kind, name, query=f"identifier={system}%7C{value}")


def read(caller: Caller, kind: str, id_: object) -> Any:
    return caller.get(f"{kind}/{id_}", f"rest:read:{kind.lower()}-1")


@pytest.fixture
def caller(w: World, media: Media) -> Caller:
    return Caller(media=media)


@pytest.fixture
def bilal(w: World) -> Account:
    account = Account.objects.get(pk=w.bilal.account_id or 0)
    account.sds_user_id = "G13579135"
    account.save(update_fields=["sds_user_id"])
    return account


def jane(w: World, **changes: object) -> Patient:
    """The hub's temporary registration of Ash Lane's patient, changed so."""
    held = register_temporarily(actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk)
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=held.patient_id).update(**changes or {"title": "MRS"})
        return Patient.objects.get(pk=held.patient_id)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (400, "BAD_REQUEST")),
        ("Identifier={s}%7C{v}", (400, "BAD_REQUEST")),
        ("identifiers={s}%7C{v}", (400, "BAD_REQUEST")),
        ("identifier={s}%7C{v}&identifier={s}%7C{v}", (400, "BAD_REQUEST")),
        ("identifier=", (422, "INVALID_PARAMETER")),
        ("identifier={v}", (422, "INVALID_PARAMETER")),
        ("identifier=%7C{v}", (422, "INVALID_PARAMETER")),
        ("identifier={s}%7C", (422, "INVALID_PARAMETER")),
        ("identifier={s}%7C%20", (422, "INVALID_PARAMETER")),
        ("identifier={s}", (422, "INVALID_PARAMETER")),
        ("identifier=https://fhir.nhs.uk/Id/other%7C{v}", (400, "INVALID_IDENTIFIER_SYSTEM")),
    ],
)
def test_how_one_may_not_search(hub: object, media: Media, kind: str, query: str, expected: tuple[int, str]) -> None:
    name, system = KINDS[kind]
    asked = query.format(s=system, v="9434765919")
    assert error_of(Caller(media=media).get(kind, name, query=asked)) == expected


def test_a_value_that_cannot_be_one(hub: object) -> None:
    assert error_of(find(Caller(), "Practitioner", "a;b")) == (400, "INVALID_IDENTIFIER_VALUE")
    assert error_of(find(Caller(), "Organization", "A8-1001")) == (400, "INVALID_IDENTIFIER_VALUE")
    for wrong in ("9434765910", "943476591", "94347659190", "943 476 5919", "abcdefghij", "0000000000"):
        assert error_of(find(Caller(), "Patient", wrong)) == (400, "INVALID_NHS_NUMBER")


# Practitioners


def test_a_practitioner_is_found_and_read(w: World, caller: Caller, bilal: Account) -> None:
    Position.objects.filter(account=bilal).update(sds_role_profile_id="100000000001")
    bilal.refresh_from_db()
    [found] = entries_of(find(caller, "Practitioner", "G13579135"))
    assert found == read_of(read(caller, "Practitioner", bilal.pk), "CareConnect-GPC-Practitioner-1")
    assert found["identifier"] == [
        {"system": ID + "sds-user-id", "value": "G13579135"},
        {"system": ID + "sds-role-profile-id", "value": "100000000001"},
    ]
    assert found["name"] == [{"use": "official", "family": "Cast", "given": ["Bilal"]}]
    assert not {"telecom", "address", "birthDate", "photo", "qualification", "gender"} & found.keys()
    Account.objects.filter(pk=bilal.pk).update(title="Dr", gender="male")
    [found] = entries_of(find(caller, "Practitioner", "G13579135"))
    assert (found["name"][0]["prefix"], found["gender"]) == (["Dr"], "male")


def test_an_unknown_practitioner_is_not_found(w: World, caller: Caller, bilal: Account) -> None:
    assert entries_of(find(caller, "Practitioner", "UNKNOWN")) == []
    assert error_of(read(caller, "Practitioner", 10**9)) == (404, "PRACTITIONER_NOT_FOUND")


def test_practitioners_of_another_organisation_are_not_found(w: World, bilal: Account) -> None:
    switch_on(w.outside)
    outside = Caller("C83003")
    assert entries_of(find(outside, "Practitioner", "G13579135")) == []
    assert error_of(read(outside, "Practitioner", bilal.pk)) == (404, "PRACTITIONER_NOT_FOUND")
    assert error_of(read(Caller(), "Practitioner", w.charlie.account_id)) == (404, "PRACTITIONER_NOT_FOUND")


def test_who_left_is_read_but_no_longer_found(w: World, bilal: Account) -> None:
    Position.objects.filter(account=bilal).update(ends_on=date(2026, 11, 1))
    assert entries_of(find(Caller(), "Practitioner", "G13579135")) == []
    assert read(Caller(), "Practitioner", bilal.pk).status_code == 200


def test_a_version_moves_when_what_is_told_changes(w: World, bilal: Account) -> None:
    def version() -> int:
        return int(read(Caller(), "Practitioner", bilal.pk).headers["ETag"].removeprefix('W/"').removesuffix('"'))

    seen = [version()]
    Account.objects.filter(pk=bilal.pk).update(last_login=NOW)
    assert version() == seen[0]
    changes: tuple[Callable[[], object], ...] = (
        lambda: Account.objects.filter(pk=bilal.pk).update(family_name="Khan"),
        lambda: Position.objects.filter(account=bilal).update(sds_role_profile_id="1"),
        lambda: Position.objects.filter(account=bilal).update(sds_role_profile_id=""),
    )
    for change in changes:
        change()
        seen.append(version())
    assert seen == sorted(set(seen))


# Organisations and locations


def test_the_organisation_is_found_and_read(w: World, caller: Caller) -> None:
    [found] = entries_of(find(caller, "Organization", "Y07108"))
    assert found == read_of(read(caller, "Organization", w.hub.pk), "CareConnect-GPC-Organization-1")
    assert found["identifier"] == [{"system": ID + "ods-organization-code", "value": "Y07108"}]
    assert found["name"] == w.hub.name
    assert not {"contact", "endpoint"} & found.keys()


def test_no_other_organisation_is_told_of(w: World, caller: Caller) -> None:
    for code in ("A81001", "C83003", "y07108", "unknownORG"):
        assert entries_of(find(caller, "Organization", code)) == []
    assert error_of(read(caller, "Organization", w.ash.pk)) == (404, "ORGANISATION_NOT_FOUND")


def test_a_location_is_read(w: World, caller: Caller) -> None:
    Site.objects.filter(pk=w.site.pk).update(phone="01724 000000", closed_on=date(2026, 1, 1))
    found = read_of(read(caller, "Location", w.site.pk), "CareConnect-GPC-Location-1")
    assert found["name"] == w.site.name
    assert found["address"]["postalCode"] == w.site.postcode
    assert found["address"]["line"] == w.site.address_lines
    assert found["telecom"] == [{"system": "phone", "value": "01724 000000", "use": "work"}]
    assert found["managingOrganization"] == {"reference": f"Organization/{w.hub.pk}"}
    assert "endpoint" not in found


def test_a_location_of_another_organisation_is_not_found(w: World) -> None:
    switch_on(w.outside)
    assert error_of(read(Caller("C83003"), "Location", w.site.pk)) == (404, "NO_RECORD_FOUND")


# Patients


def test_a_patient_is_found_and_read(w: World, caller: Caller) -> None:
    held = jane(
        w, title="MRS", home_phone="01724 1", mobile_phone="07700 900001", email="jane@example.org",
        address_lines=["1 High Street", "Scunthorpe"], postcode="DN16 3LQ", preferred_language="Bengali",
        language_code="bn", interpreter_required=False,
    )  # fmt: skip
    [found] = entries_of(find(caller, "Patient", held.number))
    assert found == read_of(read(caller, "Patient", held.pk), "CareConnect-GPC-Patient-1")
    [identifier] = found["identifier"]
    assert (identifier["system"], identifier["value"]) == (ID + "nhs-number", held.number)
    [verification] = identifier["extension"]
    assert verification["valueCodeableConcept"]["coding"] == [
        {
            "system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1",
            "code": "01",
            "display": "Number present and verified",
        }
    ]
    [name] = found["name"]
    assert (name["use"], name["family"], name["given"], name["prefix"]) == ("official", "Smith", ["Jane"], ["MRS"])
    assert (found["birthDate"], found["gender"]) == (held.birth_date.isoformat(), held.sex)
    assert all({"system", "value", "use"} <= each.keys() for each in found["telecom"])
    assert len(found["telecom"]) == 3
    assert [each["use"] for each in found["address"]] == ["home"]
    assert found["managingOrganization"] == {"reference": f"Organization/{w.hub.pk}"}
    registration, communication = found["extension"]
    assert registration["url"].endswith("/Extension-CareConnect-GPC-RegistrationDetails-1")
    parts = {each["url"]: each for each in registration["extension"]}
    assert parts.keys() == {"registrationPeriod", "registrationType"}
    assert parts["registrationType"]["valueCodeableConcept"]["coding"] == [
        {
            "system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-RegistrationType-1",
            "code": "T",
            "display": "Temporary",
        }
    ]
    assert communication["url"].endswith("/Extension-CareConnect-GPC-NHSCommunication-1")
    forbidden = {"maritalStatus", "multipleBirthBoolean", "multipleBirthInteger", "contact", "text", "communication"}
    assert not forbidden & found.keys()


def test_a_practice_tells_of_its_own_patients(w: World) -> None:
    [found] = entries_of(find(Caller("A81001"), "Patient", w.patient_of_ash.number))
    assert found["id"] == str(w.patient_of_ash.pk)
    assert found["extension"][0]["extension"][1]["valueCodeableConcept"]["coding"][0]["code"] == "R"


HIDDEN: dict[str, dict[str, Any]] = {
    "left": {"registration_state": "left", "left_on": date(2026, 1, 1)},
    "died": {"registration_state": "deceased", "died_on": date(2026, 1, 1)},
    "protected": {"is_sensitive": True},
}


@pytest.mark.parametrize("why_hidden", HIDDEN)
def test_who_left_died_or_is_protected_is_not_found(w: World, caller: Caller, why_hidden: str) -> None:
    """In the same words as who was never there."""
    held = jane(w, **HIDDEN[why_hidden])
    assert entries_of(find(caller, "Patient", held.number)) == []
    answer, nobody = read(caller, "Patient", held.pk), read(caller, "Patient", 10**9)
    assert error_of(answer) == error_of(nobody) == (404, "PATIENT_NOT_FOUND")
    assert why(answer) == why(nobody)


def test_an_objection_to_sharing_the_record_hides_nobody(w: World, caller: Caller) -> None:
    held = jane(w, dissents_from_sharing=True)
    assert len(entries_of(find(caller, "Patient", held.number))) == 1


def test_patients_of_other_organisations_are_not_found(w: World, caller: Caller) -> None:
    """The hub may read Ash Lane's row under the care record agreement, and yet tells nobody of it; Charlie gets nothing."""
    switch_on(w.outside)
    held = jane(w)
    for other in (w.patient_of_ash, w.patient_of_birch):
        assert error_of(read(caller, "Patient", other.pk)) == (404, "PATIENT_NOT_FOUND")
    outside = Caller("C83003", acting_for="C83003")
    assert error_of(read(outside, "Patient", held.pk)) == (404, "PATIENT_NOT_FOUND")
    assert entries_of(find(outside, "Patient", held.number)) == []
    assert entries_of(find(caller, "Patient", w.patient_of_birch.number)) == []


def test_temporary_contact_details_come_with_their_end(w: World, caller: Caller) -> None:
    held = jane(
        w, temporary_address_lines=["2 Low Street"], temporary_postcode="DN1 1AA", temporary_phone="07700 900002",
        temporary_contact_ends_on=date(2027, 2, 22),
    )  # fmt: skip
    found = understood(read(caller, "Patient", held.pk))
    temporary = [each for each in (*found["address"], *found["telecom"]) if each["use"] == "temp"]
    assert [each["period"]["end"] for each in temporary] == ["2027-02-22", "2027-02-22"]


@pytest.mark.parametrize(
    ("ask", "statements"),
    [
        (lambda w: find(Caller(), "Patient", w.patient_of_ash.number), 13),
        (lambda w: read(Caller(), "Practitioner", w.bilal.account_id), 6),
        (lambda _: find(Caller(), "Organization", "Y07108"), 6),
        (lambda w: read(Caller(), "Location", w.site.pk), 6),
        (lambda _: Caller().get("metadata", "rest:read:metadata-1"), 5),
    ],
)
def test_how_many_statements_a_call_takes(
    w: World, ask: Callable[[World], Any], statements: int, django_assert_max_num_queries: Any
) -> None:
    jane(w)
    with django_assert_max_num_queries(statements + 2):  # the test's own savepoint around the unit of work
        assert ask(w).status_code == 200
