"""The words of a trace, and when a person is beyond doubt the one who is asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pcnhub.foundations.kernel.identifiers import NhsNumber


class Outcome(StrEnum):
    MATCHED = "matched"
    NOT_FOUND = "not-found"
    NOT_MATCHING = "not-matching"  # the number is somebody else's, as far as name and date of birth tell
    DECEASED = "deceased"
    SENSITIVE = "sensitive"
    SUPERSEDED = "superseded"  # the person has another number now
    INVALID = "invalid"  # the number must not be used
    UNAVAILABLE = "unavailable"  # nobody could be asked


@dataclass(frozen=True, slots=True)
class PersonData:
    """A person as the service has them. `practice_ods` is where they are registered; empty: nowhere, or not known.

    `gender` is FHIR's word, empty where it isn't known. `address_lines` are in order, without the postcode.
    """

    nhs_number: NhsNumber
    given_name: str
    family_name: str
    birth_date: date
    title: str = ""
    gender: str = ""
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    home_phone: str = ""
    mobile_phone: str = ""
    email: str = ""
    practice_ods: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a driver found under a number: the person, and what stands against them. Without a person, only a flag."""

    person: PersonData | None
    flags: frozenset[Outcome] = frozenset()


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer. The person is given when matched, and never otherwise."""

    outcome: Outcome
    person: PersonData | None = None


def traced(held: Held | None, *, birth_date: date, family_name: str, given_name: str) -> Trace:
    """What a trace answers. A person who doesn't match stays a stranger: neither death nor protection is told of them."""
    if held is None:
        return Trace(Outcome.NOT_FOUND)
    for flag in (Outcome.INVALID, Outcome.SUPERSEDED):
        if flag in held.flags:
            return Trace(flag)
    person = held.person
    if person is None:
        return Trace(Outcome.NOT_FOUND)
    if not is_verified(person, birth_date=birth_date, family_name=family_name, given_name=given_name):
        return Trace(Outcome.NOT_MATCHING)
    for flag in (Outcome.SENSITIVE, Outcome.DECEASED):
        if flag in held.flags:
            return Trace(flag)
    return Trace(Outcome.MATCHED, person)


def is_verified(person: PersonData, *, birth_date: date, family_name: str, given_name: str) -> bool:
    """The date of birth exactly; or two of its three parts, the first three letters of the family name and the first of the
    given name. Source: GP Connect 1.2.7, find a patient (verification of an NHS number)."""
    if birth_date == person.birth_date:
        return True
    parts = zip(birth_date.timetuple()[:3], person.birth_date.timetuple()[:3], strict=True)
    return (
        sum(sent == known for sent, known in parts) == 2
        and _begins_alike(family_name, person.family_name, 3)
        and _begins_alike(given_name, person.given_name, 1)
    )


def _begins_alike(sent: str, known: str, letters: int) -> bool:
    first, second = (_letters(text)[:letters] for text in (sent, known))
    return bool(first) and first == second


def _letters(text: Iterable[str]) -> str:
    return "".join(each for each in text if each.isalpha()).casefold()
