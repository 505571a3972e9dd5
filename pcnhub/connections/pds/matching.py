"""How far a person who was found is the one who is looked for: what agrees, what differs, in words for a page. Pure.

Source: `national-services` 2.7 (date of birth exactly, family name by its first letters, sex as a warning).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import JaroWinkler

from pcnhub.connections.pds.plan import full_postcode
from pcnhub.connections.pds.words import PersonData, TraceQuery

# How much each detail says, of those that both sides have.
WEIGHTS = {"birth_date": 0.4, "family_name": 0.3, "given_name": 0.2, "postcode": 0.1}
FAMILY_LETTERS = 3
ALIKE = 0.85  # names that differ by a slip of the keyboard


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` 0..1. `agrees`: date of birth and both names are the same, and the postcodes, where both are known, are of one
    district. `contradicts`: the sex differs."""

    score: float
    why: tuple[str, ...]
    agrees: bool
    contradicts: bool
    agrees_by_number: bool  # enough to show who has a given number: the date of birth, and how the family name begins


def compare(query: TraceQuery, person: PersonData) -> Likeness:
    """What a page shows beside the candidate. Details that one side lacks count neither way."""
    parts: dict[str, tuple[float, str]] = {}
    if query.birth_date:
        parts["birth_date"] = _dates(query.birth_date, person.birth_date)
    family = max(
        (
            _names("Family name", query.family_name, name)
            for name in (person.family_name, person.previous_family_name)
            if name
        ),
        default=(0.0, "Family name differs"),
    )
    if query.family_name:
        parts["family_name"] = family
    if query.given_name:
        parts["given_name"] = _names("Given name", _first(query.given_name), _first(person.given_name))
    asked, held = full_postcode(query.postcode), full_postcode(person.postcode)
    if asked and held:
        parts["postcode"] = _postcodes(asked, held)
    weight = sum(WEIGHTS[name] for name in parts)
    score = sum(WEIGHTS[name] * part[0] for name, part in parts.items()) / weight if weight else 0.0
    contradicts = _differ(query.gender, person.gender)
    why = [part[1] for part in parts.values()] + (["Sex differs"] if contradicts else [])
    same_day = query.birth_date == person.birth_date
    begins = folded(query.family_name)[:FAMILY_LETTERS]
    return Likeness(
        score=round(score, 4),
        why=tuple(why),
        agrees=same_day
        and all(parts.get(name, (0.0, ""))[0] >= 1 for name in ("family_name", "given_name"))
        and parts.get("postcode", (1.0, ""))[0] > 0,
        contradicts=contradicts,
        agrees_by_number=same_day
        and bool(begins)
        and any(folded(name).startswith(begins) for name in (person.family_name, person.previous_family_name)),
    )


def folded(name: str) -> str:
    """Its letters alone, without accents, in one case: O'Brien, OBRIEN and O’Brién are one name."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(each for each in plain if each.isalpha()).casefold()


def _dates(asked: date, held: date) -> tuple[float, str]:
    if asked == held:
        return 1.0, "Date of birth agrees"
    if (asked.year, asked.month, asked.day) == (held.year, held.day, held.month):
        return 0.7, "Date of birth: day and month are exchanged"
    same = sum(one == other for one, other in zip(asked.timetuple()[:3], held.timetuple()[:3], strict=True))
    return (0.5, "Date of birth differs in one part") if same == 2 else (0.0, "Date of birth differs")


def _names(what: str, asked: str, held: str) -> tuple[float, str]:
    one, other = folded(asked), folded(held)
    if one and one == other:
        return 1.0, f"{what} agrees"
    alike = float(JaroWinkler.similarity(one, other)) if one and other else 0.0
    return (min(alike, 0.99), f"{what} is similar") if alike >= ALIKE else (0.0, f"{what} differs")


def _postcodes(asked: str, held: str) -> tuple[float, str]:
    if asked == held:
        return 1.0, "Postcode agrees"
    near = asked.partition(" ")[0] == held.partition(" ")[0]
    return (0.6, "Postcode: the same district") if near else (0.0, "Postcode differs")


def _differ(asked: str, held: str) -> bool:
    told = ("male", "female", "other")
    return asked in told and held in told and asked != held


def _first(names: str) -> str:
    return next(iter(names.split()), "")
