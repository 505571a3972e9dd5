"""What the worker does for readiness: asks every check each hour, what a change touches, and what a session needs before it.

Nobody need look for the grid to be true: start pages and the banner read kept answers, and what changes by the calendar alone
(a position that ends, an import that grows old) tells nobody.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pcnhub.care.appointments.queries.starting import sessions_starting
from pcnhub.care.organisations.queries import hubs_of, network_of_hub, networks, system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.connections.mail.telling import tell_holders
from pcnhub.connections.mail.words import NoticeKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, opens_own_work, publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness import changing, checking, scheduling
from pcnhub.insight.readiness.operations import perform

SPREAD_OVER = timedelta(minutes=45)
BEFORE_SESSION = (timedelta(hours=2), timedelta(hours=24))


def ask_to_check(now: datetime) -> None:
    """Once an hour for each hub, however many workers ask; of many hubs one after the other over most of the hour, so that what
    people wait for (a confirmation, a report) does not stand behind all of them."""
    found = networks(day=london_date(now))
    for place, network in enumerate(found):
        actor = system_actor_for(organisation_id=network.hub.id)
        with unit_of_work(actor):
            run_after = now + SPREAD_OVER * place / len(found)
            _ask(actor, now, hub_id=network.hub.id, key=f"{now:%Y%m%d%H}", run_after=run_after)


def ask_before_sessions(now: datetime) -> None:
    """24 hours and 2 hours before each session, once for those that begin together; for one that was published later than that,
    as soon as it is seen."""
    hubs = {network.hub.id for network in networks(day=london_date(now))}
    starting = sessions_starting(starts_from=now, starts_before=now + max(BEFORE_SESSION))
    for (hub_id, starts_at), session_ids in starting.items():
        if hub_id not in hubs:
            continue
        ahead = next(each for each in BEFORE_SESSION if starts_at - now <= each)
        which = "-".join(map(str, session_ids))
        actor = system_actor_for(organisation_id=hub_id)
        with unit_of_work(actor):
            # with the time: a session that was moved is asked about anew
            key = f"before:{ahead // timedelta(hours=1)}:{starts_at.astimezone(UTC):%Y%m%dT%H%M}:{which}"
            _ask(actor, now, hub_id=hub_id, key=key, run_after=now, after=scheduling.SESSION)


@opens_own_work
def on_check_due(told: Told) -> None:
    """As the hub; outside the job's unit, for some checks call other systems. Every line that is due, or those that a change
    touches or a session needs. Nobody waits for it: what was just heard for another hub stands."""
    hub_id, after = told.payload["hub_id"], told.payload.get("after", "")
    only = scheduling.touched_by(after) if after else scheduling.due(hub_id=hub_id, now=told.now)
    checking.check(now=told.now, hub_id=hub_id, only=only, is_urgent=after == scheduling.SESSION, is_round=True)


@opens_own_work
def on_run_asked(told: Told) -> None:
    """Everything, because somebody waits for it."""
    perform(now=told.now, run_id=told.payload["run_id"])


def on_touched(told: Told) -> None:
    """Something happened that a check looks at: the hubs that work for this organisation are asked anew, each as itself.

    At the end of the minute, and once for all of one kind that happened in it: a practice activates six agreements in a row.
    """
    minute = told.now.replace(second=0, microsecond=0)
    for hub in hubs_of(organisation_id=told.actor.organisation.id, day=london_date(told.now)):
        key, run_after = f"{minute:%Y%m%d%H%M}:{told.fact}", minute + timedelta(minutes=1)
        _ask(told.actor, told.now, hub_id=hub.id, key=key, run_after=run_after, after=told.fact)


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
            is_urgent=told.payload["is_urgent"],
        )


def _ask(actor: Actor, now: datetime, *, hub_id: int, key: str, run_after: datetime, after: str = "") -> None:
    """No ordering key: one run that failed for good must not hold back all later ones."""
    publish(
        actor=actor,
        now=now,
        fact="readiness.check-due",
        key=f"{hub_id}:{key}",
        payload={"hub_id": hub_id, "after": after},
        organisation_id=hub_id,
        run_after=run_after,
    )
