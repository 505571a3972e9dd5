"""`pcnhub serve`: the web server."""

import os

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("serve", cls=HubCommand)
def command() -> None:
    """Serve the pages until interrupted.

    Address, port, processes and certificate come from the settings. Refuses an unsafe database role, and tables that are
    not up to date.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from pcnhub.entrances.cli.preflight import refuse_port_in_use, refuse_unready

    refuse_unready()
    refuse_port_in_use(settings.HUB.host, settings.HUB.port)
    if not settings.DEBUG:
        call_command("collectstatic", interactive=False, verbosity=0)
    connections.close_all()  # the server's processes open their own
    hub = settings.HUB
    server = Server(
        "pcnhub.config.wsgi:application",
        address=hub.host,
        port=hub.port,
        interface=Interfaces.WSGI,
        workers=hub.workers or len(os.sched_getaffinity(0)),
        blocking_threads=hub.threads,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        ssl_cert=hub.tls_certificate,
        ssl_key=hub.tls_key,
    )
    scheme = "https" if hub.tls_certificate else "http"
    server.on_startup(lambda: click.echo(f"Serving on {scheme}://{hub.host}:{hub.port}", err=True))
    server.serve()
