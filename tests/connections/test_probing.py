"""Calls side by side: one that is slow is unknown and holds up nobody, one that breaks takes no other with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections import probing
from pcnhub.connections.probing import Answer, Plan, Probe, ProbeInsideUnitOfWork, run
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, State
from tests.cast import NOW, system_for, world

HUB = OrganisationRef(1, "Y07108", "Hub", "hub")
NETWORK = NetworkView(1, "U12345", "PCN", HUB, 0, "", ())
ACTOR: Any = None


def probe(heard: dict[str, Answer], **calls: Callable[[], Any]) -> Probe:
    def plan(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
        def tell(answers: probing.Answers) -> list[Finding]:
            heard.update({str(key): answer for key, answer in answers.items()})
            return [Finding("CHK-D7", hub.hub.id, State.MET, "told")]

        return Plan(tell, dict(calls))

    return Probe(plan)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside a test's transaction; nothing here reads a table."""

    class Outside:
        in_atomic_block = False

    monkeypatch.setattr(probing, "connection", Outside)


def asked(probes: dict[str, Probe], seconds: float = 60.0) -> dict[str, probing.Told]:
    return run(probes, actor=ACTOR, hub=NETWORK, now=NOW, seconds=seconds)


def test_calls_are_made_side_by_side_and_each_says_how_long_it_took(threads: None) -> None:
    heard: dict[str, Answer] = {}
    both = threading.Barrier(2, timeout=60)  # opens only when two are under way at once
    asked({"a": probe(heard, one=both.wait), "b": probe(heard, two=both.wait)})
    assert sorted(answer.value for answer in heard.values()) == [0, 1]
    assert all(answer.took_ms is not None and not answer.is_late for answer in heard.values())


def test_what_is_slow_is_late_and_nobody_waits_for_it(threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[str, Answer] = {}
    never, clock = threading.Event(), [0.0]
    monkeypatch.setattr(probing, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def quick() -> str:
        clock[0] = 61.0  # the time is up with the very answer
        return "here"

    class Slow:
        def __call__(self) -> None:
            never.wait()

        def give_up(self) -> str:
            return "the first of two steps"

    told = asked({"a": probe(heard, slow=Slow()), "b": probe(heard, quick=quick, silent=never.wait)})
    never.set()
    assert heard["slow"] == Answer("the first of two steps", is_late=True)
    assert heard["silent"] == Answer(is_late=True)
    assert heard["quick"].value == "here"
    assert all(each.findings for each in told.values())


def test_a_call_that_two_probes_plan_is_made_once(threads: None) -> None:
    heard: dict[str, Answer] = {}
    made: list[int] = []
    asked({name: probe(heard, same=lambda: made.append(1)) for name in ("a", "b", "c")})
    assert made == [1]
    assert heard["same"].took_ms, "however quick: none would say that nobody was asked"


def test_one_that_breaks_down_is_no_answer_and_takes_no_other_with_it(threads: None) -> None:
    heard: dict[str, Answer] = {}
    told = asked({"a": probe(heard, bad=lambda: 1 / 0), "b": probe(heard, good=lambda: 1)})
    assert isinstance(told["a"].failure, ZeroDivisionError)
    assert not told["a"].findings
    assert told["b"].findings
    with pytest.raises(ZeroDivisionError):
        probe({}, bad=lambda: 1 / 0)(actor=ACTOR, hub=NETWORK, now=NOW)


@pytest.mark.django_db
def test_no_call_is_made_inside_a_unit_of_work() -> None:
    w = world()
    with unit_of_work(system_for(w.hub)), pytest.raises(ProbeInsideUnitOfWork):
        asked({"a": probe({}, one=lambda: 1)})
