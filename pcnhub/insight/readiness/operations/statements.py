"""What attestations and waivers have in common: who may speak for which line, and how it is put on record."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.queries import joining_later, network_of_hub
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, Problem
from pcnhub.insight.readiness import changing, queries
from pcnhub.insight.readiness.rules import Requirement

LONGEST_TEXT = 500


def permit_line(
    actor: Actor, now: datetime, hub_id: int, organisation_id: int, *, or_joined_later: bool = False
) -> None:
    """The hub speaks for every row of its grid, a practice for its own; with `or_joined_later` also of one that is to join, and
    has things to do before its day (A24)."""
    permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
    queries.hub_seen_by(actor=actor, now=now, hub_id=hub_id, or_joined_later=or_joined_later)
    day = london_date(now)
    network = network_of_hub(hub_id=hub_id, day=day)
    asked = network.organisation_ids | set(joining_later(network=network, day=day) if or_joined_later else ())
    mine = asked if actor.organisation.id == hub_id else {actor.organisation.id}
    if organisation_id not in mine or organisation_id not in asked:
        raise NotPermitted(
            "This line belongs to another organisation.",
            remedy="A practice speaks for itself; the hub speaks for all.",
            who_can="someone with a position there, or the hub’s manager",
        )


def refuse_outside_hub(actor: Actor, hub_id: int) -> None:
    if actor.organisation.id != hub_id:
        raise NotPermitted(
            "Waivers and going live are the hub’s decision.",
            remedy="Ask the hub, saying why.",
            who_can="the hub’s manager",
        )


def text_problems(field: str, words: str, text: str) -> list[Problem]:
    if not text.strip():
        return [problem(field, "required", f"Enter {words}", "It is shown with the check.")]
    if len(text) > LONGEST_TEXT:
        return [
            problem(
                field, "too-long", f"Use {LONGEST_TEXT} characters at most", f"Take out {len(text) - LONGEST_TEXT}."
            )
        ]
    return []


def refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(problems)


def problem(field: str, code: str, message: str, remedy: str, value: object = "") -> Problem:
    return Problem(field, code, message, remedy, str(value))


def record_statement(
    actor: Actor,
    now: datetime,
    action: str,
    kind: str,
    row: int,
    hub_id: int,
    organisation_id: int,
    line: Requirement,
    reason: str = "",
) -> None:
    """Audit what somebody said, and note how the grid changed by it."""
    detail: dict[str, str | int | bool | list[str] | list[int] | None] = {
        "check": line.id,
        "organisation": organisation_id,
    }
    record(actor=actor, now=now, action=action, subject=Subject(kind, row), reason=reason, detail=detail)
    changing.note(actor=actor, now=now, network=network_of_hub(hub_id=hub_id, day=london_date(now)))
