"""Worker processes on a test's database, to be killed with -9 at a chosen step, and to work off what is left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import FreshDatabase

WORKER, WRITE_BACK = "tests.proof.worker_harness", "tests.proof.write_back_harness"


@contextmanager
def harness(module: str, database: FreshDatabase, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A process of this module, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        env=database.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def kill_at(module: str, database: FreshDatabase, step: str, *options: str) -> None:
    """Let it come to the step, then kill it there."""
    with harness(module, database, "--stop-at", step, *options) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == step, victim.communicate()[1]


def work_off(module: str, database: FreshDatabase, *options: str) -> None:
    """Work until nothing is left."""
    with harness(module, database, *options) as worker:
        said, trouble = worker.communicate(timeout=60)
        assert said.strip() == "empty", trouble
