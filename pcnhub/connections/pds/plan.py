"""Which searches are made for the details that are known, in which order. Pure; the rules are the service's own.

First the search that most often finds exactly one person: the given name's first three letters, the family name, the first two
characters of the postcode, the date of birth, with history. Found nobody: by sound, without the postcode, under which nobody
whose record is restricted is ever found. Found too many: once more with everything that is known.
Source: PDS FHIR API, search for a patient (application-restricted access, non-fuzzy, fuzzy, restricted patients).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from pcnhub.connections.pds.words import TraceQuery
from pcnhub.foundations.kernel.refusals import Problem

Parameters = tuple[tuple[str, str], ...]
GIVEN_LETTERS, POSTCODE_LETTERS = 3, 2
BEFORE_WILDCARD = 2  # characters that must stand before a *
SEARCHED_GENDERS = ("male", "female", "other", "unknown")
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][A-Z]{2})")


@dataclass(frozen=True, slots=True)
class Search:
    """One search. `is_sure`: whom it finds alone, with every detail in agreement, is the person beyond reasonable doubt."""

    name: str
    parameters: Parameters
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """`first`, then `by_sound` if it found nobody; after either that found too many, the one with everything known."""

    first: Search | None
    narrower: Search | None
    by_sound: Search | None
    by_sound_narrower: Search | None

    @property
    def is_empty(self) -> bool:
        return not (self.first or self.by_sound or self.by_sound_narrower)


class _Known(NamedTuple):
    family: str
    given: str
    born: str
    gender: str
    postcode: str


def plan(query: TraceQuery) -> Plan:
    """The searches that the details suffice for."""
    known = _Known(
        family=_name(query.family_name),
        given=next(iter(_name(query.given_name).split()), ""),
        born=f"eq{query.birth_date.isoformat()}" if query.birth_date else "",
        gender=query.gender if query.gender in ("male", "female") else "",
        postcode=full_postcode(query.postcode),
    )
    return Plan(_first(known), _narrower(known), _by_sound(known), _by_sound_narrower(known))


def _first(known: _Known) -> Search | None:
    if not (known.family and known.born):
        return None
    beginning = known.given[:GIVEN_LETTERS]
    return Search(
        "best-try",
        _parameters(
            family=known.family,
            given=f"{beginning}*" if len(beginning) >= BEFORE_WILDCARD else "",
            birthdate=known.born,
            postcode=f"{known.postcode[:POSTCODE_LETTERS]}*" if known.postcode else "",
            more=(("_history", "true"),),
        ),
        is_sure=bool(known.given),
    )


def _narrower(known: _Known) -> Search | None:
    if not (known.family and known.born and (len(known.given) > GIVEN_LETTERS or known.postcode)):
        return None
    return Search(
        "narrower",
        _parameters(
            family=known.family, given=known.given, birthdate=known.born, postcode=known.postcode,
            more=(("_history", "true"),),
        ),
    )  # fmt: skip


def _by_sound(known: _Known) -> Search | None:
    if not (known.given and known.family and known.born):
        return _by_sound_narrower(known)
    return Search(
        "by-sound",
        _parameters(family=known.family, given=known.given, birthdate=known.born, more=(("_fuzzy-match", "true"),)),
    )


def _by_sound_narrower(known: _Known) -> Search | None:
    """Any two of the names with the date of birth; with only one name, sex and postcode must be there."""
    if not known.born or not (known.given or known.family) or not known.postcode:
        return None
    if not known.gender and not (known.given and known.family):
        return None
    return Search(
        "by-sound-narrower",
        _parameters(
            family=known.family, given=known.given, birthdate=known.born, postcode=known.postcode, gender=known.gender,
            more=(("_fuzzy-match", "true"),),
        ),
    )  # fmt: skip


def _parameters(
    *, family: str, given: str, birthdate: str, postcode: str = "", gender: str = "", more: Parameters = ()
) -> Parameters:
    """`_max-results` is 1: in application-restricted access the service tells of a single match, or refuses."""
    given_ones = (
        ("family", family), ("given", given), ("gender", gender), ("birthdate", birthdate), ("address-postalcode", postcode),
    )  # fmt: skip
    return (*((name, value) for name, value in given_ones if value), *more, ("_max-results", "1"))


def problems(query: TraceQuery, *, today: date) -> Iterator[Problem]:
    """Everything that stands against searching for these details."""
    if query.birth_date and query.birth_date > today:
        yield Problem("birth_date", "future", "Nobody is born in the future.", "Correct it.", str(query.birth_date))
    if query.gender and query.gender not in SEARCHED_GENDERS:
        known = ", ".join(SEARCHED_GENDERS)
        yield Problem(
            "gender", "unknown", "This is not a word for it.", f"One of: {known}; or leave it out.", query.gender
        )
    if query.nhs_number or not plan(query).is_empty:
        return
    if not query.birth_date:
        yield Problem("birth_date", "missing", "A search needs the date of birth.", "Ask the person.")
    if not _name(query.family_name):
        yield Problem(
            "family_name", "missing", "A search needs the family name.",
            "Ask the person; without one, given name, sex, date of birth and full postcode suffice.",
        )  # fmt: skip


def full_postcode(text: str) -> str:
    """In capitals, with its space; empty for what is none."""
    match = POSTCODE.fullmatch(re.sub(r"\s", "", text).upper())
    return f"{match[1]} {match[2]}" if match else ""


def _name(text: str) -> str:
    """Without wildcards, which are the plan's to set, and without what has no letter at all."""
    cleaned = " ".join(text.replace("*", " ").split())
    return cleaned if any(each.isalpha() for each in cleaned) else ""
