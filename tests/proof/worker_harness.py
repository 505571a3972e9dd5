"""A worker process that stops dead at a chosen step, so that the test can kill it there.

    python -m tests.proof.worker_harness --stop-at STEP --on NUMBER [--split act-first|finish-first]

It runs the product's own loop on handlers that write one row of `proof_effect` each. At the STEP of the job with that NUMBER
it prints the step and sleeps until it is killed. Without --stop-at it works until nothing is left, and prints "empty".
`--split` is the negative control: a worker that commits the effect and its "done" apart.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

STEPS = ("claimed", "context set", "effect written", "finished, not committed", "committed")
SPLIT_STEP = "between the two commits"
FACT = "proof.happened"


def stop_here(step: str) -> None:
    print(step, flush=True)
    while True:
        time.sleep(60)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stop-at", default="")
    parser.add_argument("--on", type=int, default=0)
    parser.add_argument("--lease", type=float, default=1.0)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that each handler takes")
    parser.add_argument("--split", default="", choices=["", "act-first", "finish-first"])
    options = parser.parse_args()

    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()

    from django.db import connection
    from django.utils import timezone

    from pcnhub.foundations.database import work
    from pcnhub.foundations.jobs import outbox
    from pcnhub.foundations.jobs.loop import Tempo, run
    from pcnhub.foundations.jobs.models import Job
    from pcnhub.foundations.jobs.worker import Worker
    from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, system_actor

    def at(step: str, number: int) -> None:
        if options.stop_at == step and options.on == number:
            stop_here(step)

    doing: list[int] = [-1]  # the number of the job in hand, for the steps that aren't told

    def write(told: outbox.Told) -> None:
        time.sleep(options.pause)
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into proof_effect (key, number) values (%s, %s)", [told.payload["key"], told.payload["number"]]
            )
        at("effect written", told.payload["number"])

    outbox.wire({FACT: {"write": write}})

    def actor_for(organisation_id: int, request_id: str) -> Actor:
        reference = OrganisationRef(organisation_id, "Y07108", "Riverside", "hub")
        return system_actor(name="worker", organisation=reference, request_id=request_id)

    def after(owner: Any, name: str, then: Callable[..., None]) -> None:
        """Let `then` run after each call of a function of the product, with what it was given and what it answered."""
        original = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            answer = original(*given, **named)
            then(answer, *given)
            return answer

        setattr(owner, name, wrapped)

    def claimed(job: Job | None, *_: Any) -> None:
        if job is not None:
            doing[0] = job.payload["number"]
            at("claimed", doing[0])

    after(Worker, "claim", claimed)
    after(work, "_set_context", lambda _none, organisation, *_: at("context set", doing[0]) if organisation else None)
    after(Worker, "_finish", lambda *_: at("finished, not committed", doing[0]))
    after(Worker, "do", lambda *_: at("committed", doing[0]))

    if options.split:
        split_the_work(Worker, work.unit_of_work, at, first=options.split)

    stop = threading.Event()
    if not options.stop_at:
        stop_when_empty(Worker, stop)
    run(
        worker=Worker(f"harness:{os.getpid()}", actor_for, lease=timedelta(seconds=options.lease)),
        clock=timezone.now,
        stop=stop,
        tempo=Tempo(look=0.2, beat=0.3),
    )
    print("empty", flush=True)
    sys.exit(0)


def split_the_work(worker_class: Any, unit_of_work: Any, at: Callable[[str, int], None], *, first: str) -> None:
    """The worker as it must not be: two commits, one for the effect and one for "done"."""

    def do(self: Any, job: Any, *, now: Any) -> bool:
        actor = self.actor_for(job.organisation_id, job.request_id)
        steps: list[Callable[[], None]] = [lambda: self._act(job, actor, now), lambda: self._finish(job, now)]
        if first == "finish-first":
            steps.reverse()
        with unit_of_work(actor):
            steps[0]()
        at(SPLIT_STEP, job.payload["number"])
        with unit_of_work(actor):
            steps[1]()
        return True

    worker_class.do = do


def stop_when_empty(worker_class: Any, stop: threading.Event, *leaving: str) -> None:
    """Stop once nothing is left but facts of the names `leaving`."""
    from pcnhub.foundations.jobs.models import Job

    work_one = worker_class.work_one

    def one(self: Any, *, now: Any) -> bool:
        worked: bool = work_one(self, now=now)
        if not worked and not Job.objects.filter(state__in=["ready", "running"]).exclude(fact__in=leaving).exists():
            stop.set()
        return worked

    worker_class.work_one = one


if __name__ == "__main__":
    main()
