"""Running a worker: woken by commits, patient with the database, and able to stop between two jobs.

Any number of these run side by side, on any number of machines. Waking is a courtesy (LISTEN/NOTIFY); looking every few
seconds is what makes sure, and what finds jobs whose time has come or whose worker has died.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import InterfaceError, OperationalError

from pcnhub.foundations.jobs.chores import Chore
from pcnhub.foundations.jobs.outbox import CHANNEL
from pcnhub.foundations.jobs.worker import Worker

log = logging.getLogger(__name__)

DATABASE_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Tempo:
    """In seconds: how often to look for work unasked, to say "alive", and to try a lost database (at first, at most)."""

    look: float = 5
    beat: float = 15
    first_retry: float = 0.5
    longest_retry: float = 15


def run(
    *,
    worker: Worker,
    clock: Clock,
    stop: threading.Event,
    chores: Sequence[Chore] = (),
    tempo: Tempo = Tempo(),
) -> None:
    """Work until `stop` is set; the job in hand is finished first. Outlives a restart of the database."""
    keeper = threading.Thread(target=_keep_alive, args=(worker, clock, stop, tempo.beat), daemon=True)
    keeper.start()
    retry = tempo.first_retry
    due: dict[str, datetime] = {}
    while not stop.is_set():
        try:
            worker.let_go(now=clock())
            with _Ears() as ears:
                retry = tempo.first_retry
                while not stop.is_set():
                    _start_chores(chores, due, worker, clock, stop)
                    if not worker.work_one(now=clock()):
                        ears.wait(tempo.look, stop)
        except DATABASE_LOST:
            log.warning("the database does not answer", extra={"worker": worker.name})
            connection.close()
            stop.wait(retry)
            retry = min(retry * 2, tempo.longest_retry)
    keeper.join()
    try:
        worker.sign_off()
    except DATABASE_LOST:
        connection.close()  # stopping without a database is stopping all the same


def _start_chores(
    chores: Sequence[Chore], due: dict[str, datetime], worker: Worker, clock: Clock, stop: threading.Event
) -> None:
    """Those that are due: at the start, and each hour, many one after the other, so that before each goes a job that somebody
    looks at. One, so that no stream of such jobs puts off what goes by the clock."""
    for chore in chores:
        now = clock()
        if now >= due.get(chore.name, now) and not stop.is_set():
            worker.work_awaited(now=now)
            now = clock()  # it may have taken a minute
            due[chore.name] = now + chore.every
            try:
                chore.do(now)
            except DATABASE_LOST:
                del due[chore.name]
                raise
            except Exception:  # the jobs go on, and the chore is due again
                log.exception("chore failed: %s", chore.name)


def _keep_alive(worker: Worker, clock: Clock, stop: threading.Event, every: float) -> None:
    """The heart of a worker, on a thread and connection of its own, so that a long job doesn't look like a dead worker."""
    while True:
        try:
            worker.beat(now=clock())
        except DATABASE_LOST:
            connection.close()
        if stop.wait(every):
            break
    connection.close()


class _Ears:
    """A connection that does nothing but listen, so that no call is missed while it is busy."""

    def __enter__(self) -> Self:
        self._own: BaseDatabaseWrapper = connections[DEFAULT_DB_ALIAS].copy()
        with self._own.cursor() as cursor:
            cursor.execute(f"listen {CHANNEL}")
        return self

    def __exit__(self, *_: object) -> None:
        self._own.close()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Until something was published, or the seconds are over, or the worker is to stop."""
        waited = 0.0
        step = min(0.5, seconds)  # a signal only sets `stop`: it doesn't end the wait on the socket
        while waited < seconds and not stop.is_set():
            if list(self._own.connection.notifies(timeout=step, stop_after=1)):
                return
            waited += step
