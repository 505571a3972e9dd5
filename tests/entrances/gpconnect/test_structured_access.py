"""Whose record is given and to whom, and that each question stands on record. A guard is proved by its opposite."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.records.models import Item
from pcnhub.care.records.queries import record_to_give
from pcnhub.care.records.rules import Section
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir.media import Media
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, system_for
from tests.entrances.gpconnect import records
from tests.entrances.gpconnect.consumer import Consumer, switch_on
from tests.entrances.gpconnect.records import allergies, ask, given, medication, of, question

NUMBER = "9000000009"
NOT_FOUND = (404, "PATIENT_NOT_FOUND")
BOTH = question(NUMBER, allergies(), medication())


@pytest.fixture
def caller(w: World) -> Consumer:
    records.bring_in(w.ash, records.source(w, records.an_allergy(), records.a_list(records.ALLERGIES)))
    return Consumer(w.ash.ods_code, ods_code="Y99999", name="Far Hub")


def become(w: World, **change: Any) -> None:
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"is_sensitive": True},
        {"is_sensitive": True, "dissents_from_sharing": True},
        {"registration_state": "left", "left_on": date(2026, 11, 1)},
        {"registration_state": "left", "left_on": date(2026, 11, 1), "dissents_from_sharing": True},
        {"died_on": date(2026, 11, 1)},
        {"registration_type": "temporary", "traced_practice_ods": "B82002"},
    ],
)
def test_who_is_not_an_active_regular_patient_is_not_found(w: World, caller: Consumer, change: dict[str, Any]) -> None:
    """In the same words as somebody who was never there: nobody learns of the protection, or of the objection."""
    assert ask(caller, BOTH).status == 200
    become(w, **change)
    refused = ask(caller, BOTH)
    assert refused.outcome == NOT_FOUND
    assert refused.body == ask(caller, question("9000000033", allergies(), medication())).body


def test_who_objects_to_sharing_is_refused_as_such(w: World, caller: Consumer) -> None:
    become(w, dissents_from_sharing=True)
    assert ask(caller, BOTH).outcome == (403, "NO_PATIENT_CONSENT")
    assert ask(caller, question(NUMBER)).outcome == (403, "NO_PATIENT_CONSENT")


def test_a_hub_never_gives_the_record_of_who_is_temporary_there(w: World, caller: Consumer) -> None:
    """The consequence for the hub (gpconnect 4.1): the practice answers for its patient, the hub does not."""
    switch_on(w.hub)
    register_temporarily(actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk)
    at_hub = Consumer(w.hub.ods_code, ods_code="Y99999", name="Far Hub")
    assert ask(at_hub, BOTH).outcome == NOT_FOUND
    # the negative control: the same person, asked for where they are registered, is given
    assert of(given(caller, BOTH), "AllergyIntolerance")


def test_charlie_is_asked_in_vain(w: World, caller: Consumer) -> None:
    """Outside Surgery's own root knows nobody of Ash Lane; and row security holds beneath the query."""
    switch_on(w.outside)
    assert ask(Consumer(w.outside.ods_code), BOTH).outcome == NOT_FOUND
    with pytest.raises(NotFound):
        record_to_give(actor=w.charlie, now=NOW, nhs_number=NUMBER, sections=list(Section))
    with unit_of_work(w.charlie):
        assert not Item.objects.exists()
    with unit_of_work(system_for(w.ash)):
        assert Item.objects.count() == 1


def test_the_query_asks_the_gate(w: World, caller: Consumer) -> None:
    with pytest.raises(NotPermitted):
        record_to_give(actor=w.ada, now=NOW, nhs_number=NUMBER, sections=[Section.ALLERGIES])
    assert record_to_give(actor=w.farah, now=NOW, nhs_number=NUMBER, sections=[]).sections == {}
    become(w, dissents_from_sharing=True)
    with pytest.raises(NotShared) as refusal:
        record_to_give(actor=w.farah, now=NOW, nhs_number=NUMBER, sections=[])
    assert refusal.value.code == "patient-dissents"


def test_each_question_is_on_record_with_who_asked_for_whom(w: World, caller: Consumer) -> None:
    assert ask(caller, BOTH).status == 200
    become(w, dissents_from_sharing=True)
    ask(caller, BOTH)
    ask(caller, question("9000000033"))
    with unit_of_work(system_for(w.ash)):
        rows = list(
            AuditEvent.objects.filter(organisation_id=w.ash.pk, user__startswith="gpconnect:").order_by("sequence")
        )
    opened, gave, answered, refused, unknown = rows
    assert {(row.user, row.user_name) for row in rows} == {
        ("gpconnect:Y99999:111122223333", "Ada Receptionist, Far Hub")
    }
    assert [row.action for row in rows] == [
        "patients.opened", "records.given", "gp-connect.answered", "gp-connect.refused", "gp-connect.refused",
    ]  # fmt: skip
    assert (gave.patient_id, gave.nhs_number, gave.origin) == (w.patient_of_ash.pk, NUMBER, "gp-connect Y99999")
    assert json.loads(gave.detail) == {"sections": ["allergies", "medication"]}
    assert (answered.patient_id, answered.nhs_number) == (w.patient_of_ash.pk, NUMBER)
    assert json.loads(answered.detail)["interaction"].endswith("operation:gpc.getstructuredrecord-1")
    assert (refused.reason, refused.nhs_number) == ("NO_PATIENT_CONSENT", NUMBER)
    assert (unknown.reason, unknown.nhs_number) == ("PATIENT_NOT_FOUND", "9000000033")
    assert "penicillin" not in "".join(row.detail for row in rows)
    assert opened.patient_id == w.patient_of_ash.pk


def test_no_other_call_may_see_a_record(w: World) -> None:
    """Only the structured interaction acts with the permission to view one."""
    from pcnhub.care.organisations.rules import Permission
    from pcnhub.entrances.api.gpconnect import record

    assert Permission.VIEW_RECORD not in record.PERMISSIONS
    assert Permission.BOOK_APPOINTMENTS not in record.PERMISSIONS_OF_RECORD


def test_what_is_in_error_or_confidential_in_part_is_left_out_and_what_is_odd_keeps_nothing_back(w: World) -> None:
    unnamed = {"resourceType": "Practitioner", "id": "none", "name": [{"family": "", "given": [""], "prefix": [" "]}],
               "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "G1\u0001"}]}  # fmt: skip
    repeat = records.typed("repeat", "Repeat")
    odd = records.a_medicine("odd", "Aspirin", repeat)
    odd[1]["extension"].append({
        "url": records.EXTENSION + "MedicationRepeatInformation-1",
        "extension": [{"url": "numberOfRepeatPrescriptionsIssued", "valueUnsignedInt": "1.5"}],
    })  # fmt: skip
    odd[1]["recorder"] = {"reference": "Practitioner/none"}
    odd[2]["status"] = "entered-in-error"
    secret = records.a_medicine("secret", "Methadone", repeat)
    secret[1]["meta"] = {"security": [{"code": "R"}]}
    wrong = records.an_allergy("a2", verificationStatus="entered-in-error")
    records.bring_in(w.ash, records.source(w, unnamed, wrong, *odd, *secret))
    for media in Media:
        assert ask(Consumer(w.ash.ods_code, media=media), BOTH).status == 200
    found = given(Consumer(w.ash.ods_code), BOTH)
    assert not of(found, "AllergyIntolerance")
    assert [each["intent"] for each in of(found, "MedicationRequest")] == ["plan"]
    assert [each["code"]["coding"][0]["display"] for each in of(found, "Medication")] == ["Aspirin"]
    warned = records.the_list(found, records.MEDICATION)["extension"]
    assert [each["valueCode"] for each in warned] == ["confidential-items"]
