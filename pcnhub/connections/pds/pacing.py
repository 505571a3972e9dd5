"""Whose turn it is: no more requests a second than the service allows, over every thread, worker and web process.

A token bucket that holds one token, kept as the moment when the next token is there. Each caller takes a place in the line by
one statement, and learns how long to wait; nobody polls, and a burst is spread evenly. The one clock is the database's.
Source: `national-services` 2.1 (5 transactions a second for an application), 13.7.
"""

from __future__ import annotations

import time

from pcnhub.connections.pds.refusals import Busy
from pcnhub.foundations.database.apart import apart

SERVICE = "pds"
SLOWER = 1.1  # than allowed: requests reach the service a little closer together, or wider apart, than they left
LONGEST_HOLD = 3600.0

_TAKE = """
insert into pds_pace (service, next_at) values (%(service)s, clock_timestamp() + make_interval(secs => %(gap)s))
on conflict (service) do update
  set next_at = greatest(pds_pace.next_at, clock_timestamp()) + make_interval(secs => %(gap)s)
  where pds_pace.next_at <= clock_timestamp() + make_interval(secs => %(longest)s)
returning extract(epoch from next_at - clock_timestamp())::float8 - %(gap)s
"""
_LEFT = "select extract(epoch from next_at - clock_timestamp())::float8 from pds_pace where service = %s"
_HOLD = """
insert into pds_pace (service, next_at) values (%(service)s, clock_timestamp() + make_interval(secs => %(seconds)s))
on conflict (service) do update
  set next_at = greatest(pds_pace.next_at, clock_timestamp() + make_interval(secs => %(seconds)s))
"""
sleep = time.sleep


def wait_for_turn(*, rate: int, longest: float) -> float:
    """Returns when the request may go out; how long it waited, in seconds. Raises Busy, at once, where the wait would be
    longer than `longest`: no place in the line is taken then."""
    with apart() as cursor:
        cursor.execute(_TAKE, {"service": SERVICE, "gap": SLOWER / rate, "longest": longest})
        row = cursor.fetchone()
        if row is None:
            cursor.execute(_LEFT, [SERVICE])
            left = cursor.fetchone()
    if row is None:
        seconds = max(0.0, left[0]) if left else 0.0
        raise Busy(
            f"The demographics service takes so many requests a second and no more; the wait would be {seconds:.0f} seconds.",
            seconds=seconds,
        )
    wait = max(0.0, float(row[0]))
    if wait:
        sleep(wait)
    return wait


def hold(seconds: float) -> None:
    """The service asked for a pause (429): nobody's turn comes before it is over, in any process."""
    with apart() as cursor:
        cursor.execute(_HOLD, {"service": SERVICE, "seconds": min(max(0.0, seconds), LONGEST_HOLD)})
