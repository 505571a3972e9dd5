"""The web server and the worker as an operator runs them: processes of their own, watched from outside."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from pydantic import SecretStr

from pcnhub.foundations.database.embedded import EmbeddedPostgres, erase, running_pid
from pcnhub.foundations.database.roles import OWNER
from tests.cli.running import within
from tests.conftest import FreshDatabase

PCNHUB = [sys.executable, "-c", "from pcnhub.entrances.cli.main import main; main()"]
PATIENCE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def as_served(database: FreshDatabase) -> dict[str, str]:
    """The environment of `serve` and `worker`: without the owner's password."""
    return {key: value for key, value in database.environment.items() if key != "PCNHUB_OWNER_DATABASE_URL"}


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([*PCNHUB, *arguments], env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGINT, 130)


def ask(url: str) -> tuple[int, Message, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except OSError:
        return 0, Message(), b""


def wait_for(url: str, status: int) -> bytes:
    deadline = time.monotonic() + PATIENCE_SECONDS
    answer = ask(url)
    while answer[0] != status and time.monotonic() < deadline:
        time.sleep(0.1)
        answer = ask(url)
    assert answer[0] == status, answer
    return answer[2]


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PCNHUB, *arguments], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
def test_a_hub_is_ready_once_a_worker_reports(fresh_database: FreshDatabase) -> None:
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = {**as_served(fresh_database), "PCNHUB_PORT": str(port), "PCNHUB_WORKERS": "1"}
    with running(environment, "serve"):
        wait_for(f"{address}/health/live", 200)
        assert "worker" in json.loads(wait_for(f"{address}/health/ready", 503))["amiss"]
        with running(environment, "worker"):
            assert json.loads(wait_for(f"{address}/health/ready", 200))["ready"]
        _, headers, _ = ask(f"{address}/health/live")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-ID"]
        status, headers, css = ask(f"{address}/assets/nhsuk-frontend.min.css")
        assert (status, b"sourceMappingURL" in css, b"@font-face" in css) == (200, False, False)


@pytest.mark.slow
def test_serving_refuses_what_is_unsafe(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    as_superuser = {**fresh_database.environment, "PCNHUB_DATABASE_URL": fresh_database.superuser_url}
    refused = command(as_superuser, "serve")
    assert refused.returncode == 1
    assert "is a superuser" in refused.stderr
    assert "Traceback" not in refused.stderr
    refused = command(fresh_database.environment, "worker")
    assert (refused.returncode, "PCNHUB_OWNER_DATABASE_URL is set" in refused.stderr) == (1, True)

    monkeypatch.setattr("granian.server.Server", None)  # were it not refused, this process would not serve
    with monkeypatch.context() as set_meanwhile:
        url = SecretStr(fresh_database.owner_url)
        set_meanwhile.setattr(settings, "HUB", settings.HUB.model_copy(update={"owner_database_url": url}))
        refused = within("serve")
    assert (refused.returncode, "PCNHUB_OWNER_DATABASE_URL is set" in refused.stderr) == (1, True)
    with psycopg.connect(fresh_database.owner_url) as owner:
        owner.execute("delete from django_migrations where app = 'jobs'")
    for given in (("serve",), ("worker", "--once")):
        refused = within(*given)
        assert (refused.returncode, "Run `pcnhub migrate`" in refused.stderr) == (1, True), given
    assert within("migrate", "--check").returncode == 1


@pytest.mark.usefixtures("fresh_database")
def test_serving_refuses_a_port_that_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("granian.server.Server", None)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as another hub would hold it
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setattr(settings, "HUB", settings.HUB.model_copy(update={"port": port}))
        refused = within("serve")
    assert refused.returncode == 1
    assert f"Port {port} of 127.0.0.1 can't be used" in refused.stderr


@pytest.mark.slow
def test_a_machine_may_read_the_answers(fresh_database: FreshDatabase) -> None:
    once = command(as_served(fresh_database), "worker", "--once", "--json")
    assert (once.returncode, json.loads(once.stdout)) == (0, {"tried": 0}), once.stderr
    checked = within("migrate", "--check", "--json")
    assert (checked.returncode, json.loads(checked.stdout)) == (0, {"up_to_date": True, "waiting": []})
    assert within("worker", "--json").returncode == 2


@pytest.mark.slow
def test_an_embedded_hub_needs_nothing_but_a_folder(tmp_path: Path, fresh_database: FreshDatabase) -> None:
    """The migrations themselves run on such a server when the tests' template is made, by what `migrate` calls."""
    environment = {key: value for key, value in fresh_database.environment.items() if not key.startswith("PCNHUB_")}
    environment["PCNHUB_DATA"] = str(tmp_path / "var")
    empty = command(environment, "migrate", "--check", "--json")
    assert (empty.returncode, json.loads(empty.stdout)["up_to_date"]) == (1, False), empty.stderr
    assert (tmp_path / "var/secret-key").stat().st_mode & 0o777 == 0o600
    assert running_pid(tmp_path / "var/postgres") is None, "the last command to end stops the server"
    with EmbeddedPostgres(tmp_path / "var") as server, psycopg.connect(server.url(OWNER)) as owner:  # as it was left
        owner.execute("create table made_by_the_owner ()")
    erase(tmp_path / "var")
    for given in (("--quiet",), ("--check",)):
        assert within("migrate", *given).returncode == 0, given


def test_commands_answer_as_promised(fresh_database: FreshDatabase) -> None:
    assert within("no-such-command").returncode == 2
    refused = command({**fresh_database.environment, "PCNHUB_PORT": "many", "PCNHUB_SECRET_KEY": "short"}, "worker")
    assert refused.returncode == 1
    assert ["PCNHUB_PORT" in refused.stderr, "PCNHUB_SECRET_KEY" in refused.stderr] == [True, True]
    listed = json.loads(command(fresh_database.environment, "settings", "--json").stdout)
    assert {"name", "default", "description"} == set(listed[0])
