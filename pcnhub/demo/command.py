"""`pcnhub demo`: a synthetic network, the web server and the worker, in the foreground."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

_COMMAND = [sys.executable, "-m", "pcnhub.entrances.cli"]


@click.command("demo")
@click.option("--reset", is_flag=True, help="Delete the data in PCNHUB_DATA first, and build everything anew.")
@click.option("--build-only", is_flag=True, help="Build the network, print its sign-ins and readiness, and end.")
@click.option(
    "--mesh", is_flag=True, help="One practice keeps its record elsewhere: its reports go by a message exchange."
)
@click.option("--codes", is_flag=True, help="Print what each person's authenticator shows now, and end.")
def command(reset: bool, build_only: bool, mesh: bool, codes: bool) -> None:
    """Run a hub with a synthetic network: five practices, 5,000 patients, four weeks of sessions.

    The first run builds it; later runs keep the data. Prints who can sign in, what is not ready, and `ready:` once it serves.
    Ctrl-C stops all that it started.
    """
    with contextlib.ExitStack() as beside:
        if mesh and not codes:
            beside.enter_context(_exchange(anew=reset))
        _run(reset=reset, build_only=build_only, mesh=mesh, codes=codes)


def _run(*, reset: bool, build_only: bool, mesh: bool, codes: bool) -> None:
    from pcnhub.entrances.cli.hub import hub_environment, opened_hub
    from pcnhub.entrances.cli.preflight import refuse_port_in_use
    from pcnhub.foundations.database.embedded import erase

    environment = hub_environment()
    if not environment.embedded:
        raise click.ClickException(
            "The demo builds synthetic people, and PCNHUB_DATABASE_URL names a database of your own. Unset it first."
        )
    if not codes and not build_only:
        refuse_port_in_use(environment.host, environment.port)
    if reset:
        erase(environment.data)
    with opened_hub():
        if codes:
            _print_codes()
            return
        _prepare(environment.data, anew=reset)
        if mesh:
            _keep_elsewhere()
        _print_sign_ins(environment.data)
        ready = _print_readiness()
        if build_only:
            return
        log = environment.data / "demo.log"
        signal.signal(signal.SIGTERM, lambda *_: _interrupt())
        with (
            contextlib.suppress(KeyboardInterrupt),
            _running("worker", log) as worker,
            _running("serve", log) as server,
        ):
            _wait_until_serving(environment.host, environment.port, server, log)
            click.echo(f"Logs: {log}")
            click.echo(f"ready: http://{environment.host}:{environment.port}  ({ready}; Ctrl-C stops it)")
            while worker.poll() is None and server.poll() is None:
                time.sleep(0.5)
            raise click.ClickException(f"A process of the hub ended by itself; {log} says why.")
        click.echo("stopped")


@contextlib.contextmanager
def _exchange(*, anew: bool) -> Iterator[None]:
    """The exchange, and its address in the environment, before anything reads the settings."""
    if not (importlib.util.find_spec("mesh_sandbox") and importlib.util.find_spec("trustme")):
        raise click.ClickException("The message exchange comes with what the checks need: make setup-dev")
    data = Path(os.environ.get("PCNHUB_DATA") or "var")  # as the settings have it, which must not be read yet
    if anew:
        shutil.rmtree(data / "exchange", ignore_errors=True)
    from pcnhub.demo.elsewhere import exchanging

    with exchanging(data):
        yield


def _keep_elsewhere() -> None:
    from django.utils import timezone

    from pcnhub.demo.elsewhere import keep_elsewhere

    name = keep_elsewhere(now=timezone.now())
    click.echo(
        f"\n{name} keeps its record elsewhere: reports of its patients go by the message exchange, and are answered."
    )


def _interrupt() -> None:
    raise KeyboardInterrupt


def _prepare(data: Path, *, anew: bool) -> None:
    from django.utils import timezone

    from pcnhub.demo import built
    from pcnhub.demo.build import LEFT_UNDONE
    from pcnhub.entrances.cli.migrate import bring_up_to_date

    if anew:
        built.forget(data)
    bring_up_to_date(verbosity=0)
    began = time.monotonic()
    if built.ensure(data=data, now=timezone.now(), say=lambda text: click.echo(f"  {text}")):
        click.echo(f"Built in {time.monotonic() - began:.0f} s. Left undone, for you to mend:")
        for line in LEFT_UNDONE:
            click.echo(f"  - {line}")


def _print_sign_ins(data: Path) -> None:
    from django.utils import timezone

    from pcnhub.demo.sign_ins import let_in, password_of, sign_ins, usernames

    now, password = timezone.now(), password_of(data)
    for username in usernames(now):
        let_in(username, password, now)
    click.echo(f"\nSign in as any of these, with the password {password}")
    click.echo("and the code that `.venv/bin/pcnhub demo --codes` shows for them:")
    for heading, people in sign_ins(now).items():
        click.echo(f"\n  {heading}")
        for one in people:
            click.echo(f"    {one.username:18} {one.name:18} {one.what}")


def _print_codes() -> None:
    from django.utils import timezone

    from pcnhub.demo.sign_ins import codes, usernames

    people = usernames(timezone.now())
    shown = codes(people)
    for username in people:
        if username in shown:
            click.echo(f"  {username:18} {shown[username]}")
    left = 30 - int(time.time()) % 30
    click.echo(f"They change in {left} s; each works once.")


def _print_readiness() -> str:
    from django.utils import timezone

    from pcnhub.care.organisations import queries
    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.demo import network
    from pcnhub.insight.readiness import checking
    from pcnhub.insight.readiness.queries import summary

    now = timezone.now()
    hub = queries.organisation(ods_code=network.HUB)
    checking.check(now=now, hub_id=hub.id, probes=False)
    found = summary(actor=system_actor_for(organisation_id=hub.id, name="readiness"), now=now, hub_id=hub.id)
    click.echo(f"\nReadiness: {found.settled} of {found.asked} settled. Blocking go-live:")
    for cell in found.blocking:
        click.echo(f"  - {cell.requirement.id} {cell.organisation.name}: {cell.evidence}")
    click.echo("")
    return f"{len(found.blocking)} checks block go-live" if found.blocking else "ready to go live"


@contextlib.contextmanager
def _running(name: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A `pcnhub` command as a process of its own, stopped by its pid at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_COMMAND, name], env=os.environ, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_serving(host: str, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise click.ClickException(
                f"The web server ended at once; {log} says why. If port {port} is in use, choose another one: "
                "PCNHUB_PORT=8001 make demo"
            )
        if _answers(host, port):
            return
        time.sleep(0.2)
    raise click.ClickException(f"The web server did not answer within a minute; {log} says why.")


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
