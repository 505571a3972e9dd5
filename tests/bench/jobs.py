"""The worker's jobs a second, beside the two updates that no worker can do without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from pcnhub.care.organisations.queries import organisation, system_actor_for
from pcnhub.config.facts import HANDLERS
from pcnhub.demo import network
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs import outbox
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from tests.bench.hub import Hub
from tests.bench.measuring import Figure, broken_down, in_turns

FACT = "bench.happened"
_CLAIM = (
    "update jobs_job set state = 'running', worker = 'bare', attempts = attempts + 1, lease_until = now() where id = %s"
)
_FINISH = "update jobs_job set state = 'done', finished_at = now(), lease_until = null where id = %s"


def measure(hub: Hub) -> list[Figure]:
    """Real jobs of a fact whose handler does nothing: what is measured is the worker, not what it is there to do."""
    outbox.wire({**HANDLERS, FACT: {"bench.nothing": lambda _told: None}})
    try:
        return [_worker(hub)]
    finally:
        outbox.wire(HANDLERS)


def _worker(hub: Hub) -> Figure:
    many = 60 if hub.is_quick else 300
    actor = system_actor_for(organisation_id=organisation(ods_code=network.HUB).id)
    worker = Worker("bench", _actor)
    worker.drain(now=hub.now)  # what the build left
    _publish(actor, hub, "ours", many + 40)
    with hub.bare() as bare:
        ids = _apart(hub, actor, many + 2)

        def by_hand() -> None:
            job = next(ids)
            bare.execute(_CLAIM, [job])
            bare.execute(_FINISH, [job])

        pair = in_turns(lambda: worker.work_one(now=hub.now), by_hand, seconds=0, least=many, bare=bare)
    return pair.figure(
        "Worker: one job, claimed, acted on, finished",
        "two updates, each committed",
        notes=(f"{1000 / median(pair.ours):.0f} jobs/s; bare: {1000 / median(pair.reference):.0f}/s",),
        goes=broken_down(lambda: worker.work_one(now=hub.now), times=20),
    )


def _actor(organisation_id: int, request_id: str) -> Actor:
    return system_actor_for(organisation_id=organisation_id, request_id=request_id)


def _publish(actor: Actor, hub: Hub, key: str, many: int) -> None:
    with unit_of_work(actor):
        for number in range(many):
            outbox.publish(actor=actor, now=hub.now, fact=FACT, key=f"{key}:{number}", payload={"number": number})


def _apart(hub: Hub, actor: Actor, many: int) -> Iterator[int]:
    """Jobs for the reference, which the worker must not take: they are due tomorrow."""
    with unit_of_work(actor):
        for number in range(many):
            outbox.publish(
                actor=actor,
                now=hub.now,
                fact=FACT,
                key=f"bare:{number}",
                payload={"number": number},
                run_after=hub.now + timedelta(days=1),
            )
    with hub.bare() as bare:
        rows = bare.execute(
            "select id from jobs_job where dedup_key like %s order by id", [f"{FACT}:%:bare:%"]
        ).fetchall()
    return iter([row[0] for row in rows])
