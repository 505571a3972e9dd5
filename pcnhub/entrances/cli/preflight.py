"""What `serve` and `worker` make sure of before they begin."""

import click


def refuse_unready() -> None:
    """Refuses to serve with a role that the database could not hold to its rules, or on tables that are not up to date."""
    from django.db import connection

    from pcnhub.foundations.database.migrate import pending
    from pcnhub.foundations.database.roles import refuse_unsafe_role

    refuse_unsafe_role(connection)
    waiting = pending()
    if waiting:
        raise click.ClickException(
            f"{len(waiting)} migrations are not applied, {waiting[0]} first. Run `pcnhub migrate`."
        )
