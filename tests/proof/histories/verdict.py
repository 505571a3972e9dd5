"""The judgement of a round: the history against the model, the database against the history, the database against itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.proof.histories import ledger as books
from tests.proof.histories.attempts import Attempt, Kind, Outcome
from tests.proof.histories.ledger import Ledger
from tests.proof.histories.linear import Stuck, linearised
from tests.proof.histories.order import circle
from tests.proof.histories.seat import FREE, Seat, after
from tests.proof.histories.share import Share, Used

LINEARIZABLE = "every seat's history has an order"
SHARES = "no share is ever exceeded, none refused while there is some left"
ONE_MOMENT = "every change is one moment on all its seats"
PROMISES = "what was acknowledged is so"
NO_ERRORS = "no caller met an error of the database"
CHAIN = "the audit's chains hold"
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """`faults`: what each check found, empty lists when all is well."""

    attempts: int
    faults: dict[str, list[str]]
    outcomes: dict[str, int]
    layers: dict[str, int]
    seats: int
    seconds: float
    in_doubt: int = 0
    in_doubt_that_happened: int = 0
    extra: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not any(self.faults.values())


def judged(
    attempts: Sequence[Attempt],
    ledger: Ledger,
    *,
    shares: Sequence[Share] = (),
    checks: Iterable[str] | None = None,
) -> Verdict:
    """Everything that can be said of a history and the database that it left behind.

    `checks` leaves out some of `ledger.AMISS`: where no worker ran, nothing was heard.
    """
    happened = books.happened(ledger, attempts)
    faults = {
        NO_ERRORS: [f"{a.id}: {a.kind} met {a.said}" for a in attempts if a.said.startswith("error")],
        LINEARIZABLE: _without_order(attempts, ledger),
        SHARES: _exceeded(attempts, ledger, shares),
        ONE_MOMENT: _circles(attempts, ledger, happened),
        PROMISES: list(books.promises_amiss(ledger, attempts)),
    }
    wanted = set(books.AMISS) if checks is None else set(checks)
    faults |= {name: list(check(ledger)) for name, check in books.AMISS.items() if name in wanted}
    ends = [a.answered for a in attempts if a.answered is not None]
    return Verdict(
        attempts=len(attempts),
        faults={name: [*found[:MOST_SHOWN], *_more(found)] for name, found in faults.items()},
        outcomes=dict(Counter(f"{a.kind} {a.outcome}" for a in attempts)),
        layers=dict(Counter(a.layer for a in attempts)),
        seats=len({seat for a in attempts for seat in a.seats()}),
        seconds=(max(ends) - min(a.called for a in attempts)) / 1e9 if ends else 0.0,
        in_doubt=sum(a.outcome is Outcome.IN_DOUBT for a in attempts),
        in_doubt_that_happened=sum(a.outcome is Outcome.IN_DOUBT and a.id in happened for a in attempts),
    )


def _more(found: list[str]) -> list[str]:
    return [f"... and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []


def _without_order(attempts: Sequence[Attempt], ledger: Ledger) -> list[str]:
    by_seat: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        for seat in attempt.seats():
            by_seat[seat].append(attempt)
    found = []
    for seat, calls in sorted(by_seat.items()):
        answer = linearised([*calls, _look(seat, calls, ledger)], FREE, partial(after_on, seat))
        if isinstance(answer, Stuck):
            found.append(_said(f"seat {seat}", answer))
    return found


def after_on(number: int, seat: Seat, attempt: Attempt) -> Seat | None:
    return after(seat, number, attempt)


def _exceeded(attempts: Sequence[Attempt], ledger: Ledger, shares: Sequence[Share]) -> list[str]:
    used = {quota: many for quota, many, _ in ledger.quotas}
    found = []
    for share in shares:
        calls = [attempt for attempt in attempts if share.concerns(attempt)]
        end = max((moment for call in calls for moment in (call.called, call.answered or 0)), default=0)
        look = Attempt(
            id=f"end of share {share.quota_id}", layer="database", kind=Kind.LOOK, now=used[share.quota_id],
            called=end + 1, answered=end + 2, outcome=Outcome.DONE,
        )  # fmt: skip
        answer = linearised([*calls, look], Used(), share.after)
        if isinstance(answer, Stuck):
            found.append(_said(f"share {share.quota_id} of {share.at_most}", answer))
    return found


def _look(seat: int, calls: Sequence[Attempt], ledger: Ledger) -> Attempt:
    """The seat as the database has it at the end: nobody is at work any more, so this comes after every answer."""
    live = ledger.live_seats.get(seat, [])
    end = max((moment for call in calls for moment in (call.called, call.answered or 0)), default=0)
    wish = ledger.bookings[live[0]].wish if live else ""
    slot = ledger.slots.get(seat)
    stays = slot is not None and slot.extra_seat_of is None  # an extra seat goes when it is given back
    state = "booked" if live else slot.state if slot and stays else "free"
    return Attempt(
        id=f"end of {seat}", layer="database", kind=Kind.LOOK, wish=wish, takes=(seat,), called=end + 1, answered=end + 2,
        outcome=Outcome.DONE, said=state,
    )  # fmt: skip


def _said(what: str, stuck: Stuck) -> str:
    last = ", ".join(f"{call.id} {call.kind} {call.outcome} {call.wish}" for call in stuck.longest[-4:])
    then = "; ".join(f"{call.id} {call.kind} {call.outcome} {call.wish}" for call in stuck.next)
    return f"{what}: after {len(stuck.longest)} calls ({last}) none of these can follow: {then}"


def _circles(attempts: Sequence[Attempt], ledger: Ledger, happened: frozenset[str]) -> list[str]:
    numbers = {wish: rows[0].id for wish, rows in ledger.by_wish.items()}
    changes = [a for a in attempts if a.kind in (Kind.BOOK, Kind.CANCEL, Kind.MOVE)]
    around = circle(changes, numbers, happened)
    return [f"{call.id} {call.kind} {call.wish} takes {call.takes} gives {call.gives}" for call in around]
