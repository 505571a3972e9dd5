"""`pcnhub worker`: does what must happen after a change."""

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("worker", cls=HubCommand)
def command() -> None:
    """Work through the outbox until interrupted. Any number of workers may run beside each other."""
    from pcnhub.entrances.cli.preflight import refuse_unready
    from pcnhub.foundations.jobs.worker import run

    refuse_unready()
    run()
