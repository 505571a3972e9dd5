"""A file comes in: kept sealed, piece by piece, until it has been checked, taken in and its time is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from pcnhub.foundations.kernel.actors import Actor

AT_ONCE = 20_000
"""Rows up to which a practice's own file is checked and taken in within the call itself, without waiting for the worker."""


def receive(
    *,
    actor: Actor,
    now: datetime,
    practice_id: int,
    file: BinaryIO,
    file_name: str,
    mapping: Mapping[str, object] | None = None,
    is_delta: bool = False,
) -> int:
    """Keep a practice's file and have it checked; the batch's id.

    `file` is read once, in pieces. `mapping` is as `rules.mapping_from` takes it; None: the saved mapping made for these
    headers, or the default. A practice's own file of up to AT_ONCE rows is checked when this returns (state `checked`, or
    `failed` with the reason in `failure`: map its columns, `map_columns`); any other is `received`, and a job checks it.
    Raises NotThePractices, NotPermitted, NotShared (a hub without the care record agreement), InvalidInput (not a table of
    text; a mapping that means nothing).
    """
    raise NotImplementedError


def map_columns(*, actor: Actor, now: datetime, batch_id: int, mapping: Mapping[str, object]) -> None:
    """Read a file that is not taken in yet by this mapping, and check it again. Raises NotFound, InvalidInput, Conflict."""
    raise NotImplementedError


def drop(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """Give a file up that was not taken in: it is removed, and its changeset with it. Raises NotFound, Conflict."""
    raise NotImplementedError


def resume(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """Ask again for the step at which a file stopped: its check, its taking in, or its undoing. Raises NotFound, Conflict."""
    raise NotImplementedError
