"""`pcnhub settings`: each setting, its default and what it is for. It stands here, since entrances know nothing of config."""

import json

import click

from pcnhub.config.environment import documented


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of name, default, description.")
@click.option("--markdown", is_flag=True, help="As the rows of docs/operate/settings.md.")
def command(as_json: bool, markdown: bool) -> None:
    """List every setting with its default. They are read from environment variables."""
    if as_json:
        click.echo(json.dumps(documented(), indent=2))
        return
    if markdown:
        for setting in documented():
            click.echo(as_row(setting))
        return
    for setting in documented():
        click.secho(setting["name"], bold=True, nl=False)
        click.echo(f" (default {setting['default']})" if setting["default"] else "")
        click.echo(click.wrap_text(setting["description"], 100, "    ", "    "))


def as_row(setting: dict[str, str]) -> str:
    """A setting as a row of a Markdown table: name, default, description."""
    default = f"`{setting['default']}`" if setting["default"] else "–"
    return f"| `{setting['name']}` | {default} | {setting['description']} |"
