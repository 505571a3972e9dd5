"""What kind of text a file is: its encoding, its delimiter, and on which line its header stands."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO

from pcnhub.care.patients.rules.columns import ColumnMapping, KnowsHeaders, distinct
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

DELIMITERS = ",;\t|"
HEAD = 256 * 1024  # bytes that show a file's shape
_PIECE = 4 * 1024 * 1024
_SEARCHED = 30  # lines: a report's name, its date and its author may stand above the header
_SURE = 2  # headers that are known make a line the header
_PREVIEWED = 5
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # of a spreadsheet's "Unicode text"


@dataclass(frozen=True, slots=True)
class FileShape:
    """How a file's bytes are read. `header_line` counts from 1; `lines` is 0 where only the beginning was looked at."""

    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    header_line: int = 1
    lines: int = 0
    preview: tuple[tuple[str, ...], ...] = ()  # the first rows, for a person who maps columns


def sniff(head: bytes, *, mapping: KnowsHeaders | None = None, is_whole: bool = False) -> FileShape:
    """The shape as a file's beginning shows it. Raises InvalidInput when it is not a table of text.

    The header is the line, of the first 30, with the most headers that the mapping knows; the first line with anything in it
    where none knows two. What the end of the beginning cuts in two is forgiven unless `is_whole`.
    """
    for encoding in _encodings(head):
        text = _decoded(codecs.getincrementaldecoder(encoding)(), head, is_last=is_whole)
        if text is not None:
            return _shape(text, encoding, mapping or ColumnMapping(), is_whole=is_whole)
    raise not_text()


def shape_of(source: BinaryIO, *, mapping: KnowsHeaders | None = None) -> FileShape:
    """The same from the whole file, which is read in pieces and rewound: `lines` is counted, and the encoding certain."""
    head = source.read(HEAD)
    for encoding in _encodings(head):
        source.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        lines = 0
        while piece := source.read(_PIECE):
            if _decoded(decoder, piece, is_last=False) is None:
                break
            lines += piece.count(b"\n")
        else:
            if _decoded(decoder, b"", is_last=True) is not None:
                source.seek(0)
                is_whole = len(head) < HEAD
                text = codecs.getincrementaldecoder(encoding)().decode(head, final=is_whole)
                return replace(_shape(text, encoding, mapping or ColumnMapping(), is_whole=is_whole), lines=lines)
    raise not_text()


def unreadable(line: int, error: Exception) -> InvalidInput:
    return InvalidInput(
        [_problem("unreadable-file", f"Line {line} can't be read: {error}.", "Save it as CSV with quotes.")]
    )


def _encodings(head: bytes) -> tuple[str, ...]:
    return ("utf-16",) if head.startswith(_MARKS) else ("utf-8-sig", "cp1252")


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, *, is_last: bool) -> str | None:
    """None when the bytes are not text in this encoding: a NUL is in no text."""
    try:
        text = decoder.decode(piece, final=is_last)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _shape(text: str, encoding: str, mapping: KnowsHeaders, *, is_whole: bool) -> FileShape:
    lines = list(io.StringIO(text, newline=""))
    if not is_whole and len(lines) > 1:
        lines.pop()  # it may be half a line
    if not any(line.strip() for line in lines):
        raise InvalidInput([_problem("empty-file", "The file is empty.", "Export it again.")])
    place, delimiter = _header(lines, mapping)
    rows = _rows(lines[place:], place, delimiter)
    headers = distinct(next(rows))
    preview = tuple(islice((row for row in rows if any(row)), _PREVIEWED))
    return FileShape(encoding, delimiter, headers, place + 1, preview=preview)


def _header(lines: list[str], mapping: KnowsHeaders) -> tuple[int, str]:
    """The header's place, from 0, and the delimiter."""
    places = [(place, line) for place, line in enumerate(lines[:_SEARCHED]) if line.strip()]
    if not places:
        places = [next((place, line) for place, line in enumerate(lines) if line.strip())]
    best, found = _SURE - 1, None
    for place, line in places:
        for delimiter in DELIMITERS:
            known = sum(mapping.field_of(cell.strip(' \t"\r\n')) is not None for cell in line.split(delimiter))
            if known > best:
                best, found = known, (place, delimiter)
    place, line = places[0]
    return found or (place, max(DELIMITERS, key=line.count))


def _rows(lines: list[str], above: int, delimiter: str) -> Iterator[tuple[str, ...]]:
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            yield tuple(cell.strip() for cell in cells)
    except csv.Error as error:
        raise unreadable(above + reader.line_num, error) from None


def not_text() -> InvalidInput:
    return InvalidInput(
        [
            _problem(
                "not-text",
                "This is not a text file in UTF-8, UTF-16 or Windows-1252.",
                "Save the export as CSV (UTF-8), not as a spreadsheet.",
            )
        ]
    )


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem("file", code, message, remedy)
