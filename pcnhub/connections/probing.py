"""Probes: what readiness learns only by asking another machine, and how the calls of several are made side by side.

A probe has three parts. `plan` reads what it needs, in units of work of its own, all of which are closed when it returns. The
plan's calls ask other machines, each in a thread, with no unit of work and no transaction. `means` says what the answers mean,
and may write down that they came. A call that has not answered when the time is up is unknown, never "no"
(`national-services` 3.4, 14 #12).

Many hubs live on one installation, and some of what they ask is the same for all: one mail system, one clock. Such a call is
`Alike`, and its answer lies on a shelf for the other hubs' runs. So does the silence of a service on which calls of many hubs
lean: one that is dead is waited for once, not by a thousand hubs in turn. Each run says when it was really asked.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast, runtime_checkable

from django.db import connection, connections

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.database import apart
from pcnhub.foundations.database.work import is_at_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding

SECONDS = 9.0  # for all calls of a run together: with what is read before and written after, a run ends within ten
AT_ONCE = 24  # calls that are under way at a time


class ProbeInsideUnitOfWork(RuntimeError):
    """A bug: a transaction would be held open while other machines take their time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: its `value`, and how long it took. `is_late`: no answer when the time was up; of a call in steps
    `value` is then what it had by that time. `asked_at`: when it was asked, where that was in an earlier run, for another hub."""

    value: Any = None
    took_ms: int | None = None
    is_late: bool = False
    asked_at: datetime | None = None


@runtime_checkable
class Stepwise(Protocol):
    """A call of several steps, which can be told that the time is up."""

    def __call__(self) -> Any: ...

    def give_up(self) -> Any:
        """Begin no further step, and say what there is. From another thread, while a step may be under way."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A call that every hub of this installation would make in the same words, under a key that is text. It answers in what JSON
    can hold, and nobody's data."""

    call: Callable[[], Any]

    def __call__(self) -> Any:
        return self.call()


@runtime_checkable
class Leaning(Protocol):
    """A call that leans on services on which calls of other hubs lean, too."""

    def spare(self, silent: Mapping[str, Answer]) -> None:
        """Before it is made: these services were silent a short while ago, and need not be waited for again."""
        ...

    def waited_for(self) -> tuple[str, int] | None:
        """After it: the service that was waited for in vain, and for how many milliseconds."""
        ...


class Shelf(Protocol):
    """Where answers lie that serve other hubs, too."""

    def known(self, keys: Iterable[str]) -> Mapping[str, Answer]:
        """What was asked so short a while ago that it stands, by its key."""
        ...

    def silent(self) -> Mapping[str, Answer]:
        """The services that were silent so short a while ago, by name."""
        ...

    def keep(self, answers: Mapping[str, Answer], *, silent: Mapping[str, int]) -> None:
        """`silent`: for how many milliseconds each service was waited for in vain."""
        ...


Answers = Mapping[Hashable, Answer]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask, by a key, and what the answers mean. Two probes that plan a call under one key share its answer."""

    means: Callable[[Answers], Iterable[Finding]]
    calls: Mapping[Any, Callable[[], Any]] = field(default_factory=dict)


class Planning(Protocol):
    def __call__(self, *, actor: Actor, hub: NetworkView, now: datetime) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a probe found. `failure`: it broke down, which is a bug, and is never an answer. `asked_at`: as of the oldest of the
    answers from which it was told, where one is of an earlier run."""

    findings: tuple[Finding, ...] = ()
    failure: Exception | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A check that asks other machines. Called alone it is a check like any other, but never inside a unit of work."""

    plan: Planning

    def __call__(self, *, actor: Actor, hub: NetworkView, now: datetime) -> tuple[Finding, ...]:
        told = run({"": self}, actor=actor, hub=hub, now=now)[""]
        if told.failure is not None:
            raise told.failure
        return told.findings


def run(
    probes: Mapping[str, Probe],
    *,
    actor: Actor,
    hub: NetworkView,
    now: datetime,
    seconds: float = SECONDS,
    shelf: Shelf | None = None,
) -> dict[str, Told]:
    """Every probe's findings, by its name, within `seconds` and the time that planning and telling take. One that breaks down
    takes no other with it. With a `shelf`, what it knows is not asked again. Raises ProbeInsideUnitOfWork."""
    if is_at_work():
        raise ProbeInsideUnitOfWork
    told: dict[str, Told] = {}
    plans: dict[str, Plan] = {}
    for name, probe in probes.items():
        try:
            plans[name] = probe.plan(actor=actor, hub=hub, now=now)
        except Exception as failure:  # noqa: BLE001 - handed to the caller, who logs it
            told[name] = Told(failure=failure)
    answers = _answers({key: call for plan in plans.values() for key, call in plan.calls.items()}, seconds, shelf)
    for name, plan in plans.items():
        told[name] = _told(plan, answers)
    return told


def _told(plan: Plan, answers: Mapping[Hashable, Answer | Exception]) -> Told:
    mine: dict[Hashable, Answer] = {}
    for key in plan.calls:
        answer = answers[key]
        if isinstance(answer, Exception):
            return Told(failure=answer)
        mine[key] = answer
    earlier = [answer.asked_at for answer in mine.values() if answer.asked_at is not None]
    try:
        return Told(tuple(plan.means(mine)), asked_at=min(earlier, default=None))
    except Exception as failure:  # noqa: BLE001 - handed to the caller, who logs it
        return Told(failure=failure)


def _answers(
    calls: Mapping[Hashable, Callable[[], Any]], seconds: float, shelf: Shelf | None
) -> dict[Hashable, Answer | Exception]:
    if shelf is None:
        return _ask(calls, seconds)
    alike = [str(key) for key, call in calls.items() if isinstance(call, Alike)]
    known, silent = shelf.known(alike), shelf.silent()
    leaning = [cast("Leaning", call) for call in calls.values() if isinstance(call, Leaning)]
    for each in leaning:
        each.spare(silent)
    answers = _ask({key: call for key, call in calls.items() if key not in known}, seconds)
    new = {key: answers[key] for key in alike if key not in known}
    shelf.keep(
        {key: answer for key, answer in new.items() if isinstance(answer, Answer)},
        silent=dict(filter(None, (each.waited_for() for each in leaning))),
    )
    return answers | dict(known)


def _ask(calls: Mapping[Hashable, Callable[[], Any]], seconds: float) -> dict[Hashable, Answer | Exception]:
    if connection.in_atomic_block:  # a test's: on a connection of its own a thread would not see what it wrote
        return {key: _outcome(call) for key, call in calls.items()}
    waiting = list(calls.items())
    answered: queue.SimpleQueue[tuple[Hashable, Answer | Exception]] = queue.SimpleQueue()
    answers: dict[Hashable, Answer | Exception] = {}
    ends = time.monotonic() + seconds
    under_way = 0
    while waiting or under_way:
        while waiting and under_way < AT_ONCE:
            key, call = waiting.pop(0)
            _start(key, call, answered)
            under_way += 1
        try:
            key, answer = answered.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            break
        answers[key] = answer
        under_way -= 1
    return {key: answers[key] if key in answers else _late(call) for key, call in calls.items()}


def _late(call: Callable[[], Any]) -> Answer:
    return Answer(call.give_up() if isinstance(call, Stepwise) else None, is_late=True)


def _start(
    key: Hashable, call: Callable[[], Any], answered: queue.SimpleQueue[tuple[Hashable, Answer | Exception]]
) -> None:
    def run_call() -> None:
        outcome = _outcome(call)
        # what a client kept of its own in this thread (a journal's line, whose turn it is) ends with it
        apart.close()
        connections.close_all()
        answered.put((key, outcome))

    threading.Thread(target=run_call, name="probe", daemon=True).start()


def _outcome(call: Callable[[], Any]) -> Answer | Exception:
    began = time.monotonic()
    try:
        value = call()
        # a millisecond at least: none would say that nobody was asked, so that a person may state it
        return Answer(value, max(1, round((time.monotonic() - began) * 1000)))
    except Exception as failure:  # noqa: BLE001 - handed to the caller; a thread's would be lost
        return failure
