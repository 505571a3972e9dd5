"""A transaction apart from the running unit of work, on a connection of its own.

For what must stand whatever becomes of the unit (that another system was asked), and for what everybody shares and nobody may
hold until their unit commits (whose turn it is). Never for the rooms' own changes: those belong to the unit.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from pcnhub.foundations.database.context import SET_CONTEXT, context_of
from pcnhub.foundations.kernel.actors import Actor

_kept = threading.local()


@contextmanager
def apart(actor: Actor | None = None) -> Iterator[CursorWrapper]:
    """A cursor in a transaction of its own, which commits at the end; with an actor, in their context of row security.
    Not to be opened within another one of the same thread."""
    own = _connection()
    with own.connection.transaction(), own.cursor() as cursor:
        if actor is not None:
            cursor.execute(SET_CONTEXT, context_of(actor))
        yield cursor


def close() -> None:
    """Ends the thread's second connection, for a thread that ends: nothing else would."""
    kept: BaseDatabaseWrapper | None = getattr(_kept, "connection", None)
    if kept is not None:
        kept.close()
        del _kept.connection


def _connection() -> BaseDatabaseWrapper:
    """The thread's second connection: kept, as the first is, since connecting costs more than what is done with it."""
    mark = (os.getpid(), connection.settings_dict["NAME"])
    kept: BaseDatabaseWrapper | None = getattr(_kept, "connection", None)
    if kept is None or _kept.mark != mark:  # none yet; a forked process, or a test on another database
        kept = connection.copy()
        _kept.connection, _kept.mark = kept, mark
    elif kept.connection is not None and not kept.is_usable():  # the server went away meanwhile
        kept.close()
    kept.ensure_connection()
    return kept
