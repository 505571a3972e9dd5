"""Attesting, waiving and taking back: who may, what is refused, and that nothing said is ever lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import State
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from pcnhub.insight.readiness import operations, queries
from pcnhub.insight.readiness.checking import check
from pcnhub.insight.readiness.models import Attestation, Waiver
from pcnhub.insight.readiness.rules import Cell, CellState, Concerns
from tests.cast import NOW, World, world
from tests.insight.lines import ASKS, SetLines, answering, line

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture
def riverside(set_lines: SetLines) -> World:
    cast = world()
    set_lines(
        line("CHK-D1", may_be_waived=False),
        line("CHK-14", concerns=Concerns.PRACTICE),
        line("CHK-01", proof=answering("CHK-01", State.UNMET, cast.hub.pk)),
    )
    check(now=NOW, hub_id=cast.hub.pk)
    return cast


def attest(cast: World, actor: Actor, check_id: str = "CHK-14", at: int | None = None, **more: Any) -> None:
    said: dict[str, Any] = {"name": "Dr Gill", "stated_on": TODAY, "document": "Folder 3"} | more
    operations.attest(
        actor=actor, now=NOW, hub_id=cast.hub.pk, check_id=check_id, organisation_id=at or cast.ash.pk, **said
    )


def waive(cast: World, actor: Actor, check_id: str = "CHK-01", at: int | None = None, **more: Any) -> None:
    said: dict[str, Any] = {"reason": "The supplier is late.", "ends_on": TODAY + timedelta(days=7)} | more
    operations.waive(
        actor=actor, now=NOW, hub_id=cast.hub.pk, check_id=check_id, organisation_id=at or cast.hub.pk, **said
    )


def cell(cast: World, check_id: str, at: int, *, now: Any = NOW) -> Cell:
    found = queries.cell(actor=cast.carys, now=now, hub_id=cast.hub.pk, check_id=check_id, organisation_id=at)
    return found.cell


def test_a_practice_attests_for_itself_and_it_is_on_record(riverside: World) -> None:
    attest(riverside, riverside.dilys)
    found = cell(riverside, "CHK-14", riverside.ash.pk)
    assert found.state is CellState.ATTESTED
    assert "Dr Gill on 23 November 2026: Folder 3" in found.evidence
    with unit_of_work(riverside.dilys):
        event = AuditEvent.objects.get(action="readiness.attested")
    assert (event.user, event.organisation_id) == (riverside.dilys.user, riverside.ash.pk)


def test_the_hub_attests_for_any_practice_but_a_practice_for_itself_alone(riverside: World) -> None:
    attest(riverside, riverside.carys, at=riverside.birch.pk)
    assert cell(riverside, "CHK-14", riverside.birch.pk).state is CellState.ATTESTED
    with pytest.raises(NotPermitted):
        attest(riverside, riverside.dilys, at=riverside.birch.pk)
    with pytest.raises(NotPermitted):
        attest(riverside, riverside.carys, at=riverside.outside.pk)


def test_outsiders_and_those_without_the_permission_state_nothing(riverside: World) -> None:
    with pytest.raises(NotFound):
        attest(riverside, riverside.charlie)
    with pytest.raises(NotFound):
        waive(riverside, riverside.charlie)
    for act in (attest, waive):
        with pytest.raises(NotPermitted):
            act(riverside, riverside.bilal)
    assert not Attestation.objects.exists()
    assert not Waiver.objects.exists()


def test_everything_wrong_with_a_statement_is_said_at_once(riverside: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        attest(riverside, riverside.carys, name=" ", document="", stated_on=None)
    assert {problem.field for problem in refused.value.problems} == {"name", "document", "stated_on"}
    with pytest.raises(InvalidInput) as refused:
        attest(riverside, riverside.carys, stated_on=TODAY + timedelta(days=1), document="x" * 501)
    assert {problem.code for problem in refused.value.problems} == {"future", "too-long"}


@pytest.mark.parametrize(
    ("stated", "expires", "code"), [(-40, None, "expired"), (-5, 0, "expired"), (0, 31, "too-long")]
)
def test_a_statement_stands_no_longer_than_the_catalogue_allows(
    riverside: World, stated: int, expires: int | None, code: str
) -> None:
    ends = None if expires is None else TODAY + timedelta(days=expires)
    with pytest.raises(InvalidInput) as refused:
        attest(riverside, riverside.carys, stated_on=TODAY + timedelta(days=stated), expires_on=ends)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_what_the_system_answers_alone_is_not_attested(riverside: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        attest(riverside, riverside.carys, "CHK-01", at=riverside.hub.pk)
    assert refused.value.problems[0].code == "not-attestable"


def test_a_statement_expires_by_itself(riverside: World) -> None:
    attest(riverside, riverside.carys)
    assert cell(riverside, "CHK-14", riverside.ash.pk, now=NOW + timedelta(days=29)).state is CellState.ATTESTED
    assert cell(riverside, "CHK-14", riverside.ash.pk, now=NOW + timedelta(days=30)).state is CellState.UNMET


def test_withdrawing_keeps_what_was_said(riverside: World) -> None:
    attest(riverside, riverside.carys)
    where: dict[str, Any] = {"hub_id": riverside.hub.pk, "check_id": "CHK-14", "organisation_id": riverside.ash.pk}
    with pytest.raises(InvalidInput):
        operations.withdraw_attestation(actor=riverside.carys, now=NOW, reason="", **where)
    operations.withdraw_attestation(actor=riverside.carys, now=NOW, reason="It was another practice.", **where)
    found = queries.cell(actor=riverside.carys, now=NOW, **where)
    assert found.cell.state is CellState.UNMET
    assert [row.was_withdrawn for row in found.attestations] == [True, False]
    with pytest.raises(Conflict):
        operations.withdraw_attestation(actor=riverside.carys, now=NOW, reason="Again.", **where)
    attest(riverside, riverside.carys)
    assert cell(riverside, "CHK-14", riverside.ash.pk).state is CellState.ATTESTED


def test_a_waiver_is_the_hubs_has_an_end_and_can_be_ended(riverside: World) -> None:
    with pytest.raises(NotPermitted):
        waive(riverside, riverside.dilys, "CHK-14", at=riverside.ash.pk)
    waive(riverside, riverside.carys)
    assert cell(riverside, "CHK-01", riverside.hub.pk).state is CellState.WAIVED
    check(now=NOW + timedelta(days=7), hub_id=riverside.hub.pk)
    assert cell(riverside, "CHK-01", riverside.hub.pk, now=NOW + timedelta(days=7)).state is CellState.UNMET
    where: dict[str, Any] = {"hub_id": riverside.hub.pk, "check_id": "CHK-01", "organisation_id": riverside.hub.pk}
    operations.withdraw_waiver(actor=riverside.carys, now=NOW, **where)
    assert cell(riverside, "CHK-01", riverside.hub.pk).state is CellState.UNMET
    with pytest.raises(Conflict):
        operations.withdraw_waiver(actor=riverside.carys, now=NOW, **where)
    assert [row.was_withdrawn for row in Waiver.objects.order_by("pk")] == [False, True]


def test_everything_wrong_with_a_waiver_is_said_at_once(riverside: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        waive(riverside, riverside.carys, "CHK-D1", reason="", ends_on=TODAY)
    assert {problem.code for problem in refused.value.problems} == {"required", "not-waivable", "out-of-range"}
    with pytest.raises(InvalidInput):
        waive(riverside, riverside.carys, ends_on=TODAY + timedelta(days=91))


@pytest.mark.parametrize("table", ["readiness_attestation", "readiness_waiver"])
def test_the_serving_role_cannot_change_or_delete_what_was_said(riverside: World, table: str) -> None:
    for statement in (f"update {table} set by = 'x'", f"delete from {table}"):  # noqa: S608 - names of ours
        with pytest.raises(ProgrammingError, match="permission denied"), unit_of_work(riverside.carys):
            connection.cursor().execute(statement)


def test_nothing_is_waived_before_it_is_open(riverside: World, set_lines: SetLines) -> None:
    """It would hide what came open later, unseen."""
    set_lines(line("CHK-01", proof=answering("CHK-01", State.MET, riverside.hub.pk)))
    check(now=NOW, hub_id=riverside.hub.pk)
    with pytest.raises(Conflict, match="not open"):
        waive(riverside, riverside.carys)
    assert not Waiver.objects.exists()


def test_a_no_that_grew_old_is_not_talked_away(riverside: World, set_lines: SetLines) -> None:
    set_lines(
        line("CHK-01", proof=answering("CHK-01", State.UNMET, riverside.hub.pk), else_attested=ASKS),
        line("CHK-02", proof=answering("CHK-02", State.MET, riverside.hub.pk)),
    )
    check(now=NOW, hub_id=riverside.hub.pk)
    attest(riverside, riverside.carys, "CHK-01", at=riverside.hub.pk)
    later = NOW + timedelta(hours=25)  # no worker, and nobody looked
    old = cell(riverside, "CHK-01", riverside.hub.pk, now=later)
    assert (old.state, "Not checked for more than 24 hours" in old.evidence) == (CellState.UNMET, True)
    assert cell(riverside, "CHK-02", riverside.hub.pk, now=later).state is CellState.UNKNOWN


def test_a_day_at_the_end_of_the_calendar_is_refused_like_any_other(riverside: World) -> None:
    for ends in (None, TODAY + timedelta(days=9)):
        with pytest.raises(InvalidInput) as refused:
            attest(riverside, riverside.dilys, stated_on=date.max, expires_on=ends)
        assert [problem.code for problem in refused.value.problems] == ["future"]
