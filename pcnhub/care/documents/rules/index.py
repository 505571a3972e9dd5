"""The index of a practice's documents: a CSV file with one line for each, read with every fault at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pcnhub.care.documents.rules.kinds import KIND_WORDS, LONGEST_TITLE, DocumentKind
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

# Column -> (whether it must be filled, what it holds).
INDEX: dict[str, tuple[bool, str]] = {
    "file": (True, "Name of the document's file, without folders"),
    "nhs_number": (True, "Whose document it is"),
    "birth_date": (True, "Of the same person, 1980-04-12: both must agree"),
    "title": (True, f"What it is called, up to {LONGEST_TITLE} characters"),
    "kind": (True, f"One of: {', '.join(KIND_WORDS)}"),
    "dated_on": (False, "Day of the document, 2026-11-02"),
    "author": (False, "Who wrote it"),
    "confidential": (False, "yes: not shown to a hub; no or empty: shared as the record is"),
    "reference": (False, "Its identity in your system: the same one never comes in twice; empty: the file's name"),
}
_MOST = 20_000  # lines


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One document. `line` counts from 1, the header's."""

    line: int
    file: str
    nhs_number: str
    birth_date: date
    title: str
    kind: DocumentKind
    reference: str
    dated_on: date | None = None
    author: str = ""
    is_confidential: bool = False


def read_index(content: bytes) -> tuple[IndexRow, ...]:
    """The rows. Raises InvalidInput with everything that is wrong in the whole file, each naming its line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            [Problem("index", "not-text", "The index is not text in UTF-8.", "Save it as CSV (UTF-8).")]
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    headers = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = headers
    problems = _of_headers(headers)
    rows: list[IndexRow] = []
    if not problems:
        for place, cells in enumerate(reader, 2):
            if place > _MOST + 1:
                problems.append(_problem(place, "file", "too-many-lines", f"More than {_MOST:,} lines.", "Split it."))
                break
            values = {name: (value or "").strip() for name, value in cells.items() if isinstance(name, str)}
            if any(values.values()):
                row, wrong = _row(place, values)
                problems += wrong
                if row is not None:
                    rows.append(row)
        problems += _twice(rows)
        if not rows and not problems:
            problems.append(Problem("index", "empty-file", "The index names no document.", "Give it a line for each."))
    if problems:
        raise InvalidInput(problems)
    return tuple(rows)


def _of_headers(headers: list[str]) -> list[Problem]:
    problems = [
        Problem("index", "missing-column", f"The column {name} is missing.", "Add it to the first line.")
        for name, (is_needed, _) in INDEX.items()
        if is_needed and name not in headers
    ]
    problems += [
        Problem("index", "unknown-column", f"The column {name!r} is not known.", f"Known are: {', '.join(INDEX)}.")
        for name in headers
        if name and name not in INDEX
    ]
    return problems


def _row(line: int, values: dict[str, str]) -> tuple[IndexRow | None, list[Problem]]:
    wrong = [
        _problem(line, name, "missing-value", "This must be filled.", f"{meaning}.")
        for name, (is_needed, meaning) in INDEX.items()
        if is_needed and not values.get(name)
    ]
    number, born, dated, kind = "", None, None, None
    if values.get("nhs_number"):
        try:
            number = NhsNumber(values["nhs_number"])
        except InvalidIdentifier:
            wrong.append(_problem(line, "nhs_number", "nhs-number", "This is no NHS number.", "Look it up."))
    for name in ("birth_date", "dated_on"):
        if values.get(name):
            try:
                day = date.fromisoformat(values[name])
            except ValueError:
                wrong.append(_problem(line, name, "date", "This is no date.", "Write it as 1980-04-12.", values[name]))
            else:
                born, dated = (day, dated) if name == "birth_date" else (born, day)
    if values.get("kind"):
        if values["kind"] in set(DocumentKind):
            kind = DocumentKind(values["kind"])
        else:
            wrong.append(
                _problem(line, "kind", "unknown-kind", "This kind is not known.", INDEX["kind"][1], values["kind"])
            )
    if len(values.get("title", "")) > LONGEST_TITLE:
        wrong.append(_problem(line, "title", "too-long", f"More than {LONGEST_TITLE} characters.", "Shorten it."))
    if values.get("confidential", "").lower() not in ("", "no", "yes"):
        wrong.append(_problem(line, "confidential", "yes-or-no", "This is neither yes nor no.", "Write yes or no."))
    if values.get("file") and values["file"] != values["file"].replace("\\", "/").rpartition("/")[2]:
        wrong.append(_problem(line, "file", "folder-in-name", "Folders don't belong here.", "Give the name alone."))
    if wrong or born is None or kind is None:
        return None, wrong
    row = IndexRow(
        line=line,
        file=values["file"],
        nhs_number=str(number),
        birth_date=born,
        title=values["title"],
        kind=kind,
        reference=values.get("reference") or values["file"],
        dated_on=dated,
        author=values.get("author", ""),
        is_confidential=values.get("confidential", "").lower() == "yes",
    )
    return row, []


def _twice(rows: Iterable[IndexRow]) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for row in rows:
        if row.reference in first:
            problems.append(
                _problem(
                    row.line, "reference", "named-twice", f"Line {first[row.reference]} has the same reference.",
                    "Give each document one of its own.",
                )
            )  # fmt: skip
        first.setdefault(row.reference, row.line)
    return problems


def _problem(line: int, field: str, code: str, message: str, remedy: str, value: str = "") -> Problem:
    return Problem(f"line {line}, {field}", code, message, remedy, value)
