"""The product's worker on its own handlers, stopping dead at a chosen step of sending a copy, so that a test can kill it.

    python -m tests.proof.write_back_harness [--stop-at STEP --time N] [--twice]

At the N-th time that it comes to STEP it prints the step and sleeps until it is killed. Without --stop-at it works until
nothing is left that is due, and prints "empty". `--twice` is the negative control: a receiver that forgets what it has filed.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

GIVEN = "given to the exchange, its answer not kept"
STEPS = ("claimed", "copies made", "filed", "acknowledged", "handed over", "finished, not committed", "committed")
# Wait for the next minute, or for the end of a report's time; nothing here depends on them.
BY_THE_CLOCK = ("readiness.check-due", "writeback.look-due", "mesh.poll-due", "mesh.handshake-due", "mesh.watch-due")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stop-at", default="")
    parser.add_argument("--time", type=int, default=1)
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args()

    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()

    from django.utils import timezone

    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.care.records import operations as records
    from pcnhub.care.writeback.operations import filing, reports, sending
    from pcnhub.connections.mesh.client import Mailbox
    from pcnhub.foundations.jobs.loop import Tempo, run
    from pcnhub.foundations.jobs.worker import Worker
    from pcnhub.foundations.kernel.actors import Actor
    from tests.proof.worker_harness import stop_here, stop_when_empty

    seen: Counter[str] = Counter()

    def at(step: str) -> None:
        seen[step] += 1
        if options.stop_at == step and seen[step] == options.time:
            stop_here(step)

    def after(owner: Any, name: str, step: str, counts: Callable[[Any], bool] = lambda _answer: True) -> None:
        original = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            answer = original(*given, **named)
            if counts(answer):
                at(step)
            return answer

        setattr(owner, name, wrapped)

    if options.twice:
        forget_what_was_filed()
    after(Worker, "claim", "claimed", lambda job: job is not None)
    after(sending, "_make_copies", "copies made")
    after(records, "file_consultation", "filed")
    after(filing, "acknowledge", "acknowledged")
    after(reports, "_step", "handed over")
    after(Mailbox, "send", GIVEN)
    after(Worker, "_finish", "finished, not committed")
    after(Worker, "do", "committed")

    def actor_for(organisation_id: int, request_id: str) -> Actor:
        return system_actor_for(organisation_id=organisation_id, request_id=request_id)

    stop = threading.Event()
    if not options.stop_at:
        stop_when_empty(Worker, stop, *BY_THE_CLOCK)
    run(
        worker=Worker(f"harness:{os.getpid()}:{time.monotonic_ns()}", actor_for, lease=timedelta(seconds=1)),
        clock=timezone.now,
        stop=stop,
        tempo=Tempo(look=0.2, beat=0.3),
    )
    print("empty", flush=True)


def forget_what_was_filed() -> None:
    """A receiver as it must not be: it files what it is given under a name of its own, each time."""
    from dataclasses import replace

    from pcnhub.care.records import operations as records

    file = records.file_consultation

    def careless(*, filing: Any, **given: Any) -> Any:
        file(filing=replace(filing, source_key=f"{filing.source_key}:{uuid.uuid4()}"), **given)
        return file(filing=filing, **given)

    vars(records)["file_consultation"] = careless


if __name__ == "__main__":
    main()
