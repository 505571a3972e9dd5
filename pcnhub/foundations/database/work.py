"""The unit of work: one transaction, one actor, one acting organisation.

Row-level security reads three settings of the transaction: organisation, user and purpose. Without all three, no row that
holds a patient is seen or written (see `migrations/0001_row_security`). A fourth says whether this is a rehearsal, which sees
and writes rows of its own alone (`rehearsal_marks`); two more, whether this is a patient by a link of their own, who reaches
nobody else's rows (`patient_marks`). They are local to the transaction, so a pooled
connection carries nothing over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from pcnhub.foundations.database.context import NOBODY, SET_CONTEXT, context_of
from pcnhub.foundations.database.reading import is_reading_only
from pcnhub.foundations.kernel.actors import Actor


@dataclass(slots=True)
class UnitOfWork:
    """The running unit. `notes` is where the rooms beneath keep what they write just before commit."""

    actor: Actor
    notes: dict[str, list[Any]] = field(default_factory=dict)
    before_commit: dict[str, Callable[[UnitOfWork], None]] = field(default_factory=dict)


_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


class NoUnitOfWork(RuntimeError):
    """Something that needs the acting organisation was called outside a unit of work: a bug."""


class AnotherActorsWork(RuntimeError):
    """A unit of work was opened for one organisation inside that of another: a bug, never a way round the gate."""


def current_work() -> UnitOfWork:
    work = _current.get()
    if work is None:
        raise NoUnitOfWork("Open a unit_of_work(actor) first")
    return work


def is_at_work() -> bool:
    """Whether a unit of work is open: what must not happen inside one (a call to another system) asks first."""
    return _current.get() is not None


@contextmanager
def unit_of_work(actor: Actor, *, only_reads: bool = False) -> Iterator[UnitOfWork]:
    """Open the actor's unit of work, or join the one that is open for the same organisation and user.

    Leaving it normally writes what is pending (the audit first of all) and commits; an exception undoes everything. An
    exception that leaves a joined unit undoes what was done since joining, no more. `only_reads`: nothing is written there
    but notes (of the audit), so that joining takes no savepoint; for the hot paths, where each statement counts.
    Raises AnotherActorsWork when joined by an actor of another organisation or user.
    """
    running = _current.get()
    if running is not None:
        same = (running.actor.organisation.id, running.actor.user) == (actor.organisation.id, actor.user)
        if not same:
            raise AnotherActorsWork(f"{actor.user} may not join the unit of work of {running.actor.user}")
        with _undone_alone(running, only_reads=only_reads or is_reading_only()):
            yield running
        return
    work = UnitOfWork(actor=actor)
    ends_the_transaction = not connection.in_atomic_block
    with transaction.atomic():
        _set_context(context_of(actor))
        token = _current.set(work)
        try:
            yield work
            for write in list(work.before_commit.values()):
                write(work)
        finally:
            _current.reset(token)
        if not ends_the_transaction:
            # Within an outer transaction (a test's) the settings would outlive the unit: take them away again.
            _set_context(NOBODY)


@contextmanager
def _undone_alone(running: UnitOfWork, *, only_reads: bool) -> Iterator[None]:
    """A savepoint, and what was noted until then: a page that shows why an operation refused, and goes on, must commit
    nothing of what that operation had written or noted."""
    notes = {name: list(noted) for name, noted in running.notes.items()}
    before_commit = dict(running.before_commit)
    try:
        with nullcontext() if only_reads else transaction.atomic():
            yield
    except BaseException:
        running.notes, running.before_commit = notes, before_commit
        raise


def _set_context(values: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET_CONTEXT, values)
