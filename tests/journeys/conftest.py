"""A served hub on a database of the test's own, and browsers to visit it with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:  # pytest reads this file before Django is set up: what needs its tables is imported where it is used
    from tests.conftest import FreshDatabase
    from tests.journeys.browser import Visit, Visitor

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STARTS_WITHIN = 60.0


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures are kept: of every page in PCNHUB_ARTEFACTS, else only of pages with a fault, in var/artefacts."""
    return Path(os.environ.get("PCNHUB_ARTEFACTS") or Path(__file__).parents[2] / "var" / "artefacts")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("PCNHUB_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not chromium:
        pytest.fail("No Chromium: run `make browser`, or set PCNHUB_CHROMIUM to one's path.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, though nothing here is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        launched = playwright.chromium.launch(executable_path=chromium, headless=True, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def database_name() -> str:
    """The same for every journey of this process, though each finds it made anew: the hub that serves goes on serving."""
    return f"journey_{os.getpid()}"


@pytest.fixture(scope="session")
def servers() -> Iterator[list[tuple[str, subprocess.Popen[bytes]]]]:
    """The hub that serves this process's journeys, once the first of them has started it."""
    running: list[tuple[str, subprocess.Popen[bytes]]] = []
    yield running
    for _, server in running:
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def address(
    fresh_database: FreshDatabase,
    servers: list[tuple[str, subprocess.Popen[bytes]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The address of `pcnhub serve`, working as the serving role on the test's database."""
    if not servers:
        servers.append(_serve(fresh_database, tmp_path_factory.mktemp("served")))
    return servers[0][0]


def _serve(database: FreshDatabase, folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    port = _free_port()
    environment = {key: value for key, value in database.environment.items() if key != "PCNHUB_OWNER_DATABASE_URL"}
    environment |= {"PCNHUB_PORT": str(port), "PCNHUB_WORKERS": "1", "PCNHUB_DATA": str(folder / "data")}
    log = folder / "serve.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(Path(sys.executable).with_name("pcnhub")), "serve"],
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    served = f"http://127.0.0.1:{port}"
    try:
        _wait_for(served, server, log)
    except BaseException:
        server.kill()
        server.wait()
        raise
    return served, server


@pytest.fixture
def visit(browser: Browser, address: str, artefacts: Path) -> Iterator[Visit]:
    """Makes browsers: `visit("ada")` is signed in, `visit()` is nobody, `scripted=False` goes without JavaScript."""
    from tests.journeys.browser import visitor

    with ExitStack() as stack:

        def make(username: str = "", *, scripted: bool = True) -> Visitor:
            made, context = visitor(browser, address, artefacts, scripted=scripted)
            stack.callback(context.close)
            if username:
                made.enter(username)
            return made

        yield make


@pytest.fixture
def drain(fresh_database: FreshDatabase) -> Callable[..., int]:
    """Does everything that the outbox holds, as the worker would."""
    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.foundations.jobs.worker import Worker

    def run(now: datetime | None = None) -> int:
        worker = Worker(
            "test",
            lambda organisation_id, request_id: system_actor_for(
                organisation_id=organisation_id, request_id=request_id
            ),
        )
        done: int = worker.drain(now=now or timezone.now())
        connection.close_if_unusable_or_obsolete()
        return done

    return run


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(served: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{served}/health/live", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"`pcnhub serve` did not answer: {log.read_text('utf-8')[-3000:]}")
