"""What is measured of a nation's book, in this order: each figure beside its reference, in turns within the same minute."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench.hub import Hub
from tests.bench.national.running import Load, Loader
from tests.bench.national.serving import Server

CONNECTIONS, CALLERS = 16, 100
SEARCHES, BOOKINGS = 1000, 333  # a second, of the whole nation
SEARCH_P99, BOOKING_P99 = 1000.0, 100.0  # ms: GP Connect's levels
_SHARES = (1.0, 0.5, 0.25, 0.1, 0.05, 0.025, 0.01)  # of the nation's load, tried until one holds


@dataclass(frozen=True, slots=True)
class Aim:
    words: str
    is_met: bool
    came_to: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `here` and `reference` are what the picture draws (requests a second), `p` its percentiles."""

    what: str
    here: str
    reference: str = ""
    share: str = ""
    aims: tuple[Aim, ...] = ()
    notes: tuple[str, ...] = ()
    rates: tuple[float, float] | None = None
    percentiles: tuple[float, float, float] | None = None


class Bench:
    """The figures of one nation; `deployed` and `reference` are running."""

    def __init__(self, hub: Hub, loader: Loader, deployed: Server, reference: Server) -> None:
        self.loader = loader
        self.deployed = deployed
        self.reference = reference
        self.seconds = 3.0 if hub.is_quick else 15.0
        self.minute = 6.0 if hub.is_quick else 60.0
        self.probe = 3.0 if hub.is_quick else 10.0
        self.rounds = 3 if hub.is_quick else 10

    def figures(self, say: Callable[[str], None]) -> Iterator[Row]:
        say("search")
        yield self._beside("search", "Slot search of a hub, 14 days", share=0.6, p99=50.0)
        say("search, compressed")
        yield self._compressed()
        say("booking")
        yield self._beside("book", "Booking over GP Connect", share=0.3, p99=BOOKING_P99)
        say("herd")
        yield self._herd()
        say("both at once")
        yield self._both(say)
        yield self._memory()

    def in_turns(self, kind: str) -> tuple[Load, Load]:
        """Ours and the reference's, each in two halves that alternate."""
        halves: dict[str, list[Load]] = {"ours": [], "bare": []}
        for server, name in ((self.deployed, kind), (self.reference, f"bare-{kind}")):
            self.loader.closed(server, name, connections=CONNECTIONS, seconds=min(self.seconds / 4, 2))  # warm
        for _ in range(2):
            for side, server, name in (("ours", self.deployed, kind), ("bare", self.reference, f"bare-{kind}")):
                halves[side].append(self.loader.closed(server, name, connections=CONNECTIONS, seconds=self.seconds / 2))
        return together(halves["ours"]), together(halves["bare"])

    def _beside(self, kind: str, what: str, *, share: float, p99: float) -> Row:
        ours, bare = self.in_turns(kind)
        part = ours.rate / bare.rate
        return Row(
            f"{what}, {CONNECTIONS} connections",
            f"{ours.rate:.0f}/s; {_percentiles(ours)}",
            f"{bare.rate:.0f}/s; {_percentiles(bare)}",
            f"{part:.2f}",
            (
                Aim(f"at least {share} of the reference", part >= share, f"{part:.2f}"),
                Aim("at least 1,000/s", ours.rate >= 1000, f"{ours.rate:.0f}/s"),
                Aim(f"99 of 100 within {p99:.0f} ms", ours.at(99) < p99, f"{ours.at(99):.0f} ms"),
            ),
            (f"processor time a request: {_cost(ours)}; reference: {_cost(bare)}", *_refused(ours, bare)),
            (ours.rate, bare.rate),
            (ours.median, ours.at(95), ours.at(99)),
        )

    def _compressed(self) -> Row:
        load = self.loader.closed(self.deployed, "search", connections=CONNECTIONS, seconds=self.seconds / 2, gzip=True)
        return Row("The same, answered compressed", f"{load.rate:.0f}/s; {_percentiles(load)}", notes=(_cost(load),))

    def _herd(self) -> Row:
        load = self.loader.herd(self.deployed, callers=CALLERS, rounds=self.rounds)
        winners, losers = load.statuses.get("201", 0), load.statuses.get("409", 0)
        one_each = winners == self.rounds and losers == self.rounds * (CALLERS - 1)
        return Row(
            f"Herd: {CALLERS} clients want one slot, {self.rounds} times",
            f"{winners} winners, {losers} times 409; the last has an answer after {load.times[-1]:.0f} ms at most",
            aims=(Aim("one winner a slot", one_each, f"{winners} of {self.rounds}"),),
        )

    def _both(self, say: Callable[[str], None]) -> Row:
        notes, held = [], None
        for share in _SHARES:
            say(f"both at once, {share:.1%} of the nation's load")
            asked = {"search": SEARCHES * share, "book": BOOKINGS * share}
            loads = self.loader.open(self.deployed, asked, connections=4 * CONNECTIONS, seconds=self.probe)
            holds = _holds(loads, asked, self.probe)
            notes.append(f"{share:.1%}: {_of_both(loads)}{'' if holds else ' (does not hold)'}")
            if holds:
                held = share
                break
        if held is None:
            came_to, here = "no share of it tried holds", notes[-1]
        else:
            say(f"a minute at {held:.1%}")
            asked = {"search": SEARCHES * held, "book": BOOKINGS * held}
            loads = self.loader.open(self.deployed, asked, connections=4 * CONNECTIONS, seconds=self.minute)
            kept = _holds(loads, asked, self.minute)
            here = f"{self.minute:.0f} s at {asked['book']:.0f} + {asked['search']:.0f}/s: {_of_both(loads)}"
            came_to = f"{held:.1%} of it {'holds' if kept else 'holds for a moment, not for the whole time'}"
        return Row(
            f"Both at once, open loop: {BOOKINGS} bookings/s and {SEARCHES:,} searches/s",
            here,
            aims=(Aim("99 of 100 within 100 ms and 1 s", held == 1.0, came_to),),
            notes=tuple(notes),
        )

    def _memory(self) -> Row:
        sizes = self.deployed.worker_memory()
        bare = self.reference.worker_memory()
        return Row(
            "Memory of a worker, after all this",
            f"{statistics.mean(sizes) / 2**20:.0f} MiB" if sizes else "not known",
            f"{statistics.mean(bare) / 2**20:.0f} MiB" if bare else "",
        )


def together(halves: list[Load]) -> Load:
    """Several runs as one."""
    many = sum(len(half.times) for half in halves)

    def mean(name: str) -> float:
        return float(sum(getattr(half, name) * len(half.times) for half in halves) / many)

    statuses: dict[str, int] = {}
    for half in halves:
        for status, count in half.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    times = tuple(sorted(time for half in halves for time in half.times))
    took = sum(half.took for half in halves)
    return Load(times, statuses, took, mean("server"), mean("database"), mean("client"))


def grown(small: dict[str, Load], large: dict[str, Load], *, slots: tuple[int, int]) -> list[Row]:
    """What a request costs as slots grow: processor time, which hardly depends on what else the machine does."""
    names = {"search": "a search", "book": "a booking"}
    rows = []
    for kind in names:
        _refused(small[kind], large[kind])
    for kind, words in names.items():
        before, after = (each[kind].server + each[kind].database for each in (small, large))
        rows.append(
            Row(
                f"Cost of {words} as slots grow from {slots[0]:,} to {slots[1]:,}",
                f"{after:.1f} ms of processor time",
                f"{before:.1f} ms with the fewer",
                f"{after / before:.2f}",
                (Aim("no more than a tenth dearer", after <= 1.1 * before, f"{after / before - 1:+.0%}"),),
                (f"with the more: {_cost(large[kind])}", f"with the fewer: {_cost(small[kind])}"),
            )
        )
    return rows


def _holds(loads: dict[str, Load], asked: dict[str, float], seconds: float) -> bool:
    all_answered = all(loads[kind].good >= int(rate * seconds) for kind, rate in asked.items())
    return all_answered and loads["book"].at(99) < BOOKING_P99 and loads["search"].at(99) < SEARCH_P99


def _of_both(loads: dict[str, Load]) -> str:
    return f"bookings {_percentiles(loads['book'])}, searches {_percentiles(loads['search'])}"


def _percentiles(load: Load) -> str:
    return f"p50 {load.median:.0f}, p95 {load.at(95):.0f}, p99 {load.at(99):.0f} ms"


def _cost(load: Load) -> str:
    both = load.server + load.database
    parts = f"server {load.server:.1f}, database {load.database:.1f}"
    return f"{both:.1f} ms ({parts}), load process {load.client:.2f}"


def _refused(ours: Load, bare: Load) -> list[str]:
    """What else was answered than success. A figure of refusals would be worth nothing."""
    for load in (ours, bare):
        if load.good < 0.9 * len(load.times):
            raise LookupError(f"Most answers were refusals: {load.statuses}")
    others = {
        status: many for load in (ours, bare) for status, many in load.statuses.items() if status not in ("200", "201")
    }
    return [f"other answers: {others}"] if others else ["every answer was a success"]
