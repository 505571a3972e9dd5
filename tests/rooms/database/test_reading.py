"""A stretch that only reads: each question is put once, and nothing can make its answer untrue meanwhile."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.utils import DatabaseError, InternalError
from django.test.utils import CaptureQueriesContext

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import organisation, systems_of
from pcnhub.foundations.database.reading import is_reading_only, read_once, reading_only
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, system_for, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside() -> World:
    return world()


def name_of(riverside: World) -> str:
    return organisation(id=riverside.ash.pk).name


def rename(riverside: World, name: str) -> None:
    Organisation.objects.filter(pk=riverside.ash.pk).update(name=name)


def test_within_the_stretch_a_question_is_put_once_and_after_it_anew(riverside: World) -> None:
    with unit_of_work(system_for(riverside.hub)):
        with reading_only(), CaptureQueriesContext(connection) as asked:
            assert name_of(riverside) == name_of(riverside) == organisation(ods_code="A81001").name
        assert len(asked) == 2  # by id, by ODS code
        rename(riverside, "Ash Lane")
        assert name_of(riverside) == "Ash Lane"
        with reading_only():
            assert name_of(riverside) == "Ash Lane"


def test_outside_it_each_is_asked_each_time(riverside: World) -> None:
    with unit_of_work(system_for(riverside.hub)), CaptureQueriesContext(connection) as asked:
        name_of(riverside), name_of(riverside)
    assert len([each for each in asked if "organisations_organisation" in each["sql"]]) == 2
    assert not is_reading_only()


def test_nothing_can_be_written_there_and_its_transaction_writes_again_after_it(riverside: World) -> None:
    with unit_of_work(system_for(riverside.hub)):
        with reading_only() as stretch:
            with pytest.raises(InternalError, match="read-only transaction"):
                rename(riverside, "Changed meanwhile")
            stretch.go_on()
            with pytest.raises(InternalError, match="read-only transaction"):
                rename(riverside, "Changed after a failure")
            stretch.go_on()
        rename(riverside, "Changed after it")
    assert name_of(riverside) == "Changed after it"


def test_a_failed_statement_stops_what_comes_after_it_until_the_stretch_goes_on(riverside: World) -> None:
    with unit_of_work(system_for(riverside.hub)), reading_only() as stretch:
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("select 1 / 0")
        with pytest.raises(DatabaseError):  # without `go_on`
            name_of(riverside)
        stretch.go_on()
        assert name_of(riverside)


def test_units_that_join_it_have_nothing_to_undo(riverside: World) -> None:
    actor = system_for(riverside.hub)
    with unit_of_work(actor), reading_only():
        with CaptureQueriesContext(connection) as asked, unit_of_work(actor):
            pass
        assert not asked.captured_queries


def test_a_dict_is_handed_out_as_a_copy_and_several_ids_may_come_as_a_list(riverside: World) -> None:
    ids = [riverside.ash.pk, riverside.birch.pk]
    with unit_of_work(system_for(riverside.hub)), reading_only():
        systems_of(ids=ids).clear()
        assert set(systems_of(ids=ids)) == set(ids)


def test_what_failed_is_asked_again() -> None:
    tries: list[int] = []

    @read_once
    def flaky() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise LookupError
        return len(tries)

    with reading_only():
        with pytest.raises(LookupError):
            flaky()
        assert (flaky(), flaky()) == (2, 2)
