"""A demographics export as lines of named cells, whatever its encoding, its delimiter and what stands above its header.

Exports come in UTF-8 with or without a byte order mark, in Windows-1252, or as a spreadsheet's "Unicode text"; guessing beyond
these goes wrong on short files. Values stay text: an NHS number that became a number would lose what is wrong with it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pcnhub.care.patients.rules.columns import KnowsHeaders
from pcnhub.care.patients.rules.sniffing import FileShape, sniff, unreadable

__all__ = ["ParsedFile", "RawRow", "read_file", "records", "table_of"]


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line of a file: where it starts (the file's first line is 1) and its cells in the order of the headers."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    headers: tuple[str, ...]
    rows: tuple[RawRow, ...]
    sha256: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","


def read_file(content: bytes, *, mapping: KnowsHeaders | None = None) -> ParsedFile:
    """The file's headers and lines. Raises InvalidInput when it is not a table of text."""
    shape = sniff(content, mapping=mapping, is_whole=True)
    lines = iter(io.StringIO(content.decode(shape.encoding), newline=""))
    rows = tuple(row for row in records(lines, shape) if row.cells)
    return ParsedFile(shape.headers, rows, hashlib.sha256(content).hexdigest(), shape.encoding, shape.delimiter)


def records(lines: Iterator[str], shape: FileShape) -> Iterator[RawRow]:
    """The rows below the header, cells stripped; one without content has no cells. `lines` starts with the file's first.

    Raises InvalidInput where a line can't be read.
    """
    for _ in range(shape.header_line - 1):
        next(lines)
    reader = csv.reader(lines, delimiter=shape.delimiter)
    above = shape.header_line - 1
    try:
        next(reader)
        line = above + reader.line_num + 1
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            yield RawRow(line, stripped if any(stripped) else ())
            line = above + reader.line_num + 1
    except csv.Error as error:
        raise unreadable(above + reader.line_num, error) from None


def table_of(rows: Sequence[Mapping[str, str]]) -> ParsedFile:
    """The same for rows that a program made. Their keys are the headers; line 2 is the first row, as in a file."""
    headers = tuple(dict.fromkeys(key for row in rows for key in row))
    lines = tuple(
        RawRow(place, tuple(row.get(header, "").strip() for header in headers))
        for place, row in enumerate(rows, start=2)
    )
    digest = hashlib.sha256(repr((headers, [line.cells for line in lines])).encode()).hexdigest()
    return ParsedFile(headers, lines, digest)
