"""Worker processes on a test's database, to be killed with -9 at a chosen step, and to work off what is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from tests.conftest import FreshDatabase

WORKER, WRITE_BACK = "tests.proof.worker_harness", "tests.proof.write_back_harness"
OF_THE_DATABASE = {"PCNHUB_DATABASE_URL", "PCNHUB_OWNER_DATABASE_URL", "PCNHUB_DATA"}


class Forged:
    """A process forked by a forge: as much of `subprocess.Popen` as the proofs use."""

    def __init__(self, pid: int, output: int, errors: int) -> None:
        self.pid = pid
        self._process = os.pidfd_open(pid)  # it ends, and its number may be another's: this stays its own
        self.stdout: TextIO | None = os.fdopen(output)
        self._errors = os.fdopen(errors)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """All that it says until it ends; killed when it takes longer."""
        late = threading.Timer(timeout, self.kill) if timeout else None
        if late:
            late.start()
        try:
            output = self.stdout.read() if self.stdout and not self.stdout.closed else ""
            errors = self._errors.read() if not self._errors.closed else ""
        finally:
            if late:
                late.cancel()
        return output, errors

    def close(self) -> None:
        if self.stdout:
            self.stdout.close()
        self._errors.close()
        os.close(self._process)


class Forge:
    """The line to a forge of this test process, which ends when the line is cut."""

    def __init__(self, database: FreshDatabase) -> None:
        self._line, theirs = socket.socketpair()
        subprocess.Popen(
            [sys.executable, "-m", "tests.proof.forge", str(theirs.fileno())],
            env=database.environment,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def start(self, module: str, database: FreshDatabase, *options: str) -> Forged:
        (output, output_there), (errors, errors_there) = os.pipe(), os.pipe()
        wanted = json.dumps({"module": module, "database": database.name, "options": options})
        socket.send_fds(self._line, [wanted.encode()], [output_there, errors_there])
        os.close(output_there)
        os.close(errors_there)
        pid = b""
        while not pid.endswith(b"\n"):
            said = self._line.recv(64)
            assert said, "the forge has ended"
            pid += said
        return Forged(int(pid), output, errors)


_forges: dict[frozenset[tuple[str, str]], Forge] = {}


@contextmanager
def harness(module: str, database: FreshDatabase, *options: str) -> Iterator[Forged]:
    """A process of this module, killed at the end. Each set of settings has a forge of its own: one that was asked for first
    by a test with settings of its own would leave all others to start from nothing."""
    settings = frozenset(each for each in database.environment.items() if each[0] not in OF_THE_DATABASE)
    if settings not in _forges:
        _forges[settings] = Forge(database)
    forged = _forges[settings].start(module, database, *options)
    try:
        yield forged
    finally:
        forged.kill()
        forged.close()


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
