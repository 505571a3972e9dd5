"""What a command says while it works, to a person at a terminal. Pipes and logs hear none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def shown(what: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error that moves while the work goes on, and is gone when it is done; call it to change the words."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(what) as status:
        yield status.update
