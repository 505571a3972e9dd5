"""A transaction apart from the running unit of work, on a connection of its own.

For what must stand whatever becomes of the unit (that another system was asked), and for what everybody shares and nobody may
hold until their unit commits (whose turn it is). Never for the rooms' own changes: those belong to the unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper

from pcnhub.foundations.kernel.actors import Actor


@contextmanager
def apart(actor: Actor | None = None) -> Iterator[CursorWrapper]:
    """A cursor in a transaction of its own, which commits at the end; with an actor, in their context of row security."""
    own = connection.copy()
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            if actor is not None:
                cursor.execute(
                    "select set_config('pcnhub.organisation', %s, true), set_config('pcnhub.user', %s, true), "
                    "set_config('pcnhub.purpose', %s, true)",
                    [str(actor.organisation.id), actor.user, actor.purpose.value],
                )
            yield cursor
        own.commit()
    finally:
        own.close()
