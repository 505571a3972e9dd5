"""The product's worker on its own handlers, stopping dead at a chosen step of delivering a task, so that a test can kill it.

    python -m tests.proof.task_harness [--stop-at STEP --time N] [--twice]

`--twice` is the negative control: a receiver that forgets that it has delivered a task, and delivers it again.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

STEPS = ("delivered", "told", "finished, not committed")
BY_THE_CLOCK = "tasks.clock-due"  # waits for an opening; nothing here depends on it


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
    from pcnhub.care.tasks import operations
    from pcnhub.care.tasks.operations import arriving
    from pcnhub.connections.mail import jobs as mail
    from pcnhub.foundations.jobs.loop import Tempo, run
    from pcnhub.foundations.jobs.worker import Worker
    from pcnhub.foundations.kernel.actors import Actor
    from tests.proof.worker_harness import stop_here, stop_when_empty

    seen: Counter[str] = Counter()

    def after(owner: Any, name: str, step: str, counts: Callable[[Any], bool] = lambda _answer: True) -> None:
        original = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            answer = original(*given, **named)
            if counts(answer):
                seen[step] += 1
                if options.stop_at == step and seen[step] == options.time:
                    stop_here(step)
            return answer

        setattr(owner, name, wrapped)

    if options.twice:
        forget_what_was_delivered(operations, arriving)
    after(Worker, "claim", "claimed", lambda job: job is not None)
    after(operations, "deliver", "delivered")
    after(mail, "write_down", "told")
    after(Worker, "_finish", "finished, not committed")
    after(Worker, "do", "committed")

    def actor_for(organisation_id: int, request_id: str) -> Actor:
        return system_actor_for(organisation_id=organisation_id, request_id=request_id)

    stop = threading.Event()
    if not options.stop_at:
        stop_when_empty(Worker, stop, BY_THE_CLOCK)
    run(
        worker=Worker(f"harness:{os.getpid()}:{time.monotonic_ns()}", actor_for, lease=timedelta(seconds=1)),
        clock=timezone.now,
        stop=stop,
        tempo=Tempo(look=0.2, beat=0.3),
    )
    print("empty", flush=True)


def forget_what_was_delivered(operations: Any, arriving: Any) -> None:
    """A receiver as it must not be: it delivers whatever it is told of, each time."""
    from pcnhub.care.tasks.models import Task

    deliver = operations.deliver

    def careless(*, actor: Any, now: Any, task_id: int) -> None:
        from pcnhub.foundations.database.work import unit_of_work

        deliver(actor=actor, now=now, task_id=task_id)
        with unit_of_work(actor):
            Task.objects.filter(pk=task_id).update(state="sent")
        deliver(actor=actor, now=now, task_id=task_id)

    vars(operations)["deliver"] = careless


if __name__ == "__main__":
    main()
