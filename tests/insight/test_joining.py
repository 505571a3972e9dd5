"""A practice joins or merges in the middle of a year: the whole checklist, asked about the network of that day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pcnhub.care.organisations.models import NetworkMember, Organisation
from pcnhub.care.organisations.operations import add_to_group, subscribe
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.sharing.operations import join
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from pcnhub.insight.readiness import checking, lists, queries
from pcnhub.insight.readiness.catalogue import ANSWERS
from pcnhub.insight.readiness.models import Change, Result
from pcnhub.insight.readiness.operations import attest, waive
from pcnhub.insight.readiness.rules import CellState, Gate, Grid
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db
TODAY = london_date(NOW)
THEN = TODAY + timedelta(days=42)


@pytest.fixture
def riverside() -> World:
    """Outside Surgery joins in six weeks; on the same day Birch Road's list goes over to it."""
    cast = world()
    NetworkMember.objects.create(network=cast.network, organisation=cast.outside, joined_on=THEN)
    NetworkMember.objects.filter(organisation=cast.birch).update(left_on=THEN)
    return cast


def needs(cast: World, organisation_id: int, *, days: int = 0) -> lists.Needs:
    now = NOW + timedelta(days=days)
    return lists.needs_of(actor=cast.carys, now=now, hub_id=cast.hub.pk, organisation_id=organisation_id)


def test_the_list_of_who_joins_is_exactly_what_is_missing_and_is_kept_nowhere(riverside: World) -> None:
    checking.check(now=NOW, hub_id=riverside.hub.pk, probes=False)
    results, changes = Result.objects.count(), Change.objects.count()
    found = needs(riverside, riverside.outside.pk)
    assert found.turn is not None
    assert (found.turn.day, found.list) == (THEN, None)
    assert found.by_then is not None
    steps = {(step.cell.requirement.id, step.cell.organisation.id): step.cell for step in found.by_then.steps}
    outside, hub = riverside.outside.pk, riverside.hub.pk
    assert {("CHK-05", outside), ("CHK-17", outside), ("CHK-36", outside), ("CHK-16", hub), ("CHK-08", hub)} <= set(
        steps
    )
    assert not {at for _, at in steps} & {riverside.ash.pk, riverside.birch.pk}
    assert "not a party" in steps["CHK-05", outside].evidence.lower()
    for check in ("CHK-16", "CHK-08"):  # the old code is stale there, the new one lacking
        assert "Outside Surgery" in steps[check, hub].evidence
        assert "Birch Road Practice" in steps[check, hub].evidence
    gates = {line.id for line in found.by_then.grid.requirements if line.gate is Gate.PRACTICE}
    met = {(cell.requirement.id, cell.state) for cell in found.by_then.grid.cells if cell.organisation.id == outside}
    assert {check for check, at in steps if at == outside} >= {
        check for check, state in met if check in gates and state.is_open
    }
    assert {contact.organisation.id for contact in found.contacts} == {outside, hub}
    assert (Result.objects.count(), Change.objects.count()) == (results, changes)
    assert outside not in {row.organisation.id for row in grid(riverside).rows}


def grid(cast: World) -> Grid:
    return queries.grid(actor=cast.carys, now=NOW, hub_id=cast.hub.pk)


def test_who_leaves_keeps_its_list_until_then_and_afterwards_its_code_is_stale(riverside: World) -> None:
    before = needs(riverside, riverside.birch.pk)
    assert before.list is not None
    assert before.turn is not None
    assert before.left_on is None
    assert before.by_then is not None
    places = {step.cell.requirement.id: step.cell.organisation.id for step in before.by_then.steps}
    assert places.keys() >= {"CHK-08", "CHK-16"}
    assert set(places.values()) == {riverside.hub.pk}  # what the other one lacks is on its own list
    checking.check(now=NOW + timedelta(days=43), hub_id=riverside.hub.pk, only={"CHK-08", "CHK-16"})
    after = needs(riverside, riverside.birch.pk, days=43)
    assert (after.list, after.turn, after.left_on) == (None, None, THEN)
    assert {cell.requirement.id for cell in after.stale} >= {"CHK-08", "CHK-16"}


def test_the_days_of_change_are_the_hubs_to_see_and_a_practice_has_its_own_list_alone(riverside: World) -> None:
    asked: dict[str, Any] = {"now": NOW, "hub_id": riverside.hub.pk}
    (turn,) = lists.network_turns(actor=riverside.carys, **asked)
    assert ([each.ods_code for each in turn.joining], [each.ods_code for each in turn.leaving]) == (
        ["C83003"],
        ["B82002"],
    )
    assert lists.network_turns(actor=riverside.dilys, **asked) == ()
    assert lists.needs_of(actor=riverside.dilys, organisation_id=riverside.ash.pk, **asked).list is not None
    for actor, organisation, refusal in (
        (riverside.dilys, riverside.birch, NotFound),
        (riverside.charlie, riverside.ash, NotFound),
        (riverside.charlie, riverside.birch, NotFound),
        (riverside.bilal, riverside.ash, NotPermitted),
    ):
        with pytest.raises(refusal):
            lists.needs_of(actor=actor, organisation_id=organisation.pk, **asked)


def stated(cast: World, actor: Actor, check: str = "CHK-14", organisation: Organisation | None = None) -> None:
    attest(
        actor=actor, now=NOW, hub_id=cast.hub.pk, check_id=check, organisation_id=(organisation or cast.outside).pk,
        name="Charlie Cast", stated_on=TODAY, document="Folder 3",
    )  # fmt: skip


def test_who_joins_sees_and_states_its_own_before_and_that_counts_on_its_day(riverside: World) -> None:
    asked: dict[str, Any] = {"now": NOW, "hub_id": riverside.hub.pk, "organisation_id": riverside.outside.pk}
    mine = lists.needs_of(actor=riverside.charlie, **asked)
    assert mine.by_then is not None
    places = {step.cell.organisation.id for step in mine.by_then.steps}
    assert places == {riverside.outside.pk, riverside.hub.pk}
    assert ("CHK-70", riverside.outside.pk) in {step.key for step in mine.by_then.steps}
    stated(riverside, riverside.charlie, "CHK-70")
    again = lists.needs_of(actor=riverside.charlie, **asked)
    assert again.by_then is not None
    assert {step.key for step in mine.by_then.steps} - {step.key for step in again.by_then.steps} == {
        ("CHK-70", riverside.outside.pk)
    }
    cell = lists.cell_of(actor=riverside.charlie, check_id="CHK-70", **asked)
    assert (cell.cell.state, cell.may_attest, cell.may_waive) == (CellState.ATTESTED, True, False)
    assert lists.cell_of(actor=riverside.carys, check_id="CHK-05", **asked).cell.state is CellState.UNMET
    assert riverside.outside.pk not in {row.organisation.id for row in grid(riverside).rows}
    then = queries.grid(actor=riverside.carys, now=NOW + timedelta(days=43), hub_id=riverside.hub.pk)
    states = {(each.requirement.id, each.organisation.id): each.state for each in then.cells}
    assert states["CHK-70", riverside.outside.pk] is CellState.ATTESTED


def test_nobody_states_for_another_and_a_stranger_for_nobody(riverside: World) -> None:
    for actor, organisation in ((riverside.charlie, riverside.ash), (riverside.dilys, riverside.outside)):
        with pytest.raises(NotPermitted):
            stated(riverside, actor, organisation=organisation)
    with pytest.raises(NotPermitted):  # nothing is there yet that could be accepted
        waive(
            actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk, check_id="CHK-29",
            organisation_id=riverside.outside.pk, reason="Later", ends_on=THEN,
        )  # fmt: skip
    with pytest.raises(NotFound):
        lists.cell_of(
            actor=riverside.charlie,
            now=NOW,
            hub_id=riverside.hub.pk,
            check_id="CHK-05",
            organisation_id=riverside.ash.pk,
        )
    NetworkMember.objects.filter(organisation=riverside.outside).delete()  # and a stranger again
    with pytest.raises(NotFound):
        needs(replace(riverside, carys=riverside.charlie), riverside.outside.pk)
    with pytest.raises(NotFound):
        stated(riverside, riverside.charlie)


def found(cast: World, check: str) -> Finding:
    """What a check of the hub's tables says today."""
    network = network_of_hub(hub_id=cast.hub.pk, day=TODAY)
    actor = system_for(cast.hub)
    with unit_of_work(actor):
        (finding,) = ANSWERS[check](actor=actor, hub=network, now=NOW)
    return finding


def test_who_joins_may_be_let_in_before_and_holds_nobody_up_but_finds_no_slots_until_its_day(riverside: World) -> None:
    group: dict[str, Any] = {"actor": riverside.carys, "now": NOW, "group_id": riverside.group.pk}
    before = {check: found(riverside, check).state for check in ("CHK-16", "CHK-08")}
    add_to_group(**group, organisation_id=riverside.outside.pk)
    agreement = riverside.agreements[AgreementKind.CARE_RECORD].pk
    join(actor=riverside.carys, now=NOW, agreement_id=agreement, organisation_id=riverside.outside.pk, joined_on=TODAY)
    assert {check: found(riverside, check).state for check in ("CHK-16", "CHK-08")} == before
    assert before["CHK-16"] is State.MET
    subscribe(actor=riverside.charlie, now=NOW, group_id=riverside.group.pk)
    assert "slots already, and joins on" in found(riverside, "CHK-16").evidence
    NetworkMember.objects.filter(organisation=riverside.outside).delete()
    assert "Outside Surgery, no member" in found(riverside, "CHK-16").evidence
    assert "Outside Surgery, no member" in found(riverside, "CHK-08").evidence
