"""A record: brought in once, filed into once a version, opened under an agreement, with every gap named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import ProgrammingError, transaction

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.patients.queries import who_saw
from pcnhub.care.records.models import FiledConsultation, Item, SectionCoverage
from pcnhub.care.records.operations import (
    RecordImport,
    UnknownPatient,
    WrongPatient,
    file_consultation,
    import_extract,
    import_items,
)
from pcnhub.care.records.operations.importing import OlderThanHeld
from pcnhub.care.records.queries import RecordView, SectionState, open_record
from pcnhub.care.records.rules import (
    CONFIDENTIAL,
    Caution,
    Coverage,
    Extract,
    Filing,
    ItemKind,
    NewConsultation,
    NewItem,
    Passage,
    Receipt,
    Section,
)
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, world

pytestmark = pytest.mark.django_db

PENICILLIN = NewItem(ItemKind.ALLERGY, "Allergy to penicillin", "a1", code="91936005", status="active")
ASTHMA = NewItem(ItemKind.PROBLEM, "Asthma", "p1", starts_on=date(2001, 2, 3), status="active")
SECRET = NewItem(ItemKind.PROBLEM, "Told in confidence", "p2", is_confidential=True)
VISIT = NewConsultation(
    "c1", "GP surgery", datetime(2026, 1, 5, 9, tzinfo=UTC), "Dr Old", sections=(Passage("History", "Cough"),)
)
FILING = Filing(
    "consultation:7", 1, NOW, "Bilal Cast", "General Medical Practitioner", "Riverside Health Centre",
    (Passage("History", "Sore throat"),), outcome="Treated",
)  # fmt: skip


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def at_hub(cast: World) -> int:
    """Jane's temporary registration."""
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def bring_in(cast: World) -> None:
    import_items(
        actor=cast.dilys, now=NOW, patient_id=cast.patient_of_ash.pk, items=[PENICILLIN, ASTHMA, SECRET], consultations=[VISIT],
        coverage=[
            Coverage(Section.ALLERGIES), Coverage(Section.PROBLEMS), Coverage(Section.CONSULTATIONS),
            Coverage(Section.MEDICATION, warnings=(Caution("data-in-transit", "May be missing."),)),
        ],
    )  # fmt: skip


def opened(cast: World, actor: Actor, patient_id: int) -> RecordView:
    return open_record(actor=actor, now=NOW, patient_id=patient_id)


def file(cast: World, filing: Filing = FILING, actor: Actor | None = None) -> Receipt:
    return file_consultation(
        actor=actor or cast.bilal,
        now=NOW,
        target_organisation_id=cast.ash.pk,
        target_patient_id=cast.patient_of_ash.pk,
        filing=filing,
    )


def deactivate(cast: World, kind: AgreementKind) -> None:
    Party.objects.filter(agreement=cast.agreements[kind], organisation=cast.ash).update(state=ActivationState.INACTIVE)


def test_the_same_source_twice_changes_nothing_and_a_change_is_taken_over(cast: World) -> None:
    def bring(items: list[NewItem], consultations: list[NewConsultation]) -> RecordImport:
        patient_id = cast.patient_of_ash.pk
        return import_items(actor=cast.dilys, now=NOW, patient_id=patient_id, items=items, consultations=consultations)

    first = bring([PENICILLIN, ASTHMA], [VISIT])
    assert (first.created, first.changed, first.unchanged) == (3, 0, 0)
    again = bring([PENICILLIN, ASTHMA], [VISIT])
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)
    ended = replace(ASTHMA, status="inactive", ends_on=date(2020, 1, 1))
    assert bring([ended], []).changed == 1
    problems = opened(cast, cast.farah, cast.patient_of_ash.pk).section(Section.PROBLEMS)
    assert [item.term for item in problems.past] == ["Asthma"]


def test_a_section_that_an_import_does_not_speak_of_stays_as_old_as_it_was(cast: World) -> None:
    secret = replace(PENICILLIN, source_key="a2", is_confidential=True)
    warned = Coverage(Section.ALLERGIES, NOW - timedelta(days=9), (Caution("data-in-transit", "May be missing."),))
    first = Extract("9000000009", date(1980, 4, 12), items=(secret,), coverage=(warned,))
    import_extract(actor=cast.dilys, now=NOW, extract=first)
    only_problems = replace(first, items=(ASTHMA,), coverage=(Coverage(Section.PROBLEMS, NOW),))
    import_extract(actor=cast.dilys, now=NOW, extract=only_problems)
    with unit_of_work(cast.dilys):
        row = SectionCoverage.objects.get(section=Section.ALLERGIES)
    assert (row.as_of, [each["code"] for each in row.warnings]) == (warned.as_of, ["data-in-transit", CONFIDENTIAL])


def test_an_older_file_does_not_bring_back_what_has_ended(cast: World) -> None:
    ended = Extract("9000000009", date(1980, 4, 12), items=(replace(PENICILLIN, status="resolved"),))
    newer, older = (
        replace(ended, coverage=(Coverage(Section.ALLERGIES, NOW - timedelta(days=days)),)) for days in (1, 2)
    )
    import_extract(actor=cast.dilys, now=NOW, extract=newer)
    import_extract(actor=cast.dilys, now=NOW, extract=newer)
    for dry_run in (True, False):
        with pytest.raises(OlderThanHeld):
            import_extract(actor=cast.dilys, now=NOW, extract=replace(older, items=(PENICILLIN,)), dry_run=dry_run)
    with unit_of_work(cast.dilys):
        assert Item.objects.get().status == "resolved"


def test_an_extract_is_only_taken_for_the_right_person(cast: World) -> None:
    good = Extract("9000000009", date(1980, 4, 12), items=(PENICILLIN,))
    done = import_extract(actor=cast.dilys, now=NOW, extract=good)
    assert done is not None
    assert done.created == 1
    for wrong, code in (
        (replace(good, birth_date=date(1980, 4, 13)), "birth-date-differs"),
        (replace(good, birth_date=None), "birth-date-differs"),
        (replace(good, nhs_number="9000000017"), "patient-unknown"),
        (replace(good, nhs_number="9999999999"), "wrong-patient"),
    ):
        with pytest.raises(WrongPatient) as refused:
            import_extract(actor=cast.dilys, now=NOW, extract=wrong)
        assert refused.value.code == code
        assert refused.value.remedy


def test_only_who_may_import_brings_records_in_and_only_for_own_patients(cast: World) -> None:
    with pytest.raises(NotPermitted):
        import_items(actor=cast.ada, now=NOW, patient_id=cast.patient_of_ash.pk, items=[PENICILLIN])
    for stranger in (cast.charlie, cast.carys):
        with pytest.raises(NotFound):
            import_items(actor=stranger, now=NOW, patient_id=cast.patient_of_ash.pk, items=[PENICILLIN])


def test_the_hub_sees_what_the_practice_holds_and_what_is_missing_is_named(cast: World, at_hub: int) -> None:
    bring_in(cast)
    view = opened(cast, cast.bilal, at_hub)
    assert (view.basis, view.holder.name, view.is_shared) == ("Riverside care-record", "Ash Lane Surgery", True)
    assert view.holder_patient is not None
    assert [item.term for item in view.section(Section.ALLERGIES).items] == ["Allergy to penicillin"]
    problems = view.section(Section.PROBLEMS)
    assert [item.term for item in problems.items] == ["Asthma"]
    assert [warning.code for warning in problems.warnings] == [CONFIDENTIAL]
    medication = view.section(Section.MEDICATION)
    assert (medication.state, medication.notice) == (SectionState.EMPTY, "Ash Lane Surgery has recorded no medication.")
    assert medication.warnings[0].code == "data-in-transit"
    immunisations = view.section(Section.IMMUNISATIONS)
    assert immunisations.state is SectionState.NOT_HELD
    assert immunisations.remedy
    assert [each.title for each in view.section(Section.CONSULTATIONS).consultations] == ["GP surgery"]


def test_a_later_import_does_not_forget_that_entries_are_withheld(cast: World, at_hub: int) -> None:
    bring_in(cast)
    own = cast.patient_of_ash.pk
    import_items(actor=cast.dilys, now=NOW, patient_id=own, items=[ASTHMA], coverage=[Coverage(Section.PROBLEMS)])
    assert [each.code for each in opened(cast, cast.bilal, at_hub).section(Section.PROBLEMS).warnings] == [CONFIDENTIAL]


def test_the_practice_sees_its_confidential_entries(cast: World) -> None:
    bring_in(cast)
    view = opened(cast, cast.farah, cast.patient_of_ash.pk)
    assert view.basis == "own record"
    problems = view.section(Section.PROBLEMS)
    assert {item.term for item in problems.items} == {"Asthma", "Told in confidence"}
    assert problems.warnings == ()


def test_opening_is_on_record_at_both_ends_with_agreement_and_sections(cast: World, at_hub: int) -> None:
    bring_in(cast)
    open_record(actor=cast.bilal, now=NOW, patient_id=at_hub, sections=[Section.ALLERGIES], reason="clinic")
    (seen,) = [
        item
        for item in who_saw(actor=cast.dilys, now=NOW, patient_id=cast.patient_of_ash.pk).items
        if item.action == "records.opened"
    ]
    assert (seen.name, seen.organisation, seen.basis, seen.reason) == (
        "Bilal Cast", "Riverside Enhanced Access Hub", "Riverside care-record", "clinic",
    )  # fmt: skip


def test_without_the_agreement_each_section_says_who_must_act(cast: World, at_hub: int) -> None:
    bring_in(cast)
    deactivate(cast, AgreementKind.CARE_RECORD)
    view = opened(cast, cast.bilal, at_hub)
    assert view.holder_patient is None
    for section in view.sections:
        assert section.state is SectionState.REFUSED
        assert section.items == ()
        assert "Ash Lane Surgery" in section.who_can


def test_a_job_category_outside_the_agreement_is_refused(cast: World, at_hub: int) -> None:
    agreement = cast.agreements[AgreementKind.CARE_RECORD]
    agreement.allowed_job_categories = ["Nurse Practitioner"]
    agreement.save(update_fields=["allowed_job_categories"])
    view = opened(cast, cast.bilal, at_hub)
    assert {section.state for section in view.sections} == {SectionState.REFUSED}
    assert "General Medical Practitioner" in view.sections[0].notice


@pytest.mark.parametrize("flag", ["dissents_from_sharing", "is_sensitive"])
def test_dissent_and_protection_withhold_every_section(cast: World, at_hub: int, flag: str) -> None:
    bring_in(cast)
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(**{flag: True})
    view = opened(cast, cast.bilal, at_hub)
    assert {section.state for section in view.sections} == {SectionState.REFUSED}
    assert view.holder_patient is None


def test_no_registration_at_the_hub_no_record(cast: World) -> None:
    bring_in(cast)
    for stranger in (cast.bilal, cast.charlie):
        with pytest.raises(NotFound):
            opened(cast, stranger, cast.patient_of_ash.pk)


def test_an_ended_registration_no_longer_opens_the_record(cast: World, at_hub: int) -> None:
    bring_in(cast)
    with unit_of_work(cast.carys):
        Patient.objects.filter(pk=at_hub).update(registration_state="left")
    assert {section.state for section in opened(cast, cast.bilal, at_hub).sections} == {SectionState.REFUSED}


def test_reception_may_not_open_records(cast: World) -> None:
    with pytest.raises(NotPermitted):
        opened(cast, cast.ada, cast.patient_of_ash.pk)


def test_a_write_back_is_filed_once_a_version_and_shown_with_its_receipt(cast: World, at_hub: int) -> None:
    first = file(cast)
    assert first.is_new
    assert file(cast) == Receipt(first.number, first.received_at, is_new=False)
    amended = file(cast, replace(FILING, version=2, amendment_reason="Wrong side", outcome="Referred"))
    assert amended.number != first.number
    (shown,) = opened(cast, cast.farah, cast.patient_of_ash.pk).section(Section.CONSULTATIONS).consultations
    assert (shown.title, shown.source) == (
        "Enterprise Consultation (Riverside Health Centre)",
        "Riverside Enhanced Access Hub",
    )
    assert [(version.number, version.outcome, version.receipt) for version in shown.versions] == [
        (2, "Referred", amended.number),
        (1, "Treated", first.number),
    ]
    with unit_of_work(cast.farah):
        assert FiledConsultation.objects.count() == 2


@pytest.mark.parametrize("kind", [AgreementKind.WRITE_BACK, AgreementKind.COPY_CONSULTATION])
def test_filing_needs_both_of_its_agreements_at_the_gate_and_in_the_database(
    cast: World, at_hub: int, kind: AgreementKind
) -> None:
    deactivate(cast, kind)
    with pytest.raises(NotShared):
        file(cast)
    with unit_of_work(cast.bilal), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        FiledConsultation.objects.bulk_create(
            [
                FiledConsultation(
                    organisation=cast.ash, patient=cast.patient_of_ash, title="x", started_at=NOW, author_name="x",
                    sections=[], source_organisation=cast.hub, source_key="x", receipt="x", received_at=NOW,
                )
            ]
        )  # fmt: skip


def test_filing_needs_a_linked_patient_and_an_agreement(cast: World) -> None:
    with pytest.raises(UnknownPatient):
        file(cast)
    with pytest.raises(NotShared):
        file(cast, actor=cast.charlie)
