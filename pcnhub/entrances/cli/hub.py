"""What a command does before its own work: read the settings, join or start the embedded database, set up Django."""

import contextlib
import gc
import os
from collections.abc import Iterator
from typing import Any

import click


class HubCommand(click.Command):
    """A command that works on a hub: `@click.command(cls=HubCommand)`. `--help` and wrong options need no hub."""

    def invoke(self, ctx: click.Context) -> Any:
        with opened_hub():
            return super().invoke(ctx)


@contextlib.contextmanager
def opened_hub() -> Iterator[None]:
    """Django ready, the embedded database running for as long as the context lasts. Raises Refusal."""
    import django
    from django.db import connections

    from pcnhub.foundations.database.embedded import SUPERUSER, EmbeddedPostgres
    from pcnhub.foundations.database.roles import SUPERUSER_DATABASE, bootstrap

    with contextlib.ExitStack() as stack:
        with _kept_for_good():
            environment = hub_environment()
            if environment.embedded:
                server = stack.enter_context(EmbeddedPostgres(environment.data))
                bootstrap(server.url(SUPERUSER, SUPERUSER_DATABASE))
            django.setup()
        stack.callback(connections.close_all)  # before the server stops
        yield


@contextlib.contextmanager
def _kept_for_good() -> Iterator[None]:
    """What is loaded here stays: looking for rubbish among it, again and again, is a third of a command's start."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def hub_environment() -> Any:
    """The PCNHUB_ settings, checked; nothing is started. Raises Refusal."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    from django.conf import settings

    return settings.HUB
