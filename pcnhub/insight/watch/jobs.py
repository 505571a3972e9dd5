"""What the worker does for the watch: once a day, at an hour that the deployment chooses, it counts what will go wrong and says
so. E-mail hears of it and tells the hub's managers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from pcnhub.care.organisations.queries import networks, system_actor_for
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, publish
from pcnhub.foundations.kernel.local_time import london_date, london_instant
from pcnhub.insight.watch import queries
from pcnhub.insight.watch.rules import Severity


def ask_to_tell(now: datetime, *, hour: int) -> None:
    """One job for each hub and day, due at `hour` o'clock in London, however many workers ask how often."""
    today = london_date(now)
    for network in networks(day=today):
        if not network.hub.runs_here:
            continue  # its evenings are seen where its book is kept, whatever is left of one here
        actor = system_actor_for(organisation_id=network.hub.id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact="watch.due",
                key=f"{network.hub.id}:{today:%Y%m%d}",
                payload={"hub_id": network.hub.id, "day": today.isoformat(), "hour": hour},
                organisation_id=network.hub.id,
                run_after=london_instant(today, time(hour)),
            )


def on_due(told: Told) -> None:
    """Says what is foreseen, day by day; nothing of a day that needs no session, or to which no worker came."""
    today = london_date(told.now)
    if told.payload["day"] != today.isoformat():
        return
    next_at = london_instant(today + timedelta(days=1), time(told.payload["hour"]))
    for day in queries.days_to_tell_of(hub_id=told.payload["hub_id"], now=told.now, next_at=next_at):
        _tell(told, day)


def _tell(told: Told, day: date) -> None:
    found = queries.watch(actor=told.actor, now=told.now, hub_id=told.payload["hub_id"], day=day)
    publish(
        actor=told.actor,
        now=told.now,
        fact="watch.foreseen",
        key=f"{told.dedup_key}:{day:%Y%m%d}",
        payload={
            "day": day.isoformat(),
            "sessions": found.sessions,
            **{each.value: len(found.of(each)) for each in Severity},
        },
    )
