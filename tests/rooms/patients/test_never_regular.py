"""Nobody is ever registered regularly at the hub: each door is tried, and a door that is added must be put on a list here.

A regular registration outside a practice would take the patient off their practice's list (`domain.md` 1.1).
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable
from datetime import date, timedelta

import pydantic
import pytest
from django.db import DatabaseError, connection, transaction

from pcnhub.care.patients import operations
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import (
    Contact,
    NotThePractices,
    Traced,
    TracedPerson,
    import_demographics,
    register_by_gp_connect,
    register_temporarily,
    register_unregistered,
    tracing,
)
from pcnhub.care.patients.operations.imports.receiving import receive
from pcnhub.care.patients.rules import NumberEnd, Sex
from pcnhub.care.patients.rules.tracing import UnregisteredPerson
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import Refusal
from pcnhub.onboarding import shapes
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db

ANN = {"given_name": "Ann", "family_name": "New", "birth_date": date(1990, 1, 1)}
LINE = {"NHS number": "9000000033", "Surname": "New", "Forename": "Ann", "DOB": "01/01/1990", "Practice code": "Y07108"}
OVER = NOW + timedelta(days=200)


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def held(cast: World) -> int:
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def version(cast: World, patient_id: int) -> int:
    with unit_of_work(system_for(cast.hub)):
        return Patient.objects.get(pk=patient_id).version


def another(cast: World) -> int:
    """Somebody whom the desk did not know."""
    person = UnregisteredPerson(sex=Sex.FEMALE, postcode="DN16 3LQ", phone="07700 900111", **ANN)  # type: ignore[arg-type]
    return register_unregistered(actor=cast.carys, now=NOW, hub_id=cast.hub.pk, person=person)


def by_gp_connect(cast: World, practice_ods: str) -> object:
    person = Traced(NhsNumber("9000000033"), practice_ods=practice_ods, **ANN)  # type: ignore[arg-type]
    return register_by_gp_connect(actor=system_for(cast.hub), now=NOW, person=person, contact=Contact())


def traced(cast: World, patient_id: int) -> object:
    person = TracedPerson(NhsNumber("9000000033"), practice_ods="Y07108", **ANN)  # type: ignore[arg-type]
    return tracing.link(actor=cast.carys, now=NOW, patient_id=patient_id, person=person)


def ended_and_taken_up(cast: World, held: int) -> None:
    for act in (operations.end_registration, operations.reactivate):
        act(actor=cast.carys, now=NOW, patient_id=held, version=version(cast, held), reason="x")


def merged_and_apart(cast: World, held: int) -> None:
    other = another(cast)
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=other).update(birth_date=cast.patient_of_ash.birth_date)
    operations.merge(actor=cast.carys, now=NOW, kept_id=held, merged_id=other, reason="x")
    operations.unmerge(actor=cast.carys, now=NOW, merged_id=other, reason="x")


def csv_at_hub(cast: World) -> object:
    content = ",".join(LINE) + "\n" + ",".join(LINE.values()) + "\n"
    return receive(
        actor=cast.carys, now=NOW, practice_id=cast.hub.pk, file=io.BytesIO(content.encode()), file_name="hub.csv"
    )


# Operation -> how it is tried. Those that can be refused for what they ask must be, or leave a temporary registration.
DOORS: dict[str, Callable[[World, int], object]] = {
    "register_temporarily": lambda cast, held: register_temporarily(
        actor=cast.carys, now=NOW, hub_id=cast.hub.pk, practice_patient_id=held
    ),
    "register_by_gp_connect": lambda cast, _: [by_gp_connect(cast, "A81001"), by_gp_connect(cast, "Y07108")],
    "register_unregistered": lambda cast, _: another(cast),
    "import_demographics": lambda cast, _: import_demographics(actor=cast.carys, now=NOW, file=[LINE]),
    "follow_practice": lambda cast, _: operations.follow_practice(
        actor=system_for(cast.hub), now=NOW, practice_id=cast.ash.pk
    ),
    "heed": lambda cast, _: operations.heed(actor=system_for(cast.hub), now=NOW),
    "end_registration": ended_and_taken_up,
    "reactivate": ended_and_taken_up,
    "lapse": lambda cast, _: operations.lapse(actor=system_for(cast.hub), now=OVER),
    "renumber": lambda cast, held: operations.renumber(
        actor=cast.carys, now=NOW, patient_id=held, nhs_number=NhsNumber("9000000041"), ended=NumberEnd.SUPERSEDED
    ),
    "merge": merged_and_apart,
    "unmerge": merged_and_apart,
    "trace": lambda cast, _: traced(cast, another(cast)),
    "receive": lambda cast, _: csv_at_hub(cast),
}
# These write contact details, words to search by, or when a registration ends; nothing of how somebody is registered.
BESIDE_THE_POINT = {"offer", "change_contact", "answer_offer", "keep_open", "learn_names"}
# What is done with a file once `receive` has taken it for a practice; it never has another organisation's.
OF_A_FILE = "pcnhub.care.patients.operations.imports"


def regular_at_hub(cast: World) -> int:
    with unit_of_work(system_for(cast.hub)):
        return Patient.objects.filter(organisation=cast.hub, registration_type="regular").count()


def test_every_operation_is_on_a_list() -> None:
    found = {
        name
        for name in operations.__all__
        if inspect.isfunction(getattr(operations, name))
        and not getattr(operations, name).__module__.startswith(OF_A_FILE)
    }
    assert found <= set(DOORS) | BESIDE_THE_POINT


def test_no_operation_makes_one(cast: World, held: int) -> None:
    for door, tried in DOORS.items():
        with contextlib.suppress(Refusal), transaction.atomic():
            tried(cast, held)
            assert regular_at_hub(cast) == 0, door
        assert regular_at_hub(cast) == 0, door
    with unit_of_work(system_for(cast.hub)):
        assert Patient.objects.filter(organisation=cast.hub).count() > 1


@pytest.mark.parametrize("door", ["import_demographics", "receive"])
def test_a_list_of_the_hubs_own_patients_is_refused_by_name(cast: World, door: str) -> None:
    with pytest.raises(NotThePractices) as refused:
        DOORS[door](cast, 0)
    assert refused.value.code == "regular-patients-elsewhere"


def test_what_a_hub_brings_for_its_practice_is_the_practices(cast: World, held: int) -> None:
    line = LINE | {"NHS number": "9000000033", "Practice code": "A81001"}
    content = ",".join(line) + "\n" + ",".join(line.values()) + "\n"
    receive(actor=cast.carys, now=NOW, practice_id=cast.ash.pk, file=io.BytesIO(content.encode()), file_name="ash.csv")
    assert regular_at_hub(cast) == 0


def test_a_file_of_set_up_has_no_place_for_a_patient() -> None:
    """Onboarding makes organisations and the people who work there."""
    fields = {
        name
        for shape in vars(shapes).values()
        if inspect.isclass(shape) and issubclass(shape, pydantic.BaseModel)
        for name in shape.model_fields
    }
    of_slot_types = {"patients_may_book"}  # whether, and never who
    assert {"ods", "positions"} | of_slot_types <= fields
    assert not {name for name in fields - of_slot_types if "patient" in name or "registration" in name}


INSERT = """
insert into patients_patient (organisation_id, nhs_number, {columns})
select %(hub)s, '9000000041', {columns_given} from patients_patient p where p.id = %(own)s
"""
RAW: dict[str, str] = {
    "the type changed": "update patients_patient set registration_type = 'regular' where id = %(held)s",
    "a practice's row moved": "update patients_patient set organisation_id = %(hub)s where id = %(own)s",
    "the practice called a hub": "update organisations_organisation set kind = 'hub' where id = %(ash)s",
}


@pytest.mark.parametrize("acting", ["hub", "ash"])
def test_raw_sql_as_the_serving_role_makes_none(cast: World, held: int, acting: str) -> None:
    """Whoever gets past every operation meets the table itself."""
    values = {"hub": cast.hub.pk, "ash": cast.ash.pk, "held": held, "own": cast.patient_of_ash.pk}
    for way, sql in {**RAW, "written anew": _insert()}.items():
        changed = 0
        actor = system_for(getattr(cast, acting))
        with (
            contextlib.suppress(DatabaseError),
            unit_of_work(actor),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, values)
            changed = cursor.rowcount
        assert changed == 0, way
        assert regular_at_hub(cast) == 0, way


def _insert() -> str:
    """A copy of the practice's row, at the hub."""
    skipped = {"id", "organisation_id", "nhs_number"}
    columns = [str(field.column) for field in Patient._meta.concrete_fields if field.column not in skipped]
    return INSERT.format(columns=", ".join(columns), columns_given=", ".join(f"p.{name}" for name in columns))
