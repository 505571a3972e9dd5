"""Who comes with a long list is found from the moment it is in, before and after they are filed, and filing changes nothing."""

from __future__ import annotations

from copy import copy
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients import operations, queries
from pcnhub.care.patients.jobs import ask_to_forget
from pcnhub.care.patients.models import ImportBatch, KnownName, Patient
from pcnhub.care.patients.operations.imports import filing
from pcnhub.care.patients.queries.finding import find_patients
from pcnhub.care.patients.queries.registrations import registrations_born
from pcnhub.care.patients.rules import ImportState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotPermitted
from tests.cast import NOW, World, patient, world
from tests.rooms.patients.test_imports import send, take_in

pytestmark = pytest.mark.django_db

HEADER = "NHS number,Surname,Forename,DOB,Sex,Postcode,Home telephone,Mobile"
ANN = "9476719915,McVey,Mary Ann,1970-01-02,F,DN16 3LQ,01724 496001,07700 900123"
BOB = "9476719923,Prout,Bob,1971-01-02,M,DN16 3LQ,,"
DOLLY = "9476719958,Banton,Dolly,1955-09-18,F,,,"
WAYS = (
    "9476719915", "mcvey", "mcv", "McVey, Mary", "mary mcvey", "ann mcvey", "Mary", "m mcvey", "mcvye", "02/01/1970",
    "DN16 3LQ mcvey", "07700 900123", "01724496001", "McVey 02/01/1970",
)  # fmt: skip


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(filing, "FILED_TOGETHER", 2)
    return world()


def names(actor: Actor, text: str) -> list[str]:
    return [view.full_name for view in find_patients(actor=actor, now=NOW, text=text).items]


def missed(actor: Actor) -> list[str]:
    return [text for text in WAYS if names(actor, text) != ["Mary Ann McVey"]]


def brought_in(cast: World) -> int:
    done = take_in(cast.dilys, send(cast.dilys, ANN, BOB, DOLLY, header=HEADER))
    assert done.state == ImportState.IMPORTED
    return done.id


def unfiled(cast: World, batch_id: int) -> tuple[int, int]:
    """As the import says, and as the people say."""
    with unit_of_work(cast.dilys):
        people = Patient.objects.filter(made_in=batch_id, is_filed=False).count()
        return ImportBatch.objects.get(pk=batch_id).unfiled, people


def work_off() -> None:
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=NOW + timedelta(minutes=1))


def test_who_came_with_a_long_list_is_found_in_every_way_before_and_after_they_are_filed(cast: World) -> None:
    batch_id = brought_in(cast)
    assert unfiled(cast, batch_id) == (3, 3)
    assert missed(cast.ada) == []
    assert [names(cast.charlie, text) for text in WAYS] == [[]] * len(WAYS)
    with unit_of_work(cast.dilys):
        before = {row.pk: (row.version, row.updated_at) for row in Patient.objects.filter(made_in=batch_id)}
    work_off()
    assert unfiled(cast, batch_id) == (0, 0)
    assert missed(cast.ada) == []
    assert [names(cast.charlie, text) for text in WAYS] == [[]] * len(WAYS)
    with unit_of_work(cast.dilys):
        assert before == {row.pk: (row.version, row.updated_at) for row in Patient.objects.filter(made_in=batch_id)}


def counted() -> int:
    """How many patients the database takes itself to have."""
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where relname = 'patients_patient'")
        return int(cursor.fetchone()[0])


def test_the_database_knows_how_many_they_are_before_the_first_of_them_is_filed(cast: World) -> None:
    """Else it takes the practice for one of a few, and reads everybody there for one number."""
    brought_in(cast)
    work_off()
    before = counted()
    batch_id = send(cast.dilys, "9434765919,Ng,Li,1999-01-02,F,,,", "9476719966,A,B,1999-01-02,F,,,",
                    "9476719974,C,D,1999-01-02,F,,,", header=HEADER, is_delta=True)  # fmt: skip
    take_in(cast.dilys, batch_id)
    assert counted() == before
    filing.file_people(actor=cast.dilys, now=NOW, batch_id=batch_id, after=0)
    assert counted() == before + 3


def test_without_reading_beside_they_would_be_missed(cast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the one above."""
    brought_in(cast)
    monkeypatch.setattr(queries.filing, "imports_to_file", lambda _organisation: [])
    assert missed(cast.ada) == list(WAYS)


def test_between_two_portions_everybody_is_found_once(cast: World) -> None:
    batch_id = brought_in(cast)
    with unit_of_work(cast.dilys):
        first = Patient.objects.filter(made_in=batch_id).order_by("pk")[1].pk
        filing.file_people(actor=cast.dilys, now=NOW, batch_id=batch_id, after=0)
    assert unfiled(cast, batch_id) == (1, 1)
    assert missed(cast.ada) == []
    assert names(cast.ada, "Dolly") == ["Dolly Banton"]
    for after in (0, first, first):  # a job that is done twice does nothing the second time
        filing.file_people(actor=cast.dilys, now=NOW, batch_id=batch_id, after=after)
    assert unfiled(cast, batch_id) == (0, 0)


def test_a_short_list_is_filed_as_it_comes_and_an_undone_one_leaves_nobody_to_file(cast: World) -> None:
    short = take_in(cast.dilys, send(cast.dilys, ANN, header=HEADER, is_delta=True))
    assert unfiled(cast, short.id) == (0, 0)
    long = take_in(
        cast.dilys, send(cast.dilys, BOB, DOLLY, "9434765919,Ng,Li,1999-01-02,F,,,", header=HEADER, is_delta=True)
    )
    assert unfiled(cast, long.id) == (3, 3)
    operations.undo(actor=cast.dilys, now=NOW, batch_id=long.id, reason="the wrong month")
    work_off()
    assert unfiled(cast, long.id) == (0, 0)
    assert names(cast.ada, "Dolly") == []


def test_a_row_without_a_number_stands_beside_somebody_who_is_not_filed_yet(cast: World) -> None:
    brought_in(cast)
    batch_id = send(cast.dilys, ",McVey,Mary Ann,1970-01-02,F,DN16 3LQ,,", header=HEADER, is_delta=True)
    found = queries.possible_duplicates(actor=cast.dilys, now=NOW, batch_id=batch_id)
    assert [(pair.line, pair.name) for pair in found.items] == [(2, "MCVEY, Mary Ann")]


def test_who_is_filed_stays_so_whatever_an_older_copy_says(cast: World) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_filed=False, family_name="Smythe")
    assert names(cast.ada, "smythe") == ["Jane Smythe"]
    with unit_of_work(cast.dilys):
        assert Patient.objects.get(pk=cast.patient_of_ash.pk).version == 2


def test_nobody_files_another_practices_people(cast: World) -> None:
    batch_id = brought_in(cast)
    for stranger in (cast.charlie, cast.ada):  # of another organisation; of the practice, without the permission
        with pytest.raises((NotPermitted, ImportBatch.DoesNotExist)):
            filing.file_people(actor=stranger, now=NOW, batch_id=batch_id, after=0)
    assert unfiled(cast, batch_id) == (3, 3)


def test_names_are_written_by_nobody_but_those_who_take_people_in(cast: World) -> None:
    """What writes names of any organisation is for the database's two functions that say whose; the serving role can't use it,
    though each `migrate` lets it call all functions."""
    for organisation in (cast.outside, cast.ash):
        with (
            unit_of_work(cast.dilys),
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("select patients_learnt(%s, array['Zebedee'], array['Ann'])", [organisation.pk])
    for actor in (cast.dilys, cast.charlie):
        with unit_of_work(actor):
            assert not KnownName.objects.filter(name="Zebedee").exists()


def test_a_patient_is_held_by_an_organisation_that_is_here_and_stays(cast: World) -> None:
    with pytest.raises(IntegrityError, match="an organisation that is here"), transaction.atomic():
        patient(gone(cast.ash), "9476719915", "Ann", "McVey", date(1970, 1, 2))
    with unit_of_work(cast.dilys), pytest.raises(IntegrityError, match="a practice that is here"), transaction.atomic():
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(registered_practice=gone(cast.ash))
    with pytest.raises(IntegrityError, match="stays on record"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from organisations_organisation where id = %s", [cast.outside.pk])


def gone(organisation: Organisation) -> Organisation:
    nowhere = copy(organisation)
    nowhere.pk = 987_654
    return nowhere


def test_a_hub_that_traces_by_birth_date_finds_a_practices_people_before_they_are_filed(cast: World) -> None:
    batch_id = brought_in(cast)

    def born(actor: Actor) -> list[str]:
        return [each.full_name for each in registrations_born(actor=actor, now=NOW, days=[date(1970, 1, 2)])]

    for at in (3, 0):
        assert unfiled(cast, batch_id)[0] == at
        assert (born(cast.carys), born(cast.charlie)) == (["Mary Ann McVey"], [])
        work_off()


def test_who_was_left_by_a_job_that_was_given_up_is_asked_for_again_the_next_day(cast: World) -> None:
    batch_id = brought_in(cast)
    with unit_of_work(cast.dilys):
        Job.objects.filter(fact="patients.people-to-file").delete()
    work_off()
    assert unfiled(cast, batch_id) == (3, 3)
    ask_to_forget(NOW + timedelta(days=1))
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=NOW + timedelta(days=1, minutes=1))
    assert unfiled(cast, batch_id) == (0, 0)
