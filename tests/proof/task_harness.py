"""The product's worker on its own handlers, stopping dead at a chosen step of delivering a task, so that a test can kill it.

    python -m tests.proof.task_harness

Each line that it reads is a worker, forked with everything loaded: a step to stop at the second time, "work" until nothing is
left, or "twice", which is the negative control: a receiver that forgets that it has delivered a task, and delivers it again.
The worker prints its process id, then the step or "empty"; once it is gone, "over" is printed.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

STEPS = ("delivered", "told", "finished, not committed")
BY_THE_CLOCK = (
    "tasks.clock-due",
    "readiness.check-due",
)  # wait for an opening, or a minute; nothing here depends on them


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()
    for line in sys.stdin:
        child = os.fork()  # nothing is connected yet, and no thread runs
        if not child:
            print(os.getpid(), flush=True)
            try:
                be_a_worker(line.strip())
            finally:
                sys.stderr.flush()
                os._exit(0)
        os.waitpid(child, 0)
        print("over", flush=True)


def be_a_worker(wish: str) -> None:
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

    def after(owner: Any, name: str, step: str) -> None:
        original = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            answer = original(*given, **named)
            seen[step] += 1
            if wish == step and seen[step] == 2:
                stop_here(step)
            return answer

        setattr(owner, name, wrapped)

    if wish == "twice":
        forget_what_was_delivered(operations, arriving)
    after(operations, "deliver", "delivered")
    after(mail, "write_down", "told")
    after(Worker, "_finish", "finished, not committed")

    def actor_for(organisation_id: int, request_id: str) -> Actor:
        return system_actor_for(organisation_id=organisation_id, request_id=request_id)

    stop = threading.Event()
    if wish not in STEPS:
        stop_when_empty(Worker, stop, *BY_THE_CLOCK)
    run(
        worker=Worker(f"harness:{os.getpid()}", actor_for, lease=timedelta(seconds=1)),
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
