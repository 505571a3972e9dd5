"""A stretch of a transaction that only reads, in which a question that many ask is put to the database once.

Whoever looks at one thing from fifty sides (readiness) would read the same positions, sessions and agreements fifty times. What
was read may be kept for as long as the stretch lasts, and no longer, because nothing can change meanwhile by our own hand: the
database itself refuses to write there (PostgreSQL, SET TRANSACTION READ ONLY, within a savepoint). What others commit meanwhile
shows in the next stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.db import connection, transaction

P = ParamSpec("P")
T = TypeVar("T")
_Key = tuple[Callable[..., Any], tuple[Hashable, ...], tuple[tuple[str, Hashable], ...]]
_kept: ContextVar[dict[_Key, Any] | None] = ContextVar("reading_only", default=None)


class Stretch:
    """The running stretch, for whoever goes on after a statement that failed."""

    def __init__(self) -> None:
        self._savepoint = transaction.savepoint()
        self._forbid_writing()

    def go_on(self) -> None:
        """After a failure the database takes no further statement. Back to the beginning: nothing was written, so nothing is
        lost."""
        transaction.set_rollback(False)  # Django may have noted that this transaction can only be undone
        transaction.savepoint_rollback(self._savepoint)
        self._forbid_writing()

    def end(self) -> None:
        """With the savepoint ends what it forbade."""
        transaction.savepoint_commit(self._savepoint)

    def _forbid_writing(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set transaction read only")


@contextmanager
def reading_only() -> Iterator[Stretch]:
    """From here to the end of the block of the running transaction nothing can be written, and each query marked `read_once`
    that is asked with the same values answers from memory. An exception ends the stretch; its transaction must end with it."""
    stretch = Stretch()
    token = _kept.set({})
    try:
        yield stretch
        stretch.end()
    finally:
        _kept.reset(token)


def is_reading_only() -> bool:
    """Whether such a stretch is running: there is nothing to undo then."""
    return _kept.get() is not None


def read_once(query: Callable[P, T]) -> Callable[P, T]:
    """Marks a query whose answer is made of values that nobody changes (a dict is handed out as a copy) and that depends on its
    arguments and the transaction alone. Outside a stretch that only reads it is asked each time, as ever."""

    @wraps(query)
    def ask(*args: P.args, **named: P.kwargs) -> T:
        kept = _kept.get()
        if kept is None:
            return query(*args, **named)
        key = (query, tuple(map(_settled, args)), tuple((name, _settled(named[name])) for name in sorted(named)))
        if key not in kept:
            kept[key] = query(*args, **named)
        answer: T = kept[key]
        return cast("T", answer.copy()) if isinstance(answer, dict) else answer

    return ask


def _settled(value: Any) -> Hashable:
    """Several ids come as a list, a set or a dict's keys."""
    if isinstance(value, Hashable):
        return value
    return frozenset(value) if isinstance(value, AbstractSet) else tuple(value)
