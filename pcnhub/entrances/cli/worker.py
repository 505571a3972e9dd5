"""`pcnhub worker`: does what must happen after a change."""

import os
import secrets
import signal
import socket
import threading

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("worker", cls=HubCommand)
@click.option("--once", is_flag=True, help="Do everything that is due, then end.")
def command(once: bool) -> None:
    """Work through the outbox until interrupted. Any number of workers may run beside each other.

    Interrupted, it finishes the job at hand. Killed, it loses nothing: what it had claimed is done by another when the lease
    runs out.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.entrances.cli.preflight import refuse_unready
    from pcnhub.foundations.jobs import chores
    from pcnhub.foundations.jobs.loop import run
    from pcnhub.foundations.jobs.worker import Worker

    refuse_unready()
    worker = Worker(
        # the random part: process numbers come again, and two containers may share a host name
        name=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
        actor_for=lambda organisation_id, request_id: system_actor_for(
            organisation_id=organisation_id, request_id=request_id
        ),
    )
    if once:
        click.echo(f"{worker.drain(now=timezone.now())} jobs tried.")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("The worker is at work.", err=True)
    run(worker=worker, clock=timezone.now, stop=stop, chores=chores.wired())
