"""The `pcnhub` command. Exit codes: 0 done, 1 refused or not ready, 2 wrong usage."""

import importlib
import importlib.util
import sys

import click

# Where each command is: a module with a click command named `command`. Named by strings, because some stand in storeys above
# this one; loaded when asked for, and their heavy imports are inside the command, so that --help is quick.
COMMANDS = {
    "demo": "pcnhub.demo.command",
    "migrate": "pcnhub.entrances.cli.migrate",
    "serve": "pcnhub.entrances.cli.serve",
    "worker": "pcnhub.entrances.cli.worker",
    "onboard": "pcnhub.entrances.cli.onboard",
    "password": "pcnhub.entrances.cli.password",
    "import": "pcnhub.entrances.cli.imports",
    "protocol": "pcnhub.entrances.cli.definitions",
    "pds": "pcnhub.entrances.cli.pds",
    "sds": "pcnhub.entrances.cli.sds",
    "mesh": "pcnhub.entrances.cli.mesh",
    "explain": "pcnhub.entrances.cli.explain",
    "gpconnect": "pcnhub.entrances.cli.gpconnect",
    "mail": "pcnhub.entrances.cli.mail",
    "continuity": "pcnhub.entrances.cli.continuity",
    "readiness": "pcnhub.entrances.cli.readiness",
    "rehearse": "pcnhub.entrances.cli.rehearse",
    "probe": "pcnhub.entrances.cli.probe",
    "watch": "pcnhub.entrances.cli.watch",
    "evidence": "pcnhub.entrances.cli.evidence",
    "audit": "pcnhub.entrances.cli.audit",
    "settings": "pcnhub.config.command",
}


class Commands(click.Group):
    """Loads a command's module when it is asked for; knows those that this release has."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, module in COMMANDS.items() if _exists(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


def _exists(module: str) -> bool:
    package = module.rpartition(".")[0]
    return importlib.util.find_spec(package) is not None and importlib.util.find_spec(module) is not None


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

    from pcnhub.foundations.kernel.refusals import InvalidInput, Refusal

    if isinstance(error, InvalidInput):
        return [problem.sentence() for problem in error.problems]
    if isinstance(error, Refusal):
        return list(getattr(error, "reasons", [error.sentence()]))
    if isinstance(error, OperationalError) or isinstance(error.__cause__, OperationalError):
        return [
            "The database does not answer, or refused the role. Check PCNHUB_DATABASE_URL and that the server runs."
        ]
    return None
