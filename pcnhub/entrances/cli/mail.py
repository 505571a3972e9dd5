"""`pcnhub mail`: whether notices leave this installation."""

from __future__ import annotations

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.group("mail")
def command() -> None:
    """E-mail notices: tasks that wait, consultations that did not arrive."""


@command.command("check", cls=HubCommand)
@click.option("--to", "to", required=True, metavar="ADDRESS", help="Where the test letter goes.")
def check(to: str) -> None:
    """Send one test letter to ADDRESS now, and say what the mail system answered. Exit 1 when it was not taken."""
    import time
    import uuid

    from django.utils import timezone

    from pcnhub.connections.mail.client import NotTaken, line
    from pcnhub.connections.mail.configuration import configuration

    if to.count("@") != 1 or any(each.isspace() for each in to):
        raise click.BadParameter("This is not an e-mail address.", param_hint="--to")
    wanted = configuration()
    if not wanted.is_set:
        click.echo(
            "No mail system is set. Notices are kept until PCNHUB_SMTP_HOST and PCNHUB_SMTP_FROM are set.", err=True
        )
        click.get_current_context().exit(1)
    began = time.monotonic()
    try:
        with line(wanted) as open_line:
            open_line.send(
                to=to,
                subject="PCN Hub: a test letter",
                body="This letter shows that notices leave PCN Hub. Nothing is to be done.\n",
                message_id=f"<{uuid.uuid4()}@{wanted.sender.rpartition('@')[2]}>",
                at=timezone.now(),
            )
    except NotTaken as trouble:
        click.echo(f"Not taken ({trouble.code}). {trouble.message}", err=True)
        click.get_current_context().exit(1)
    way = {"starttls": "encrypted (STARTTLS)", "tls": "encrypted (TLS)", "none": "unencrypted, on this machine"}[
        wanted.tls
    ]
    click.echo(f"Taken by {wanted.host} in {(time.monotonic() - began) * 1000:.0f} ms, {way}.")


@command.command("queue", cls=HubCommand)
def queue() -> None:
    """How many notices and letters wait, were sent, or failed. No addresses."""
    from pcnhub.connections.mail.configuration import configuration
    from pcnhub.connections.mail.operations import figures

    found = figures()
    click.echo(f"Mail system: {'set' if configuration().is_set else 'not set; notices are kept'}.")
    click.echo(
        f"Notices not in a letter yet: {found.unbound}. Letters: {found.queued} wait, {found.sent} sent, {found.failed} failed."
    )
