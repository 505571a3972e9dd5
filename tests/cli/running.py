"""`pcnhub` run as a person runs it: a process of its own, or, a hundred times quicker, within the test's.

Each command is run once as a process, which shows its exit code and both its streams as they are met; what else it says and
refuses is asked within, through the same `main`.
"""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from tests.conftest import FreshDatabase


def process(database: FreshDatabase, *arguments: object, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("pcnhub")), *map(str, arguments)],
        env=database.environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )


def within(*arguments: object, typed: str = "") -> subprocess.CompletedProcess[str]:
    """On the database that the test's Django points at: `fresh_database`. What a process would show as a traceback is raised."""
    from pcnhub.entrances.cli.main import main

    line = ["pcnhub", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        mock.patch("pcnhub.entrances.cli.hub.opened_hub", nullcontext),  # Django is set up, its database runs
        mock.patch.object(sys, "argv", line),
        mock.patch.object(sys, "stdin", io.StringIO(typed)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int), code
    return subprocess.CompletedProcess(line, code, out.getvalue(), err.getvalue())
