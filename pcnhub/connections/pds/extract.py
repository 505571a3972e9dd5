"""The file of an extract: CSV with the columns of the demographics extract, read whole, every problem named by its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber, OdsCode
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

ADDRESS = ("ADDR1", "ADDR2", "ADDR3", "ADDR4", "ADDR5")
NEEDED = ("NHS_NUMBER", "DATE_OF_BIRTH", "FAMILY_NAME", "GIVEN_NAME")
COLUMNS = (
    *("NHS_NUMBER", "DATE_OF_BIRTH", "DATE_OF_DEATH", "FAMILY_NAME", "GIVEN_NAME", "OTHER_GIVEN_NAME", "TITLE"),
    *(*ADDRESS, "POST_CODE", "SENSITIVE_FLAG", "PRIMARY_CARE_CODE"),
)
# Beyond the extract's own columns: what a trace must also be able to say.
MORE = ("GENDER", "SUPERSEDED_BY", "INVALID_FLAG")
GENDERS = {"": "", "MALE": "male", "FEMALE": "female", "OTHER": "other", "UNKNOWN": "unknown"}


@dataclass(frozen=True, slots=True)
class Line:
    """One readable line: the values of a person's columns, by the names of `models.Person`."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Extract:
    """What a file holds: the lines that can be taken, and every problem of the others."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    refused_lines: int


def read(content: bytes) -> Extract:
    """Raises InvalidInput when the file as a whole can't be read: not UTF-8, not CSV, columns missing or unknown."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            [Problem("file", "not-utf-8", "The file is not UTF-8.", "Save it as CSV in UTF-8.")]
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _refuse_columns(list(reader.fieldnames or []))
        rows = [(reader.line_num, row) for row in reader if any((value or "") for value in row.values() if value != [])]
    except csv.Error as wrong:
        raise InvalidInput([Problem("file", "not-csv", f"The file is not CSV: {wrong}.", "Export it again.")]) from None
    lines, problems, refused, seen = [], [], 0, dict[str, int]()
    for number, row in rows:
        found = list(_problems(row, number, seen))
        problems += found
        refused += bool(found)
        if not found:
            lines.append(Line(number, _values(row)))
    return Extract(tuple(lines), tuple(problems), refused)


def _refuse_columns(names: list[str]) -> None:
    wrong = [
        Problem("columns", "missing-column", f"There is no column {name}.", "Take the extract with all its columns.")
        for name in NEEDED
        if name not in names
    ]
    wrong += [
        Problem(
            "columns", "unknown-column", "This column is not known.", f"Known: {', '.join((*COLUMNS, *MORE))}.", name
        )
        for name in names
        if name not in (*COLUMNS, *MORE)
    ]
    wrong += [
        Problem("columns", "column-twice", "This column stands twice.", "Keep one of them.", name)
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if wrong:
        raise InvalidInput(wrong)


def _problems(row: dict[str, Any], line: int, seen: dict[str, int]) -> Iterator[Problem]:
    def problem(column: str, code: str, message: str, remedy: str) -> Problem:
        return Problem(f"line {line}, {column}", code, message, remedy, _text(row, column))

    if None in row or None in row.values():
        yield Problem(f"line {line}", "columns-differ", "This line has another number of columns.", "Mend the line.")
        return
    number = _text(row, "NHS_NUMBER")
    for column in ("NHS_NUMBER", "SUPERSEDED_BY"):
        if (why := _why_not_number(_text(row, column))) and (_text(row, column) or column == "NHS_NUMBER"):
            yield problem(column, "nhs-number", why, "Give the ten digits.")
    if seen.setdefault(number, line) != line:
        yield problem("NHS_NUMBER", "twice", f"Line {seen[number]} has this number, too.", "Keep one of the lines.")
    if number and number == _text(row, "SUPERSEDED_BY"):
        yield problem("SUPERSEDED_BY", "itself", "A number is not superseded by itself.", "Give the new number.")
    pointer = bool(_text(row, "SUPERSEDED_BY"))
    for column in ("DATE_OF_BIRTH", "FAMILY_NAME", "GIVEN_NAME"):
        if not _text(row, column) and not pointer:
            yield problem(column, "missing", "This is needed.", "Only a line with SUPERSEDED_BY goes without it.")
    for column in ("DATE_OF_BIRTH", "DATE_OF_DEATH"):
        if _text(row, column) and _day(_text(row, column)) is None:
            yield problem(column, "date", "This is not a date.", "Write day/month/year, such as 13/06/1952.")
    for column, known in (("SENSITIVE_FLAG", ("", "S")), ("INVALID_FLAG", ("", "I")), ("GENDER", tuple(GENDERS))):
        if _text(row, column).upper() not in known:
            yield problem(column, "unknown", "This is not a value of this column.", f"One of: {', '.join(known)}.")
    if code := _text(row, "PRIMARY_CARE_CODE"):
        try:
            OdsCode(code)
        except InvalidIdentifier as wrong:
            yield problem(
                "PRIMARY_CARE_CODE", "ods-code", f"{wrong}.", "Give the practice's ODS code, or leave it out."
            )


def _values(row: dict[str, Any]) -> dict[str, Any]:
    superseded_by, practice = _text(row, "SUPERSEDED_BY"), _text(row, "PRIMARY_CARE_CODE")
    return {
        "nhs_number": NhsNumber(_text(row, "NHS_NUMBER")),
        "superseded_by": NhsNumber(superseded_by) if superseded_by else "",
        "is_invalid": bool(_text(row, "INVALID_FLAG")),
        "is_sensitive": bool(_text(row, "SENSITIVE_FLAG")),
        "title": _text(row, "TITLE").title(),
        "given_name": _text(row, "GIVEN_NAME"),
        "other_given_names": _text(row, "OTHER_GIVEN_NAME"),
        "family_name": _text(row, "FAMILY_NAME"),
        "birth_date": _day(_text(row, "DATE_OF_BIRTH")),
        "died_on": _day(_text(row, "DATE_OF_DEATH")),
        "gender": GENDERS[_text(row, "GENDER").upper()],
        "address_lines": [line for column in ADDRESS if (line := _text(row, column))],
        "postcode": _text(row, "POST_CODE").upper(),
        "practice_ods": OdsCode(practice) if practice else "",
    }


def _text(row: dict[str, Any], column: str) -> str:
    return (row.get(column) or "").strip()


def _why_not_number(text: str) -> str:
    try:
        NhsNumber(text)
    except InvalidIdentifier as wrong:
        return f"{wrong}."
    return ""


def _day(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
