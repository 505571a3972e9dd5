"""To-do lists by e-mail: when somebody asks, and each Monday while a hub that is not live has a day on which it means to be, or
while a practice of one that is live still waits to be opened.

A letter says which checks are open, at whom and by when; no evidence, and nothing of a patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pcnhub.care.organisations.queries import NetworkView, network_of_hub, networks, positions_at, system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.mail.queue import Recipient, write_down
from pcnhub.connections.mail.words import NoticeKind
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, publish
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import Conflict
from pcnhub.insight.readiness import planning
from pcnhub.insight.readiness.lists import needs_of
from pcnhub.insight.readiness.planning import Step
from pcnhub.insight.readiness.queries import aimed_at
from pcnhub.insight.readiness.standing import grid_of
from pcnhub.insight.readiness.todo import as_lines, to_do

MONDAY, FROM_HOUR = 0, 7  # London


def send_list(*, actor: Actor, now: datetime, hub_id: int, organisation_id: int) -> int:
    """Mail an organisation what it still needs: to whoever looks after readiness there, else to its own address. How many.

    The hub sends to any organisation of its network, a practice to itself. Not inside another unit of work. Raises Conflict
    when nothing is open, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
    needs = needs_of(actor=actor, now=now, hub_id=hub_id, organisation_id=organisation_id)
    steps = [*(needs.list.steps if needs.list else ()), *(needs.by_then.steps if needs.by_then else ())]
    target = needs.turn.day if needs.turn else needs.list.target if needs.list else None
    if not steps:
        raise Conflict("Nothing is open there, so there is nothing to send.", remedy="Look at the page again.")
    with unit_of_work(actor):
        key = f"asked:{organisation_id}:{now:%Y%m%d%H%M}"
        sent = _write(now=now, to=needs.organisation, steps=steps, target=target, key=key)
        record(
            actor=actor,
            now=now,
            action="readiness.list-mailed",
            subject=Subject("organisation", organisation_id),
            detail={"steps": len(steps), "letters": sent},
        )
    return sent


def ask_to_remind(now: datetime) -> None:
    """On Mondays, once for each hub that has somebody to remind, however many workers ask."""
    local = in_london(now)
    if local.weekday() != MONDAY or local.hour < FROM_HOUR:
        return
    today = london_date(now)
    for network in networks(day=today):
        if not _somebody_waits(network):
            continue
        actor = system_actor_for(organisation_id=network.hub.id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact="readiness.lists-due",
                key=f"{network.hub.id}:{today:%G-W%V}",
                payload={"hub_id": network.hub.id},
                organisation_id=network.hub.id,
            )


def on_lists_due(told: Told) -> None:
    """Every organisation of the network that is not open hears what it still needs, as last checked."""
    today = london_date(told.now)
    network = network_of_hub(hub_id=told.payload["hub_id"], day=today)
    if not _somebody_waits(network):  # meanwhile
        return
    # Once the hub is live its day is over: what a practice needs is said without one.
    target = None if network.hub.is_live else aimed_at(hub_id=network.hub.id)
    whole = grid_of(network, (network.hub, *network.members), told.now)
    made = planning.plan(grid=whole, today=today, target=target or today)
    for each in (network.hub, *network.members):
        needed = to_do(made, each, target=target)
        if needed.steps and not each.is_live:
            key = f"weekly:{each.id}:{today:%G-W%V}"
            _write(now=told.now, to=each, steps=needed.steps, target=target, key=key)


def _somebody_waits(network: NetworkView) -> bool:
    if network.hub.is_live:
        return not all(each.is_live for each in network.members)
    return aimed_at(hub_id=network.hub.id) is not None


def _write(*, now: datetime, to: OrganisationRef, steps: Iterable[Step], target: date | None, key: str) -> int:
    rows = list(steps)
    recipients = _recipients(to, london_date(now))
    write_down(
        now=now,
        to=recipients,
        kind=NoticeKind.TO_DO,
        about=to.id,
        key=f"to-do:{key}",
        figures={
            "day": target.isoformat() if target else "",
            "steps": len(rows),
            "late": sum(step.is_late for step in rows) if target else 0,
            "list": "\n".join(as_lines(rows, reader=to, dated=target is not None)),
        },
    )
    return len(recipients)


def _recipients(to: OrganisationRef, today: date) -> set[Recipient]:
    """Who looks after readiness there; where nobody does (a practice that is still to join), its own address."""
    here = positions_at(organisation_id=to.id, day=today)
    people = {
        Recipient(each.organisation, each.account_id)
        for each in here
        if each.is_active and Permission.MANAGE_READINESS in each.permissions
    }
    return people or {Recipient(to, None)}
