"""`pcnhub worker`: does what must happen after a change."""

import json
import os
import secrets
import signal
import socket
import threading

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("worker", cls=HubCommand)
@click.option("--once", is_flag=True, help="Do everything that is due, then end.")
@click.option("--json", "as_json", is_flag=True, help="With --once: one JSON document on standard output.")
def command(once: bool, as_json: bool) -> None:
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

    if as_json and not once:
        raise click.UsageError("--json goes with --once: a worker that goes on writes a log.")
    refuse_unready()
    worker = Worker(
        # the random part: process numbers come again, and two containers may share a host name
        name=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
        actor_for=lambda organisation_id, request_id: system_actor_for(
            organisation_id=organisation_id, request_id=request_id
        ),
    )
    if once:
        for chore in chores.wired():  # nobody keeps the hours where a worker is started now and then
            chore.do(timezone.now())
        tried = worker.drain(now=timezone.now())
        click.echo(json.dumps({"tried": tried}) if as_json else f"{tried} jobs tried.")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("The worker is at work.", err=True)
    run(worker=worker, clock=timezone.now, stop=stop, chores=chores.wired())
