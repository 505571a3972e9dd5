"""Is there an order of the calls, within their times, in which every answer is what the model says?

Wing and Gong's search with Lowe's memory (Testing for linearizability, 2017): try as the next call each one that was made
before any call that is still open was answered; remember the sets of calls done with the state that they led to. A call in
doubt has no end, and may be left out. A history of many seats is linearizable when that of each seat is (Herlihy and Wing,
Linearizability, 1990, theorem 1), so the search stays small: one seat, a few callers at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.proof.histories.attempts import Attempt, Outcome

S = TypeVar("S")
LONGEST_SEARCH = 2_000_000


@dataclass(frozen=True, slots=True)
class Stuck:
    """No order exists. `longest`: the calls of the longest order found; `next`: those of which none could follow."""

    longest: tuple[Attempt, ...]
    next: tuple[Attempt, ...]


class Undecided(RuntimeError):
    """The search would take too long: not a verdict. It never happened with up to 64 callers."""


def linearised(
    calls: Sequence[Attempt], start: S, after: Callable[[S, Attempt], S | None]
) -> tuple[Attempt, ...] | Stuck:
    """An order of the calls that explains every answer, or where the longest one ends. Raises Undecided."""
    calls = sorted(calls, key=lambda call: call.called)
    must = sum(1 << place for place, call in enumerate(calls) if call.outcome is not Outcome.IN_DOUBT)
    seen: set[tuple[int, S]] = set()
    # (calls done, state, the place of each call in their order, and which candidates are still to be tried)
    stack: list[tuple[int, S, list[int]]] = [(0, start, _candidates(calls, 0))]
    order: list[int] = []
    longest: list[int] = []
    while stack:
        done, state, waiting = stack[-1]
        if done & must == must:
            return tuple(calls[place] for place in order)
        if not waiting:
            stack.pop()
            if order:
                order.pop()
            continue
        place = waiting.pop()
        next_state = after(state, calls[place])
        if next_state is None or (done | 1 << place, next_state) in seen:
            continue
        if len(seen) > LONGEST_SEARCH:
            raise Undecided(f"{len(calls)} calls")
        seen.add((done | 1 << place, next_state))
        order.append(place)
        if len(order) > len(longest):
            longest = order.copy()
        stack.append((done | 1 << place, next_state, _candidates(calls, done | 1 << place)))
    reached = sum(1 << place for place in longest)
    return Stuck(
        tuple(calls[place] for place in longest), tuple(calls[place] for place in _candidates(calls, reached)[::-1])
    )


def _candidates(calls: Sequence[Attempt], done: int) -> list[int]:
    """The calls that may come next: none that began after another open one was answered. The likeliest last: the one that
    was answered first; those in doubt are tried when nothing else fits."""
    first_answer: int | None = None
    found = []
    place = _first_open(done)
    while place < len(calls):
        call = calls[place]
        if first_answer is not None and call.called > first_answer:
            break
        if not done >> place & 1:
            found.append(place)
            if call.answered is not None and call.outcome is not Outcome.IN_DOUBT:
                first_answer = call.answered if first_answer is None else min(first_answer, call.answered)
        place += 1
    found = [p for p in found if first_answer is None or calls[p].called <= first_answer]
    return sorted(found, key=lambda p: _likelihood(calls[p]), reverse=True)


def _likelihood(call: Attempt) -> tuple[bool, int]:
    in_doubt = call.answered is None or call.outcome is Outcome.IN_DOUBT
    return in_doubt, call.called if call.answered is None else call.answered


def _first_open(done: int) -> int:
    return (~done & (done + 1)).bit_length() - 1
