"""Keeping what belongs to a file, sealed."""

from __future__ import annotations

import io

import polars as pl
from psycopg import sql

from pcnhub.care.patients.models import ImportBatch, ImportFile
from pcnhub.care.patients.models.sealing import seal
from pcnhub.care.patients.operations.imports.bulk import execute
from pcnhub.care.patients.queries.pieces import place_of
from pcnhub.care.patients.rules import PieceKind

# Its bytes are sent beside the statement: within it they would be digits, twice as many.
_KEEP = sql.SQL("""
insert into patients_importfile (organisation_id, batch_id, kind, number, rows, content)
values (%(organisation)s, %(batch)s, %(kind)s, %(number)s, %(rows)s, %(content)s)
""")


def sealed_bytes(batch: ImportBatch, number: int, content: bytes) -> bytes:
    """The file's piece of this number, as `keep_bytes` takes it; any thread may do it."""
    return seal(content, place=place_of(batch.pk, PieceKind.FILE, number))


def keep_bytes(batch: ImportBatch, number: int, sealed: bytes) -> None:
    _keep(batch, PieceKind.FILE, number, sealed, rows=0)


def keep_frame(batch: ImportBatch, kind: PieceKind, number: int, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        return
    out = io.BytesIO()
    frame.write_ipc(out, compression="lz4")
    _keep(batch, kind, number, seal(out.getvalue(), place=place_of(batch.pk, kind, number)), rows=frame.height)


def forget(batch: ImportBatch, *kinds: PieceKind) -> None:
    ImportFile.objects.filter(batch=batch, kind__in=kinds).delete()


def _keep(batch: ImportBatch, kind: PieceKind, number: int, sealed: bytes, *, rows: int) -> None:
    execute(
        _KEEP,
        {
            "organisation": batch.organisation_id,
            "batch": batch.pk,
            "kind": kind.value,
            "number": number,
            "rows": rows,
            "content": sealed,
        },
    )
