"""Finding and opening: one's own patients only, protected ones for those alone who may, and all of it on record."""

from __future__ import annotations

from datetime import date

import pytest

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries import find_patients, open_patient, patient_label, patients_by_id, who_saw
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from tests.cast import NOW, World, patient, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


def names(actor: Actor, text: str) -> list[str]:
    return [view.full_name for view in find_patients(actor=actor, now=NOW, text=text).items]


@pytest.mark.parametrize(
    "text",
    [
        "9000000009",
        "900 000 0009",
        "Smi",
        "smith, ja",
        "Jane Smith",
        "smith jane",
        "Jane",
        "Smith 12/04/1980",
        "12/04/1980",
    ],
)
def test_a_patient_is_found_as_people_ask(cast: World, text: str) -> None:
    assert names(cast.ada, text) == ["Jane Smith"]


@pytest.mark.parametrize("text", ["Jones", "9000000017", "Smith 13/04/1980", "Smithson", "%", "_____", "Zz"])
def test_others_patients_and_other_names_are_not_found(cast: World, text: str) -> None:
    assert names(cast.ada, text + "x" if len(text) < 2 else text) == []


def test_charlie_finds_and_opens_nobody(cast: World) -> None:
    assert names(cast.charlie, "9000000009") == []
    with pytest.raises(NotFound):
        open_patient(actor=cast.charlie, now=NOW, patient_id=cast.patient_of_ash.pk)
    with pytest.raises(NotFound):
        who_saw(actor=cast.charlie, now=NOW, patient_id=cast.patient_of_ash.pk)
    assert patients_by_id(actor=cast.charlie, ids=[cast.patient_of_ash.pk]) == {}


def test_a_hub_does_not_open_a_practices_row_though_it_may_read_its_record(cast: World) -> None:
    with pytest.raises(NotFound):
        open_patient(actor=cast.bilal, now=NOW, patient_id=cast.patient_of_ash.pk)


def test_a_sensitive_patient_is_there_only_for_who_may_see_them(cast: World) -> None:
    patient = cast.patient_of_ash
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=patient.pk).update(is_sensitive=True)
    for text in ("9000000009", "Smith", "12/04/1980"):
        assert names(cast.ada, text) == []
    with pytest.raises(NotFound):
        open_patient(actor=cast.ada, now=NOW, patient_id=patient.pk)
    trusted = Actor(**{name: getattr(cast.ada, name) for name in cast.ada.__slots__} | {
        "permissions": cast.ada.permissions | {Permission.VIEW_SENSITIVE}})  # fmt: skip
    assert names(trusted, "Smith") == ["Jane Smith"]


def test_without_the_permission_nothing_is_searched(cast: World) -> None:
    powerless = Actor(**{name: getattr(cast.ada, name) for name in cast.ada.__slots__} | {"permissions": frozenset()})
    with pytest.raises(NotPermitted):
        find_patients(actor=powerless, now=NOW, text="Smith")


def test_opening_is_on_record_and_the_page_of_witnesses_tells_of_it(cast: World) -> None:
    view = open_patient(actor=cast.ada, now=NOW, patient_id=cast.patient_of_ash.pk, reason="booking")
    page = who_saw(actor=cast.dilys, now=NOW, patient_id=view.id)
    (seen,) = [item for item in page.items if item.action == "patients.opened"]
    assert (seen.name, seen.organisation, seen.reason, seen.basis) == (
        "Ada Cast",
        "Ash Lane Surgery",
        "booking",
        "own record",
    )
    again = who_saw(actor=cast.dilys, now=NOW, patient_id=view.id)
    assert any(item.action == "patients.audit-opened" for item in again.items)
    with pytest.raises(NotPermitted):
        who_saw(actor=cast.ada, now=NOW, patient_id=view.id)


def test_a_search_is_on_record_without_what_was_typed(cast: World) -> None:
    find_patients(actor=cast.ada, now=NOW, text="Smith 12/04/1980")
    with unit_of_work(cast.ada):
        event = AuditEvent.objects.get(action="patients.searched")
    assert "Smith" not in event.detail
    assert str(cast.patient_of_ash.pk) in event.detail


def test_pages_of_results(cast: World) -> None:

    firsts = (f"{n:09}" for n in range(400_000_000, 400_000_040))
    for place, first_nine in enumerate(firsts):
        if nhs_number_check_digit(first_nine) < 10:
            number = f"{first_nine}{nhs_number_check_digit(first_nine)}"
            patient(cast.ash, number, f"Given{place}", "Zimmer", date(1990, 1, 1))
    first = find_patients(actor=cast.ada, now=NOW, text="Zimmer")
    assert first.pages > 1
    assert len(first.items) == 20
    last = find_patients(actor=cast.ada, now=NOW, text="Zimmer", page=99)
    assert last.number == first.pages
    assert len(last.items) == first.total - 20 * (first.pages - 1)


def test_the_label_is_in_the_form_of_the_nhs(cast: World) -> None:
    view = open_patient(actor=cast.ada, now=NOW, patient_id=cast.patient_of_ash.pk)
    assert patient_label(view) == "SMITH, Jane, born 12-Apr-1980, NHS 900 000 0009"
