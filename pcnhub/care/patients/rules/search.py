"""What a person typed to find a patient: an NHS number, or a name, a date of birth, or both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pcnhub.care.patients.rules.dates import as_date
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

SHORTEST_NAME = 2
_DATE = re.compile(r"\b(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2}|\d{8}|\d{1,2}[- ](?:[A-Za-z]{3,9})[- ]\d{4})\b")


@dataclass(frozen=True, slots=True)
class Search:
    """Either `nhs_number`, or names (beginnings, in any order unless `family_first`) and perhaps a date of birth."""

    nhs_number: str = ""
    words: tuple[str, ...] = ()
    family_first: bool = False
    birth_date: date | None = None


def search_of(text: str) -> Search:
    """Raises InvalidInput when nothing can be looked for, saying what can."""
    text = " ".join(text.replace("\0", " ").split())  # a NUL can't be looked for in PostgreSQL
    if re.fullmatch(r"[\d\s-]{9,13}", text) and not _DATE.fullmatch(text):
        return Search(nhs_number=_number(text))
    found = _DATE.search(text)
    birth_date = None
    if found:
        birth_date = _birth_date(found.group(0))
        text = (text[: found.start()] + " " + text[found.end() :]).strip()
    family, comma, given = text.partition(",")
    words = (
        tuple((family + " " + given).split()) if not comma else tuple(p.strip() for p in (family, given) if p.strip())
    )
    if birth_date is None and max((len(word) for word in words), default=0) < SHORTEST_NAME:
        raise _problem(
            "search-too-short",
            "Enter an NHS number, or at least two letters of a name.",
            "A name can have a date of birth behind it: Smith 12/04/1980.",
            text,
        )
    return Search(words=words, family_first=bool(comma), birth_date=birth_date)


def _number(text: str) -> str:
    try:
        return NhsNumber(text)
    except InvalidIdentifier as error:
        raise _problem("nhs-number", f"{error}.", "Check it with the patient, or search by name.", text) from None


def _birth_date(text: str) -> date:
    day = as_date(text)
    if day is None:
        raise _problem("date-form", "This is not a date.", "Enter a date of birth as 12/04/1980.", text)
    return day


def _problem(code: str, message: str, remedy: str, value: str) -> InvalidInput:
    return InvalidInput([Problem("text", code, message, remedy, value)])
