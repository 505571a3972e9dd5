"""Whether this work is a rehearsal, and which: the database marks what is written in one, and shows it to nobody else.

Each unit of work tells the database (`pcnhub.rehearsal`); `rehearsal_marks.py` is what the database makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "X-PCNHub-Rehearsal"
"""What each request of a rehearsal brings along: its word, a secret that ends with the run."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The run that is going. `word` is known to whoever runs it and to nobody else; the worker has none."""

    run_id: int
    word: str = ""


_going: ContextVar[Rehearsal | None] = ContextVar("rehearsal", default=None)


def rehearsal_going() -> Rehearsal | None:
    """The rehearsal that this work belongs to; None for real work."""
    return _going.get()


@contextmanager
def rehearsing(rehearsal: Rehearsal | None) -> Iterator[None]:
    """What is done inside belongs to this rehearsal; to none, with None. Around units of work, never inside one."""
    token = _going.set(rehearsal)
    try:
        yield
    finally:
        _going.reset(token)
