"""Asking the checks: a broken one is unknown, a silent one is unknown, and the others go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pcnhub.foundations.database.work import AnotherActorsWork, unit_of_work
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from pcnhub.insight.readiness import queries, standing
from pcnhub.insight.readiness.checking import FAILED, SILENT, check
from pcnhub.insight.readiness.rules import ByState, Cell, CellState, Concerns
from tests.cast import NOW, RECEPTION, World, organisation, person, world
from tests.insight.lines import SetLines, answering, failing, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside() -> World:
    return world()


def cells(riverside: World, *, now: Any = NOW) -> dict[tuple[str, str], Cell]:
    whole = queries.grid(actor=riverside.carys, now=now, hub_id=riverside.hub.pk)
    return {(cell.requirement.id, cell.organisation.ods_code): cell for cell in whole.cells}


def test_answers_are_kept_with_the_day_their_state_began(riverside: World, set_lines: SetLines) -> None:
    hub_id = riverside.hub.pk
    set_lines(line("CHK-01", proof=answering("CHK-01", State.UNMET, hub_id)))
    check(now=NOW, hub_id=hub_id)
    later = NOW + timedelta(hours=2)
    check(now=later, hub_id=hub_id)
    found = cells(riverside, now=later)["CHK-01", "Y07108"]
    assert (found.state, found.as_of, found.since) == (CellState.UNMET, later, NOW)
    set_lines(line("CHK-01", proof=answering("CHK-01", State.MET, hub_id)))
    check(now=later, hub_id=hub_id)
    found = cells(riverside, now=later)["CHK-01", "Y07108"]
    assert (found.state, found.since) == (CellState.MET, later)


def test_a_check_that_raises_is_unknown_and_the_others_are_answered(riverside: World, set_lines: SetLines) -> None:
    hub_id = riverside.hub.pk

    def bad_query(**_: Any) -> list[Finding]:
        with connection.cursor() as cursor:
            cursor.execute("select 1 / 0")
        return []

    set_lines(
        line("CHK-01", proof=failing()),
        line("CHK-02", proof=ByState(bad_query)),
        line("CHK-03", proof=answering("CHK-03", State.MET, hub_id)),
    )
    check(now=NOW, hub_id=hub_id)
    found = cells(riverside)
    assert [found[each, "Y07108"].state for each in ("CHK-01", "CHK-02", "CHK-03")] == ["unknown", "unknown", "met"]
    assert found["CHK-01", "Y07108"].evidence == FAILED
    assert found["CHK-01", "Y07108"].blocks


def test_a_check_that_says_nothing_of_a_practice_leaves_it_unknown(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE, proof=answering("CHK-17", State.MET, riverside.ash.pk)))
    check(now=NOW, hub_id=riverside.hub.pk)
    found = cells(riverside)
    assert found["CHK-17", "A81001"].state is CellState.MET
    assert (found["CHK-17", "B82002"].state, found["CHK-17", "B82002"].evidence) == (CellState.UNKNOWN, SILENT)
    assert found["CHK-17", "Y07108"].state is CellState.NOT_APPLICABLE


def test_the_worst_of_several_findings_counts(riverside: World, set_lines: SetLines) -> None:
    hub_id = riverside.hub.pk
    states = [State.MET, State.UNMET, State.UNMET, State.UNKNOWN]
    findings = [Finding("CHK-42", hub_id, state, f"Number {n}.") for n, state in enumerate(states)]
    set_lines(line("CHK-42", proof=ByState(lambda **_: findings)))
    check(now=NOW, hub_id=hub_id)
    found = cells(riverside)["CHK-42", "Y07108"]
    assert (found.state, found.evidence) == (CellState.UNMET, "Number 1. Number 2.")


def test_findings_about_organisations_outside_the_network_are_left_out(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-08", proof=answering("CHK-08", State.UNMET, riverside.outside.pk, riverside.hub.pk)))
    check(now=NOW, hub_id=riverside.hub.pk)
    assert ("CHK-08", "C83003") not in cells(riverside)


def test_an_answer_that_is_too_old_is_no_answer(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-01", proof=answering("CHK-01", State.MET, riverside.hub.pk)))
    check(now=NOW, hub_id=riverside.hub.pk)
    assert cells(riverside, now=NOW + standing.STALE_AFTER)["CHK-01", "Y07108"].state is CellState.MET
    old = cells(riverside, now=NOW + standing.STALE_AFTER + timedelta(minutes=1))["CHK-01", "Y07108"]
    assert (old.state, old.evidence[:25]) == (CellState.UNKNOWN, "Not checked for more than")


def test_an_answer_that_is_not_given_any_more_does_not_stay(riverside: World, set_lines: SetLines) -> None:
    both = (riverside.ash.pk, riverside.birch.pk)
    set_lines(line("CHK-17", concerns=Concerns.HUB, proof=answering("CHK-17", State.UNMET, *both)))
    check(now=NOW, hub_id=riverside.hub.pk)
    assert cells(riverside)["CHK-17", "B82002"].state is CellState.UNMET
    set_lines(line("CHK-17", concerns=Concerns.HUB, proof=answering("CHK-17", State.UNMET, riverside.ash.pk)))
    check(now=NOW, hub_id=riverside.hub.pk)
    assert cells(riverside)["CHK-17", "B82002"].state is CellState.NOT_APPLICABLE


def test_only_what_is_asked_for_is_asked(riverside: World, set_lines: SetLines) -> None:
    set_lines(
        line("CHK-01", proof=answering("CHK-01", State.MET, riverside.hub.pk)),
        line("CHK-04", proof=answering("CHK-04", State.MET, riverside.hub.pk)),
    )
    check(now=NOW, hub_id=riverside.hub.pk, only={"CHK-04"})
    found = cells(riverside)
    assert [found[each, "Y07108"].state for each in ("CHK-01", "CHK-04")] == ["unknown", "met"]


def test_the_grid_asks_the_database_as_often_for_two_practices_as_for_five(
    riverside: World, set_lines: SetLines
) -> None:
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE), line("CHK-D1"))
    with CaptureQueriesContext(
        connection,
    ) as two:
        queries.grid(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    for number in range(3):
        joins(riverside, f"D8400{number}")
    with CaptureQueriesContext(connection) as five:
        whole = queries.grid(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    assert len(whole.rows) == 6
    assert (
        len(two) == len(five) == 11
    )  # savepoint, context, hubs, network, members, system, answers, statements, waivers, out


def test_a_run_asks_the_database_as_often_for_two_practices_as_for_five(riverside: World) -> None:
    """Every check of the catalogue, on its own, would ask three times as much; and none asks practice by practice, which would
    be three more, at least, for three practices."""

    def asked() -> int:
        with CaptureQueriesContext(connection) as heard:
            check(now=NOW, hub_id=riverside.hub.pk, probes=False)
        return len(heard)

    asked()
    two = asked()
    for number in range(3):
        joins(riverside, f"D8400{number}")
    asked()
    assert (two <= 120, asked() - two < 3) == (True, True)


def joins(riverside: World, ods_code: str) -> None:
    from pcnhub.care.organisations.models import NetworkMember
    from pcnhub.care.organisations.rules import OrganisationKind
    from tests.cast import LONG_AGO

    practice = organisation(ods_code, f"Practice {ods_code}", OrganisationKind.PRACTICE)
    NetworkMember.objects.create(network=riverside.network, organisation=practice, joined_on=LONG_AGO)


def test_the_checks_run_as_the_hub_and_never_inside_somebody_elses_unit(riverside: World) -> None:
    with unit_of_work(riverside.dilys), pytest.raises(AnotherActorsWork):
        check(now=NOW, hub_id=riverside.hub.pk, probes=False)


def test_a_practice_sees_its_own_row_alone(riverside: World, set_lines: SetLines) -> None:
    set_lines(line("CHK-17", concerns=Concerns.PRACTICE))
    whole = queries.grid(actor=riverside.dilys, now=NOW, hub_id=riverside.hub.pk)
    assert [row.organisation.ods_code for row in whole.rows] == ["A81001"]
    everyone = queries.grid(actor=riverside.carys, now=NOW, hub_id=riverside.hub.pk)
    assert [row.organisation.ods_code for row in everyone.rows] == ["Y07108", "A81001", "B82002"]


def test_outsiders_and_those_without_the_permission_see_nothing(riverside: World) -> None:
    with pytest.raises(NotFound):
        queries.grid(actor=riverside.charlie, now=NOW, hub_id=riverside.hub.pk)
    with pytest.raises(NotPermitted):
        queries.grid(actor=riverside.ada, now=NOW, hub_id=riverside.hub.pk)
    without = person("gwen", riverside.hub, RECEPTION)
    with pytest.raises(NotPermitted):
        queries.summary(actor=without, now=NOW, hub_id=riverside.hub.pk)
