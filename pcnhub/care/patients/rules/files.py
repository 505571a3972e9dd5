"""A demographics export as lines of named cells, whatever its encoding and delimiter.

Exports come in UTF-8 with or without a byte order mark, or in Windows-1252; guessing beyond these two goes wrong on short
files. Values stay text: an NHS number that became a number would lose what is wrong with it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8-sig", "cp1252")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line of a file: where it starts (the header is line 1) and its cells in the order of the headers."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    headers: tuple[str, ...]
    rows: tuple[RawRow, ...]
    sha256: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","


def read_file(content: bytes) -> ParsedFile:
    """The file's headers and lines. Raises InvalidInput when it is not a table of text."""
    text, encoding = _decoded(content)
    if not text.strip():
        raise InvalidInput([_problem("empty-file", "The file is empty.", "Export the demographics report again.")])
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        headers = tuple(cell.strip() for cell in next(reader))
        rows, line = [], reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(RawRow(line, tuple(cell.strip() for cell in cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(
            [
                _problem(
                    "unreadable-file", f"Line {reader.line_num} can't be read: {error}.", "Save it as CSV with quotes."
                )
            ]
        ) from None
    return ParsedFile(headers, tuple(rows), hashlib.sha256(content).hexdigest(), encoding, delimiter)


def table_of(rows: Sequence[Mapping[str, str]]) -> ParsedFile:
    """The same for rows that a program made. Their keys are the headers; line 2 is the first row, as in a file."""
    headers = tuple(dict.fromkeys(key for row in rows for key in row))
    lines = tuple(
        RawRow(place, tuple(row.get(header, "").strip() for header in headers))
        for place, row in enumerate(rows, start=2)
    )
    digest = hashlib.sha256(repr((headers, [line.cells for line in lines])).encode()).hexdigest()
    return ParsedFile(headers, lines, digest)


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise InvalidInput(
        [
            _problem(
                "not-text",
                "This is not a text file in UTF-8 or Windows-1252.",
                "Save the export as CSV (UTF-8), not as a spreadsheet.",
            )
        ]
    )


def _delimiter(text: str) -> str:
    """The one that the header line has most of; a comma when there is none."""
    header = text.lstrip().splitlines()[0]
    return max(DELIMITERS, key=header.count)


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem("file", code, message, remedy)
