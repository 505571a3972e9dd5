"""The two servers, on one machine and one server programme: the hub as it is deployed, and the reference."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from tests.bench.hub import Hub

_TICKS = os.sysconf("SC_CLK_TCK")
STARTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers, and its process."""

    port: int
    process: int

    def cpu(self) -> float:
        """Seconds of processor time that it and its workers have had."""
        return sum(_seconds(each) for each in _family(self.process))

    def worker_memory(self) -> list[int]:
        """Bytes of each worker that are its own or its share of what several have (PSS)."""
        found = []
        for each in _family(self.process) - {self.process}:
            text = Path(f"/proc/{each}/smaps_rollup").read_text()
            size = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
            found.append(size * 1024)
        return [size for size in found if size > 20 * 1024 * 1024]  # not the process that only watches the others


class Database:
    """The processor time of a PostgreSQL server, connections that have ended too."""

    def __init__(self, bare: psycopg.Connection) -> None:
        self.postmaster = _parent(bare.info.backend_pid)

    def cpu(self) -> float:
        return sum(_seconds(each) for each in _family(self.postmaster)) + _seconds_of_ended(self.postmaster)


@contextmanager
def deployed(hub: Hub) -> Iterator[Server]:
    """`pcnhub serve`: granian, one worker a core, every setting as it comes."""
    command = [sys.executable, "-m", "pcnhub.entrances.cli", "serve"]
    with _running(command, hub, hub.port, {}, "/health/live") as server:
        yield server


@contextmanager
def reference(hub: Hub, starts_from: datetime) -> Iterator[Server]:
    """The bare SQL behind a minimal view, with as many workers and threads."""
    from django.conf import settings

    port = hub.port + 1 if hub.port < 65_000 else hub.port - 1
    workers = settings.HUB.workers or len(os.sched_getaffinity(0))
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(settings.HUB.threads or 1), "--log-level", "warning",
        "tests.bench.national.reference:application",
    ]  # fmt: skip
    environment = {"BENCH_DATABASE_URL": hub.superuser_url, "BENCH_FROM": starts_from.isoformat()}
    with _running(command, hub, port, environment, "/search/0") as server:
        yield server


@contextmanager
def _running(command: list[str], hub: Hub, port: int, environment: dict[str, str], path: str) -> Iterator[Server]:
    log = hub.data / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, start_new_session=True, env=os.environ | environment
        )
        try:
            _wait(port, path, process, log)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            asked.request("GET", path)
            if asked.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            asked.close()
    raise LookupError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")


def _family(root: int) -> set[int]:
    """A process and all that come from it."""
    parents: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parents[int(path.name)] = _parent(int(path.name))
            except OSError:
                continue
    found, size = {root}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def _stat(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _parent(process: int) -> int:
    return int(_stat(process)[1])


def _seconds(process: int) -> float:
    try:
        return sum(int(each) for each in _stat(process)[11:13]) / _TICKS
    except OSError:
        return 0.0


def _seconds_of_ended(process: int) -> float:
    return sum(int(each) for each in _stat(process)[13:15]) / _TICKS
