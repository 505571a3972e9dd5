"""What a pack says of the dress rehearsal. The rehearsal stands in a storey above; `config` hands its word over at start-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class RehearsedStep:
    """One step at one organisation (by its code; "outsider" is nobody in particular). `state` is a word of the rehearsal's own:
    passed, failed, skipped, manual; `by_hand` is what a person said who took the step by hand."""

    organisation: str
    step: str
    state: str
    took_ms: int | None
    said: str
    remedy: str
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The newest rehearsal that ended. `is_clean` is None while it is kept to be looked at; `left` names what it could not clean
    up, `trouble` why there are no steps, or not all."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    is_clean: bool | None
    left: tuple[str, ...]
    steps: tuple[RehearsedStep, ...]
    has_passed: bool = False
    trouble: str = ""


Teller = Callable[..., Rehearsed | None]
"""`teller(*, actor, now, hub_id)`: the newest rehearsal of this hub, or None."""

_tellers: list[Teller] = []


def wire(teller: Teller) -> None:
    """Called once by `config`."""
    _tellers[:] = [teller]


def rehearsed(*, actor: Actor, now: datetime, hub_id: int) -> Rehearsed | None:
    """None: there was none, or nothing in this installation rehearses."""
    return _tellers[0](actor=actor, now=now, hub_id=hub_id) if _tellers else None
