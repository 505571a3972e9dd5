"""Killing a worker between any two steps loses nothing, doubles nothing, and keeps the order of each key.

Real processes on a database of their own, killed with -9 at a chosen step; a second worker takes over. The negative control
is a worker that commits the effect and its "done" apart: the same checker must find the loss and the double.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs import outbox
from pcnhub.foundations.kernel.actors import OrganisationRef, system_actor
from tests.conftest import FreshDatabase
from tests.proof.killing import WORKER, harness, kill_at, work_off
from tests.proof.worker_harness import FACT, SPLIT_STEP, STEPS

ACTOR = system_actor(name="proof", organisation=OrganisationRef(1, "Y07108", "Riverside", "hub"))
KEYS = ("ash", "birch", "")  # the empty key: in no order


@pytest.fixture
def empty_outbox(fresh_database: FreshDatabase) -> Iterator[FreshDatabase]:
    """No job yet, and the table of their effects."""
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("create table proof_effect (place bigserial, key text, number int)")
        owner.execute("grant select, insert on proof_effect to pcnhub_app")
        owner.execute("grant usage on sequence proof_effect_place_seq to pcnhub_app")
    before = {fact: dict(handlers) for fact, handlers in outbox._handlers.items()}
    outbox.wire({FACT: {"write": lambda _told: None}})
    yield fresh_database
    outbox.wire(before)


@pytest.fixture
def outbox_of_twelve(empty_outbox: FreshDatabase) -> FreshDatabase:
    """Twelve jobs, four a key. `number` counts through all of them."""
    publish_jobs(range(12))
    return empty_outbox


def publish_jobs(numbers: range) -> None:
    for number in numbers:
        key = KEYS[number % 3]
        with unit_of_work(ACTOR):
            outbox.publish(
                actor=ACTOR,
                now=datetime.now(UTC),
                fact=FACT,
                key=str(number),
                payload={"key": key, "number": number},
                ordering_key=key,
            )


def wrongs(database: FreshDatabase, jobs: int) -> list[str]:
    """The checker: what was lost, doubled or done out of its key's order; nothing when all is well."""
    with psycopg.connect(database.owner_url) as owner:
        effects = owner.execute("select key, number from proof_effect order by place").fetchall()
        states = Counter(row[0] for row in owner.execute("select state from jobs_job").fetchall())
    done = Counter(number for _key, number in effects)
    found = [f"lost: {number}" for number in range(jobs) if done[number] == 0]
    found += [f"doubled: {number}" for number, times in done.items() if times > 1]
    for key in filter(None, KEYS):
        order = [number for of_key, number in effects if of_key == key]
        if order != sorted(order):
            found.append(f"out of order: {key} {order}")
    if states != Counter(done=jobs):
        found.append(f"unfinished: {dict(states)}")
    return found


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_this_step_loses_and_doubles_nothing(outbox_of_twelve: FreshDatabase, step: str) -> None:
    kill_at(WORKER, outbox_of_twelve, step, "--on", "4")
    assert wrongs(outbox_of_twelve, 12), "the victim must have left work behind"
    work_off(WORKER, outbox_of_twelve)
    assert wrongs(outbox_of_twelve, 12) == []


@pytest.mark.parametrize(("first", "wrong"), [("act-first", "doubled: 4"), ("finish-first", "lost: 4")])
def test_negative_control_two_commits_are_found_out(outbox_of_twelve: FreshDatabase, first: str, wrong: str) -> None:
    kill_at(WORKER, outbox_of_twelve, SPLIT_STEP, "--on", "4", "--split", first)
    work_off(WORKER, outbox_of_twelve, "--split", first)
    assert wrong in wrongs(outbox_of_twelve, 12)


@pytest.mark.slow
def test_workers_side_by_side_killed_at_random(outbox_of_twelve: FreshDatabase) -> None:
    """Three at a time, each killed after a random moment, while more is published; then one finishes."""
    publish_jobs(range(12, 60))
    chance = random.Random(7)
    for _round in range(3):
        with (
            harness(WORKER, outbox_of_twelve, "--pause", "0.05") as one,
            harness(WORKER, outbox_of_twelve, "--pause", "0.05") as two,
            harness(WORKER, outbox_of_twelve, "--pause", "0.05") as three,
        ):
            time.sleep(1.0)
            for victim in (one, two, three):
                time.sleep(chance.uniform(0.05, 0.4))
                victim.kill()
    work_off(WORKER, outbox_of_twelve)
    assert wrongs(outbox_of_twelve, 60) == []


@pytest.mark.slow
def test_a_long_job_is_kept_by_its_worker(empty_outbox: FreshDatabase) -> None:
    """Each job takes longer than the lease; another worker stands by and must not take them."""
    publish_jobs(range(4))
    with (
        harness(WORKER, empty_outbox, "--pause", "1.8", "--lease", "1.5") as one,
        harness(WORKER, empty_outbox, "--pause", "1.8", "--lease", "1.5") as two,
    ):
        for process in (one, two):
            said, trouble = process.communicate(timeout=100)
            assert said.strip() == "empty", trouble
            assert "lease lost" not in trouble
    assert wrongs(empty_outbox, 4) == []
