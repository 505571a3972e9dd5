"""What says who a patient is leaves a file before anything of it is kept: no check needs it (UK GDPR, article 5.1 c)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from pcnhub.care.patients.rules import ColumnMapping, ParsedFile, RawRow, plain_words
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.insight.elsewhere.rules.mapping import ExportMapping
from pcnhub.insight.elsewhere.rules.words import ExportKind

PATIENTS = ColumnMapping()  # the headers by which the import of patients knows theirs
_LIKE_A_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9A-Za-z])")
_NAMING = frozenset({"patient", "patients", "idpatient", "patientguid", "patientid", "carer", "next"})


def without_patients(file: ParsedFile, kind: ExportKind) -> tuple[ParsedFile, tuple[str, ...]]:
    """The file without the columns that may name patients, and the headers of those.

    By the header: one that the import of patients knows, or that speaks of a patient, unless the standard layout of this kind
    knows it. By what stands in it: a column most of whose cells are NHS numbers, whatever its header says; of any other
    column the cells in which an NHS number stands, alone or among words, are emptied.
    """
    layout = ExportMapping(kind)
    withheld = tuple(
        place
        for place, header in enumerate(file.headers)
        if (layout.field_of(header) is None and _names_patients(header)) or _holds_nhs_numbers(file, place)
    )
    emptied = Counter(
        place
        for row in file.rows
        for place, cell in enumerate(row.cells[: len(file.headers)])
        if place not in withheld and _names_somebody(cell)
    )
    if not withheld and not emptied:
        return file, ()
    rows = tuple(_without(row, withheld, len(file.headers)) for row in file.rows)
    headers = tuple(header for place, header in enumerate(file.headers) if place not in withheld)
    said = [file.headers[place] for place in withheld]
    said += [
        f"{file.headers[place]} ({number} {'cell' if number == 1 else 'cells'})"
        for place, number in sorted(emptied.items())
    ]
    return replace(file, headers=headers, rows=rows), tuple(said)


def _without(row: RawRow, withheld: tuple[int, ...], width: int) -> RawRow:
    """A line of another width can't be cut by columns: it keeps no cell at all, and is found faulty by that."""
    if len(row.cells) != width:
        return RawRow(row.line, ())
    kept = (cell for place, cell in enumerate(row.cells) if place not in withheld)
    return RawRow(row.line, tuple("" if _names_somebody(cell) else cell for cell in kept))


def _names_patients(header: str) -> bool:
    return PATIENTS.field_of(header) not in (None, "practice") or not _NAMING.isdisjoint(plain_words(header).split())


def _holds_nhs_numbers(file: ParsedFile, place: int) -> bool:
    cells = [row.cells[place] for row in file.rows if place < len(row.cells) and row.cells[place]]
    return bool(cells) and sum(map(_is_nhs_number, cells)) * 2 > len(cells)


def _names_somebody(cell: str) -> bool:
    return len(cell) >= 10 and any(map(_is_nhs_number, _LIKE_A_NUMBER.findall(cell)))


def _is_nhs_number(cell: str) -> bool:
    try:
        NhsNumber(cell)
    except InvalidIdentifier:
        return False
    return True
