"""What the pages of tracing show: how long is left, what was tried, and two descriptions of a person side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.care.appointments.queries import BookingView, UnlinkedBooking
from pcnhub.care.patients.queries import AttemptView, PatientView
from pcnhub.care.patients.rules import TraceOutcome
from pcnhub.connections.pds.seals import seal
from pcnhub.connections.pds.words import Candidate, Found, PersonData, TraceAnswer
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import in_london

SOON = timedelta(hours=4)
OUTCOME_WORDS: dict[TraceOutcome, str] = {
    TraceOutcome.LINKED: "Found and linked",
    TraceOutcome.NO_MATCH: "Nobody was found",
    TraceOutcome.SEVERAL: "A person must choose",
    TraceOutcome.REJECTED: "None of those found was the person",
    TraceOutcome.OUTSIDE: "With a practice outside the network",
    TraceOutcome.UNAVAILABLE: "Nobody could be asked",
}
SOURCE_WORDS = {
    "pds": "the Personal Demographics Service",
    "local": "what is held here (not verified)",
    "practice": "the practice",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One appointment of the worklist."""

    each: UnlinkedBooking
    when: str
    left: str
    colour: str
    tried: str


@dataclass(frozen=True, slots=True)
class Line:
    """One detail, as it was said and as it was found. `differs`: both are known, and not the same."""

    name: str
    said: str
    found: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody whom a search found, beside the person who was booked. `problem`: why they can't be accepted; `place`: where
    they are registered, and `is_outside` that it is not with a practice of the network. `choice` is sent by whoever chooses
    them: the number, and the seal on what was shown."""

    candidate: Candidate
    number: int
    name: str
    choice: str
    spaced: str
    score: str
    lines: tuple[Line, ...]
    place: str
    is_outside: bool
    problem: str


def when(instant: datetime) -> str:
    return f"{in_london(instant):%a %-d %b, %H:%M}"


def row_of(each: UnlinkedBooking, now: datetime) -> Row:
    left = each.left(now)
    return Row(each, when(each.booking.slot.starts_at), left_words(left), _colour(left), tried_words(each.attempts))


def left_words(left: timedelta) -> str:
    """In 2 hours 5 minutes; begun 3 hours ago."""
    minutes = abs(int(left.total_seconds())) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        words = f"{_counted(days, 'day')} {_counted(hours, 'hour')}" if hours else _counted(days, "day")
    elif hours:
        words = f"{_counted(hours, 'hour')} {_counted(minutes, 'minute')}"
    else:
        words = _counted(minutes, "minute")
    return f"in {words}" if left >= timedelta() else f"began {words} ago"


def tried_words(attempts: tuple[AttemptView, ...]) -> str:
    if not attempts:
        return "Not tried yet"
    newest = attempts[0]
    return f"{OUTCOME_WORDS[newest.outcome]}, {when(newest.at)}"


def shown_of(answer: TraceAnswer, patient: PatientView, members: tuple[OrganisationRef, ...]) -> tuple[Shown, ...]:
    """Everybody who was found, best first."""
    names = {each.ods_code: each.name for each in members}
    return tuple(
        _shown(candidate, number, patient, names) for number, candidate in enumerate(answer.candidates, start=1)
    )


def answer_words(answer: TraceAnswer) -> str:
    words = {
        Found.NONE: "Nobody was found",
        Found.ONE: "One person was found",
        Found.SEVERAL: f"{len(answer.candidates)} people were found",
        Found.TOO_MANY: "Too many people were found to be told",
    }[answer.outcome]
    return f"{words}, by {SOURCE_WORDS[answer.source]}."


def bookings_words(bookings: tuple[BookingView, ...], now: datetime) -> list[tuple[BookingView, str, str]]:
    return [(each, when(each.slot.starts_at), left_words(each.slot.starts_at - now)) for each in bookings]


def _shown(candidate: Candidate, number: int, patient: PatientView, names: dict[str, str]) -> Shown:
    person = candidate.person
    outside = candidate.practice_ods not in names
    return Shown(
        candidate=candidate,
        number=number,
        name=f"{person.family_name.upper()}, {person.given_name}",
        choice=f"{person.nhs_number}.{seal(patient.id, candidate)}",
        spaced=person.nhs_number.spaced,
        score=f"{round(candidate.score * 100)} of 100",
        lines=_lines(patient, person),
        place="Where they are registered is withheld"
        if candidate.is_restricted
        else _place(candidate.practice_ods, names),
        is_outside=outside,
        problem=_problem(candidate),
    )


def _problem(candidate: Candidate) -> str:
    if candidate.is_deceased:
        return "Recorded as deceased. If this is the person, their practice must correct the record before they are linked."
    if candidate.is_restricted:
        return "This record is protected. Ring whoever booked: the person’s own practice looks after them."
    return ""


def _place(ods_code: str, names: dict[str, str]) -> str:
    if not ods_code:
        return "Registered with no practice, as far as is known"
    if ods_code in names:
        return f"Registered with {names[ods_code]}, a practice of the network"
    return f"Registered with a practice outside the network ({ods_code})"


def _lines(patient: PatientView, person: PersonData) -> tuple[Line, ...]:
    stated = patient.stated_nhs_number
    facts = (
        ("First name", patient.given_name, person.given_name),
        ("Last name", patient.family_name, person.family_name),
        ("Date of birth", f"{patient.birth_date:%-d %B %Y}", f"{person.birth_date:%-d %B %Y}"),
        ("Sex", _sex(patient.sex), _sex(person.gender)),
        ("NHS number", NhsNumber(stated).spaced if stated else "", person.nhs_number.spaced),
        ("Postcode", patient.postcode, person.postcode),
        ("Address", ", ".join(patient.address_lines), ", ".join(person.address_lines)),
        ("Telephone", ", ".join(patient.phones), person.mobile_phone or person.home_phone),
    )
    return tuple(
        Line(name, said or "Not said", found or "Not known", bool(said and found) and _plain(said) != _plain(found))
        for name, said, found in facts
    )


def _sex(word: str) -> str:
    return word.capitalize() if word and word != "unknown" else ""


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _colour(left: timedelta) -> str:
    if left < SOON:
        return "red"
    return "orange" if left < timedelta(days=1) else "blue"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
