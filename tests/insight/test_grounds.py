"""What a statement can't stand above, and who is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness import rules
from pcnhub.insight.readiness.rules import Answer, AttestationView, ByProbe, CellState, ProofKind
from pcnhub.insight.readiness.rules.naming import names
from tests.insight.lines import ASKS, FIX, line

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HUB = OrganisationRef(1, "Y07108", "Hub", "hub")
CALLED = line(proof=ByProbe(lambda **_: list[Finding]()), else_attested=ASKS)


def said(at: datetime) -> AttestationView:
    return AttestationView("Dr Gill", at.date(), "Folder 3", TODAY + timedelta(days=9), "Carys", at, False, "")


def state(answer: Answer | None, at: datetime) -> CellState:
    found = rules.cell(
        requirement=CALLED, organisation=HUB, hub_id=HUB.id, answer=answer, attestation=said(at), waiver=None, day=TODAY
    )
    return found.state


def test_what_fell_silent_is_not_held_up_by_what_was_said_before() -> None:
    hour = timedelta(hours=1)
    silent = Answer(State.UNKNOWN, "No answer.", FIX, NOW, NOW - hour, proved_by=ProofKind.PROBE, took_ms=5000)
    assert state(silent, NOW - 2 * hour) is CellState.UNKNOWN
    assert state(silent, NOW) is CellState.ATTESTED  # somebody looked, and said so since
    not_called = replace(silent, took_ms=None)
    assert state(not_called, NOW - 2 * hour) is CellState.ATTESTED
    assert state(None, NOW) is CellState.ATTESTED


@pytest.mark.parametrize(
    ("who", "is_named"),
    [
        ("an administrator of Park Surgery", True),
        ("Park Surgery (not yet active); Elm Hub (ready)", True),
        ("an agreement manager at Elm Hub, or at Park Surgery", True),
        ("a clinician at Park Surgery and at Elm Hub", True),
        ("an administrator of Park Surgery, with what the ICB had created", True),
        ("an administrator of Hyde Park Surgery", False),
        ("an administrator of Park Surgery West", False),
        ("Elm Hub (Park Surgery is not a party)", False),
        ("the hub’s manager", False),
    ],
)
def test_an_organisation_is_named_by_its_whole_name(who: str, is_named: bool) -> None:
    assert names(who, "Park Surgery") is is_named
