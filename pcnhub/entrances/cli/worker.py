"""`pcnhub worker`: does what must happen after a change."""

import logging
import os
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import click

from pcnhub.entrances.cli.hub import HubCommand

if TYPE_CHECKING:
    from pcnhub.foundations.jobs.worker import Worker
    from pcnhub.foundations.kernel.actors import Actor

# How long a job that became due waits for an idle worker, at the most.
POLL_SECONDS = 0.5
# How often a worker says that it is alive; /health/ready allows a minute of silence.
BEAT_SECONDS = 10
# How long a worker waits for a database that has gone away.
RECONNECT_SECONDS = 5

log = logging.getLogger(__name__)


@click.command("worker", cls=HubCommand)
@click.option("--once", is_flag=True, help="Do everything that is due, then end.")
def command(once: bool) -> None:
    """Work through the outbox until interrupted. Any number of workers may run beside each other.

    Interrupted, it finishes the job at hand. Killed, it loses nothing: what it had claimed is done by another when the lease
    runs out.
    """
    from django.utils import timezone

    from pcnhub.entrances.cli.preflight import refuse_unready
    from pcnhub.foundations.jobs.worker import Worker

    refuse_unready()
    worker = Worker(name=f"{socket.gethostname()}:{os.getpid()}", actor_for=acting_for)
    if once:
        click.echo(f"{worker.drain(now=timezone.now())} jobs tried.")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("The worker is at work.", err=True)
    work(worker, stop)


def work(worker: "Worker", stop: threading.Event) -> None:
    """Beats and works until `stop` is set; waits for a database that restarts."""
    from django.db import InterfaceError, OperationalError, close_old_connections
    from django.utils import timezone

    beats_next = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() >= beats_next:
                worker.beat(now=timezone.now())
                beats_next = time.monotonic() + BEAT_SECONDS
            if not worker.work_one(now=timezone.now()):
                stop.wait(POLL_SECONDS)
        except (OperationalError, InterfaceError):
            log.warning("the database does not answer; trying again")
            close_old_connections()
            stop.wait(RECONNECT_SECONDS)


def acting_for(organisation_id: int, request_id: str) -> "Actor":
    """The system itself, acting for the organisation that a job concerns."""
    from pcnhub.care.organisations.queries import organisation_ref
    from pcnhub.foundations.kernel.actors import system_actor

    return system_actor(name="worker", organisation=organisation_ref(id=organisation_id), request_id=request_id)
