"""What other rooms have open about a person, which an end or a merge of the registration would leave hanging.

Those rooms stand above this one, so they are not asked by name: `config` hands their tellers over at start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pcnhub.foundations.kernel.actors import Actor


class TieKind(StrEnum):
    APPOINTMENT = "appointment"  # to come, or under way
    CONSULTATION = "consultation"  # begun and not finished


@dataclass(frozen=True, slots=True)
class Tie:
    """One open thing: of which row, and what it is in words ("an appointment on 3 December 2026")."""

    patient_id: int
    kind: TieKind
    words: str


# (actor, now, patient ids of the actor's organisation) -> what is open of them
Teller = Callable[[Actor, datetime, Collection[int]], Iterable[Tie]]

_tellers: list[Teller] = []


def wire(tellers: Sequence[Teller]) -> None:
    """Called once by `config`."""
    _tellers[:] = tellers


def ties_of(*, actor: Actor, now: datetime, patient_ids: Collection[int]) -> tuple[Tie, ...]:
    """Everything that is open of these patients. In the running unit of work."""
    return tuple(tie for teller in _tellers for tie in teller(actor, now, patient_ids))
