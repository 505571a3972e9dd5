"""Going live: refused with every reason while the hub is blocked; else the hub and its ready practices open."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from pcnhub.care.organisations.queries import organisation
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from pcnhub.insight.readiness import operations, queries
from pcnhub.insight.readiness.operations import NotReady
from pcnhub.insight.readiness.rules import ByState, Concerns, Gate
from tests.cast import NOW, World, world
from tests.insight.lines import SetLines, answering, failing, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside() -> World:
    return world()


def practices(cast: World, ash: State, birch: State) -> ByState:
    both = [answering("CHK-17", ash, cast.ash.pk), answering("CHK-17", birch, cast.birch.pk)]
    return ByState(lambda **given: [finding for each in both for finding in each.check(**given)])


def test_refused_with_every_blocking_check_of_the_hub(riverside: World, set_lines: SetLines) -> None:
    set_lines(
        line("CHK-01", proof=answering("CHK-01", State.UNMET, riverside.hub.pk)),
        line("CHK-03", proof=failing()),
        line("CHK-D1"),
        line("CHK-21", gate=Gate.WARNING, proof=answering("CHK-21", State.UNMET, riverside.hub.pk)),
    )
    with pytest.raises(NotReady) as refused:
        operations.go_live(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    assert [cell.requirement.id for cell in refused.value.blocking] == ["CHK-01", "CHK-03", "CHK-D1"]
    for word in ("CHK-01", "CHK-03", "CHK-D1", "Riverside"):
        assert word in refused.value.message
    assert organisation(id=riverside.hub.pk).opened_at is None


def test_opens_the_practices_that_are_ready_and_says_who_waits(riverside: World, set_lines: SetLines) -> None:
    proof = practices(riverside, State.MET, State.UNMET)
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE, proof=proof))
    result = operations.go_live(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    assert [practice.ods_code for practice in result.opened] == ["A81001"]
    assert "Birch Road Practice (10,000 patients)" in result.shortfall()
    opened = {each: organisation(ods_code=each).opened_at for each in ("Y07108", "A81001", "B82002", "C83003")}
    assert opened == {"Y07108": NOW, "A81001": NOW, "B82002": None, "C83003": None}
    assert "Short of the contract: 1,200 of 1,200 minutes in the week of 30 November" in result.shortfall()
    with unit_of_work(riverside.carys):
        detail = json.loads(AuditEvent.objects.get(action="readiness.went-live").detail)
    assert (detail["opened_now"], detail["waiting"], detail["patients_waiting"]) == (["A81001"], ["B82002"], 10_000)
    assert detail["minutes"] == ["2026-11-30: 0 of 1200", "2026-12-07: 0 of 1200"]


def test_said_again_it_opens_those_that_became_ready(riverside: World, set_lines: SetLines) -> None:
    test_opens_the_practices_that_are_ready_and_says_who_waits(riverside, set_lines)
    proof = practices(riverside, State.MET, State.MET)
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE, proof=proof))
    later = NOW + timedelta(days=1)
    result = operations.go_live(actor=riverside.carys, now=later, hub_id=riverside.hub.pk)
    assert ([each.ods_code for each in result.new], result.waiting) == (["B82002"], ())
    assert "Every practice of the network has access." in result.shortfall()
    assert organisation(ods_code="A81001").opened_at == NOW
    assert organisation(ods_code="B82002").opened_at == later


def test_a_practice_that_is_open_stays_open_and_has_slipped_when_a_line_comes_open(
    riverside: World, set_lines: SetLines
) -> None:
    """It has access: to count its patients as waiting would be wrong, and so would be to say nothing."""
    test_opens_the_practices_that_are_ready_and_says_who_waits(riverside, set_lines)
    proof = practices(riverside, State.UNMET, State.MET)
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE, proof=proof))
    result = operations.go_live(actor=riverside.carys, now=NOW + timedelta(days=1), hub_id=riverside.hub.pk)
    assert [each.ods_code for each in result.new] == ["B82002"]
    assert [each.ods_code for each in result.slipped] == ["A81001"]
    assert (result.waiting, result.patients_waiting) == ((), 0)
    assert organisation(ods_code="A81001").opened_at == NOW


def test_refused_while_no_practice_is_ready(riverside: World, set_lines: SetLines) -> None:
    proof = practices(riverside, State.UNKNOWN, State.UNMET)
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE, proof=proof))
    with pytest.raises(NotReady) as refused:
        operations.go_live(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    assert len(refused.value.blocking) == 2


def test_a_waiver_lets_it_go_on_and_is_named_in_the_record(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-01", proof=answering("CHK-01", State.UNMET, riverside.hub.pk)))
    operations.waive(
        actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk, check_id="CHK-01", organisation_id=riverside.hub.pk,
        reason="The supplier is late.", ends_on=date(2026, 11, 30),
    )  # fmt: skip
    operations.go_live(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    with unit_of_work(riverside.carys):
        assert '"waived": ["CHK-01 Y07108"]' in AuditEvent.objects.get(action="readiness.went-live").detail


def test_the_answer_is_asked_anew_not_remembered(riverside: World, set_lines: SetLines) -> None:
    """Negative control: a grid that was green must not open a hub that is red now."""
    set_lines(line("CHK-01", proof=answering("CHK-01", State.MET, riverside.hub.pk)))
    whole, _ = operations.prospect(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    assert whole.is_ready
    set_lines(line("CHK-01", proof=answering("CHK-01", State.UNMET, riverside.hub.pk)))
    assert queries.grid(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk).is_ready
    with pytest.raises(NotReady):
        operations.go_live(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)


def test_only_the_hub_may(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-01", proof=answering("CHK-01", State.MET, riverside.hub.pk)))
    for actor, refusal in (
        (riverside.bilal, NotPermitted), (riverside.dilys, NotPermitted), (riverside.charlie, NotFound),
    ):  # fmt: skip
        for act in (operations.go_live, operations.prospect):
            with pytest.raises(refusal):
                act(actor=actor, now=NOW, hub_id=riverside.hub.pk)
    assert organisation(id=riverside.hub.pk).opened_at is None
