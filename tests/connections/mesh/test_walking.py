"""The probe of the exchange says how far it came: a time that is up, and an exchange that was silent a short while ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pcnhub.connections.mesh import probes
from pcnhub.connections.mesh.configuration import Box
from pcnhub.connections.mesh.refusals import NoAnswer
from pcnhub.connections.probing import Answer, Leaning, Stepwise
from pcnhub.foundations.kernel.findings import Finding, State
from tests.cast import NOW

BOX = Box("Y07108", "X26HUB1", "word")
SETTINGS: Any = None


class Mailbox:
    def __init__(self, on_lookup: Callable[[str], tuple[str, ...]]) -> None:
        self.lookup = lambda ods_code, _: on_lookup(ods_code)
        self.asked: list[str] = []

    def handshake(self) -> None:
        self.asked.append("handshake")


def walk(monkeypatch: pytest.MonkeyPatch, on_lookup: Callable[[str], tuple[str, ...]]) -> tuple[probes.Walk, Mailbox]:
    mailbox = Mailbox(on_lookup)

    @contextmanager
    def opened(*_: Any) -> Iterator[Mailbox]:
        yield mailbox

    monkeypatch.setattr(probes, "opened", opened)
    return probes.Walk(SETTINGS, "Y07108", ["A1", "B2", "C3"]), mailbox


def told(heard: Any) -> Finding:
    return probes._meaning(1, BOX, heard, None, 3)


def test_when_the_time_is_up_it_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    looked: list[str] = []

    def lookup(ods_code: str) -> tuple[str, ...]:
        looked.append(ods_code)
        if ods_code == "B2":
            seen.append(made.give_up())
        return (f"X26{ods_code}",)

    made, _ = walk(monkeypatch, lookup)
    assert isinstance(made, Stepwise)
    made()
    finding = told(seen[0])
    assert finding.state is State.UNKNOWN
    assert "answered; 1 of 3 practices elsewhere are known to have one mailbox, and then no answer in time" in (
        finding.evidence
    )
    assert looked == ["A1", "B2"]  # none is begun after it


def test_a_practice_that_is_wrong_is_named_though_the_rest_was_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = walk(monkeypatch, lambda _: ())
    made()
    finding = told(made.give_up())
    assert (finding.state, "reports to A1 to no mailbox" in finding.evidence) == (State.UNMET, True)


def test_an_exchange_that_was_waited_for_in_vain_is_not_waited_for_by_the_next_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(_: str) -> tuple[str, ...]:
        raise NoAnswer("The exchange did not answer in time.")

    made, _ = walk(monkeypatch, silent)
    made()
    assert made.waited_for() is None  # it was refused at once: that costs nobody any time
    monkeypatch.setattr(probes, "LONG", 0)
    made()
    silence = made.waited_for()
    assert silence is not None

    following, mailbox = walk(monkeypatch, lambda _: ("X26",))
    assert isinstance(following, Leaning)
    following.spare({silence[0]: Answer(took_ms=silence[1], is_late=True, asked_at=NOW)})
    finding = told(following())
    assert (finding.state, mailbox.asked, following.waited_for()) == (State.UNKNOWN, [], None)
    assert "nothing was heard from the message exchange at 09:" in finding.evidence
    following.spare({})
    assert told(following()).state is State.MET
