"""What is started by the clock, not by a fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to start again and again. Every worker starts it, so `do` must be harmless when done twice: it publishes
    facts under keys that name the period, or changes only what still needs changing."""

    name: str
    every: timedelta
    do: Callable[[datetime], None]


_wired: list[Chore] = []


def wire(chores: Iterable[Chore]) -> None:
    """Called once by `config`."""
    _wired[:] = chores


def wired() -> tuple[Chore, ...]:
    return tuple(_wired)
