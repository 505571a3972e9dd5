"""A practice's file is taken in as it is read, where nobody is to look at its changes first: for the command.

The same steps as of a file that is reviewed (received, checked, taken in), in one transaction: while the database writes one
stretch, the next is read and laid beside what is held. Whatever goes wrong, nothing was received and nothing was done.
"""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import DatabaseError

from pcnhub.care.patients.operations.imports.checking import Finding, Found
from pcnhub.care.patients.operations.imports.filing import are_filed
from pcnhub.care.patients.operations.imports.receiving import PIECE, begun, keeping
from pcnhub.care.patients.operations.imports.steps import (
    PERMISSION,
    StepFailed,
    note,
    refuse_unless_practice,
    standing,
)
from pcnhub.care.patients.operations.imports.taking import (
    bring,
    constraints_at_once,
    finish,
    put,
    refuse_to_unprotect,
)
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.ahead import ahead
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

log = logging.getLogger(__name__)

AHEAD = 2
"""Stretches that are checked while the database writes those before: memory holds so many more."""
KEPT_BETWEEN = 4  # pieces of the file, between two stretches


def bring_in(
    *,
    actor: Actor,
    now: datetime,
    file: Path,
    mapping: Mapping[str, object] | None = None,
    is_delta: bool = False,
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Take the acting practice's file in, unseen; the import's id, at `imported`. `on_progress` is told how many rows are new
    so far. `mapping` and `is_delta` are as of `receive`.

    Raises NotThePractices, NotPermitted, TakesProtectionAway, InvalidInput (not a table of text; its header can't be used; a
    mapping that means nothing; a pipe; written to meanwhile), OSError (can't be read), StepFailed (the database refused).
    """
    try:
        with unit_of_work(actor):
            return _brought_in(actor, now, file, mapping, is_delta, on_progress)
    except DatabaseError as error:
        log.warning("import failed", extra={"error": type(error).__name__})  # its own words may quote a person
        raise StepFailed("The database did not accept this file, and nothing of it was done.") from None


def _brought_in(
    actor: Actor,
    now: datetime,
    file: Path,
    mapping: Mapping[str, object] | None,
    is_delta: bool,
    on_progress: Callable[[int], None],
) -> int:
    grant = permit(actor=actor, permission=PERMISSION, now=now)
    refuse_unless_practice(actor)
    take_turn("patients.import", actor.organisation.id)
    was = _looks(file)
    with file.open("rb") as source, file.open("rb") as kept:  # each is read at its own pace
        head = kept.read(PIECE)
        batch = begun(head, actor=actor, now=now, practice_id=actor.organisation.id, file_name=file.name,
                      mapping=mapping, is_delta=is_delta)  # fmt: skip
        found = Finding.of(batch, source, actor=actor, now=now)
        pieces = keeping(batch, head, kept)
        with ahead(found.stretches(), AHEAD) as stretches, closing(pieces), constraints_at_once():
            people, done = found.written_down(_meanwhile(stretches, pieces), now=now), 0
            for rows in bring(batch, people, is_filed=are_filed(found.rows), now=now):
                done += rows
                on_progress(done)
            refuse_to_unprotect(batch, actor)
            put(batch, "after", now=now)
    if _looks(file) != was:
        raise _written_to(file)
    note(batch, "patients.import-received", grant, actor=actor, now=now)
    batch.imported_by, batch.imported_as = actor.name, standing(actor, grant)
    batch.save(update_fields=["imported_as"])
    finish(batch, actor=actor, now=now)
    return batch.pk


def _meanwhile(stretches: Iterable[Found], pieces: Iterator[None]) -> Iterator[Found]:
    """The stretches; behind each, some pieces of the file are kept, and behind the last the others."""
    for stretch in stretches:
        yield stretch
        for _ in islice(pieces, KEPT_BETWEEN):
            pass
    for _ in pieces:
        pass


def _looks(file: Path) -> tuple[int, int]:
    said = file.stat()
    # Whoever opened a pipe twice would wait for ever, and all imports of the practice with them.
    if not stat.S_ISREG(said.st_mode):
        raise _refused(
            file, "file-read-once", "This is no file but a pipe or a device, and a list is read twice at a time.",
            "Write it into a file first, then import that.",
        )  # fmt: skip
    return said.st_size, said.st_mtime_ns


def _written_to(file: Path) -> InvalidInput:
    return _refused(
        file, "file-changed", "Somebody wrote to this file while it was read; nothing of it was done.",
        "Wait until the export is complete, then import it again.",
    )  # fmt: skip


def _refused(file: Path, code: str, message: str, remedy: str) -> InvalidInput:
    return InvalidInput([Problem("file", code, message, remedy, file.name)])
