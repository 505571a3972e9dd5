"""`pcnhub migrate`: tables up to date, grants as they must be."""

import json

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("migrate", cls=HubCommand)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when a migration is waiting.")
@click.option("--json", "as_json", is_flag=True, help="With --check: one JSON document on standard output.")
@click.option("--quiet", is_flag=True, help="Say nothing of each migration.")
def command(check: bool, as_json: bool, quiet: bool) -> None:
    """Bring the tables up to date, as their owner, set the grants of the serving role, and load the reference data.

    Needs PCNHUB_OWNER_DATABASE_URL, unless the database is the embedded one.
    """
    from django.conf import settings

    from pcnhub.foundations.database import migrate

    if as_json and not check:
        raise click.UsageError("--json goes with --check: a migration tells its steps in sentences.")
    if migrate.OWNER_ALIAS not in settings.DATABASES:
        raise click.ClickException(
            "PCNHUB_OWNER_DATABASE_URL is missing: only the owner of the tables may change them."
        )
    if check:
        waiting = migrate.pending(migrate.OWNER_ALIAS)
        if as_json:
            click.echo(json.dumps({"up_to_date": not waiting, "waiting": waiting}, indent=2))
        else:
            for name in waiting:
                click.echo(name)
        click.get_current_context().exit(1 if waiting else 0)
    bring_up_to_date(verbosity=0 if quiet else 1)


def bring_up_to_date(*, verbosity: int) -> None:
    """Tables, grants and reference data, as this release has them. Run twice, it changes nothing."""
    from django.utils import timezone

    from pcnhub.care.consultations.operations import load_concepts
    from pcnhub.care.organisations.operations import load_reference
    from pcnhub.foundations.database import migrate

    migrate.migrate(verbosity=verbosity)
    load_reference(now=timezone.now())
    load_concepts(now=timezone.now())
