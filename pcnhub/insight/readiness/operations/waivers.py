"""Waivers: the hub accepts an open check, for a reason, until a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput
from pcnhub.insight.readiness import queries
from pcnhub.insight.readiness.models import Waiver
from pcnhub.insight.readiness.operations.statements import (
    permit_line,
    problem,
    record_statement,
    refuse_outside_hub,
    text_problems,
)
from pcnhub.insight.readiness.rules import CellState

LONGEST_WAIVER = timedelta(days=90)


def waive(
    *,
    actor: Actor,
    now: datetime,
    hub_id: int,
    check_id: str,
    organisation_id: int,
    reason: str,
    ends_on: date | None,
) -> None:
    """Accept an open check until `ends_on` (the first day on which the waiver no longer counts). The hub's decision alone.

    Raises InvalidInput with every problem, Conflict when it is not open, NotPermitted, NotFound.
    """
    line = queries.requirement(check_id, hub_id=hub_id)
    with unit_of_work(actor):
        permit_line(actor, now, hub_id, organisation_id)
        refuse_outside_hub(actor, hub_id)
        _refuse_unless_open(actor, now, hub_id, check_id, organisation_id)
        problems = text_problems("reason", "why it can be accepted", reason)
        today = london_date(now)
        latest = today + LONGEST_WAIVER
        if not line.may_be_waived:
            problems.append(
                problem(
                    "check_id", "not-waivable", f"{check_id} can’t be waived", "It must be met: see why it matters."
                )
            )
        if ends_on is None:
            problems.append(
                problem("ends_on", "required", "Enter the day on which the waiver ends", "Day, month and year.")
            )
        elif not today < ends_on <= latest:
            problems.append(
                problem(
                    "ends_on",
                    "out-of-range",
                    "A waiver ends after today and within 90 days",
                    f"Enter a day up to {latest:%-d %B %Y}.",
                    ends_on,
                )
            )
        if problems or ends_on is None:
            raise InvalidInput(problems)
        row = Waiver.objects.create(
            hub_id=hub_id,
            organisation_id=organisation_id,
            check_id=check_id,
            reason=reason.strip(),
            ends_on=ends_on,
            by=actor.user,
            by_name=actor.name,
            at=now,
        )
        record_statement(actor, now, "readiness.waived", "waiver", row.pk, hub_id, organisation_id, line, reason)


def _refuse_unless_open(actor: Actor, now: datetime, hub_id: int, check_id: str, organisation_id: int) -> None:
    """A waiver given in advance would hide whatever came open later, which nobody had looked at when they accepted it."""
    found = queries.cell(actor=actor, now=now, hub_id=hub_id, check_id=check_id, organisation_id=organisation_id)
    state = found.cell.state
    if not (state.is_open or state is CellState.WAIVED):
        raise Conflict(
            f"{check_id} is not open here, so there is nothing to accept.",
            remedy="Waive it when it has come open and you have seen why.",
            who_can="the hub’s manager",
        )


def withdraw_waiver(*, actor: Actor, now: datetime, hub_id: int, check_id: str, organisation_id: int) -> None:
    """End the waiver that stands. Raises Conflict when none does, NotPermitted, NotFound."""
    line = queries.requirement(check_id, hub_id=hub_id)
    with unit_of_work(actor):
        permit_line(actor, now, hub_id, organisation_id)
        refuse_outside_hub(actor, hub_id)
        before = Waiver.objects.filter(hub_id=hub_id, check_id=check_id, organisation_id=organisation_id).last()
        if before is None or before.was_withdrawn:
            raise Conflict("No waiver stands here.", remedy="Look at the page again: somebody was faster.")
        row = Waiver.objects.create(
            hub_id=hub_id,
            organisation_id=organisation_id,
            check_id=check_id,
            reason=before.reason,
            ends_on=before.ends_on,
            was_withdrawn=True,
            by=actor.user,
            by_name=actor.name,
            at=now,
        )
        record_statement(actor, now, "readiness.waiver-withdrawn", "waiver", row.pk, hub_id, organisation_id, line)
