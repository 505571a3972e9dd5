"""`pcnhub password USERNAME`: a first password, or a new one, for somebody who can't get in."""

from __future__ import annotations

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("password", cls=HubCommand)
@click.argument("username")
@click.option("--reset-code", is_flag=True, help="Forget the person's authenticator too: they set up a new one.")
@click.option("--looked-after-by", metavar="ODS", help="The organisation that looks after the account from now on.")
def command(username: str, reset_code: bool, looked_after_by: str | None) -> None:
    """Give USERNAME a temporary password, printed once, to be changed at the next sign-in.

    For the first person of an organisation, and for an administrator who is locked out; anybody else is helped on the people
    page. It stands in the audit.
    """
    from django.utils import timezone

    from pcnhub.care.organisations import operations, queries

    now = timezone.now()
    account = queries.find_account(username=username)
    if account is None:
        raise click.ClickException(f"There is no account {username}. `pcnhub onboard` makes accounts from a file.")
    actor = queries.installation_actor(name="command")
    if looked_after_by:
        keeper = queries.organisation(ods_code=looked_after_by.upper())
        operations.hand_over_account(actor=actor, now=now, account_id=account.id, organisation_id=keeper.id)
    temporary = operations.reset_password(actor=actor, now=now, account_id=account.id)
    if reset_code:
        operations.reset_code(actor=actor, now=now, account_id=account.id)
    click.echo(temporary)
    click.echo("It works once: at the next sign-in the person chooses their own.", err=True)
