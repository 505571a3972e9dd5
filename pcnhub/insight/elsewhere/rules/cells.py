"""How the cells of an export are read: each kind of cell is a function from text to value, or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from enum import StrEnum

from pcnhub.care.patients.rules import as_date, plain_words
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, OdsCode

LONGEST_TEXT = 200  # characters
LONGEST_SLOT = 12 * 60  # minutes
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]?([0-5][0-9])(?::[0-5][0-9](?:\.0+)?)?\s*([ap]m)?", re.IGNORECASE)
_YES = frozenset({"y", "yes", "true", "1", "on", "x", "active", "bookable"})
_NO = frozenset({"n", "no", "false", "0", "off", "inactive", "not bookable"})

Reader = Callable[[str], object]


class CellFault(ValueError):
    """Why a cell can't be read: a stable code, a sentence, and what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


def text(cell: str) -> str:
    if len(cell) > LONGEST_TEXT:
        raise CellFault(
            "too-long", f"More than {LONGEST_TEXT} characters.", "Match the column that holds the name alone."
        )
    return cell


def day(cell: str) -> date:
    """A day, with or without a time behind it; the day before the month."""
    found = as_date(cell)
    if found is None:
        raise CellFault("date-form", "This is not a day.", "Write it as 31/12/2026 or 2026-12-31, and export again.")
    return found


def clock(cell: str) -> time:
    """A time of day in London; of a cell with a day before it, the time."""
    found = _CLOCK.fullmatch(re.split(r"(?<=[0-9]{4})[T ]|(?<=-[0-9]{2})[T ]", cell.strip(), maxsplit=1)[-1].strip())
    if found is None:
        raise CellFault("time-form", "This is not a time of day.", "Write it as 18:30, and export again.")
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    if half and hour > 12:
        raise CellFault("time-form", "This is not a time of day.", "Write it as 18:30, and export again.")
    return time(hour % 12 + 12 * (half == "pm") if half else hour, minute)


def minutes(cell: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", cell) or not 1 <= int(cell) <= LONGEST_SLOT:
        raise CellFault("minutes-form", "This is not a number of minutes.", f"A whole number from 1 to {LONGEST_SLOT}.")
    return int(cell)


def yes_no(cell: str) -> bool:
    plain = plain_words(cell)
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise CellFault("flag-unknown", "Neither yes nor no.", "Y or N; or give the word its meaning in the matching.")


def ods(cell: str) -> str:
    try:
        return str(OdsCode(cell))
    except InvalidIdentifier:
        raise CellFault(
            "ods-form", "This is not an ODS code.", "The code of the organisation, such as A81001, not its name."
        ) from None


def codes_like(form: str, example: str) -> Reader:
    """Codes in one cell, however they are divided; what stands around them ("R8000 Clinical") is passed over."""
    pattern = re.compile(rf"\b{form}\b")

    def read(cell: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(pattern.findall(cell.upper())))
        if not found:
            raise CellFault("code-form", "No national code stands in this cell.", f"A code such as {example}.")
        return found

    return read


def names(cell: str) -> tuple[str, ...]:
    """Several names in one cell, divided by semicolons or bars."""
    return tuple(part.strip() for part in re.split(r"[;|]", cell) if part.strip())


def word_of(meanings: Mapping[str, StrEnum]) -> Reader:
    """One of a short list, by any word that is known for it."""
    choices = ", ".join(dict.fromkeys(meanings.values()))

    def read(cell: str) -> StrEnum:
        found = meanings.get(plain_words(cell))
        if found is None:
            raise CellFault("word-unknown", "What this word means is not known.", f"Match it with one of: {choices}.")
        return found

    return read
