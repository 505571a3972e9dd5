"""A practice's documents: all or none, twice nothing new, and everything wrong at once; and what readiness says of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from pcnhub.care.documents.checks import CHECKS
from pcnhub.care.documents.models import Document, Opening
from pcnhub.care.documents.operations import (
    DocumentsImport,
    import_documents,
    make_test_document,
    try_test_documents,
)
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import network_of_hub, system_actor_for
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db
HEAD = "file,nhs_number,birth_date,title,kind,confidential\n"
JANE = "a.txt,9000000009,1980-04-12,Letter,letter,\n"


@pytest.fixture
def cast() -> World:
    return world()


def brought(actor: Actor, index: str = HEAD + JANE, **files: bytes) -> DocumentsImport:
    readers: dict[str, Callable[[], bytes]] = {
        f"{name}.txt": io.BytesIO(content).getvalue for name, content in (files or {"a": b"Text"}).items()
    }
    return import_documents(actor=actor, now=NOW, index=index.encode(), files=readers)


def test_twice_changes_nothing_and_a_changed_file_is_a_newer_version(cast: World) -> None:
    assert brought(cast.dilys) == DocumentsImport(new=1)
    assert brought(cast.dilys) == DocumentsImport(unchanged=1)
    assert brought(cast.dilys, a=b"Corrected") == DocumentsImport(newer=1)
    with unit_of_work(cast.dilys):
        assert [row.version for row in Document.objects.order_by("version")] == [1, 2]


def test_one_fault_and_nothing_is_taken_all_of_them_named(cast: World) -> None:
    index = HEAD + JANE + "b.txt,9000000017,1955-09-01,Of Birch Road,letter,yes\n" + JANE.replace("a.", "c.")
    with pytest.raises(InvalidInput) as refusal:
        brought(cast.dilys, index, a=b"Text", c=b"\0\1", d=b"Not named")
    assert {(problem.field, problem.code) for problem in refusal.value.problems} == {
        ("line 3, nhs_number", "wrong-patient"),
        ("line 3, file", "file-missing"),
        ("line 4, file", "type-not-taken"),
        ("file", "not-in-index"),
    }
    with unit_of_work(cast.dilys):
        assert not Document.objects.exists()


def test_only_a_practice_and_nobody_elses_patients(cast: World) -> None:
    for stranger in (cast.carys, cast.ada):
        with pytest.raises(NotPermitted):
            brought(stranger)
    with pytest.raises(InvalidInput):  # Jane is no patient of Outside Surgery
        brought(cast.charlie)


def checked(cast: World, check_id: str, *, later: timedelta = timedelta()) -> Finding:
    hub = network_of_hub(hub_id=cast.hub.pk, day=NOW.date())
    found = CHECKS[check_id](actor=system_for(cast.hub), hub=hub, now=NOW + later)
    return next(each for each in found if each.target == cast.ash.pk)


def test_chk_40_is_met_by_a_week_old_opening_with_equal_checksum_and_by_nothing_else(cast: World) -> None:
    def tried() -> None:
        try_test_documents(actor=system_for(cast.hub), now=NOW, holder_ids=[cast.ash.pk], stopwatch=lambda: 0.0)

    assert checked(cast, "CHK-40").state == "unknown"
    tried()
    assert checked(cast, "CHK-40").state == "unmet"
    make_test_document(actor=system_for(cast.ash), now=NOW)
    tried()
    assert checked(cast, "CHK-40").state == "met"
    assert checked(cast, "CHK-40", later=timedelta(days=8)).state == "unknown"
    Organisation.objects.filter(pk=cast.ash.pk).update(system="EMIS")
    assert checked(cast, "CHK-40").state == "not-applicable"


def test_chk_41_compares_95_of_100_openings_with_the_limit(cast: World) -> None:
    assert checked(cast, "CHK-41").state == "unknown"
    with unit_of_work(system_for(cast.hub)):
        opening = {"organisation": cast.hub, "holder": cast.ash, "at": NOW}
        Opening.objects.bulk_create([Opening(**opening, milliseconds=100) for _ in range(19)])
        Opening.objects.create(**opening, milliseconds=9000)
    assert checked(cast, "CHK-41").state == "met"
    with unit_of_work(system_for(cast.hub)):
        Opening.objects.create(**opening, milliseconds=9000)
    assert checked(cast, "CHK-41").state == "unmet"


def test_a_try_without_a_test_document_has_one_made_and_is_repeated(cast: World) -> None:
    try_test_documents(actor=system_for(cast.hub), now=NOW, holder_ids=[cast.ash.pk], stopwatch=lambda: 0.0)
    Worker("test", lambda at, request_id: system_actor_for(organisation_id=at, request_id=request_id)).drain(now=NOW)
    assert checked(cast, "CHK-40").state == "met"
