"""A record at a practice on another system: shown when it is surely the patient's, never kept, and every gap named."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import httpx
import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.records.models import FiledConsultation, Item, SectionCoverage
from pcnhub.care.records.queries import (
    PermissionToViewNeeded,
    PermissionToViewRefused,
    RecordWithheld,
    SectionState,
    open_record,
)
from pcnhub.care.records.rules import PermissionAnswer, Section
from pcnhub.connections.gpconnect import structured
from pcnhub.connections.gpconnect.client import URN
from pcnhub.connections.gpconnect.structured import Fetched
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from tests.cast import NOW, World
from tests.connections.gpconnect import remote
from tests.connections.gpconnect.remote import (
    ACTIVE,
    ENDED,
    MEDICATION,
    Clinic,
    Remote,
    allergy,
    bundle,
    listed,
    refusal,
)
from tests.connections.gpconnect.wire import Wire
from tests.entrances.gpconnect import records

ALLERGIES = 0


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Remote:
    made = Remote(remote.nothing_recorded())
    monkeypatch.setattr("pcnhub.connections.gpconnect.client._http", lambda _: httpx.Client(transport=made))
    return made


@pytest.fixture
def clinic(w: World, far: Remote) -> Clinic:
    return Clinic(w)


def states(found: Fetched) -> list[str]:
    return [each.state.value for each in found.sections]


def test_what_is_asked_and_by_whom(clinic: Clinic, far: Remote) -> None:
    assert states(clinic.fetch()) == ["empty", "empty"]
    (request,) = far.requests
    assert str(request.url) == f"https://far.example/{remote.ODS}/STU3/1/gpconnect/Patient/$gpc.getstructuredrecord"
    assert request.headers["Ssp-InteractionID"] == URN + remote.INTERACTION
    assert (request.headers["Ssp-From"], request.headers["Ssp-To"]) == ("200000000360", "918999198739")
    assert request.headers["Accept"] == "application/fhir+json"
    claims = json.loads(base64.urlsafe_b64decode(request.headers["Authorization"].split(".")[1] + "==="))
    assert claims["requested_scope"] == "patient/*.read"
    assert claims["requesting_practitioner"]["name"][0]["given"] == ["Bilal"]
    assert claims["requesting_organization"]["name"] == clinic.w.hub.name
    assert json.loads(request.content) == {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "patientNHSNumber", "valueIdentifier": {"system": remote.NHS_NUMBER, "value": remote.NUMBER}},
            {"name": "includeAllergies", "part": [{"name": "includeResolvedAllergies", "valueBoolean": True}]},
            {"name": "includeMedication", "part": [{"name": "includePrescriptionIssues", "valueBoolean": False}]},
        ],
    }


def test_what_came_is_shown_and_nothing_of_it_is_kept(
    clinic: Clinic, far: Remote, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ended = allergy("Allergy to latex", clinicalStatus="resolved") | {"id": "e"}
    far.answer = bundle(
        listed(
            ACTIVE, "AllergyIntolerance/a", warning="confidential-items", said="Items excluded due to confidentiality."
        ),
        allergy("<script>alert(1)</script> nuts"),
        {**listed(ENDED, "#e"), "contained": [ended]},
        listed(MEDICATION, warning="data-in-transit", said="Patient record transfer not yet complete."),
    )
    allergies, medication = clinic.fetch().sections
    assert [item.term for item in allergies.current] == ["<script>alert(1)</script> nuts"]
    assert [item.term for item in allergies.past] == ["Allergy to latex"]
    assert [caution.text for caution in allergies.warnings] == ["Items excluded due to confidentiality."]
    assert [caution.code for caution in medication.warnings] == ["data-in-transit"]
    with unit_of_work(clinic.w.bilal):
        assert not any(model.objects.exists() for model in (Item, SectionCoverage, FiledConsultation))
    said = clinic.audited()[-1]
    assert said.action == "records.opened-elsewhere"
    assert medication.state is SectionState.NOT_HELD  # empty, but incomplete: no "none"
    assert json.loads(said.detail)["sections"] == ["allergies"]
    assert "nuts" not in str([vars(each) for each in clinic.audited()])
    assert not any(word in caplog.text for word in (remote.NUMBER, "O'Neill", "nuts"))


STRANGERS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"identifier": [{"system": remote.NHS_NUMBER, "value": "9000000009"}]}, "NHS number"),
    ({"identifier": []}, "NHS number"),
    ({"birthDate": "1990-01-02"}, "Date of birth"),
    ({"birthDate": "1990"}, "Date of birth"),
    ({"name": [{"family": "O'Neill", "given": ["Sarah"]}]}, "Given name"),
    ({"name": [{"family": "Smith", "given": ["Zoë"]}]}, "Family name"),
    ({"name": []}, "Family name"),
)


def test_another_persons_record_shows_nothing_clinical(clinic: Clinic, far: Remote) -> None:
    for them, field in STRANGERS:
        far.answer = bundle(listed(ACTIVE, "AllergyIntolerance/a"), allergy(), of=remote.person(**them))
        found = clinic.fetch()
        assert found.is_another_person, them
        said = found.why.message if found.why else ""
        assert field in said
        assert states(found) == ["refused", "refused"]
        assert not any(each.items for each in found.sections)
        assert not any(word in said for word in ("Smith", "Sarah", "9000000009"))
    assert json.loads(clinic.audited()[-1].detail)["why"] == "gp-connect-another-person"


def test_without_the_cross_check_it_would_be_shown(
    clinic: Clinic, far: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: it is this check, and no other, that keeps a stranger's allergies away."""
    monkeypatch.setattr(structured, "mismatches", lambda *_: ())
    far.answer = bundle(listed(ACTIVE, "AllergyIntolerance/a"), allergy(), of=remote.person(birthDate="1950-01-01"))
    assert clinic.fetch().sections[ALLERGIES].current


def test_two_patients_in_one_answer_are_nobody(clinic: Clinic, far: Remote) -> None:
    far.answer = bundle(remote.person(id="q"), allergy())
    assert clinic.fetch().is_another_person


def test_a_gender_that_differs_is_said_and_does_not_block(clinic: Clinic, far: Remote) -> None:
    far.answer = bundle(listed(ACTIVE), listed(ENDED), listed(MEDICATION), of=remote.person(gender="male"))
    found = clinic.fetch()
    assert found.why is None
    assert "different genders" in found.notes[0]


GAPS: tuple[tuple[list[dict[str, Any]], str, str], ...] = (
    ([], "not-held", "did not send its list of allergies"),
    ([listed(ACTIVE, empty=False)], "not-held", "without a reason"),
    ([listed(ACTIVE, "AllergyIntolerance/gone")], "not-held", "could not be shown"),
    ([allergy()], "shown", "There may be more"),
    ([listed(ACTIVE)], "empty", "“Information not available”"),
)


def test_missing_allergies_never_read_as_none(clinic: Clinic, far: Remote) -> None:
    for resources, state, words in GAPS:
        far.answer = bundle(*resources)
        section = clinic.fetch().sections[ALLERGIES]
        assert section.state.value == state
        assert words in section.notice
        assert "ended-missing" in [each.code for each in section.warnings]


def test_a_parameter_that_was_not_understood_is_a_warning_of_its_section(clinic: Clinic, far: Remote) -> None:
    words = "includeMedication.includePrescriptionIssues is an unrecognised parameter"
    issue = {
        "severity": "warning", "code": "not-supported", "details": {"text": words},
        "diagnostics": "includeMedication.includePrescriptionIssues",
    }  # fmt: skip
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    far.answer = bundle(listed(ACTIVE), listed(ENDED), listed(MEDICATION), outcome)
    allergies, medication = clinic.fetch().sections
    assert not allergies.warnings
    assert words in medication.warnings[0].text


NOES = (
    (403, "NO_PATIENT_CONSENT", "not to share the record"),
    (404, "PATIENT_NOT_FOUND", "not regularly registered there"),
    (403, "ACCESS_DENIED", "not switched on"),
    (403, "ACCESS DENIED", "not switched on"),
    (400, "INVALID_NHS_NUMBER", "can't be used"),
    (422, "INVALID_PARAMETER", "as it was put"),
    (403, "FOT_CHECK_FAILED_1", "national agreement"),
    (404, "", "They said no."),
)


def test_a_refusal_is_said_in_plain_words(clinic: Clinic, far: Remote) -> None:
    for status, code, words in NOES:
        far.answer = refusal(status, code)
        found = clinic.fetch()
        assert found.why is not None
        assert words in found.why.message
        assert found.why.remedy
        assert states(found) == ["refused", "refused"]
        assert not found.may_try_again


def cut(request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("cut", request=request)


def slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


SILENCES: tuple[Any, ...] = (
    cut, slow, refusal(500, "INTERNAL_SERVER_ERROR"), refusal(502, "502"), refusal(429, ""), b"<html>Sign in</html>",
    b"", b'{"resourceType": "Bundle", "resourceType": "Bundle"}', b"[" * 100_000, b'{"resourceType": "OperationOutcome"}',
    json.dumps(bundle(allergy())).encode()[:-40], json.dumps(bundle(allergy("\ud800"))).encode(),
)  # fmt: skip


def test_no_answer_or_nonsense_is_not_known_and_may_be_tried_again(clinic: Clinic, far: Remote) -> None:
    for answer in SILENCES:
        far.answer = answer
        found = clinic.fetch()
        assert states(found) == ["not-held", "not-held"]
        assert all("says nothing about the patient" in each.notice for each in found.sections)
        assert found.may_try_again
    assert clinic.audited()[-1].action == "records.opening-elsewhere-failed"


def test_nobody_is_asked_without_the_patient_or_against_them(w: World, far: Remote) -> None:
    clinic = Clinic(w, asked=False)
    with pytest.raises(PermissionToViewNeeded):
        clinic.fetch()
    clinic.says(PermissionAnswer.REFUSED)
    with pytest.raises(PermissionToViewRefused):
        clinic.fetch()
    clinic.says(PermissionAnswer.OVERRIDDEN, reason="Unconscious")
    assert clinic.fetch().why is None
    clinic.changed(dissents_from_sharing=True)
    with pytest.raises(RecordWithheld):
        clinic.fetch()
    assert len(far.requests) == 1


def test_charlie_reception_and_the_protected_get_nothing_asked(clinic: Clinic, far: Remote) -> None:
    with pytest.raises(NotFound):
        clinic.fetch(clinic.w.charlie)
    with pytest.raises(NotPermitted):
        clinic.fetch(clinic.w.carys)
    clinic.changed(is_sensitive=True)
    with pytest.raises(NotFound):
        clinic.fetch()
    assert not far.requests


def test_a_practice_without_a_line_is_named_and_nothing_is_sent(w: World, far: Remote) -> None:
    clinic = Clinic(w, lines=False)
    found = clinic.fetch()
    assert found.why is not None
    assert found.why.code == "gp-connect-not-configured"
    assert states(found) == ["not-held", "not-held"]
    assert not far.requests


def test_a_practice_that_keeps_its_record_here_is_never_asked_elsewhere(clinic: Clinic, far: Remote) -> None:
    clinic.line(clinic.w.ash.ods_code, "https://far.example/A81001/STU3/1/gpconnect")
    clinic.changed(traced_practice_ods=None, registered_practice_id=clinic.w.ash.pk)
    with pytest.raises(NotFound):
        clinic.fetch()
    assert open_record(actor=clinic.w.bilal, now=NOW, patient_id=clinic.patient_id).elsewhere is None
    Organisation.objects.filter(pk=clinic.w.ash.pk).update(system="EMIS")
    clinic.says(PermissionAnswer.GIVEN)  # the answer about one practice is none about another
    assert clinic.fetch().why is None
    assert len(far.requests) == 1


def test_the_page_of_the_record_names_what_is_elsewhere_and_what_is_nowhere(clinic: Clinic) -> None:
    view = open_record(actor=clinic.w.bilal, now=NOW, patient_id=clinic.patient_id)
    assert view.section(Section.ALLERGIES).state is SectionState.ELSEWHERE
    assert view.section(Section.PROBLEMS).state is SectionState.NOT_HELD
    assert view.kept_by == f"Practice {remote.ODS}"


@pytest.mark.skipif(
    not records.EXAMPLES.is_dir(), reason="the published examples (../shared/data/gpconnect) are not here"
)
def test_the_published_examples(clinic: Clinic, far: Remote) -> None:
    def answered(name: str) -> Fetched:
        """The number in them is none that may be used."""
        written = (records.EXAMPLES / f"{name}.json").read_text().replace("9999999999", remote.NUMBER)
        far.answer = json.loads(written)
        return clinic.fetch()

    assert answered("allergies_response1").is_another_person
    clinic.changed(given_name="Jane", family_name="Jackson", birth_date="1952-05-31")
    for name, current, past, missing in (
        ("allergies_response1", 3, 1, "medication"),
        ("allergies_response3", 0, 0, "medication"),
        ("meds_response", 0, 0, "allergies"),
    ):
        found = {each.section.value: each for each in answered(name).sections}
        assert (len(found["allergies"].current), len(found["allergies"].past)) == (current, past)
        assert found[missing].state is SectionState.NOT_HELD


def test_our_own_provider_answers_our_own_consumer(w: World, wire: Wire) -> None:
    """Ash Lane keeps its record here; a hub on another installation would ask it like this."""
    from tests.entrances.gpconnect.consumer import switch_on

    switch_on(w.ash)
    content = bundle(
        listed(ACTIVE, "AllergyIntolerance/a"), allergy(), listed(ENDED), listed(MEDICATION),
        of=remote.person(identifier=[{"system": remote.NHS_NUMBER, "value": "9000000009"}], birthDate="1980-04-12"),
    )  # fmt: skip
    records.bring_in(w.ash, content)
    clinic = Clinic(w, asked=False, lines=False)
    clinic.line("F86001", f"https://hub.example/{w.ash.ods_code}/STU3/1/gpconnect/structured")
    clinic.changed(nhs_number="9000000009", given_name="Jane", family_name="Smith", birth_date="1980-04-12")
    clinic.says(PermissionAnswer.GIVEN)
    found = clinic.fetch()
    assert found.why is None, found.why
    assert [item.term for item in found.sections[ALLERGIES].current] == ["Allergy to penicillin"]
    assert found.sections[1].state is SectionState.EMPTY
