"""Real calls: outside any transaction, each in its own time; one that breaks or hangs is unknown, and no line of ours is green
because it is missing."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.database.work import is_at_work, unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, Purpose
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness import operations, probing, queries, scheduling, told
from pcnhub.insight.readiness.checking import FAILED, ProbesInsideWork, check
from pcnhub.insight.readiness.rules import (
    ByAttestation,
    ByProbe,
    ByState,
    Cell,
    CellState,
    NotYet,
    Often,
    ProofKind,
)
from tests.cast import NOW, World, system_for, world
from tests.insight.lines import SetLines, answering, line

HUB = OrganisationRef(1, "Y07108", "Riverside", "hub")
NETWORK = NetworkView(1, "U12345", "Riverside PCN", HUB, 20_000, "", ())
SYSTEM = Actor(user="system:test", name="test", organisation=HUB, purpose=Purpose.SYSTEM)


def cell(riverside: World, check_id: str) -> Cell:
    whole = queries.grid(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    return next(each for each in whole.cells if each.requirement.id == check_id and each.organisation == whole.hub)


@pytest.mark.django_db
def test_a_probe_is_called_outside_the_unit_and_says_how_long_it_took(set_lines: SetLines) -> None:
    riverside = world()
    seen: list[bool] = []

    def call(*, actor: Actor, hub: NetworkView, now: Any) -> Iterable[Finding]:
        seen.append(is_at_work())
        with unit_of_work(actor):
            yield Finding("CHK-15", hub.hub.id, State.MET, "It answers", took_ms=12)

    set_lines(
        line("CHK-15", proof=ByProbe(call)),
        line("CHK-01", proof=answering("CHK-01", State.MET, riverside.hub.pk)),
        line("CHK-D7", proof=ByProbe(lambda **_: 1 / 0)),  # type: ignore[arg-type]
    )
    check(now=NOW, hub_id=riverside.hub.pk)
    assert seen == [False]
    found = cell(riverside, "CHK-15")
    assert (found.state, found.proved_by, found.took_ms) == (CellState.MET, ProofKind.PROBE, 12)
    broken = cell(riverside, "CHK-D7")
    assert (broken.state, broken.evidence) == (CellState.UNKNOWN, FAILED)
    assert cell(riverside, "CHK-01").proved_by is ProofKind.STATE
    with unit_of_work(system_for(riverside.hub, "readiness")), pytest.raises(ProbesInsideWork):
        check(now=NOW, hub_id=riverside.hub.pk)
    check(now=NOW, hub_id=riverside.hub.pk, probes=False)  # and what was answered stays
    assert (cell(riverside, "CHK-15").state, len(seen)) == (CellState.MET, 1)


def test_one_that_hangs_is_unknown_and_is_not_waited_for() -> None:
    """No database: the probe's own thread has none to lose."""
    end = threading.Event()

    def hangs(**_: Any) -> Iterable[Finding]:
        end.wait(30)
        return []

    def answers(**_: Any) -> Iterable[Finding]:
        return [Finding("CHK-D8", 1, State.MET, "Right.")]

    lines = [line("CHK-D7", proof=ByProbe(hangs, seconds=0)), line("CHK-D8", proof=ByProbe(answers, seconds=30))]
    pairs = [(each, each.proof) for each in lines if isinstance(each.proof, ByProbe)]
    slow, quick = probing.call(pairs, actor=SYSTEM, network=NETWORK, now=NOW)
    end.set()
    assert [(each.state, each.target) for each in slow[1].findings] == [(State.UNKNOWN, 1)]
    assert "No answer within" in slow[1].findings[0].evidence
    assert quick[1].findings[0].state is State.MET


@pytest.mark.django_db
def test_what_this_release_does_not_have_is_never_green_and_blocks_nothing(set_lines: SetLines) -> None:
    riverside = world()
    set_lines(
        line("CHK-62", proof=NotYet("Not yet in this release.")), line("CHK-D13", proof=ByState(told.told("CHK-X")))
    )
    check(now=NOW, hub_id=riverside.hub.pk)
    found = cell(riverside, "CHK-62")
    assert (found.state, found.blocks, found.whose_move) == (CellState.NOT_YET, False, "")
    whole = queries.grid(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    assert (whole.asked, whole.settled) == (1, 0)
    untold = cell(riverside, "CHK-D13")
    assert (untold.state, "can answer this" in untold.evidence) == (CellState.UNKNOWN, True)


@pytest.mark.django_db
def test_an_hour_makes_the_calls_whose_turn_it_is(set_lines: SetLines, monkeypatch: pytest.MonkeyPatch) -> None:
    riverside = world()
    hub_id = riverside.hub.pk
    met = [Finding("CHK-15", hub_id, State.MET, "Answers.")]
    lines = (
        line("CHK-15", proof=ByProbe(lambda **_: met), often=(Often.DAILY,)),
        line(
            "CHK-63",
            proof=ByProbe(lambda **_: [Finding("CHK-63", hub_id, State.MET, "Answers.")]),
            often=(Often.HOURLY,),
        ),
        line("CHK-01", proof=answering("CHK-01", State.MET, hub_id)),
    )
    set_lines(*lines)
    monkeypatch.setattr(scheduling, "CATALOGUE", lines)
    assert scheduling.due(hub_id=hub_id, now=NOW) == {"CHK-15", "CHK-63", "CHK-01"}
    check(now=NOW, hub_id=hub_id)
    assert scheduling.due(hub_id=hub_id, now=NOW + timedelta(minutes=59)) == {"CHK-63", "CHK-01"}
    assert scheduling.due(hub_id=hub_id, now=NOW + timedelta(days=1)) == {"CHK-15", "CHK-63", "CHK-01"}


@pytest.mark.django_db
def test_a_person_may_state_what_no_call_could_find_out_but_not_what_one_denied(set_lines: SetLines) -> None:
    riverside = world()
    asks = ByAttestation("the system supplier", "its notice", 90)
    answer = State.UNKNOWN

    def call(**_: Any) -> Iterable[Finding]:
        return [Finding("CHK-15", riverside.hub.pk, answer, "As it is.")]

    set_lines(line("CHK-15", proof=ByProbe(call), else_attested=asks))
    check(now=NOW, hub_id=riverside.hub.pk)
    operations.attest(
        actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk, check_id="CHK-15", organisation_id=riverside.hub.pk,
        name="Supplier", stated_on=NOW.date(), document="Mail",
    )  # fmt: skip
    stated = cell(riverside, "CHK-15")
    assert (stated.state, stated.proved_by) == (CellState.ATTESTED, ProofKind.ATTESTATION)
    answer = State.UNMET
    check(now=NOW, hub_id=riverside.hub.pk)
    assert cell(riverside, "CHK-15").state is CellState.UNMET
