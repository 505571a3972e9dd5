"""What the worker does for rehearsals: one each night, one when a person asks, and tidying up after one that was stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import network_of_hub, networks, system_actor_for, systems_of
from pcnhub.care.organisations.rules import ClinicalSystem, Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, opens_own_work, publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import NotPermitted
from pcnhub.rehearsal.configuration import configuration
from pcnhub.rehearsal.ground import why_not
from pcnhub.rehearsal.operations import RehearsalGoesOn, clean_up, rehearse
from pcnhub.rehearsal.worker import as_the_worker

BETWEEN_HUBS = timedelta(minutes=1)  # of one night: real work that comes due meanwhile has its turn between them
NIGHT = timedelta(hours=4)  # in which every hub has its turn, however many there are


def tidy_up(now: datetime) -> None:
    """A chore: what a rehearsal left that was stopped."""
    clean_up(now=now)


def ask_for_tonight(now: datetime) -> None:
    """A chore: in the hour that the setting names, once a night for each hub that works here, before and after it is live."""
    hour = configuration().hour
    if hour is None or in_london(now).hour != hour:
        return
    hubs = [each.hub.id for each in networks(day=london_date(now))]
    here = [hub_id for hub_id, system in sorted(systems_of(ids=hubs).items()) if system == ClinicalSystem.PCN_HUB]
    for place, hub_id in enumerate(here):
        actor = system_actor_for(organisation_id=hub_id)
        run_after = now + min(place * BETWEEN_HUBS, place * NIGHT / len(here))
        with unit_of_work(actor):
            _publish(actor, now, key=f"{hub_id}:{london_date(now):%Y%m%d}", run_after=run_after, at_night=True)


def ask(*, actor: Actor, now: datetime) -> None:
    """A person asks for a rehearsal of their hub, which the worker begins at once. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
        if actor.organisation.kind != "hub":
            raise NotPermitted("A rehearsal is asked for at the hub.", who_can="a manager of the hub")
        _publish(actor, now, key=f"{actor.organisation.id}:{now:%Y%m%d%H%M}")
        record(actor=actor, now=now, action="rehearsal.asked", subject=Subject("rehearsal"))


@opens_own_work
def on_due(told: Told) -> None:
    """The rehearsal itself. While it waits for the worker it does its own jobs: it is the worker."""
    hub_id: int = told.payload["hub_id"]
    chosen = configuration()
    if told.attempt > 1:  # the worker died in the middle: what was left is erased, and the night is over
        clean_up(now=told.now)
        return
    if told.payload.get("at_night") and why_not(network_of_hub(hub_id=hub_id, day=london_date(told.now))) is not None:
        return  # CHK-D13 says what the hub lacks
    try:
        rehearse(
            now=told.now,
            hub_id=hub_id,
            base_url=chosen.base_url,
            headers=chosen.headers,
            path=chosen.path,
            asked_by="worker",
            settle=lambda run_id: as_the_worker(run_id, _actor_for),
        )
    except RehearsalGoesOn:
        return


def _actor_for(organisation_id: int, request_id: str) -> Actor:
    return system_actor_for(organisation_id=organisation_id, request_id=request_id)


def _publish(
    actor: Actor, now: datetime, *, key: str, run_after: datetime | None = None, at_night: bool = False
) -> None:
    publish(
        actor=actor, now=now, fact="rehearsal.due", key=key,
        payload={"hub_id": actor.organisation.id, "at_night": at_night},
        organisation_id=actor.organisation.id, run_after=run_after,
    )  # fmt: skip
