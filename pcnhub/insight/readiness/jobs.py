"""What the worker does for readiness: asks every check each hour, and as soon as sharing changes.

Nobody need look for the grid to be true: start pages and the banner read kept answers, and what changes by the calendar alone
(a position that ends, an import that grows old) tells nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import hubs_of, network_of_hub, networks, system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.connections.mail.telling import tell_holders
from pcnhub.connections.mail.words import NoticeKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, opens_own_work, publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness import changing, checking


def ask_to_check(now: datetime) -> None:
    """Once an hour for each hub, however many workers ask."""
    for network in networks(day=london_date(now)):
        actor = system_actor_for(organisation_id=network.hub.id)
        with unit_of_work(actor):
            _ask(actor, now, hub_id=network.hub.id, key=f"{now:%Y%m%d%H}", run_after=now)


@opens_own_work
def on_check_due(told: Told) -> None:
    """Every check, as the hub; outside the job's unit, for some of them call other systems."""
    checking.check(now=told.now, hub_id=told.payload["hub_id"])


def on_sharing_changed(told: Told) -> None:
    """A side was activated or ended: the hubs that work for this organisation are asked anew, each as itself.

    At the end of the minute, and once for all that changed in it: a practice activates six agreements in a row.
    """
    minute = told.now.replace(second=0, microsecond=0)
    for hub in hubs_of(organisation_id=told.actor.organisation.id, day=london_date(told.now)):
        _ask(told.actor, told.now, hub_id=hub.id, key=f"{minute:%Y%m%d%H%M}", run_after=minute + timedelta(minutes=1))


def _ask(actor: Actor, now: datetime, *, hub_id: int, key: str, run_after: datetime) -> None:
    """No ordering key: one run that failed for good must not hold back all later ones."""
    publish(
        actor=actor,
        now=now,
        fact="readiness.check-due",
        key=f"{hub_id}:{key}",
        payload={"hub_id": hub_id},
        organisation_id=hub_id,
        run_after=run_after,
    )


def on_changed(told: Told) -> None:
    """What turned open is told to whoever manages readiness where the next move is: one letter a person, however many lines."""
    hub_id = told.payload["hub_id"]
    for organisation_id, change_ids in changing.moves(
        network=network_of_hub(hub_id=hub_id, day=london_date(told.now)),
        now=told.now,
        first=told.payload["first_change"],
        last=told.payload["last_change"],
    ).items():
        tell_holders(
            now=told.now,
            organisation_id=organisation_id,
            permission=Permission.MANAGE_READINESS,
            kind=NoticeKind.READINESS_OPEN,
            about=change_ids,
        )
