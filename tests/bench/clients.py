"""Client processes: each with a connection of its own, all let go at one moment."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

LONGEST_WAIT = 60.0  # seconds that a client waits for the others


@dataclass(frozen=True, slots=True)
class Wish:
    """One booking to be made."""

    slot_id: int
    patient_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Done:
    """What one client did: when it began and ended (seconds of the machine's clock), and each call's milliseconds."""

    began: float
    ended: float
    times: tuple[float, ...]
    won: int = 0


class Crowd:
    """Some client processes that are ready to start together."""

    def __init__(self, pool: ProcessPoolExecutor, size: int) -> None:
        self.pool = pool
        self.size = size

    def book(self, now: datetime, wishes: Sequence[tuple[Any, list[Wish]]]) -> list[Done]:
        """Each client books its own wishes as its own actor, one after another."""
        return list(self.pool.map(_book, [now] * self.size, *zip(*wishes, strict=True)))

    def claim(self, url: str, rows: Sequence[tuple[dict[str, Any], list[Wish]]]) -> list[Done]:
        """Each client claims and inserts with nothing but SQL."""
        return list(self.pool.map(_claim, [url] * self.size, *zip(*rows, strict=True)))

    def herd(self, now: datetime, callers: Sequence[tuple[Any, list[int]]], slots: list[int], key: str) -> list[Done]:
        """All callers of all clients want one slot at a time; each client has a thread for each of its patients."""
        actors, patients = zip(*callers, strict=True)
        return list(self.pool.map(_herd, [now] * self.size, actors, patients, [slots] * self.size, [key] * self.size))

    def bare_herd(self, url: str, values: dict[str, Any], slots: list[int], threads: int, key: str) -> list[Done]:
        """The same with nothing but SQL."""
        return list(
            self.pool.map(
                _bare_herd, [url] * self.size, [values] * self.size, [slots] * self.size, [threads] * self.size,
                [f"{key}-{place}" for place in range(self.size)],
            )
        )  # fmt: skip


@contextmanager
def crowd(size: int) -> Iterator[Crowd]:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(size)
    with ProcessPoolExecutor(size, mp_context=context, initializer=_begin, initargs=(barrier,)) as pool:
        yield Crowd(pool, size)


def elapsed(done: list[Done]) -> float:
    """Seconds from the first start to the last end."""
    return max(each.ended for each in done) - min(each.began for each in done)


_together: Barrier | None = None


def _begin(barrier: Barrier) -> None:
    global _together  # noqa: PLW0603 - a process's own, set once as it starts
    _together = barrier
    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()


def _meet() -> None:
    if _together is None:
        raise RuntimeError("this is no client process")
    _together.wait(LONGEST_WAIT)


def _book(now: datetime, actor: Any, wishes: list[Wish]) -> Done:
    from django.db import connection

    from pcnhub.care.appointments.operations import BookingRequest, book

    connection.ensure_connection()
    _meet()
    times, began = [], time.perf_counter()
    for wish in wishes:
        asked = BookingRequest(
            slot_id=wish.slot_id,
            patient_id=wish.patient_id,
            idempotency_key=wish.key,
            reason="Cough",
            patient_agrees=True,
        )
        start = time.perf_counter()
        book(actor=actor, now=now, request=asked)
        times.append((time.perf_counter() - start) * 1000)
    return Done(began, time.perf_counter(), tuple(times), len(times))


def _claim(url: str, values: dict[str, Any], wishes: list[Wish]) -> Done:
    from pcnhub.care.appointments.operations.claiming import CLAIM_AND_BOOK

    with psycopg.connect(url, autocommit=True) as bare:
        _meet()
        times, began = [], time.perf_counter()
        for wish in wishes:
            start = time.perf_counter()
            bare.execute(CLAIM_AND_BOOK, values | {"slots": [wish.slot_id], "key": wish.key}).fetchone()
            times.append((time.perf_counter() - start) * 1000)
        return Done(began, time.perf_counter(), tuple(times), len(times))


def _herd(now: datetime, actor: Any, patients: list[int], slots: list[int], key: str) -> Done:
    from django.db import connection

    from pcnhub.care.appointments.operations import BookingRequest, SlotTaken, book

    start = threading.Barrier(len(patients) + 1)

    def caller(patient: int) -> int:
        won = 0
        with closing(connection):
            connection.ensure_connection()
            for slot in slots:
                start.wait(LONGEST_WAIT)
                asked = BookingRequest(slot, patient, f"{key}-{patient}-{slot}", reason="Cough", patient_agrees=True)
                try:
                    book(actor=actor, now=now, request=asked)
                except SlotTaken:
                    pass
                else:
                    won += 1
                start.wait(LONGEST_WAIT)
        return won

    return _rounds(start, slots, [lambda each=patient: caller(each) for patient in patients])


def _bare_herd(url: str, values: dict[str, Any], slots: list[int], threads: int, key: str) -> Done:
    from pcnhub.care.appointments.operations.claiming import CLAIM_AND_BOOK

    start = threading.Barrier(threads + 1)

    def caller(place: int) -> int:
        won = 0
        with psycopg.connect(url, autocommit=True) as bare:
            for slot in slots:
                start.wait(LONGEST_WAIT)
                wanted = values | {"slots": [slot], "key": f"{key}-{place}-{slot}"}
                won += bare.execute(CLAIM_AND_BOOK, wanted).fetchone() is not None
                start.wait(LONGEST_WAIT)
        return won

    return _rounds(start, slots, [lambda each=place: caller(each) for place in range(threads)])


def _rounds(start: threading.Barrier, slots: list[int], callers: list[Any]) -> Done:
    """One round a slot: all clients meet, their callers run, and the round's milliseconds are kept."""
    times = []
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = [pool.submit(caller) for caller in callers]
        for _ in slots:
            _meet()
            start.wait(LONGEST_WAIT)
            began = time.perf_counter()
            start.wait(LONGEST_WAIT)
            times.append((time.perf_counter() - began) * 1000)
        won = sum(answer.result() for answer in answers)
    return Done(0.0, 0.0, tuple(times), won)
