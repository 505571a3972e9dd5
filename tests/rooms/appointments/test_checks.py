"""What the book tells the readiness engine: each check red, then green once it is mended."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from pcnhub.care.appointments.checks import CHECKS
from pcnhub.care.organisations.models import Account, Network, Position
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.sharing.models import Agreement
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.findings import Finding, State
from tests.cast import NOW, World, system_for, world
from tests.rooms.appointments.book import session, slot_type

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


@pytest.fixture
def w() -> World:
    return world()


def ask(w: World, code: str) -> Finding:
    hub = network_of_hub(hub_id=w.hub.pk, day=MONDAY)
    [finding] = CHECKS[code](actor=system_for(w.hub), hub=hub, now=NOW)
    assert finding.target == w.hub.pk
    assert finding.code == code
    assert finding.state is State.MET or finding.state is State.NOT_APPLICABLE or finding.fix
    return finding


def fill(w: World, *, days: int = 21, role: str = "R0260") -> None:
    """Bilal holds every minute of network standard hours."""
    kind = slot_type(w, "GP")
    for n in range(1, days + 1):
        day = MONDAY + timedelta(days=n)
        times = (time(9), time(17)) if day.isoweekday() == 6 else (time(18, 30), time(20))
        if day.isoweekday() != 7:
            session(w, day=day, times=times, slot_type_id=kind, practitioner_role=role)


@pytest.mark.parametrize("code", sorted(set(CHECKS) - {"CHK-25"}))
def test_an_empty_book_is_never_met(w: World, code: str) -> None:
    assert ask(w, code).state in (State.UNMET, State.UNKNOWN)


def test_a_full_book_is_in_order(w: World) -> None:
    Network.objects.filter(hub=w.hub).update(adjusted_population=15_500, session_name_pattern="EA .+")
    fill(w)
    assert {code: ask(w, code).state for code in CHECKS} == dict.fromkeys(CHECKS, State.MET)


def test_a_few_patients_more_and_the_minutes_fall_short(w: World) -> None:
    Network.objects.filter(hub=w.hub).update(adjusted_population=15_501)
    fill(w)
    found = ask(w, "CHK-21")
    assert (found.state, "930 of 931 minutes" in found.evidence) == (State.UNMET, True)


def test_nurses_alone_leave_the_gp_cover_open(w: World) -> None:
    fill(w, role="R0690")
    found = ask(w, "CHK-24")
    assert (found.state, "1860 minutes without a GP" in found.evidence) == (State.UNMET, True)


def test_a_draft_is_reported_with_what_it_lacks(w: World) -> None:
    session(w, publish=False, holder_id=None, site_id=None, delivery_channel="", practitioner_role="")
    evidence = ask(w, "CHK-20").evidence
    for lack in ("no holder", "no site", "no practitioner role", "no delivery channel", "not published"):
        assert lack in evidence


def test_names_against_the_pattern(w: World) -> None:
    assert ask(w, "CHK-25").state is State.NOT_APPLICABLE
    session(w)
    Network.objects.filter(hub=w.hub).update(session_name_pattern="Y07108 .*")
    assert ask(w, "CHK-25").state is State.UNMET


def test_each_way_in_which_a_clinician_is_not_ready(w: World) -> None:
    session(w)
    assert ask(w, "CHK-42").state is State.MET
    Account.objects.filter(pk=w.bilal.account_id or 0).update(smartcard_uid=None)
    Position.objects.filter(pk=w.bilal.position_id or 0).update(consulter=False, ends_on=MONDAY)
    Agreement.objects.filter(kind=AgreementKind.CARE_RECORD).update(allowed_job_categories=["Nurse"])
    found = ask(w, "CHK-42")
    assert found.state is State.UNMET
    for reason in ("smartcard", "consulter", "job category"):
        assert reason in found.evidence
