"""Is a change of several seats one moment in all of them?

Each seat for itself says nothing about a move, which gives back one seat and takes another, nor about an appointment of two
seats. So all changes that happened are put into one order: on each seat its bookings follow each other as the database
numbered them (it numbers a booking while it holds the seat), and a call that was answered before another began comes before
it. A circle in that order means that some change was seen half done (strict serializability; Adya 1999, G1c).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tests.proof.histories.attempts import Attempt, Outcome


def circle(
    changes: Sequence[Attempt], bookings: Mapping[str, int], in_doubt: Iterable[str] = ()
) -> tuple[Attempt, ...]:
    """Changes that can't stand in one order, empty when all can. `bookings`: the number of each wish's booking.

    `in_doubt`: ids of the calls without a clear answer that the database shows to have happened; those have no end.
    """
    happened = {attempt.id: attempt for attempt in changes if attempt.outcome is Outcome.DONE or attempt.id in in_doubt}
    after: dict[str, set[str]] = defaultdict(set)
    for earlier, later in (*_on_seats(happened.values(), bookings), *_in_time(happened.values())):
        if earlier != later:
            after[earlier].add(later)
    left = _without_beginnings(after)
    return tuple(happened[node] for node in left if node in happened)


def _on_seats(changes: Iterable[Attempt], bookings: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    """Taken, given back, taken again: by whom each."""
    taken: dict[int, list[tuple[int, str]]] = defaultdict(list)
    given: dict[tuple[int, str], str] = {}
    for change in changes:
        for seat in change.takes:
            if change.wish in bookings:
                taken[seat].append((bookings[change.wish], change.id))
        for seat in change.gives:
            given[seat, change.leaves or change.wish] = change.id
    wish_of = {number: wish for wish, number in bookings.items()}
    for seat, takes in taken.items():
        takes.sort()
        for place, (number, change_id) in enumerate(takes):
            back = given.get((seat, wish_of[number]))
            if back is not None:
                yield change_id, back
            if place + 1 < len(takes):
                yield back or change_id, takes[place + 1][1]


def _in_time(changes: Iterable[Attempt]) -> Iterable[tuple[str, str]]:
    """By way of the moments of the clock, so that there are few pairs: answered -> moment -> ... -> moment -> called."""
    moments = []
    for change in changes:
        moments.append((change.called, 1, change.id))
        if change.answered is not None and change.outcome is Outcome.DONE:
            moments.append((change.answered, 0, change.id))
    last = ""
    for place, (_, is_call, change_id) in enumerate(sorted(moments)):
        moment = f"@{place}"
        if last:
            yield last, moment
        yield (moment, change_id) if is_call else (change_id, moment)
        last = moment


def _without_beginnings(after: Mapping[str, set[str]]) -> set[str]:
    """What remains when everything that nothing comes before is taken away, again and again, and from the end likewise."""
    nodes = set(after) | {later for those in after.values() for later in those}
    before: dict[str, set[str]] = defaultdict(set)
    for earlier, those in after.items():
        for later in those:
            before[later].add(earlier)
    for incoming, outgoing in ((before, after), (after, before)):
        waits = {node: len(incoming.get(node, set()) & nodes) for node in nodes}
        ready = [node for node, many in waits.items() if not many]
        while ready:
            node = ready.pop()
            nodes.discard(node)
            for next_node in outgoing.get(node, ()):
                if next_node in nodes:
                    waits[next_node] -= 1
                    if not waits[next_node]:
                        ready.append(next_node)
    return nodes
