"""Keeping what belongs to a file, sealed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import polars as pl
from psycopg import sql

from pcnhub.care.patients.models import ImportBatch, ImportFile
from pcnhub.care.patients.models.sealing import seal
from pcnhub.care.patients.operations.imports.bulk import execute
from pcnhub.care.patients.queries.pieces import place_of
from pcnhub.care.patients.rules import PieceKind

PIECE = 4 * 1024 * 1024  # bytes

# Its bytes are sent beside the statement: within it they would be digits, twice as many.
_KEEP = sql.SQL("""
insert into patients_importfile (organisation_id, batch_id, kind, number, rows, content)
values (%(organisation)s, %(batch)s, %(kind)s, %(number)s, %(rows)s, %(content)s)
""")


@dataclass(slots=True)
class Upload:
    """A file as it is kept, a piece after the other; what is said of it holds once all of them were `sealed`."""

    batch: ImportBatch
    head: bytes
    rest: BinaryIO
    size: int = 0  # bytes
    lines: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def sealed(self) -> Iterator[tuple[int, bytes]]:
        """The pieces with their numbers, to be iterated once. Asks the database for nothing."""
        number, piece = 0, self.head
        while piece:
            self.digest.update(piece)
            self.size += len(piece)
            self.lines += piece.count(b"\n")
            yield number, seal(piece, place=place_of(self.batch.pk, PieceKind.FILE, number))
            number, piece = number + 1, self.rest.read(PIECE)


def keep_sealed(batch: ImportBatch, number: int, content: bytes) -> None:
    _keep(batch, PieceKind.FILE, number, content, rows=0)


def keep_frame(batch: ImportBatch, kind: PieceKind, number: int, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        return
    out = io.BytesIO()
    frame.write_ipc(out, compression="lz4")
    _keep(batch, kind, number, seal(out.getvalue(), place=place_of(batch.pk, kind, number)), rows=frame.height)


def forget(batch: ImportBatch, *kinds: PieceKind) -> None:
    ImportFile.objects.filter(batch=batch, kind__in=kinds).delete()


def _keep(batch: ImportBatch, kind: PieceKind, number: int, content: bytes, *, rows: int) -> None:
    execute(
        _KEEP,
        {
            "organisation": batch.organisation_id,
            "batch": batch.pk,
            "kind": kind.value,
            "number": number,
            "rows": rows,
            "content": content,
        },
    )
