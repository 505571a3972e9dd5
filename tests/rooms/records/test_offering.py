"""A practice lets others ask for its record once there is something to give."""

from __future__ import annotations

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import gp_connect_switches
from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability
from pcnhub.care.records.operations import NothingToGive, import_items, offer_record
from pcnhub.care.records.queries import Held, held
from pcnhub.care.records.rules import Coverage, Section
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotPermitted
from tests.cast import NOW, World, patient, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


def turn(w: World, *, is_on: bool = True, actor: Actor | None = None) -> None:
    offer_record(actor=actor or w.dilys, now=NOW, organisation_id=w.ash.pk, is_on=is_on)


def is_on(w: World) -> bool:
    return gp_connect_switches(organisation_id=w.ash.pk)[GpConnectCapability.ACCESS_STRUCTURED]


def ready(w: World) -> None:
    Organisation.objects.filter(pk=w.ash.pk).update(asid="918999198993")
    import_items(actor=w.dilys, now=NOW, patient_id=w.patient_of_ash.pk, coverage=[Coverage(Section.ALLERGIES)])


def test_everything_that_is_missing_is_said_at_once_and_nothing_is_turned(w: World) -> None:
    with pytest.raises(NothingToGive, match=r"no ASID here.*Nobody’s allergies or medication") as refusal:
        turn(w)
    assert refusal.value.code == "record-not-ready"
    assert not is_on(w)


def test_it_goes_on_once_there_is_something_and_off_at_any_time(w: World) -> None:
    ready(w)
    turn(w)
    assert is_on(w)
    Organisation.objects.filter(pk=w.ash.pk).update(asid="")
    turn(w)  # on already: nothing is turned
    turn(w, is_on=False)
    assert not is_on(w)


def test_of_another_system_it_says_how_things_stand_there(w: World) -> None:
    Organisation.objects.filter(pk=w.ash.pk).update(system=ClinicalSystem.EMIS)
    turn(w)
    assert is_on(w)
    offer_record(actor=w.carys, now=NOW, organisation_id=w.hub.pk, is_on=True)  # CHK-13 wants it on


def test_only_its_own_managers_turn_it(w: World) -> None:
    ready(w)
    for actor in (w.ada, w.charlie, w.carys):
        with pytest.raises(NotPermitted):
            turn(w, actor=actor)
    assert not is_on(w)


def test_how_much_is_held_of_whom(w: World) -> None:
    assert held(actor=w.dilys) == Held(1, 0, 0)
    patient(w.ash, "9000000033", "Old", "Hand", w.patient_of_ash.birth_date)
    ready(w)
    assert held(actor=w.dilys) == Held(2, 1, 0)
    assert not held(actor=w.dilys).is_everybody
    assert held(actor=w.charlie) == Held(0, 0, 0)
