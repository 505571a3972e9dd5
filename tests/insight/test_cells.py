"""How a cell comes to its state: what the system sees, what people say, what the hub accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.findings import Fix, State
from pcnhub.insight.readiness import rules
from pcnhub.insight.readiness.rules import (
    Answer,
    AttestationView,
    Cell,
    CellState,
    Concerns,
    Gate,
    Mover,
    Requirement,
    WaiverView,
)
from tests.insight.lines import ASKS, FIX, answering, line

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HUB = OrganisationRef(1, "Y07108", "Hub", "hub")
BIRCH = OrganisationRef(3, "B82002", "Birch Road", "practice")
ASH = OrganisationRef(2, "A81001", "Ash Lane", "practice")
BY_STATE = answering("CHK-01", State.MET, HUB.id)


def answer(state: State, *, failed: bool = False) -> Answer:
    return Answer(state, "Seen.", FIX, NOW, NOW, failed)


def attestation(*, days: int = 10, withdrawn: bool = False) -> AttestationView:
    return AttestationView(
        "Dr Gill",
        TODAY - timedelta(days=5),
        "Folder 3",
        TODAY + timedelta(days=days),
        "Carys",
        NOW,
        withdrawn,
        "Wrong page.",
    )


def waiver(*, days: int = 10, withdrawn: bool = False) -> WaiverView:
    return WaiverView("The supplier is late.", TODAY + timedelta(days=days), "Carys", NOW, withdrawn)


def cell(
    requirement: Requirement,
    *,
    organisation: OrganisationRef = HUB,
    given: Answer | None = None,
    said: AttestationView | None = None,
    waived: WaiverView | None = None,
) -> Cell:
    return rules.cell(
        requirement=requirement,
        organisation=organisation,
        hub_id=HUB.id,
        answer=given,
        attestation=said,
        waiver=waived,
        day=TODAY,
    )


@pytest.mark.parametrize("state", State)
def test_what_the_system_sees_is_the_state(state: State) -> None:
    assert cell(line(proof=BY_STATE), given=answer(state)).state == state.value


def test_no_answer_is_unknown_where_one_must_be_and_not_asked_elsewhere() -> None:
    assert cell(line(proof=BY_STATE)).state is CellState.UNKNOWN
    assert cell(line(proof=BY_STATE), organisation=ASH).state is CellState.NOT_APPLICABLE
    assert cell(line(concerns=Concerns.BOTH, proof=BY_STATE), organisation=ASH).state is CellState.UNKNOWN


def test_a_statement_counts_until_its_day_and_not_after() -> None:
    assert cell(line()).state is CellState.UNMET
    assert "practice manager" in cell(line()).evidence
    assert cell(line(), said=attestation()).state is CellState.ATTESTED
    expired = cell(line(), said=attestation(days=0))
    assert (expired.state, expired.whose_move) == (CellState.UNMET, "the hub")
    assert "Expired" in expired.evidence
    assert cell(line(), said=attestation(withdrawn=True)).state is CellState.UNMET


def test_a_person_cannot_talk_away_what_the_system_sees() -> None:
    both = line(proof=BY_STATE, else_attested=ASKS)
    assert cell(both, given=answer(State.UNMET), said=attestation()).state is CellState.UNMET
    assert cell(both, given=answer(State.UNKNOWN), said=attestation()).state is CellState.ATTESTED
    assert cell(both, given=answer(State.UNKNOWN)).state is CellState.UNKNOWN


def test_a_check_that_broke_down_is_never_green_whatever_was_said() -> None:
    both = line(proof=BY_STATE, else_attested=ASKS)
    assert cell(both, given=answer(State.UNKNOWN, failed=True), said=attestation()).state is CellState.UNKNOWN


def test_a_waiver_accepts_what_is_open_until_its_day() -> None:
    requirement = line(proof=BY_STATE)
    waived = cell(requirement, given=answer(State.UNMET), waived=waiver())
    assert (waived.state, waived.blocks, waived.whose_move) == (CellState.WAIVED, False, "")
    assert "supplier is late" in waived.evidence
    assert cell(requirement, given=answer(State.UNMET), waived=waiver(days=0)).blocks
    assert cell(requirement, given=answer(State.UNMET), waived=waiver(withdrawn=True)).blocks
    assert cell(requirement, given=answer(State.MET), waived=waiver()).state is CellState.MET


def test_what_may_not_be_waived_is_not() -> None:
    fixed = line(proof=BY_STATE, may_be_waived=False)
    assert cell(fixed, given=answer(State.UNMET), waived=waiver()).state is CellState.UNMET


@pytest.mark.parametrize(
    ("gate", "blocks"), [(Gate.HUB, True), (Gate.PRACTICE, True), (Gate.SHIFT, False), (Gate.WARNING, False)]
)
def test_only_go_live_gates_block(gate: Gate, blocks: bool) -> None:
    assert cell(line(proof=BY_STATE, gate=gate), given=answer(State.UNMET)).blocks is blocks


def test_whose_move_it_is() -> None:
    either = replace(line(concerns=Concerns.PRACTICE, proof=BY_STATE), movers=(Mover.HUB, Mover.PRACTICE))
    plain = cell(either, organisation=ASH, given=Answer(State.UNMET, "Seen.", None, NOW, NOW))
    assert [rules.is_move_of(plain, each, hub_id=HUB.id) for each in (HUB, ASH, BIRCH)] == [True, True, False]
    named = Answer(State.UNMET, "Seen.", Fix("Activate it.", "an agreement manager at Ash Lane"), NOW, NOW)
    practices = cell(either, organisation=ASH, given=named)
    assert [rules.is_move_of(practices, each, hub_id=HUB.id) for each in (HUB, ASH, BIRCH)] == [False, True, False]
    for who in ("the hub’s rota manager", f"an administrator of {HUB.name}"):
        hubs = cell(either, organisation=ASH, given=replace(named, fix=Fix("Mend it.", who)))
        assert [rules.is_move_of(hubs, each, hub_id=HUB.id) for each in (HUB, ASH, BIRCH)] == [True, False, False], who
    settled = cell(either, organisation=ASH, given=answer(State.MET))
    assert not rules.is_move_of(settled, ASH, hub_id=HUB.id)


ANSWERED = [None, *(answer(state, failed=failed) for state in State for failed in (False, True))]
SAID = [None, *(attestation(days=days, withdrawn=withdrawn) for days in (0, 1) for withdrawn in (False, True))]
WAIVED = [None, *(waiver(days=days, withdrawn=withdrawn) for days in (0, 1) for withdrawn in (False, True))]


def test_green_always_has_a_ground() -> None:
    """Every way in which an answer, a statement and a waiver can meet."""
    for answered, said, waived, attestable, waivable in product(ANSWERED, SAID, WAIVED, (True, False), (True, False)):
        requirement = line(proof=BY_STATE, else_attested=ASKS if attestable else None, may_be_waived=waivable)
        found = cell(requirement, given=answered, said=said, waived=waived)
        if found.state is CellState.MET:
            assert answered is not None
            assert answered.state is State.MET
        if found.state is CellState.ATTESTED:
            assert attestable
            assert said is not None
            assert said.holds_on(TODAY)
            assert answered is None or (answered.state is State.UNKNOWN and not answered.has_failed)
        if found.state is CellState.WAIVED:
            assert waivable
            assert waived is not None
            assert waived.holds_on(TODAY)
        assert bool(found.whose_move) == found.state.is_open
