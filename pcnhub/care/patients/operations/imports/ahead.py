"""The next piece of a file is made while the one before is used: that waits for the database, and this need not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")


@contextmanager
def ahead(items: Iterable[T], most: int) -> Iterator[Iterator[T]]:
    """The items, made in a thread of their own: at once the first of them, and then always `most` before they are asked for.
    What making them raises, asking for them does."""
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
