"""Hand-written statements that PostgreSQL reads and plans once for each connection, not once for each call.

For the hot paths, statement by statement, never for all of them: a plan that has to serve any values is good where rows are
found by their ids, and can be far worse where it is not known how many there will be. PostgreSQL tries such a plan after five
calls, and keeps to it when it looks no dearer. `PREPARE` itself stands outside the transaction: what is rolled back is
forgotten, the plan is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

_PLACE = re.compile(r"%(?:\((?P<name>\w+)\)s|%)")

# The statements that each connection has; a connection that is opened anew has none.
_there: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement under a name of its own: what prepares it, and what then executes it, with its places as before."""

    name: str
    prepare: str
    execute: str


def rows(statement: str, types: Mapping[str, str], values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement answers; nothing, for one that answers nothing.

    `statement` has its places as `%(name)s`, `types` says of each name the SQL type. Instants come as aware values, read by
    psycopg's own reader (Django's is in Python, and reads the same).
    """
    prepared = form(statement, types)
    with connection.cursor() as cursor:
        raw = cursor.cursor
        there = _there.setdefault(raw.connection, set())
        if prepared.name not in there:
            with connection.wrap_database_errors:
                raw.execute(prepared.prepare)
            there.add(prepared.name)
        raw.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(prepared.execute, values)
        return cursor.fetchall() if raw.pgresult.nfields else []


def form(statement: str, types: Mapping[str, str]) -> Prepared:
    """The statement as it is sent, for whoever sends it otherwise: EXPLAIN, or a proof."""
    return _prepared(statement, tuple(types.items()))


@lru_cache(maxsize=256)
def _prepared(statement: str, types: tuple[tuple[str, str], ...]) -> Prepared:
    numbers: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        name = found["name"]
        return f"${numbers.setdefault(name, len(numbers) + 1)}" if name else "%"

    text = _PLACE.sub(place, statement)
    declared = dict(types)
    kinds = ", ".join(declared[name] for name in numbers)
    # Named after what it says: a test that takes a guard out of a statement must not be given the plan of the whole one.
    name = f"pcnhub_{sha256(f'{kinds}:{text}'.encode()).hexdigest()[:24]}"
    given = ", ".join(f"%({name})s" for name in numbers)
    return Prepared(
        name,
        f"prepare {name}{f' ({kinds})' if numbers else ''} as {text}",
        f"execute {name}{f' ({given})' if numbers else ''}",
    )
