"""What was kept sealed of a file, read a piece at a time: its bytes as they came, and the people whom it names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
import psycopg
from django.db import connection

from pcnhub.care.patients.models import ImportBatch, ImportFile
from pcnhub.care.patients.models.sealing import unseal
from pcnhub.care.patients.rules import PieceKind

if TYPE_CHECKING:
    from typing_extensions import Buffer


_CONTENT = "select content from patients_importfile where batch_id = %s and kind = %s and number = %s"


def place_of(batch_id: int, kind: PieceKind, number: int) -> str:
    """Where a piece belongs: what it is sealed for."""
    return f"import {batch_id} {kind} {number}"


class OpenedFile(io.RawIOBase):
    """The uploaded bytes, of which memory holds one piece. Can be rewound. Raises SealBroken while it is read."""

    def __init__(self, batch: ImportBatch) -> None:
        self._batch = batch
        self._start()

    def _start(self) -> None:
        self._pieces = _contents(self._batch, PieceKind.FILE)
        self._rest = memoryview(b"")
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset != 0 or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a sealed file is read from its start")
        self._start()
        return 0

    def readinto(self, buffer: Buffer) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        self._at += size
        return size


def opened(batch: ImportBatch) -> io.BufferedReader:
    return io.BufferedReader(OpenedFile(batch), buffer_size=1 << 20)


def frames_of(batch: ImportBatch, kind: PieceKind) -> Iterator[pl.DataFrame]:
    """The people of one kind, in the order of the file."""
    return (pl.read_ipc(io.BytesIO(content)) for content in _contents(batch, kind))


def slice_of(batch: ImportBatch, kind: PieceKind, start: int, size: int) -> pl.DataFrame | None:
    """`size` of these people from the `start`th (0 is the first); None when there is none, or the pieces are gone."""
    pieces = ImportFile.objects.filter(batch=batch, kind=kind).order_by("number")
    found: list[pl.DataFrame] = []
    for number, rows in pieces.values_list("number", "rows"):
        if start < rows and size > 0:
            part = _frame(batch, kind, number).slice(start, size)
            found.append(part)
            size -= part.height
        start = max(0, start - rows)
    return pl.concat(found) if found else None


def _frame(batch: ImportBatch, kind: PieceKind, number: int) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(_content(batch, kind, number)))


def _contents(batch: ImportBatch, kind: PieceKind) -> Iterator[bytes]:
    numbers = ImportFile.objects.filter(batch=batch, kind=kind).order_by("number").values_list("number", flat=True)
    for number in list(numbers):
        yield _content(batch, kind, number)


def _content(batch: ImportBatch, kind: PieceKind, number: int) -> bytes:
    """As the bytes that they are: Django would have them sent as digits. Raises ImportFile.DoesNotExist."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_CONTENT, [batch.pk, kind.value, number], binary=True)
        row = cursor.fetchone()
    if row is None:
        raise ImportFile.DoesNotExist
    return unseal(row[0], place=place_of(batch.pk, kind, number))
