"""Readiness of the patients held: each check green, red, and unable to see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.patients.checks import CHECKS
from pcnhub.care.patients.operations import import_demographics, register_temporarily
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.kernel.findings import State
from tests.cast import LONG_AGO, NOW, World, system_for, world

pytestmark = pytest.mark.django_db

ROWS = [
    {"NHS number": number, "Surname": name, "Forename": "Ann", "DOB": "1970-01-02"}
    for number, name in (("9000000009", "Smith"), ("9476719923", "Prout"), ("9476719931", "Dawes"))
]


@pytest.fixture
def cast() -> World:
    return world()


def states(cast: World, check: str, *, later: timedelta = timedelta()) -> dict[int, State]:
    hub = network_of_hub(hub_id=cast.hub.pk, day=LONG_AGO + timedelta(days=900))
    found = CHECKS[check](actor=system_for(cast.hub), hub=hub, now=NOW + later)
    findings = {finding.target: finding for finding in found}
    assert all(finding.fix for finding in findings.values() if finding.state is not State.MET)
    return {target: finding.state for target, finding in findings.items()}


def test_numbers_at_the_hub(cast: World) -> None:
    register_temporarily(actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk)
    assert states(cast, "CHK-27") == {cast.hub.pk: State.MET}


@pytest.mark.parametrize("check", ["CHK-29", "CHK-30", "CHK-31"])
def test_a_practice_that_imported_nothing_is_not_ready(cast: World, check: str) -> None:
    assert states(cast, check) == {cast.ash.pk: State.UNMET, cast.birch.pk: State.UNMET}


def test_a_complete_fresh_clean_import_is_ready_until_it_is_old(cast: World) -> None:
    Organisation.objects.filter(pk=cast.ash.pk).update(list_size=3)
    rows = [ROWS[0] | {"DOB": "1980-04-12"}, *ROWS[1:]]
    import_demographics(actor=cast.dilys, now=NOW, file=rows)
    for check in ("CHK-29", "CHK-30", "CHK-31"):
        assert states(cast, check)[cast.ash.pk] is State.MET
    assert states(cast, "CHK-30", later=timedelta(days=36))[cast.ash.pk] is State.UNMET


def test_missing_patients_and_many_rejects_are_named(cast: World) -> None:
    import_demographics(actor=cast.dilys, now=NOW, file=[*ROWS, ROWS[1]])
    assert states(cast, "CHK-29")[cast.ash.pk] is State.UNMET
    assert states(cast, "CHK-31")[cast.ash.pk] is State.UNMET


def test_without_the_agreement_the_hub_sees_no_import(cast: World) -> None:
    import_demographics(actor=cast.dilys, now=NOW, file=ROWS)
    assert states(cast, "CHK-30")[cast.ash.pk] is State.MET
    Party.objects.filter(agreement=cast.agreements[AgreementKind.CARE_RECORD], organisation=cast.ash).update(
        state=ActivationState.INACTIVE
    )
    # nobody knows, and whoever imports is not to blame: the cell names who must act in the agreement (tests/faults/sharing.py)
    assert states(cast, "CHK-30")[cast.ash.pk] is State.UNKNOWN
