"""Nothing about a hub's patient goes to another system on an old trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries import NotTraced
from pcnhub.care.patients.rules import RegistrationType, TraceState
from pcnhub.connections.gpconnect.words import State
from pcnhub.connections.pds import linking
from pcnhub.connections.pds.refusals import NoAnswer
from pcnhub.connections.pds.words import Held, PersonData
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import NOW, World, system_for
from tests.connections.gpconnect.elsewhere import NUMBER, Elsewhere
from tests.connections.gpconnect.wire import Wire
from tests.connections.pds.test_linking import Service

ZOE = PersonData(NhsNumber(NUMBER), "Zoë", "O'Neill", date(1990, 1, 1), practice_ods="A81001")


@pytest.fixture
def e(w: World, wire: Wire) -> Elsewhere:
    return Elsewhere(w)


@pytest.fixture
def service(e: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Of whoever books; the hub that answers has its own."""
    made = Service()
    made.held = {ZOE.nhs_number: Held(ZOE, source="pds", version="2")}
    monkeypatch.setattr(linking, "demographics", made)
    monkeypatch.setattr(linking, "verifies", lambda: True)
    return made


def traced_until(e: Elsewhere, holds_until: Any) -> None:
    """Whom they hold for a while, as a hub does."""
    with unit_of_work(system_for(e.w.outside)):
        Patient.objects.filter(pk=e.patient_id).update(
            registration_type=RegistrationType.TEMPORARY, registered_practice=e.w.ash,
            trace_state=TraceState.TRACED, trace_holds_until=holds_until,
        )  # fmt: skip


def test_an_old_trace_is_asked_again_before_anything_is_sent(e: Elsewhere, wire: Wire, service: Service) -> None:
    traced_until(e, NOW - timedelta(hours=1))
    service.answers = False
    with pytest.raises(NoAnswer):
        e.book()
    assert wire.asked() == []
    service.answers = True
    assert e.book().state is State.BOOKED
    assert service.asked == 2


def test_another_persons_number_is_not_sent(e: Elsewhere, wire: Wire, service: Service) -> None:
    traced_until(e, NOW - timedelta(hours=1))
    service.held = {ZOE.nhs_number: Held(replace(ZOE, birth_date=date(1950, 1, 1)), source="pds", version="3")}
    with pytest.raises(NotTraced, match="another name or date of birth"):
        e.book()
    assert wire.asked() == []


def test_who_needs_no_asking_is_not_asked_about(e: Elsewhere, service: Service) -> None:
    assert e.book().state is State.BOOKED  # their own list says who it is
    traced_until(e, NOW + timedelta(hours=1))
    e.book(idempotency_key="twice", slot=1)
    assert service.asked == 0
