"""What `serve` and `worker` make sure of before they begin."""

import socket

import click


def refuse_unready() -> None:
    """Refuses to serve with a role that the database could not hold to its rules, with the owner's password at hand, or on
    tables that are not up to date."""
    from django.conf import settings
    from django.db import connection

    from pcnhub.foundations.database.migrate import pending
    from pcnhub.foundations.database.roles import refuse_unsafe_role

    refuse_unsafe_role(connection)
    if settings.HUB.owner_database_url is not None:  # an embedded database has no such setting
        raise click.ClickException(
            "PCNHUB_OWNER_DATABASE_URL is set: whoever broke into this process could take the database's guards away. Only "
            "`pcnhub migrate` needs it. Take it out of the environment of `serve` and `worker`."
        )
    waiting = pending()
    if waiting:
        raise click.ClickException(
            f"{len(waiting)} migrations are not applied, {waiting[0]} first. Run `pcnhub migrate`."
        )


def refuse_port_in_use(host: str, port: int) -> None:
    """Refuses a port on which something listens: the server shares its port among its own processes, and so would share it with
    another hub's, page by page."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what closed a moment ago is no obstacle
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} of {host} can't be used: {error.strerror}. Choose another one (PCNHUB_PORT), or stop what uses it."
            ) from None
