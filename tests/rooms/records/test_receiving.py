"""What came by MESH is filed once, and a report with its replacement is one consultation, whichever came first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pcnhub.care.patients.models import Patient
from pcnhub.care.records.operations import file_received
from pcnhub.care.records.queries import ConsultationView, open_record
from pcnhub.care.records.rules import Receipt, Section
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


def received(
    actor: Actor, patient: Patient, key: str, *, version: int = 1, replaces: str = "", text: str = ""
) -> Receipt:
    return file_received(
        actor=actor,
        now=NOW + timedelta(minutes=version),
        patient_id=patient.pk,
        title="Consultation report",
        started_at=NOW,
        author_name="Dr Far",
        author_role="GP",
        site_name="Far Hub",
        sender_ods="X99999",
        source_key=key,
        version=version,
        text=text or f"Version {version}",
        document_id=7,
        replaces_key=replaces,
    )


def arrived(cast: World) -> tuple[ConsultationView, ...]:
    record = open_record(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk)
    return record.section(Section.CONSULTATIONS).consultations


def test_the_same_document_twice_has_the_same_receipt(cast: World) -> None:
    first = received(system_for(cast.ash), cast.patient_of_ash, "doc-1")
    again = received(system_for(cast.ash), cast.patient_of_ash, "doc-1")
    assert (first.number, first.is_new, again.is_new) == (again.number, True, False)
    (one,) = arrived(cast)
    assert (one.source, one.is_write_back, one.newest.document_ids) == ("X99999", True, (7,))


@pytest.mark.parametrize("order", [("doc-1", "doc-2"), ("doc-2", "doc-1")])
def test_a_replacement_stands_in_front_of_what_it_replaces_whichever_came_first(
    cast: World, order: tuple[str, str]
) -> None:
    how = {"doc-1": {"version": 1}, "doc-2": {"version": 2, "replaces": "doc-1"}}
    for key in order:
        received(system_for(cast.ash), cast.patient_of_ash, key, **how[key])  # type: ignore[arg-type]
    (one,) = arrived(cast)
    assert [version.number for version in one.versions] == [2, 1]
    assert one.newest.sections[0].text == "Version 2"


def test_a_version_counted_twice_loses_nothing(cast: World) -> None:
    received(system_for(cast.ash), cast.patient_of_ash, "doc-1")
    received(system_for(cast.ash), cast.patient_of_ash, "doc-2", replaces="doc-1", text="Corrected")
    (one,) = arrived(cast)
    assert [version.sections[0].text for version in one.versions] == ["Corrected", "Version 1"]


def test_only_the_practices_own_patient_and_only_by_who_may(cast: World) -> None:
    for actor in (cast.charlie, system_for(cast.outside), cast.bilal, system_for(cast.hub), system_for(cast.birch)):
        with pytest.raises(NotFound):
            received(actor, cast.patient_of_ash, "doc-1")
    with pytest.raises(NotPermitted):
        received(cast.ada, cast.patient_of_ash, "doc-1")
    # A number that leads to another patient's record joins nothing to it.
    received(system_for(cast.birch), cast.patient_of_birch, "doc-1")
    received(system_for(cast.ash), cast.patient_of_ash, "doc-2", version=2, replaces="doc-1")
    (one,) = arrived(cast)
    assert len(one.versions) == 1
