"""The patient is asked where the practice wants it so; their no is a no; whoever opens it all the same is seen to."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from pcnhub.care.documents.queries import shared_documents_of
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.records.models import ViewPermission
from pcnhub.care.records.operations import import_items, record_permission, review_override
from pcnhub.care.records.queries import SectionState, open_overrides, open_record, override, overrides
from pcnhub.care.records.rules import ItemKind, NewItem, PermissionAnswer, Section
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.operations import ask_permission_to_view, join, leave
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from tests.cast import CLINICIAN, NOW, World, person, system_for, world

GIVEN, REFUSED, OVERRIDDEN = PermissionAnswer.GIVEN, PermissionAnswer.REFUSED, PermissionAnswer.OVERRIDDEN


@pytest.fixture
def cast(db: None) -> World:
    return world()


@pytest.fixture
def at_hub(cast: World) -> int:
    allergy = NewItem(ItemKind.ALLERGY, "Allergy to penicillin", "a1", status="active")
    import_items(actor=cast.dilys, now=NOW, patient_id=cast.patient_of_ash.pk, items=[allergy])
    asks(cast, yes=True)
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def asks(cast: World, *, yes: bool, actor: Actor | None = None) -> None:
    agreement = cast.agreements[AgreementKind.CARE_RECORD].pk
    ask_permission_to_view(actor=actor or cast.dilys, now=NOW, agreement_id=agreement, asks=yes)


def sees(actor: Actor, patient_id: int, *, later: timedelta = timedelta()) -> bool:
    view = open_record(actor=actor, now=NOW + later, patient_id=patient_id)
    section = view.section(Section.ALLERGIES)
    assert bool(section.items) is view.permission.standing.opens
    assert section.items or section.state is SectionState.REFUSED
    return bool(section.items)


def shares_documents(cast: World, patient_id: int) -> bool:
    found = shared_documents_of(actor=cast.bilal, now=NOW, patient_id=patient_id)
    return found is not None and found.page is not None


def answer(actor: Actor, patient_id: int, said: PermissionAnswer, reason: str = "") -> int:
    return record_permission(actor=actor, now=NOW, patient_id=patient_id, answer=said, reason=reason)


def test_the_answer_opens_the_record_for_the_hub_and_for_the_day(cast: World, at_hub: int) -> None:
    colleague = person("gwen", cast.hub, CLINICIAN, job_category="General Medical Practitioner")
    assert not sees(cast.bilal, at_hub)
    answer(cast.bilal, at_hub, GIVEN)
    assert sees(cast.bilal, at_hub)
    assert sees(colleague, at_hub)
    assert not sees(cast.bilal, at_hub, later=timedelta(days=1))
    answer(colleague, at_hub, REFUSED)
    assert not sees(cast.bilal, at_hub)
    assert "does not want" in open_record(actor=cast.bilal, now=NOW, patient_id=at_hub).sections[0].notice
    asks(cast, yes=False)
    assert not sees(cast.bilal, at_hub)  # what a patient has said holds, asked or not
    assert sees(cast.bilal, at_hub, later=timedelta(days=1))


def test_an_override_is_personal_needs_a_reason_and_is_told_to_both_ends(cast: World, at_hub: int) -> None:
    colleague = person("gwen", cast.hub, CLINICIAN, job_category="General Medical Practitioner")
    with pytest.raises(InvalidInput):
        answer(cast.bilal, at_hub, OVERRIDDEN, "  ")
    answer(cast.bilal, at_hub, REFUSED)
    permission_id = answer(cast.bilal, at_hub, OVERRIDDEN, "Collapsed, takes unknown tablets")
    assert sees(cast.bilal, at_hub)
    assert not sees(colleague, at_hub)
    for officer, own in ((cast.carys, at_hub), (cast.dilys, cast.patient_of_ash.pk)):
        (listed,) = overrides(actor=officer, now=NOW)
        assert (listed.id, listed.reason) == (permission_id, "Collapsed, takes unknown tablets")
        assert listed.patient
        assert listed.patient.id == own
        assert override(actor=officer, now=NOW, permission_id=permission_id) == listed
        with unit_of_work(officer):
            opened = AuditEvent.objects.filter(action="records.override-opened")
            assert opened.filter(organisation_id=officer.organisation.id).exists()
        assert open_overrides(actor=officer) == 1
        review_override(actor=officer, now=NOW, permission_id=permission_id, finding="It was so")
        assert open_overrides(actor=officer) == 0
        with pytest.raises(Conflict):
            review_override(actor=officer, now=NOW, permission_id=permission_id, finding="Again")
    answer(colleague, at_hub, REFUSED)  # asked again: an earlier override does not outlive it
    assert not sees(cast.bilal, at_hub)


def test_a_button_pressed_twice_is_one_override_and_one_alert_at_each_end(cast: World, at_hub: int) -> None:
    def alerts() -> int:
        return Job.objects.filter(fact="records.permission-overridden").count()

    first = answer(cast.bilal, at_hub, OVERRIDDEN, "Unconscious")
    assert answer(cast.bilal, at_hub, OVERRIDDEN, " Unconscious ") == first
    assert alerts() == 2
    assert open_overrides(actor=cast.carys) == 1
    answer(cast.bilal, at_hub, REFUSED)  # came to, and said no: what is overridden now is another thing
    assert answer(cast.bilal, at_hub, OVERRIDDEN, "Unconscious") != first
    assert alerts() == 4


def test_none_that_nobody_has_looked_at_falls_off_the_list(
    cast: World, at_hub: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (answer(cast.bilal, at_hub, OVERRIDDEN, reason) for reason in ("Unconscious", "Unconscious again"))
    review_override(actor=cast.carys, now=NOW, permission_id=second, finding="It was so")
    monkeypatch.setitem(overrides.__globals__, "SHOWN_AT_MOST", 1)
    assert [each.id for each in overrides(actor=cast.carys, now=NOW)] == [first]


def test_nobody_else_learns_of_it_and_nobody_changes_it(cast: World, at_hub: int) -> None:
    permission_id = answer(cast.bilal, at_hub, OVERRIDDEN, "Unconscious")
    assert overrides(actor=cast.charlie, now=NOW) == ()
    with pytest.raises(NotFound):
        override(actor=cast.charlie, now=NOW, permission_id=permission_id)
    with pytest.raises(NotFound):
        answer(cast.charlie, at_hub, GIVEN)
    with pytest.raises(NotPermitted):
        overrides(actor=cast.bilal, now=NOW)
    with pytest.raises(NotPermitted):
        answer(cast.carys, at_hub, GIVEN)  # no clinician
    with pytest.raises(NotPermitted):
        answer(system_for(cast.hub), at_hub, GIVEN)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work(cast.bilal):
        ViewPermission.objects.filter(pk=permission_id).update(reason="Nicer")


def test_no_answer_opens_the_record_of_who_objects(cast: World, at_hub: int) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(dissents_from_sharing=True)
    answer(cast.bilal, at_hub, OVERRIDDEN, "Unconscious")
    view = open_record(actor=cast.bilal, now=NOW, patient_id=at_hub)
    assert {each.state for each in view.sections} == {SectionState.REFUSED}
    assert "objects to sharing" in view.sections[0].notice


def test_the_opening_says_on_what_permission(cast: World, at_hub: int) -> None:
    answer(cast.bilal, at_hub, OVERRIDDEN, "Unconscious")
    sees(cast.bilal, at_hub)
    with unit_of_work(cast.dilys):  # the practice reads it in its own audit
        told = {e.action: e for e in AuditEvent.objects.filter(data_organisation_id=cast.ash.pk)}
    assert told["records.permission-overridden"].reason == "Unconscious"
    assert '"permission": "overridden"' in told["records.opened"].detail


def test_only_who_shares_the_record_says_whether_the_patient_is_asked(cast: World) -> None:
    for actor in (cast.charlie, cast.ada):
        with pytest.raises((NotFound, NotPermitted)):
            asks(cast, yes=True, actor=actor)
    with pytest.raises(NotFound):
        asks(cast, yes=True, actor=cast.carys)  # the hub
    asks(cast, yes=True)
    agreement = {"agreement_id": cast.agreements[AgreementKind.CARE_RECORD].pk, "organisation_id": cast.ash.pk}
    leave(actor=cast.carys, now=NOW, left_on=london_date(NOW), **agreement)
    join(actor=cast.carys, now=NOW, joined_on=london_date(NOW), **agreement)
    assert Party.objects.get(**agreement, left_on=None).asks_permission_to_view  # who comes back asks as before


def test_what_a_practice_on_another_system_exported_stands_beside_what_its_system_says(
    cast: World, at_hub: int
) -> None:
    asks(cast, yes=False)
    cast.ash.system = "EMIS"
    cast.ash.save(update_fields=["system"])
    assert not sees(cast.bilal, at_hub)  # asked in any case
    assert not shares_documents(cast, at_hub)  # a part of the record
    answer(cast.bilal, at_hub, GIVEN)
    assert shares_documents(cast, at_hub)
    view = open_record(actor=cast.bilal, now=NOW, patient_id=at_hub)
    with unit_of_work(cast.dilys):
        said = json.loads(
            AuditEvent.objects.filter(action="records.opened", data_organisation_id=cast.ash.pk).get().detail
        )
    assert (said["sections"], "medication" in said["missing"]) == (["allergies"], True)
    assert view.elsewhere
    assert (view.elsewhere.ods_code, view.basis) == (cast.ash.ods_code, "Riverside care-record")
    assert view.section(Section.ALLERGIES).items
    assert view.section(Section.MEDICATION).state is SectionState.ELSEWHERE
    assert view.section(Section.PROBLEMS).state is SectionState.NOT_HELD
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(dissents_from_sharing=True)
    view = open_record(actor=cast.bilal, now=NOW, patient_id=at_hub)
    assert view.elsewhere is None  # the practice's word here counts there, too
    assert {each.state for each in view.sections} == {SectionState.REFUSED}
    Party.objects.filter(organisation=cast.ash).update(state="inactive")
    view = open_record(actor=cast.bilal, now=NOW, patient_id=at_hub)
    assert (view.basis, view.section(Section.ALLERGIES).state) == ("", SectionState.ELSEWHERE)
