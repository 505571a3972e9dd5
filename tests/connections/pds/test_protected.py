"""Of a protected person a trace tells nobody where they are, and whoever may not know of them not even that they are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from pcnhub.care.organisations.queries import installation_actor
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.patients.operations.heeding import keep_word
from pcnhub.care.patients.queries import standing_patients
from pcnhub.connections.pds import demographics, linking
from pcnhub.connections.pds.loading import load
from pcnhub.connections.pds.words import WITHHELD, Outcome
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, patient, system_for, world
from tests.connections.pds.extracts import PROTECTED, whole
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import booked_by, person

pytestmark = pytest.mark.django_db
JANE = NhsNumber("9000000009")
STRANGER = NhsNumber("9000000025")
HIDDEN = {
    "is_sensitive": True,
    "address_lines": ["7 Refuge Road"],
    "postcode": "DN16 3LQ",
    "mobile_phone": "07700 900321",
}


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def protected(w: World) -> int:
    """Ash Lane's Jane, whom the hub holds; her row there."""
    held = register_temporarily(
        actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk
    ).patient_id  # fmt: skip
    for at, patient_id in ((w.hub, held), (w.ash, w.patient_of_ash.pk)):
        with unit_of_work(system_for(at)):
            Patient.objects.filter(pk=patient_id).update(**HIDDEN)
    with unit_of_work(system_for(w.ash)):
        keep_word(actor=system_for(w.ash))
    return held


@pytest.fixture
def booked(w: World) -> Callable[..., int]:
    """The hub books somebody as unregistered; their row there, which whoever booked goes on seeing."""
    free = iter(slots(session(w)))
    return lambda **more: booked_by(w, w.carys, next(free).id, person=person(**more), is_none_of_these=True)[1]


def told(w: World, patient_id: int, nhs_number: str) -> Any:
    """What whoever traces is told of a number that a practice is said to have read out."""
    view = standing_patients(actor=w.carys, ids=[patient_id])[patient_id]
    with pytest.raises(InvalidInput) as refused:
        linking.accept_read_out(
            actor=w.carys, now=NOW, patient=view, nhs_number=nhs_number, practice_ods=w.ash.ods_code
        )  # fmt: skip
    return [(each.field, each.code, each.message, each.remedy) for each in refused.value.problems]


def test_whoever_compares_is_shown_nothing_of_whom_they_may_not_know(
    w: World, protected: int, booked: Callable[..., int]
) -> None:
    jane = w.patient_of_ash
    one = booked(
        given_name=jane.given_name, family_name=jane.family_name, birth_date=jane.birth_date, nhs_number=str(JANE)
    )
    page = signed_in_as(w.carys).get(reverse("trace-patient", args=[one])).content.decode()
    assert "Nobody was found" in page
    for hidden in ("Refuge", "900321", "protected", "Ash Lane Surgery, a practice of the network"):
        assert hidden not in page
    assert demographics.read(actor=w.carys, now=NOW, nhs_number=JANE) is None


def test_a_protected_persons_number_gets_the_answer_of_a_strangers(
    w: World, protected: int, booked: Callable[..., int]
) -> None:
    jane = w.patient_of_ash
    patient(w.birch, STRANGER, "Walter", "Zuckerman", jane.birth_date.replace(year=1950))
    one = booked(given_name=jane.given_name, family_name=jane.family_name, birth_date=jane.birth_date)
    assert told(w, one, JANE) == told(w, one, STRANGER)
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=protected).update(nhs_number=None)  # only her practice knows of her
    assert told(w, one, JANE) == told(w, one, STRANGER)
    misheard = booked(given_name=jane.given_name, family_name="Smith", birth_date=jane.birth_date.replace(day=13))
    assert told(w, misheard, JANE) == told(w, misheard, STRANGER)


def test_whoever_may_know_of_them_is_told_who_and_never_where(w: World, protected: int) -> None:
    load(now=NOW, content=whole())
    for number, actor in ((JANE, system_for(w.hub)), (NhsNumber(PROTECTED), installation_actor())):
        held = demographics.read(actor=actor, now=NOW, nhs_number=number)
        assert held is not None
        assert held.person is not None
        assert (held.flags, held.withheld) == (frozenset({Outcome.SENSITIVE}), WITHHELD)
        where = held.person
        assert not any(
            (where.address_lines, where.postcode, where.mobile_phone, where.home_phone, where.email, where.practice_ods)
        )
