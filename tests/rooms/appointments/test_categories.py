"""The national categories: shipped, imported, withdrawn; and what a slot type was mapped to when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from pcnhub.care.appointments.models import SlotTypeMapping
from pcnhub.care.appointments.operations import SlotTypeDetails, import_national_categories, save_slot_type
from pcnhub.care.appointments.queries import mappings_of, national_categories, national_words
from pcnhub.care.organisations.queries import installation_actor
from pcnhub.care.patients.rules import ParsedFile, read_file
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, world
from tests.rooms.appointments.book import MAPPED, slot_type

pytestmark = pytest.mark.django_db
HEADER = "number,name,context_type,exception_reason_allowed,counts_to_acc08,withdrawn_on\n"
ENCOUNTER = "Care related encounter"


@pytest.fixture
def w() -> World:
    return world()


def file(*lines: str) -> ParsedFile:
    return read_file((HEADER + "\n".join(lines) + "\n").encode())


def imported_events() -> int:
    with unit_of_work(installation_actor()):
        return AuditEvent.objects.filter(action="appointments.national-categories-imported").count()


def test_seventeen_are_shipped_with_what_may_be_said_of_them() -> None:
    shipped = {each.number: each for each in national_categories()}
    assert set(shipped) == set(range(1, 18))
    assert {number for number, each in shipped.items() if each.exception_reason_allowed} == {2, 8, 9, 17}
    assert {number for number, each in shipped.items() if each.counts_to_acc08} == {1, 2, 3, 4, 5, 8, 9, 17}


def test_a_file_adds_changes_and_withdraws_once() -> None:
    given = file(
        f"6,Walk-in,{ENCOUNTER},no,yes,",  # exchanges its number with the next
        f"5,Planned Clinics,{ENCOUNTER},no,no,",
        f"2,General Consultation Routine,{ENCOUNTER},yes,yes,",
        f"4,Clinical Triage,{ENCOUNTER},no,yes,2027-04-01",
        "18,Results review,Care related activity,no,no,",
    )
    before = national_categories()
    dry = import_national_categories(now=NOW, file=given, dry_run=True)
    assert national_categories() == before
    done = import_national_categories(now=NOW, file=given)
    assert done == dry
    assert (done.added, done.changed) == (("Results review",), ("Walk-in", "Planned Clinics", "Clinical Triage"))
    assert (done.withdrawn, done.unchanged, len(done.absent)) == (("Clinical Triage",), 1, 13)
    numbers = {each.name: each.number for each in national_categories()}
    assert (numbers["Walk-in"], numbers["Planned Clinics"], numbers["Results review"]) == (6, 5, 18)
    again = import_national_categories(now=NOW, file=given)
    assert (again.added, again.changed, again.withdrawn, again.unchanged) == ((), (), (), 5)
    assert imported_events() == 1


def test_one_fault_and_nothing_is_imported() -> None:
    before = national_categories()
    with pytest.raises(InvalidInput) as refused:
        import_national_categories(now=NOW, file=file("18,Results review,Nowhere,no,no,", "1,,,,,"))
    assert "line 2, context_type" in [each.field for each in refused.value.problems]
    assert national_categories() == before
    assert imported_events() == 0


def test_a_withdrawn_category_stays_where_it_is_and_goes_nowhere_else(w: World) -> None:
    kind = slot_type(w, "EA GP")
    withdrawn = file(f"2,General Consultation Routine,{ENCOUNTER},yes,yes,2027-04-01")
    assert import_national_categories(now=NOW, file=withdrawn).uses == {"General Consultation Routine": 1}
    details = SlotTypeDetails("EA GP late", 10, "Face to Face (Surgery)", **MAPPED)  # type: ignore[arg-type]
    save_slot_type(actor=w.carys, now=NOW, details=details, slot_type_id=kind)
    with pytest.raises(InvalidInput) as refused:
        save_slot_type(actor=w.carys, now=NOW, details=replace(details, name="Another"))
    assert [(each.field, each.code) for each in refused.value.problems] == [("national_category", "withdrawn")]
    assert "General Consultation Routine" not in national_words().open_categories


def test_what_a_slot_type_was_mapped_to_is_kept(w: World) -> None:
    kind = slot_type(w, "EA GP")
    unmapped = SlotTypeDetails("EA GP", 15, "Face to Face (Surgery)")
    later, latest = NOW + timedelta(days=1), NOW + timedelta(days=2)
    save_slot_type(actor=w.carys, now=later, details=unmapped, slot_type_id=kind)
    save_slot_type(actor=w.carys, now=latest, details=replace(unmapped, minutes=20), slot_type_id=kind)
    newest, first = mappings_of(slot_type_id=kind)
    assert (newest.since, newest.mapping, newest.by_name) == (later, ("", "", ""), w.carys.name)
    assert (first.since, tuple(first.mapping)) == (NOW, tuple(MAPPED.values()))
    with pytest.raises(DatabaseError), transaction.atomic():
        SlotTypeMapping.objects.filter(slot_type=kind).update(by="nobody")
