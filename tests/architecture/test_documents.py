"""docs/operate says what the programme says: every setting and every command."""

from collections.abc import Iterator
from pathlib import Path

import click

from pcnhub.care.patients.rules.standard import ROW_CODES, STANDARD
from pcnhub.config.command import as_row
from pcnhub.config.environment import documented
from pcnhub.entrances.cli.main import pcnhub

DOCUMENTS = Path(__file__).parents[2] / "docs/operate"


def test_every_setting_is_documented_as_the_programme_describes_it() -> None:
    text = (DOCUMENTS / "settings.md").read_text(encoding="utf-8")
    missing = [setting["name"] for setting in documented() if as_row(setting) not in text]
    assert not missing, (
        f"docs/operate/settings.md: add or mend the rows of {missing} (pcnhub settings --markdown prints them)"
    )


def test_every_command_is_documented() -> None:
    text = (DOCUMENTS / "commands.md").read_text(encoding="utf-8")
    missing = [name for name in commands(pcnhub) if f"`{name}`" not in text and f"`{name} " not in text]
    assert not missing, f"docs/operate/commands.md does not mention {missing}"


def commands(group: click.Group, path: str = "pcnhub") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert command.help, f"{path} {name} has no help"
        yield f"{path} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_the_guide_to_imports_has_the_standard_layout_and_every_code() -> None:
    text = (DOCUMENTS / "importing.md").read_text(encoding="utf-8")
    rows = [
        f"| {each.header}{' (needed)' if each.is_needed else ''} | `{each.name}` | {each.meaning} | {each.form} |"
        for each in STANDARD
    ]
    rows += [f"| `{code}` | {why}. |" for code, why in ROW_CODES.items()]
    missing = [row for row in rows if row not in text]
    assert not missing, f"docs/operate/importing.md: add or mend these rows: {missing}"
