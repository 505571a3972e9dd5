"""N tasks asked, N delivered, none twice, and each person told once: the worker killed with -9 at each step on the way.

Real processes on a database of their own. The negative control is a receiver that forgets what it has delivered: the same
checker must find the doubles.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time, timedelta

import psycopg
import pytest
from django.utils import timezone

from pcnhub.care.organisations import operations as organisations
from pcnhub.care.tasks import operations
from pcnhub.foundations.kernel.opening_hours import Opening, OpeningHours
from tests.conftest import FreshDatabase
from tests.proof.task_harness import BY_THE_CLOCK, STEPS
from tests.rooms.tasks.scene import Scene, make_scene

pytestmark = pytest.mark.slow
NUMBER = 6
ALWAYS_OPEN = OpeningHours((Opening(time(0), time(23, 59, 59)),) * 7, on_bank_holidays=True)


@pytest.fixture
def asked(fresh_database: FreshDatabase) -> Scene:
    """Tasks to a practice that is always open, so that its people are told at once."""
    scene = make_scene()
    organisations.save_hours(
        actor=scene.world.dilys, now=timezone.now(), organisation_id=scene.world.ash.pk, hours=ALWAYS_OPEN
    )
    ask(scene, range(NUMBER))
    return scene


def ask(scene: Scene, numbers: range) -> None:
    """Each asked twice, as a form that is sent twice."""
    for number in (*numbers, *numbers):
        wish = scene.asks(idempotency_key=str(number), due_on=timezone.localdate() + timedelta(days=1))
        operations.send(actor=scene.world.bilal, now=timezone.now(), request=wish)


def wrongs(database: FreshDatabase, number: int) -> list[str]:
    """The checker, as superuser and by SQL alone."""
    with psycopg.connect(database.superuser_url) as server:
        tasks = server.execute("select id, state from tasks_task").fetchall()
        receipts = Counter(
            row[0] for row in server.execute("select task_id from tasks_taskevent where state = 'delivered'").fetchall()
        )
        told = Counter(server.execute("select account_id, about from mail_notice").fetchall())
        left = server.execute(
            "select fact, state from jobs_job where state <> 'done' and fact <> all(%s)", [list(BY_THE_CLOCK)]
        ).fetchall()
    found = [] if len(tasks) == number else [f"{len(tasks)} tasks of {number}"]
    found += [f"lost: {task}" for task, state in tasks if state != "delivered" or not receipts[task]]
    found += [f"doubled: {task}" for task, times in receipts.items() if times > 1]
    found += [f"told {times} times" for times in told.values() if times > 1]
    found += [] if len(told) == 2 * number else [f"{len(told)} notices to two people about {number} tasks"]
    return found + [f"unfinished: {each}" for each in left]


def test_workers_killed_at_each_step_lose_and_double_no_task(asked: Scene, fresh_database: FreshDatabase) -> None:
    """One after another on the same tasks: what each leaves behind the next takes up. At last the negative control."""
    with workers(fresh_database) as worker:
        for step in STEPS:
            os.kill(worker(step, step), signal.SIGKILL)
            assert worker.over()
            assert wrongs(fresh_database, NUMBER), "the victim must have left work behind"
        ask(asked, range(NUMBER, NUMBER + 2))
        worker("work", "empty")
        assert worker.over()
        assert wrongs(fresh_database, NUMBER + 2) == []

        ask(asked, range(NUMBER + 2, NUMBER + 4))
        worker("twice", "empty")
        assert any(wrong.startswith("doubled") for wrong in wrongs(fresh_database, NUMBER + 4))


@dataclass
class Workers:
    """The harness as a process: one worker after another, each a process of its own."""

    process: subprocess.Popen[str]

    def __call__(self, wish: str, says: str) -> int:
        """The process id of a worker, once it has said so."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{wish}\n")
        self.process.stdin.flush()
        pid = int(self._line())
        assert self._line() == says
        return pid

    def over(self) -> bool:
        return self._line() == "over"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def workers(database: FreshDatabase) -> Iterator[Workers]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.proof.task_harness"], env=database.environment, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield Workers(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
