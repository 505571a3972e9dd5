"""Somebody whom no list here names: what must be known of them, whom they may be, and how long a trace is relied on."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime

from pcnhub.care.patients.rules.rows import OLDEST_AGE
from pcnhub.care.patients.rules.words import Sex
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber, Postcode
from pcnhub.foundations.kernel.refusals import Problem

NAME_AT_MOST = 35  # a name element of the Personal Demographics Service
TEXT_AT_MOST = 255
ALIKE = 3  # letters in which two spellings of one name mostly agree (GP Connect 1.2.7 verifies by as many)


@dataclass(frozen=True, slots=True)
class UnregisteredPerson:
    """What somebody says of themselves at the desk or on the telephone. Name and date of birth are needed: without them
    nobody can be traced. `sex` is one of the room's words; `nhs_number` is theirs only once it has been traced."""

    given_name: str
    family_name: str
    birth_date: date | None
    sex: str = ""
    nhs_number: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""

    def tidied(self) -> UnregisteredPerson:
        """As it is kept: single spaces, number and postcode in their own forms. Only of what has no problems."""
        return replace(
            self,
            given_name=_squeezed(self.given_name),
            family_name=_squeezed(self.family_name),
            sex=self.sex or Sex.UNKNOWN,
            nhs_number=str(NhsNumber(self.nhs_number)) if self.nhs_number.strip() else "",
            postcode=str(Postcode(self.postcode)) if self.postcode.strip() else "",
            phone=_squeezed(self.phone),
            email=self.email.strip(),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """Of a patient who is held: what tells whether they are the one who is asked about."""

    given_name: str
    family_name: str
    birth_date: date
    nhs_number: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """What one side calls a person; former family names are empty where none is known."""

    given_name: str
    family_name: str
    birth_date: date
    previous_family_name: str = ""


def problems_of_person(person: UnregisteredPerson, *, today: date) -> list[Problem]:
    """What is wrong with what was typed, all of it."""
    problems = [
        *_of_name("given_name", "first name", person.given_name),
        *_of_name("family_name", "last name", person.family_name),
        *_of_birth_date(person.birth_date, today),
    ]
    if person.sex and person.sex not in set(Sex):
        problems.append(Problem("sex", "unknown", "This is no word for a sex here", "Choose one, or none.", person.sex))
    for field, text, form in (("nhs_number", person.nhs_number, NhsNumber), ("postcode", person.postcode, Postcode)):
        try:
            if text.strip():
                form(text)
        except InvalidIdentifier as error:
            problems.append(Problem(field, "form", str(error), "Ask again, or leave it empty.", text))
    for field, text in (("phone", person.phone), ("email", person.email)):
        if len(text) > TEXT_AT_MOST or "\x00" in text:
            problems.append(Problem(field, "not-text", "This can't be kept as it is", "Type it again."))
    return problems


def resembles(person: UnregisteredPerson, known: Known) -> bool:
    """Whether somebody who is held may be this person: near enough to ask, never enough to decide."""
    if person.nhs_number and person.nhs_number == known.nhs_number:
        return True
    family = begins_alike(person.family_name, known.family_name, ALIKE)
    given = begins_alike(person.given_name, known.given_name, ALIKE)
    if person.birth_date == known.birth_date:
        return family or given or _same_phone(person.phone, known.phones)
    if person.birth_date is None:
        return False
    return family and given and _parts_alike(person.birth_date, known.birth_date) == 2


def are_one(one: Identity, other: Identity) -> bool:
    """Whether two sides that give the same NHS number speak of one person: the date of birth, how the given name begins (a
    twin differs in nothing else), and how the family name begins, or a former one.

    Stricter than GP Connect 1.2.7, for which the date of birth alone verifies a number: there a practice has the person
    before it, here a number may be misheard, or a relative's.
    """
    return (
        one.birth_date == other.birth_date
        and begins_alike(one.given_name, other.given_name, 1)
        and any(
            begins_alike(name, known, ALIKE)
            for name in (one.family_name, one.previous_family_name)
            for known in (other.family_name, other.previous_family_name)
        )
    )


def begins_alike(one: str, other: str, letters: int) -> bool:
    first, second = (
        "".join(each for each in unicodedata.normalize("NFKD", text) if each.isalpha()).casefold()[:letters]
        for text in (one, other)
    )
    return bool(first) and first == second


def trace_is_fresh(holds_until: datetime | None, *, now: datetime) -> bool:
    """Whether what a trace said may still be relied on for what leaves the hub (`national-services` 2.7, step 8)."""
    return holds_until is None or now < holds_until


def _of_name(field: str, words: str, text: str) -> list[Problem]:
    if not _squeezed(text):
        return [Problem(field, "missing", f"The {words} is missing", "Nobody can be traced without it: ask for it.")]
    if len(_squeezed(text)) > NAME_AT_MOST:
        return [Problem(field, "too-long", f"This has more than {NAME_AT_MOST} characters", "Give the name alone.")]
    if any(not each.isprintable() for each in text) or not any(each.isalpha() for each in text):
        return [Problem(field, "not-a-name", "This is not a name", "Type it again.")]
    return []


def _of_birth_date(birth_date: date | None, today: date) -> list[Problem]:
    if birth_date is None:
        return [
            Problem(
                "birth_date", "missing", "The date of birth is missing", "Nobody can be traced without it: ask for it."
            )
        ]
    if birth_date > today:
        return [Problem("birth_date", "in-future", "The date of birth is in the future", "Check the year.")]
    if today.year - birth_date.year > OLDEST_AGE:
        return [
            Problem("birth_date", "implausible", f"That would be more than {OLDEST_AGE} years ago", "Check the year.")
        ]
    return []


def _parts_alike(one: date, other: date) -> int:
    return sum(a == b for a, b in zip(one.timetuple()[:3], other.timetuple()[:3], strict=True))


def _same_phone(phone: str, phones: tuple[str, ...]) -> bool:
    digits = _digits(phone)
    return len(digits) > 6 and any(_digits(each) == digits for each in phones)


def _digits(phone: str) -> str:
    digits = "".join(each for each in phone if each.isdecimal())
    return f"0{digits[2:]}" if digits.startswith("44") else digits


def _squeezed(text: str) -> str:
    return " ".join(text.split())
