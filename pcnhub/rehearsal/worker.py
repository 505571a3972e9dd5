"""Waiting for the worker: what a rehearsal published is done by whoever does it on any other day."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from pcnhub.foundations.jobs.queries import is_worker_alive, jobs_of_rehearsal
from pcnhub.foundations.jobs.worker import ActorFor, Worker
from pcnhub.rehearsal.ways import NoAnswer, StepFailed

LONGEST_WAIT = 60.0  # seconds, for one step
LOOK_EVERY = 0.25
Settle = Callable[[], None]


def waiting_for_the_worker(run_id: int) -> Settle:
    """Waits, no longer than LONGEST_WAIT, until nothing that the run published is still to be done."""

    def settle() -> None:
        ends = time.monotonic() + LONGEST_WAIT
        while _waits(run_id):
            if not is_worker_alive(now=timezone.now()):
                raise NoAnswer(
                    "No worker is alive, so nothing leaves the hub.",
                    remedy="Start one: `pcnhub worker`.",
                    who_can="whoever runs the hub's server",
                )
            if time.monotonic() > ends:
                raise _too_slow()
            time.sleep(LOOK_EVERY)

    return settle


def as_the_worker(run_id: int, actor_for: ActorFor, now: Callable[[], datetime] = timezone.now) -> Settle:
    """For a rehearsal that runs within a worker: it does what the run published, as that worker would once it is free again.

    Nothing else: of two hubs rehearsed in one night the second would begin, and be timed, within a step of the first. What
    another worker has in hand is waited for.
    """
    worker = Worker(f"rehearsal-{run_id}", actor_for, only=run_id)

    def settle() -> None:
        ends = time.monotonic() + LONGEST_WAIT
        while _waits(run_id):
            if worker.work_one(now=now()):
                continue
            if time.monotonic() > ends:
                raise _too_slow()
            time.sleep(LOOK_EVERY)

    return settle


def _too_slow() -> NoAnswer:
    return NoAnswer(
        f"The worker has not done its part within {LONGEST_WAIT:.0f} seconds.",
        remedy="Look at the page of failures, and whether the worker is busy.",
        who_can="whoever runs the hub's server",
    )


def _waits(run_id: int) -> bool:
    """Whether jobs of the run are still to be done. Raises StepFailed for one that can't be done, in its own words."""
    waiting, failed = jobs_of_rehearsal(run_id, now=timezone.now())
    if failed:
        raise StepFailed(
            f"The worker could not do {failed[0].fact}: {failed[0].message}",
            remedy=failed[0].remedy,
            who_can="whoever mends failed work",
        )
    return waiting > 0
