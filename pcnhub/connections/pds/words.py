"""The words of a trace, and when a person is beyond doubt the one who is asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from pcnhub.foundations.kernel.identifiers import NhsNumber

Source = Literal["pds", "local"]
"""Whose word it is: the national service's, or what this deployment holds (never a verification)."""


WITHHELD = ("address", "telephone", "email", "practice")
"""What a restricted record does not tell."""


class Outcome(StrEnum):
    """How a trace by number ends (`tracing.trace`)."""

    MATCHED = "matched"
    NOT_FOUND = "not-found"
    NOT_MATCHING = "not-matching"  # the number is somebody else's, as far as name and date of birth tell
    DECEASED = "deceased"
    SENSITIVE = "sensitive"
    SUPERSEDED = "superseded"  # the person has another number now
    INVALID = "invalid"  # the number must not be used
    UNAVAILABLE = "unavailable"  # nobody could be asked


class Found(StrEnum):
    """How a search ends."""

    ONE = "one"
    SEVERAL = "several"
    NONE = "none"
    TOO_MANY = "too-many"  # more than the service tells: the search must be narrower


class Patience(StrEnum):
    """Who waits for the answer: a person gets one, or a refusal, within seconds; a batch takes its turn."""

    PERSON = "person"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """What is known of the person who is looked for. A search needs a date of birth and a name; a number alone is read.

    `gender` is FHIR's word, empty where it isn't known.
    """

    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    gender: str = ""
    postcode: str = ""
    nhs_number: NhsNumber | None = None


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
    work_phone: str = ""
    previous_family_name: str = ""
    died_on: date | None = None
    language_code: str = ""
    interpreter_required: bool | None = None
    temporary_address_lines: tuple[str, ...] = ()
    temporary_postcode: str = ""
    removed_because: str = ""  # why they are with no practice, as the service has it


@dataclass(frozen=True, slots=True)
class Held:
    """What a driver found under a number: the person, and what stands against them. Without a person, only a flag.

    `version` is meta.versionId of the record that was read. `superseded_by` is the person's number today, where the number
    that was asked about is no longer used (flag SUPERSEDED). `withheld`: what a restricted record does not tell (SENSITIVE).
    """

    person: PersonData | None
    flags: frozenset[Outcome] = frozenset()
    source: Source = "local"
    version: str = ""
    superseded_by: NhsNumber | None = None
    withheld: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether the national service says so: only then is an NHS number traced (verification status 01)."""
        return self.source == "pds" and self.person is not None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person whom a search found. `score` is 0..1; 1: everything that was asked agrees. `why` says what agrees, what
    differs, and what is withheld, in the words of a page. `is_certain`: a trace of many at once may take this one."""

    person: PersonData
    score: float
    why: tuple[str, ...]
    practice_ods: str
    is_restricted: bool = False
    is_deceased: bool = False
    is_certain: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class TraceAnswer:
    """What a search found, best first. `note` says in a sentence what to do where that isn't plain."""

    source: Source
    candidates: tuple[Candidate, ...]
    outcome: Found
    note: str = ""

    @property
    def certain(self) -> Candidate | None:
        """The only candidate, where nothing speaks against them: never a dead, protected or merely similar person."""
        only = self.candidates[0] if len(self.candidates) == 1 else None
        return only if only is not None and only.is_certain else None


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer to `tracing.trace`. The person is given when matched, and never otherwise. `source` tells whose word it is,
    `version` which version of the record was read."""

    outcome: Outcome
    person: PersonData | None = None
    source: Source = "local"
    version: str = ""


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
    return Trace(Outcome.MATCHED, person, held.source, held.version)


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


def candidate_of(held: Held, *, score: float, why: tuple[str, ...], is_certain: bool) -> Candidate:
    """A person who was read, as a search proposes them. Raises ValueError where a record names nobody.

    The dead, the protected and whoever's number has changed are never taken without a person looking.
    """
    if held.person is None:
        raise ValueError("A record without a person is no candidate")
    notes = list(why)
    if held.person.died_on:
        notes.append(f"Died on {held.person.died_on:%-d %B %Y}")
    elif Outcome.DECEASED in held.flags:
        notes.append("Has died")
    if held.withheld:
        notes.append(f"Restricted: {', '.join(held.withheld)} are withheld")
    elif not held.person.practice_ods:
        notes.append(
            "Registered with no practice" + (f": {held.person.removed_because}" if held.person.removed_because else "")
        )
    if held.superseded_by:
        notes.append("The NHS number has been replaced by this one")
    return Candidate(
        person=held.person,
        score=score,
        why=tuple(notes),
        practice_ods=held.person.practice_ods,
        is_restricted=Outcome.SENSITIVE in held.flags,
        is_deceased=Outcome.DECEASED in held.flags,
        is_certain=is_certain and not held.flags,
        version=held.version,
    )
