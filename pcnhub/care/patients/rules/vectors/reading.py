"""The lines of a file as columns of text, a stretch at a time. Which cells a line has is what Python's csv module says.

A line whose quotes are plainly right is one record by itself, and polars splits those. Any other line is the csv module's, which
also says how many lines its record takes. As every record starts where the one before it ends, the two never disagree.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import polars as pl

from pcnhub.care.patients.rules.columns import Columns
from pcnhub.care.patients.rules.files import RawRow
from pcnhub.care.patients.rules.sniffing import FileShape, not_text, unreadable

LINES = 65_536  # of one stretch: enough for polars to be quick, few enough for any machine
# White space to Python and not to polars, which is not asked about it.
_ODD = re.compile("[\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Stretch:
    """`table`: `line`, and a column of stripped text for each field, in no order. `others`: only the reference may judge them."""

    table: pl.DataFrame
    others: tuple[RawRow, ...]

    @property
    def rows(self) -> int:
        return self.table.height + len(self.others)


def stretches(source: BinaryIO | Path, shape: FileShape, columns: Columns) -> Generator[Stretch]:
    """The rows below the header; blank ones left out. Raises InvalidInput where the file is not of this shape."""
    with _opened(source) as binary:
        text = io.TextIOWrapper(binary, encoding=shape.encoding, newline="")
        try:
            yield from _Reader(text, shape, columns).stretches()
        except UnicodeDecodeError:
            raise not_text() from None
        finally:
            text.detach()


@contextmanager
def _opened(source: BinaryIO | Path) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        with source.open("rb") as binary:
            yield binary
    else:
        source.seek(0)
        yield source


class _Reader:
    def __init__(self, lines: Iterator[str], shape: FileShape, columns: Columns) -> None:
        self.lines, self.shape, self.columns = lines, shape, columns
        self.width = len(columns.headers)
        self.done = 0  # lines of the file that lie behind
        mark = re.escape(shape.delimiter)
        quoted = rf'(?:"[^"]*"|[^"{mark}]*)'
        self.plainly_quoted = rf"^{quoted}(?:{mark}{quoted}){{{self.width - 1}}}$"
        self.something = rf'[^\s"{mark}]'

    def stretches(self) -> Iterator[Stretch]:
        for _ in range(self.shape.header_line - 1):
            next(self.lines)
        self.done = self.shape.header_line - 1
        _, taken = self._record([], 0)
        self.done += taken
        while lines := list(islice(self.lines, LINES)):
            yield self._stretch(lines)

    def _stretch(self, lines: list[str]) -> Stretch:
        body = pl.Series("body", lines, dtype=pl.String).str.strip_chars_end("\r\n")
        if body.str.contains("\0", literal=True).any():
            raise not_text()
        plain = self._plain(body)
        rows: list[RawRow] = []
        end = len(lines)
        if not plain.all():
            plain, rows, end = self._read_others(lines, plain)
        tables = [self._split(body.filter(plain), plain.arg_true())]
        regular: list[RawRow] = []
        others: list[RawRow] = []
        for row in rows:
            (others if self._is_strange(row) else regular).append(row)
        if regular:
            tables.append(self._table_of(regular))
        self.done += end
        return Stretch(pl.concat(tables), tuple(others))

    def _plain(self, body: pl.Series) -> pl.Series:
        """Lines that are one record wherever a record starts, by the csv module as by polars."""
        plain = body.str.contains(self.plainly_quoted) & body.str.contains(self.something)
        return plain & (body.str.len_bytes() < csv.field_size_limit()) & ~body.str.contains(_ODD.pattern)

    def _read_others(self, lines: list[str], plain: pl.Series) -> tuple[pl.Series, list[RawRow], int]:
        """What is plain still, once the lines in the middle of a record are known; the other records; where the last ends."""
        is_plain = plain.to_list()
        rows: list[RawRow] = []
        end = 0
        for place in (~plain).arg_true().to_list():
            if place < end:
                continue
            cells, taken = self._record(lines, place)
            end = place + taken
            is_plain[place:end] = [False] * len(is_plain[place:end])
            if any(cells):
                rows.append(RawRow(self.done + place + 1, cells))
        return pl.Series(is_plain, dtype=pl.Boolean), rows, max(end, len(lines))

    def _record(self, lines: list[str], place: int) -> tuple[tuple[str, ...], int]:
        """The record that starts at this line, and how many lines it takes: those after the stretch's last are fetched."""

        def onward() -> Iterator[str]:
            for index in range(place, len(lines)):
                yield lines[index]
            for line in self.lines:  # noqa: UP028 - "yield from" would close the file with this generator
                yield line

        reader = csv.reader(onward(), delimiter=self.shape.delimiter)
        try:
            return tuple(cell.strip() for cell in next(reader)), reader.line_num
        except csv.Error as error:
            raise unreadable(self.done + place + reader.line_num, error) from None

    def _is_strange(self, row: RawRow) -> bool:
        text = "".join(row.cells)
        if "\0" in text:
            raise not_text()
        return len(row.cells) != self.width or _ODD.search(text) is not None

    def _split(self, body: pl.Series, places: pl.Series) -> pl.DataFrame:
        lines = (places + (self.done + 1)).cast(pl.Int64).alias("line")
        if not len(body):
            return self._table_of([])
        places_of = sorted(self.columns.places.items(), key=lambda field: field[1])
        cells = pl.read_csv(
            body.str.join("\n").cast(pl.Binary).item(),
            columns=[place for _, place in places_of],
            has_header=False,
            infer_schema=False,
            separator=self.shape.delimiter,
            empty_string_is_null=False,
        )
        if cells.height != len(lines):  # rather nothing than one person's cells on another's line
            raise AssertionError(f"{len(lines)} lines were split into {cells.height} rows")
        cells.columns = [name for name, _ in places_of]
        return cells.select(lines, *(pl.col(name).str.strip_chars() for name in self.columns.places))

    def _table_of(self, rows: list[RawRow]) -> pl.DataFrame:
        cells = {name: [row.cells[place] for row in rows] for name, place in self.columns.places.items()}
        schema = {"line": pl.Int64, **dict.fromkeys(cells, pl.String)}
        return pl.DataFrame({"line": [row.line for row in rows], **cells}, schema=schema)
