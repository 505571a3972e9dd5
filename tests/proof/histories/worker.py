"""The hub's worker, with somebody who listens to the news of bookings: `python -m tests.proof.histories.worker`."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta

LEASE = timedelta(seconds=2)  # short, so that what a killed worker had claimed is soon another's


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()
    from django.utils import timezone

    from pcnhub.foundations.jobs.loop import Tempo, run
    from pcnhub.foundations.jobs.worker import Worker
    from tests.proof.histories.hearing import wire
    from tests.proof.histories.rounds import actor_for_worker

    wire()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run(
        worker=Worker(f"proof:{os.getpid()}", actor_for_worker, lease=LEASE),
        clock=timezone.now,
        stop=stop,
        tempo=Tempo(look=0.5, beat=0.5, first_retry=0.2, longest_retry=1),
    )


if __name__ == "__main__":
    main()
