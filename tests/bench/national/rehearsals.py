"""What the policies cost that keep rehearsals apart: search and booking in a nation's book, with them and without.

In turns: a round with the policies as `pcnhub migrate` made them, a round in which they are dropped from the bench's own
database, and so on. Tables that have row security for rehearsals alone have none in the second kind of round.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

import psycopg
from django.db import connection
from psycopg import sql

from pcnhub.care.appointments.operations import BookingRequest, book
from pcnhub.care.appointments.queries import SlotCriteria, free_slots
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, Purpose
from tests.bench.hub import Hub
from tests.bench.measuring import Meter, milliseconds, p95
from tests.bench.national.world import CLINICIANS, FIRST, PATIENTS, Nation, hub_ods

PLACE = "<!-- the rehearsals' table -->", "<!-- end of the rehearsals' table -->"
ROUNDS, QUICK_ROUNDS = 6, 3  # of each kind
CALLS = 40  # of each act in a round
HUBS = 10  # whose slots are looked for and booked, each in its turn
WARM = 5  # first calls of a round, which plan anew what a dropped policy made void
_POLICIES = """
select tablename, policyname, permissive, array_to_string(roles, ', '), cmd, qual, with_check from pg_policies
where schemaname = 'public' and policyname like 'rehearsals\\_%' order by tablename, policyname
"""
# Tables that nothing but a rehearsal's marks made subject to row security.
_OPENED = """
select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relrowsecurity
  and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'everybody')
  and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname <> 'everybody'
                  and p.polname not like 'rehearsals\\_%')
"""
_FREE = "select id from appointments_slot where hub_id = %s and state = 'free' and starts_at > %s order by id"


def measure(hub: Hub, nation: Nation) -> str:
    """The table, as Markdown."""
    rounds = QUICK_ROUNDS if hub.is_quick else ROUNDS
    at = [FIRST + nation.hubs * place // HUBS for place in range(HUBS)]  # that lie far from each other in the tables
    with hub.bare() as bare:
        acts = {"Slot search of a hub, 14 days": _search(at, nation, hub.now), "Booking": _book(bare, at, hub.now)}
        with_, without = _rounds(bare, acts, rounds)
        policies = len(bare.execute(_POLICIES).fetchall())
    lines = [
        f"{nation.hubs:,} hubs with {nation.slots:,} slots; {policies} policies; {rounds} rounds of either, {CALLS} calls each.",
        "",
        "| What | With the policies | Without | Ratio (quartiles) | Database’s processor time |",
        "|---|--:|--:|--:|--:|",
    ]
    for what in acts:
        mine, other = with_[what], without[what]
        low, _, high = statistics.quantiles([a / b for a, b in zip(mine.medians, other.medians, strict=True)], n=4)
        ratio = statistics.median(mine.times) / statistics.median(other.times)
        lines.append(
            f"| {what} | {statistics.median(mine.times):.2f} ms, 95 of 100 within {p95(tuple(mine.times)):.1f} "
            f"| {statistics.median(other.times):.2f} ms, 95 of 100 within {p95(tuple(other.times)):.1f} "
            f"| {ratio:.2f} ({low:.2f}–{high:.2f}) | {mine.database:.2f} and {other.database:.2f} ms a call |"
        )
    return "\n".join(lines) + "\n"


class _Side:
    """Times in ms of one act in rounds of one kind, and the server's processor time for it."""

    def __init__(self, server: int) -> None:
        self.times: list[float] = []
        self.medians: list[float] = []
        self.meter = Meter(server)

    def round(self, act: Callable[[], object]) -> None:
        for _ in range(WARM):
            act()
        with self.meter:
            times = [milliseconds(act) for _ in range(CALLS)]
        self.times += times
        self.medians.append(statistics.median(times))

    @property
    def database(self) -> float:
        return self.meter.each(len(self.times))[1]


def _rounds(
    bare: psycopg.Connection, acts: dict[str, Callable[[], object]], rounds: int
) -> tuple[dict[str, _Side], dict[str, _Side]]:
    connection.ensure_connection()
    server: int = connection.connection.info.backend_pid
    with_, without = ({what: _Side(server) for what in acts} for _ in range(2))
    for number in range(rounds):
        # each kind is the first of a pair as often as the other
        for is_with in (True, False) if number % 2 else (False, True):
            if is_with:
                for what, act in acts.items():
                    with_[what].round(act)
            else:
                with _dropped(bare):
                    for what, act in acts.items():
                        without[what].round(act)
    return with_, without


@contextmanager
def _dropped(bare: psycopg.Connection) -> Iterator[None]:
    policies = bare.execute(_POLICIES).fetchall()
    opened = [sql.Identifier(row[0]) for row in bare.execute(_OPENED).fetchall()]
    assert policies, "there is nothing to drop: was `pcnhub migrate` run?"
    with bare.transaction():
        for table, name, *_ in policies:
            bare.execute(sql.SQL("drop policy {} on {}").format(sql.Identifier(name), sql.Identifier(table)))
        for each in opened:
            bare.execute(sql.SQL("alter table {} disable row level security").format(each))
    try:
        yield
    finally:
        with bare.transaction():
            for each in opened:
                bare.execute(sql.SQL("alter table {} enable row level security").format(each))
            for policy in policies:
                bare.execute(_made_again(*policy))


def _made_again(
    table: str, name: str, permissive: str, roles: str, command: str, using: str | None, check: str | None
) -> sql.Composed:
    parts = [
        sql.SQL("create policy {} on {} as {} for {} to {}").format(
            sql.Identifier(name), sql.Identifier(table), sql.SQL(permissive), sql.SQL(command), sql.SQL(roles)
        )
    ]
    parts += [sql.SQL("using ({})").format(sql.SQL(using))] if using else []
    parts += [sql.SQL("with check ({})").format(sql.SQL(check))] if check else []
    return sql.SQL(" ").join(parts)


def _search(at: list[int], nation: Nation, now: datetime) -> Callable[[], object]:
    criteria = SlotCriteria(from_on=nation.first_day, to_on=nation.first_day + timedelta(days=13))
    turns = count()

    def search() -> object:
        found = free_slots(actor=_staff_of(at[next(turns) % len(at)]), now=now, criteria=criteria)
        assert found.slots
        return found

    return search


def _book(bare: psycopg.Connection, at: list[int], now: datetime) -> Callable[[], object]:
    """Patients whom the hub holds, each into the next free slot; no two at one time."""
    free = {hub_id: iter([row[0] for row in bare.execute(_FREE, [hub_id, now]).fetchall()]) for hub_id in at}
    turns = count()

    def one() -> object:
        number = next(turns)
        hub_id = at[number % len(at)]
        patient = FIRST + PATIENTS * (hub_id - FIRST) + number // len(at) % PATIENTS
        asked = BookingRequest(
            slot_id=next(free[hub_id]), patient_id=patient, idempotency_key=f"policies-{number}", reason="Cough",
            patient_agrees=True,
        )  # fmt: skip
        return book(actor=_staff_of(hub_id), now=now, request=asked)

    return one


def _staff_of(hub_id: int) -> Actor:
    ods = hub_ods(hub_id - FIRST)
    return Actor(
        user=f"account:{FIRST + CLINICIANS * (hub_id - FIRST)}", name="Bench", request_id="bench",
        organisation=OrganisationRef(hub_id, ods, f"Hub {ods}", "hub"), purpose=Purpose.DIRECT_CARE,
        permissions=frozenset({Permission.BOOK_APPOINTMENTS, Permission.FIND_PATIENTS}),
    )  # fmt: skip
