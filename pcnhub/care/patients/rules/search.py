"""What a person typed to find a patient: NHS number, names, date of birth, postcode, phone number, or several of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pcnhub.care.patients.rules.dates import as_date
from pcnhub.care.patients.rules.names import LONGEST_WORD, words_of
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber, Postcode
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

SHORTEST_NAME = 2
MOST_WORDS = 6  # more is not a name, and takes long to compare
LONGEST_TEXT = 200  # characters; a mistaken paste must not keep the search busy
PHONE_DIGITS = 10
_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "prof"))
_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b", re.IGNORECASE)
_DISTRICT = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\b", re.IGNORECASE)
_WRITTEN_DATE = re.compile(
    r"\b([0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[- ][A-Z]{3,9}[- ][0-9]{4})\b",
    re.IGNORECASE,
)
_SPACED_DATE = re.compile(r"(?<![0-9])([0-9]{1,2}) ([0-9]{1,2}) ((?:19|20)[0-9]{2})(?![ ]?[0-9])")
_FIGURES = re.compile(r"(?<![^\W_])\+?[0-9][0-9 ()./-]*|\+")


@dataclass(frozen=True, slots=True)
class Search:
    """Everything that is given must hold. `words` are folded (`rules.names`), in any order unless `family_words` says how many
    of the first are of the family name. `phone` is its last ten digits; `district` the first half of a postcode."""

    nhs_number: str = ""
    words: tuple[str, ...] = ()
    family_words: int = 0
    birth_date: date | None = None
    postcode: str = ""
    district: str = ""
    phone: str = ""

    @property
    def by(self) -> tuple[str, ...]:
        """What was asked for, without what was typed."""
        given = {
            "nhs-number": self.nhs_number,
            "name": self.words,
            "birth-date": self.birth_date,
            "postcode": self.postcode,
            "district": self.district,
            "phone": self.phone,
        }
        return tuple(name for name, value in given.items() if value)


def search_of(text: str) -> Search:
    """Raises InvalidInput when nothing can be looked for, saying what can."""
    text = " ".join(text.replace("\0", " ").split())  # a NUL can't be looked for in PostgreSQL
    if len(text) > LONGEST_TEXT:
        raise _too_long(f"This is longer than {LONGEST_TEXT} characters.")
    typed, rest = text, text
    rest, birth_date = _taken_date(rest)
    rest, postcode = _taken(_POSTCODE, rest)
    rest, district = _taken(_DISTRICT, rest)
    numbers = _Figures(birth_date=birth_date)
    for found in _FIGURES.finditer(rest):
        numbers.read(found.group(0), typed)
    family, comma, given = _FIGURES.sub(" ", rest).partition(",")
    before, after = _without_titles(words_of(family)), _without_titles(words_of(given))
    search = Search(
        nhs_number=numbers.nhs_number,
        words=(*before, *after),
        family_words=len(before) if comma and before else 0,
        birth_date=numbers.birth_date,
        postcode=Postcode(postcode) if postcode else "",
        district=district.upper(),
        phone=numbers.phone,
    )
    _refuse_hopeless(search, typed)
    return search


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """The text without the first thing of this form, and that."""
    found = pattern.search(text)
    return (text, "") if found is None else (f"{text[: found.start()]} {text[found.end() :]}", found.group(0))


def _taken_date(text: str) -> tuple[str, date | None]:
    rest, written = _taken(_WRITTEN_DATE, text)
    if not written and (spaced := _SPACED_DATE.search(text)):
        rest, written = f"{text[: spaced.start()]} {text[spaced.end() :]}", "/".join(spaced.groups())
    if not written:
        return text, None
    day = as_date(written)
    if day is None:
        raise _problem("date-form", "This is not a date.", "Enter a date of birth as 12/04/1980.", written)
    return rest, day


@dataclass(slots=True)
class _Figures:
    """What the figures in the text are: by how many there are, and how they begin."""

    birth_date: date | None
    nhs_number: str = ""
    phone: str = ""

    def read(self, text: str, typed: str) -> None:
        digits = re.sub(r"[^0-9]", "", text)
        if not self.birth_date and (day := _unparted_date(digits)):
            self.birth_date = day
        elif len(digits) == PHONE_DIGITS and not digits.startswith("0") and "+" not in text and not self.nhs_number:
            self.nhs_number = _number(digits, typed)
        elif len(digits) >= PHONE_DIGITS and not self.phone:
            self.phone = digits[-PHONE_DIGITS:]
        else:
            raise _problem(
                "search-figures",
                "These figures are no NHS number (10), phone number (with its area code) or date of birth.",
                "Enter a date of birth as 12/04/1980, and search by name or postcode instead of a house number.",
                typed,
            )


def _unparted_date(digits: str) -> date | None:
    """12041980, or 19800412."""
    if len(digits) != len("12041980"):
        return None
    if digits[:2] in ("19", "20") and (day := as_date(digits)):
        return day
    return as_date(f"{digits[:2]}/{digits[2:4]}/{digits[4:]}")


def _number(digits: str, typed: str) -> str:
    try:
        return NhsNumber(digits)
    except InvalidIdentifier as error:
        raise _problem(
            "nhs-number",
            f"{error}.",
            "Check it with the patient, or search by name. A phone number needs its 0 in front.",
            typed,
        ) from None


def _without_titles(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _TITLES) or words


def _refuse_hopeless(search: Search, typed: str) -> None:
    found_by_itself = search.nhs_number or search.birth_date or search.postcode or search.phone
    if not found_by_itself and max(map(len, search.words), default=0) < SHORTEST_NAME:
        raise _problem(
            "search-too-short",
            "Enter an NHS number, a date of birth, a whole postcode or phone number, or at least two letters of a name.",
            "A name can have a date of birth behind it: Smith 12/04/1980.",
            typed,
        )
    if len(search.words) > MOST_WORDS:
        raise _too_long(f"These are more than {MOST_WORDS} words.", typed)
    if max(map(len, search.words), default=0) > LONGEST_WORD:
        raise _too_long(f"One word is longer than {LONGEST_WORD} letters.", typed)


def _too_long(message: str, value: str = "") -> InvalidInput:
    return _problem("search-too-long", message, "Enter one given name and the family name.", value)


def _problem(code: str, message: str, remedy: str, value: str) -> InvalidInput:
    return InvalidInput([Problem("text", code, message, remedy, value)])
