"""CHK-28: each patient's practice is in the network and is the linked one; never said where nobody has asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pcnhub.care.organisations.models import NetworkMember
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.connections.pds.checks import CHECKS
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from tests.cast import LONG_AGO, NOW, World, system_for

pytestmark = pytest.mark.django_db


def found(w: World) -> Finding:
    hub = network_of_hub(hub_id=w.hub.pk, day=LONG_AGO + timedelta(days=900))
    [finding] = CHECKS["CHK-28"](actor=system_for(w.hub), hub=hub, now=NOW)
    assert finding.target == w.hub.pk
    assert finding.fix or finding.state is State.MET
    return finding


@pytest.fixture
def held(w: World) -> int:
    """The hub's registration of Ash Lane's patient."""
    return register_temporarily(
        actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk
    ).patient_id


def change(w: World, patient_id: int, **values: Any) -> None:
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=patient_id).update(**values)


def test_linked_to_a_member_that_still_has_them(w: World, held: int) -> None:
    assert (found(w).state, "1 as practices here hold it" in found(w).evidence) == (State.MET, True)


def test_nobody_yet(w: World) -> None:
    assert found(w).state is State.MET


def test_a_practice_outside_the_network(w: World, held: int) -> None:
    NetworkMember.objects.filter(organisation=w.ash.pk).delete()
    finding = found(w)
    assert (finding.state, "outside the network" in finding.evidence) == (State.UNMET, True)
    assert finding.fix is not None
    assert str(held) in finding.fix.what
    assert "Smith" not in finding.evidence + finding.fix.what


def test_no_longer_with_the_linked_practice(w: World, held: int) -> None:
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(registration_state="left", left_on=NOW.date())
    assert (found(w).state, "no longer with" in found(w).evidence) == (State.UNMET, True)


def test_another_practice_by_the_newest_trace(w: World, held: int) -> None:
    change(w, held, traced_practice_ods="Z99999")
    assert found(w).state is State.UNMET


def test_where_the_service_can_be_asked_a_practices_word_leaves_it_open(w: World, held: int, settings: Any) -> None:
    settings.PDS_DRIVER = "pds-fhir"
    assert found(w).state is State.UNKNOWN
    change(w, held, trace_state="traced", traced_at=NOW, trace_holds_until=NOW + timedelta(hours=1))
    assert (found(w).state, "1 as the national service has it" in found(w).evidence) == (State.MET, True)
    change(w, held, trace_holds_until=NOW - timedelta(seconds=1))
    assert found(w).state is State.UNKNOWN


def test_who_was_not_traced_is_another_checks(w: World, held: int) -> None:
    change(w, held, trace_state="untraced", nhs_number=None, registered_patient=None)
    assert found(w).state is State.MET
