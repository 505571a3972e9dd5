"""A build of the demo that somebody stops is completed at the next start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pcnhub.care.appointments import queries as book
from pcnhub.demo import build, network
from pcnhub.demo import built as built_up
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW
from tests.demo.undone import LEFT_UNDONE, blocking

TODAY = london_date(NOW)


def test_an_interrupted_build_is_completed_at_the_next_start(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(network, "PATIENTS_A_PRACTICE", 100)
    for step, after in (("sharing.activate", 8), ("appointments.book", 1), ("readiness.attest", 3)):
        with monkeypatch.context() as patch:
            patch.setattr(*interrupting(step, after))
            with pytest.raises(KeyboardInterrupt):
                built_up.ensure(data=tmp_path, now=NOW, say=lambda _: None)
    said: list[str] = []
    assert built_up.ensure(data=tmp_path, now=NOW, say=said.append), "without the marker nobody believes the network"
    assert blocking() == LEFT_UNDONE
    assert booked() == ["Ash Lane Surgery", "Birch Road Practice"]
    assert not built_up.ensure(data=tmp_path, now=NOW, say=said.append)
    built_up.forget(tmp_path)
    assert built_up.ensure(data=tmp_path, now=NOW, say=said.append)
    assert booked() == ["Ash Lane Surgery", "Birch Road Practice"]


def interrupting(step: str, after: int) -> tuple[str, Any]:
    """An operation that the person at the keyboard stops at its call number `after`."""
    room, _, name = step.partition(".")
    real = getattr(getattr(build, room), name)
    calls: list[int] = []

    def act(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        return real(**arguments)

    return f"pcnhub.demo.build.{step}", act


def booked() -> list[str]:
    """The practices with bookings; a patient who was booked twice would spoil it."""
    names = []
    for username in ("ada", "birch-reception"):
        actor = build.person(username, NOW)
        found = book.practice_bookings(actor=actor, now=NOW, from_on=TODAY, to_on=TODAY + build.HORIZON)
        assert found
        assert len({one.patient_id for one in found}) == len(found)
        names.append(actor.organisation.name)
    return names
