"""`pcnhub settings`: each setting, its default and what it is for."""

import json

import click


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of name, default, description.")
def command(as_json: bool) -> None:
    """List every setting with its default. They are read from environment variables."""
    from pcnhub.config.environment import documented

    if as_json:
        click.echo(json.dumps(documented(), indent=2))
        return
    for setting in documented():
        click.secho(setting["name"], bold=True, nl=False)
        click.echo(f" (default {setting['default']})" if setting["default"] else "")
        click.echo(click.wrap_text(setting["description"], 100, "    ", "    "))
