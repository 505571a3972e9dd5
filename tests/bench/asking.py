"""Processes that ask readiness, as workers do, with the services that a test has as counterparts."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

Changes = dict[str, Any]
"""Settings of a hub that such a process changes, by name; and PDS_DRIVER."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one process did: milliseconds of each thing it did, processor time of Python and database (ms), and memory (MB)."""

    times: tuple[float, ...]
    python: float
    database: float
    megabytes: float
    done: int


class Askers:
    """Some processes that are ready."""

    def __init__(self, pool: ProcessPoolExecutor, size: int) -> None:
        self._pool, self._size = pool, size

    def check(self, hub_id: int, now: datetime, *, times: int, probes: bool = True) -> Asked:
        """One process asks one hub so many times, each anew."""
        return self._pool.submit(_check, hub_id, now, times, probes).result()

    def drain(self, now: datetime) -> list[Asked]:
        """All of them do what waits, as workers side by side."""
        began = [self._pool.submit(_drain, now, place) for place in range(self._size)]
        return [each.result() for each in began]


@contextmanager
def askers(size: int, changes: Changes) -> Iterator[Askers]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(size, mp_context=context, initializer=_begin, initargs=(changes,)) as pool:
        yield Askers(pool, size)


@contextmanager
def services(*, dead_mail: bool = False) -> Iterator[Changes]:
    """A mail system, the demographics service with a test patient, and the national directory, on loopback. `dead_mail`: a mail
    system that lets one in and says nothing."""
    from tests.connections.mail.post_office import post_office
    from tests.counterparts.pds import Counterpart
    from tests.counterparts.pds_people import number, person

    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the counterpart's
    dummy = number(7)
    with ExitStack() as stack:
        pds = stack.enter_context(Counterpart())
        pds.has(person(dummy, "Test", "Terry", date(1980, 1, 1)))
        port = stack.enter_context(silent()) if dead_mail else stack.enter_context(post_office()).port
        yield {
            "PDS_DRIVER": "pds-fhir", "pds_environment": "int", "pds_address": pds.address, "pds_rate": 1000,
            "pds_test_number": dummy, "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none",
            "smtp_from": "pcn-hub@example.nhs.uk",
        }  # fmt: skip


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that lets everybody in and never says a word."""
    import socket

    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        yield int(server.getsockname()[1])


def _begin(changes: Changes) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()
    from django.conf import settings

    changed = dict(changes)
    settings.PDS_DRIVER = changed.pop("PDS_DRIVER", settings.PDS_DRIVER)
    settings.HUB = settings.HUB.model_copy(update=changed)


def _check(hub_id: int, now: datetime, times: int, probes: bool) -> Asked:
    from pcnhub.insight.readiness.checking import check
    from tests.bench.measuring import milliseconds, own_meter

    meter = own_meter()
    with meter:
        took = [milliseconds(lambda: check(now=now, hub_id=hub_id, probes=probes)) for _ in range(times)]
    return Asked(tuple(took), *meter.each(1), _megabytes(), times)


def _drain(now: datetime, place: int) -> Asked:
    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.foundations.jobs.worker import Worker
    from tests.bench.measuring import own_meter

    worker = Worker(f"bench-{place}", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))
    meter, times = own_meter(), []
    with meter:
        began = time.perf_counter()
        while worker.work_one(now=now):
            times.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
    return Asked(tuple(times), *meter.each(1), _megabytes(), len(times))


def _megabytes() -> float:
    """The most that this process ever held; what it holds now, where the machine does not say."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
