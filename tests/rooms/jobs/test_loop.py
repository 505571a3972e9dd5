"""The running worker: woken by a commit, stopped between two jobs, back after the database was away."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs import outbox
from pcnhub.foundations.jobs.chores import Chore
from pcnhub.foundations.jobs.loop import Tempo, run
from pcnhub.foundations.jobs.models import Heartbeat, Job
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import OrganisationRef, system_actor
from tests.conftest import FreshDatabase

ACTOR = system_actor(name="test", organisation=OrganisationRef(1, "Y07108", "Riverside", "hub"))
LONG = Tempo(look=300, beat=0.1, first_retry=0.1, longest_retry=0.2)


def clock() -> datetime:
    return datetime.now(UTC)


def publish(key: str, *, is_awaited: bool = False) -> None:
    with unit_of_work(ACTOR):
        outbox.publish(actor=ACTOR, now=clock(), fact="tests.happened", key=key, payload={}, is_awaited=is_awaited)


def break_down(_now: datetime) -> None:
    raise ZeroDivisionError


PATIENCE = 120.0  # seconds until a wait is in vain: a loaded machine is no fault of the worker's


def wait_until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def heard(fresh_database: FreshDatabase) -> Iterator[list[Told]]:
    before = {fact: dict(handlers) for fact, handlers in outbox._handlers.items()}
    told: list[Told] = []
    outbox.wire({"tests.happened": {"hear": told.append}})
    yield told
    outbox.wire(before)


@pytest.fixture
def tempo() -> Tempo:
    """The worker looks for work by itself too seldom to matter: it is woken, or the test waits in vain."""
    return LONG


@pytest.fixture
def running(heard: list[Told], tempo: Tempo) -> Iterator[list[datetime]]:
    """A worker on a thread; yields when its chore was done."""
    stop = threading.Event()
    done: list[datetime] = []
    thread = threading.Thread(
        target=run,
        kwargs={
            "worker": Worker("loop", lambda _organisation, _request: ACTOR),
            "clock": clock,
            "stop": stop,
            "chores": [
                Chore("breaks", timedelta(hours=1), break_down),
                Chore("counts", timedelta(hours=1), done.append),
            ],
            "tempo": tempo,
        },
    )
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join(40)
        assert not thread.is_alive()


def test_a_commit_wakes_the_worker(heard: list[Told], running: list[datetime]) -> None:
    wait_until(lambda: bool(running))
    time.sleep(0.3)  # it has found nothing and listens now
    publish("1")
    wait_until(lambda: len(heard) == 1)  # long before it would have looked by itself
    wait_until(lambda: Heartbeat.objects.filter(worker="loop").exists())
    assert len(running) == 1, "a chore that breaks stops neither the others nor the jobs, and none comes too early"


def test_what_somebody_waits_for_does_not_wait_for_everything_that_goes_by_the_clock(heard: list[Told]) -> None:
    order: list[str] = []
    stop = threading.Event()

    def hear(told: Told) -> None:
        order.append(told.dedup_key.rpartition(":")[2])
        if order[-1] == "nobody's":
            stop.set()

    def chore(name: str) -> Chore:
        return Chore(name, timedelta(hours=1), lambda _now: order.append(name))

    outbox.wire({"tests.happened": {"hear": hear}})
    publish("nobody's")
    for number in range(3):
        publish(f"awaited-{number}", is_awaited=True)
    worker = Worker("loop", lambda _organisation, _request: ACTOR)
    run(worker=worker, clock=clock, stop=stop, chores=[chore("first"), chore("second")], tempo=LONG)
    assert order == ["awaited-0", "first", "awaited-1", "second", "awaited-2", "nobody's"]


@pytest.mark.parametrize("tempo", [replace(LONG, look=0.5)])  # nobody calls it to what is put back for a later try
def test_the_worker_comes_back_after_the_database_was_away(
    fresh_database: FreshDatabase, heard: list[Told], running: list[datetime]
) -> None:
    publish("1")
    wait_until(lambda: len(heard) == 1)
    with psycopg.connect(fresh_database.superuser_url, autocommit=True) as server:
        for number in range(3):
            server.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = %s and usename = 'pcnhub_app' and pid <> pg_backend_pid()",
                [fresh_database.name],
            )
            from django.db import connection

            connection.close()
            publish(f"after {number}")
            wait_until(lambda number=number: len(heard) >= number + 2)  # type: ignore[misc]
    # a job whose commit was cut off is done once more, a little later
    wait_until(lambda: not Job.objects.exclude(state="done").exists())


def test_it_leaves_when_told_and_is_not_missed(fresh_database: FreshDatabase) -> None:
    for told in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(
            [sys.executable, "-c", "from pcnhub.entrances.cli.main import main; main()", "worker"],
            env={**fresh_database.environment, "PCNHUB_OWNER_DATABASE_URL": ""},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(Heartbeat.objects.exists)
            process.send_signal(told)
            assert process.wait(40) == 0
        finally:
            process.kill()
            process.communicate()
        assert not Heartbeat.objects.exists()
