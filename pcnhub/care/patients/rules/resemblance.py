"""How much two descriptions resemble each other: a row without an NHS number, and somebody whom the practice holds.

The score orders what a person looks at; it never decides. What one of the two does not say counts neither way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import OSA, JaroWinkler

from pcnhub.care.patients.rules.names import folded

POSSIBLE = 75  # of 100: from here on a person is asked. Twins of one sex and one address stay below it
_WEIGHTS = {"birth_date": 30, "family_name": 25, "given_name": 25, "sex": 5, "postcode": 10, "phone": 10, "email": 5}
_AGREES = 0.9
_NAMES_APART = 0.7  # what Jaro and Winkler give to names that have nothing in common but letters
_SLIP = 0.7  # a date with one digit wrong, or with day and month changed


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a person; empty: not known."""

    family_name: str
    given_name: str
    birth_date: date
    sex: str = ""
    previous_family_name: str = ""
    postcode: str = ""
    phones: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """`score` 0 to 100; `agreeing` names the fields that agree, as far as both have them."""

    score: int
    agreeing: tuple[str, ...]


def description_of(values: Mapping[str, object]) -> Description:
    """Of the columns of a patient, or of `Demographics.values`: those that are missing or None are not known."""

    def text(name: str) -> str:
        return str(values.get(name) or "")

    born = values["birth_date"]
    if not isinstance(born, date):
        raise TypeError("A description needs a date of birth")
    phones = (text("mobile_phone"), text("home_phone"), text("work_phone"))
    return Description(
        family_name=text("family_name"),
        given_name=text("given_name"),
        birth_date=born,
        sex="" if text("sex") == "unknown" else text("sex"),
        previous_family_name=text("previous_family_name"),
        postcode=text("postcode"),
        phones=tuple(phone for phone in phones if phone),
        email=text("email"),
    )


def resemblance(row: Description, known: Description) -> Resemblance:
    """Weighed over the fields that both have; names and date of birth always are."""
    likeness = dict(_likeness(row, known))
    whole = sum(_WEIGHTS[name] for name in likeness)
    score = sum(_WEIGHTS[name] * value for name, value in likeness.items())
    agreeing = tuple(name for name in _WEIGHTS if likeness.get(name, 0) >= _AGREES)
    return Resemblance(round(100 * score / whole), agreeing)


def days_like(day: date) -> frozenset[date]:
    """The day, and every day that a slip makes of it: one digit wrong, two neighbours or day and month changed.

    Whoever was born on any other day does not come up to POSSIBLE, whatever else agrees: with these alone one compares.
    """
    return frozenset(each for each in _slips(day) if each is not None)


def by_birth_date(known: Mapping[int, Description]) -> dict[date, list[int]]:
    """Date of birth -> ids of those who were born then."""
    days: dict[date, list[int]] = {}
    for each, person in known.items():
        days.setdefault(person.birth_date, []).append(each)
    return days


def resembling(
    row: Description, known: Mapping[int, Description], born: Mapping[date, Sequence[int]]
) -> list[tuple[int, Resemblance]]:
    """Who of `known` (by id) is possibly the row, the likeliest first. `born` is `by_birth_date(known)`."""
    days = days_like(row.birth_date)
    scored = ((each, resemblance(row, known[each])) for day in days for each in born.get(day, ()))
    return sorted((pair for pair in scored if pair[1].score >= POSSIBLE), key=lambda pair: (-pair[1].score, pair[0]))


def _slips(day: date) -> Iterator[date | None]:
    yield day
    yield _day(f"{day:%Y%d%m}")
    digits = f"{day:%Y%m%d}"
    for place in range(8):
        for digit in "0123456789":
            yield _day(digits[:place] + digit + digits[place + 1 :])
        yield _day(digits[:place] + digits[place : place + 2][::-1] + digits[place + 2 :])


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _likeness(row: Description, known: Description) -> Iterator[tuple[str, float]]:
    yield "birth_date", _of_days(row.birth_date, known.birth_date)
    yield "family_name", _of_family_names(row, known)
    yield "given_name", _of_given_names(row.given_name, known.given_name)
    if row.sex and known.sex:
        yield "sex", float(row.sex == known.sex)
    if row.postcode and known.postcode:
        yield "postcode", _of_postcodes(_squeezed(row.postcode), _squeezed(known.postcode))
    if row.phones and known.phones:
        yield "phone", float(bool(set(map(digits_of, row.phones)) & set(map(digits_of, known.phones))))
    if row.email and known.email:
        yield "email", float(row.email.casefold() == known.email.casefold())


def _of_days(one: date, other: date) -> float:
    if one == other:
        return 1.0
    swapped = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    return _SLIP if swapped or OSA.distance(f"{one:%Y%m%d}", f"{other:%Y%m%d}") == 1 else 0.0


def _of_family_names(row: Description, known: Description) -> float:
    """The earlier name counts as well: people marry."""
    ones = [name for name in (row.family_name, row.previous_family_name) if name]
    others = [name for name in (known.family_name, known.previous_family_name) if name]
    return max((_of_names(one, other) for one in ones for other in others), default=0.0)


def _of_given_names(one: str, other: str) -> float:
    """The first of them, or all: one list has a middle name, the other none."""
    first, second = folded(one).split(), folded(other).split()
    if not first or not second:
        return 0.0
    return max(_of_names(first[0], second[0]), _of_names(" ".join(first), " ".join(second)))


def _of_names(one: str, other: str) -> float:
    alike = JaroWinkler.similarity(folded(one), folded(other))
    return max(0.0, (alike - _NAMES_APART) / (1 - _NAMES_APART))


def _of_postcodes(one: str, other: str) -> float:
    return 1.0 if one == other else 0.5 if one[:-3] == other[:-3] else 0.0


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def digits_of(phone: str) -> str:
    """Of a British number the last ten: +44 and the leading 0 are no difference."""
    return re.sub(r"[^0-9]", "", phone)[-10:]
