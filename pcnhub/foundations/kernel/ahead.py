"""What comes next is made while what came before is used: that waits for the database, and this need not.

A thread of its own has no unit of work, and is shown nothing by the database: whatever reads from there is read by whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import Final, TypeVar

S = TypeVar("S")
T = TypeVar("T")


def made_ready(items: Iterable[S], make: Callable[[S], T]) -> Iterator[T]:
    """What is made of each, in a thread of its own, while what was made of the one before is used. The items themselves are asked
    for here: they may come from the database."""
    with ThreadPoolExecutor(1, "making") as thread:
        coming: Future[T] | None = None
        for item in chain(items, (_END,)):
            made = [coming.result()] if coming else []
            coming = thread.submit(make, item) if item is not _END else None  # type: ignore[arg-type]  # not _END
            yield from made


@contextmanager
def ahead(items: Iterable[T], most: int) -> Iterator[Iterator[T]]:
    """The items, made in a thread of their own, which asks the database for nothing: at once the first of them, and then always
    `most` before they are asked for. What making them raises, asking for them does."""
    making = iter(items)
    with ThreadPoolExecutor(1, "ahead") as thread:
        waiting = [thread.submit(next, making, _END) for _ in range(most)]

        def made() -> Iterator[T]:
            while True:
                item = waiting.pop(0).result()
                if item is _END:
                    return
                waiting.append(thread.submit(next, making, _END))
                yield item  # type: ignore[misc]  # not _END

        try:
            yield made()
        finally:
            thread.shutdown(cancel_futures=True)


_END: Final = object()
