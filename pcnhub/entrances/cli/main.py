"""The `pcnhub` command. Exit codes: 0 done, 1 refused or not ready, 2 wrong usage."""

import importlib
import importlib.util
import sys

import click

# One module a command, named like it; each keeps its heavy imports inside the command, so that --help is quick.
COMMANDS = ("demo", "migrate", "serve", "worker", "onboard", "import", "readiness", "audit", "settings")


class Commands(click.Group):
    """Loads a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if importlib.util.find_spec(_module(name))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(importlib.import_module(_module(cmd_name)), "command")  # noqa: B009 - typed as Any otherwise
        return command if isinstance(command, click.Command) else None


def _module(name: str) -> str:
    return f"pcnhub.entrances.cli.{'import_' if name == 'import' else name}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="pcnhub", message="%(prog)s %(version)s")
def pcnhub() -> None:
    """PCN Hub: enhanced access for a primary care network.

    Settings come from the environment; `pcnhub settings` lists them.
    """


def main() -> None:
    """Runs the command line; what was refused is said in sentences on standard error."""
    try:
        code = pcnhub(standalone_mode=False, prog_name="pcnhub")
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        reasons = foreseen(error)
        if reasons is None:
            raise
        for reason in reasons:
            click.echo(reason, err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def foreseen(error: Exception) -> list[str] | None:
    """The sentences of a refusal, or None for a bug, which must show where it happened."""
    from psycopg import OperationalError

    from pcnhub.config.environment import SettingsRefused
    from pcnhub.foundations.database.embedded import EmbeddedRefused
    from pcnhub.foundations.database.roles import UnsafeRole
    from pcnhub.foundations.kernel.refusals import InvalidInput, Refusal

    match error:
        case SettingsRefused() | UnsafeRole():
            return error.reasons
        case InvalidInput():
            return [problem.sentence() for problem in error.problems]
        case Refusal():
            return [error.sentence()]
        case EmbeddedRefused():
            return [str(error)]
        case _ if isinstance(error, OperationalError) or isinstance(error.__cause__, OperationalError):
            return ["The database does not answer, or refused the role. Check PCNHUB_DATABASE_URL and that the server runs."]
        case _:
            return None
