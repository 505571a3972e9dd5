"""How far a long step is, told to people who wait, while the step's own transaction shows nobody anything yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connections

from pcnhub.care.patients.models import ImportBatch
from pcnhub.care.patients.operations.imports.steps import AT_ONCE
from pcnhub.care.patients.rules import ImportState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

Tell = Callable[[int], None]


@contextmanager
def telling(batch: ImportBatch, actor: Actor, state: ImportState) -> Iterator[Tell]:
    """Give a function that is told how many rows are done. Of a short step nobody is told.

    A thread with a connection of its own commits each news. It waits for nobody: news that comes while the last is being told,
    or once the step holds the import's row, is dropped.
    """
    if batch.rows <= AT_ONCE:
        yield lambda _rows: None
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import-progress") as thread:
        last: list[Future[None]] = [thread.submit(_write, batch.pk, actor, state, 0)]

        def tell_rows(rows: int) -> None:
            if last[0].done():
                last[0] = thread.submit(_write, batch.pk, actor, state, rows)

        try:
            yield tell_rows
        finally:
            thread.submit(connections.close_all).result()


def _write(batch_id: int, actor: Actor, state: ImportState, rows: int) -> None:
    waiting = (ImportState.RECEIVED, ImportState.CHECKING, ImportState.IMPORTING, ImportState.UNDOING)
    with unit_of_work(actor):
        free = ImportBatch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, state__in=waiting)
        for batch in free:
            batch.state, batch.rows_done = state, rows
            batch.save(update_fields=["state", "rows_done"])
