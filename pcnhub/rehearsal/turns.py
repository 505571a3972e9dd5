"""One rehearsal of a hub at a time. Whoever rehearses holds a lock of the database's for as long as its process lives: a run that
did not end and whose lock is free was stopped, however hard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections

_LOCK = "select pg_try_advisory_lock(hashtext('pcnhub.rehearsal'), %s)"


@contextmanager
def turn(hub_id: int) -> Iterator[bool]:
    """Whether it is ours now; then nobody else's until the end. On a connection of its own, which ends with the process."""
    own = connections[DEFAULT_DB_ALIAS].copy()
    try:
        with own.cursor() as cursor:
            cursor.execute(_LOCK, [hub_id])
            [is_ours] = cursor.fetchone()
        yield bool(is_ours)
    finally:
        own.close()
