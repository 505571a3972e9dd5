"""The driver of a deployment that does not reach the national service: it knows an extract that was loaded, and the patients
whom practices here have imported, as far as the one who asks may see them. Of anybody else it knows nothing."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime

from django.db import connection

from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.patients.queries import PatientView, registrations_known
from pcnhub.care.patients.queries.registrations import registrations_born
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.connections.pds.matching import Likeness, compare
from pcnhub.connections.pds.models import Person
from pcnhub.connections.pds.words import (
    WITHHELD,
    Candidate,
    Found,
    Held,
    Outcome,
    Patience,
    PersonData,
    TraceAnswer,
    TraceQuery,
    candidate_of,
)
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber

LIKELY = 0.75  # beneath it, somebody is no more than born on the same day
MOST_SHOWN = 10
YEARS_MISTAKEN = (-10, -1, 1, 10)
NOT_VERIFIED = "Told by what practices hold here. The national service has not been asked."
NARROW = "More than ten people here resemble these details. Give the postcode and all given names, or the NHS number."


def read(*, actor: Actor, now: datetime, nhs_number: NhsNumber, patience: Patience) -> Held | None:
    """What is known under this number: never a verification."""
    with unit_of_work(actor):
        return look_up(actor=actor, nhs_number=nhs_number)


def search(*, actor: Actor, now: datetime, query: TraceQuery, patience: Patience) -> TraceAnswer:
    """Whom practices here hold of that date of birth and a like name; where there is nobody, of a date mistaken by a slip."""
    if query.birth_date is None:
        return TraceAnswer("local", (), Found.NONE, NOT_VERIFIED)
    with unit_of_work(actor):
        found = _alike(actor, now, query, {query.birth_date}) or _alike(actor, now, query, mistaken(query.birth_date))
        if len(found) > MOST_SHOWN:
            return TraceAnswer("local", (), Found.TOO_MANY, NARROW)
        candidates = tuple(_candidate(query, held, likeness, len(found)) for held, likeness in found)
    outcome = Found.NONE if not candidates else Found.ONE if len(candidates) == 1 else Found.SEVERAL
    return TraceAnswer("local", candidates, outcome, NOT_VERIFIED)


def mistaken(day: date) -> set[date]:
    """The days for which this one is written by a slip: day and month exchanged, or one of the three parts wrong."""
    wanted = [(day.year, day.day, day.month)]
    wanted += [(day.year + more, day.month, day.day) for more in YEARS_MISTAKEN]
    wanted += [(day.year, month, day.day) for month in range(1, 13)]
    wanted += [(day.year, day.month, other) for other in range(1, monthrange(day.year, day.month)[1] + 1)]
    days = set[date]()
    for parts in wanted:
        with suppress(ValueError):
            days.add(date(*parts))
    return days - {day}


def _alike(actor: Actor, now: datetime, query: TraceQuery, days: set[date]) -> list[tuple[Held, Likeness]]:
    numbers = {view.nhs_number for view in registrations_born(actor=actor, now=now, days=days) if _may_be(query, view)}
    found = []
    for number in sorted(number for number in numbers if number):
        held = look_up(actor=actor, nhs_number=number)
        if held is not None and held.person is not None:
            likeness = compare(query, held.person)
            if likeness.score >= LIKELY:
                found.append((held, likeness))
    return sorted(found, key=lambda each: -each[1].score)


def _may_be(query: TraceQuery, view: PatientView) -> bool:
    person = PersonData(
        NhsNumber(view.number), view.given_name, view.family_name, view.birth_date,
        postcode=view.postcode, previous_family_name=view.previous_family_name,
    )  # fmt: skip
    return compare(query, person).score >= LIKELY


def _candidate(query: TraceQuery, held: Held, likeness: Likeness, found: int) -> Candidate:
    """Certain only with a postcode: two people of one name may be born on one day."""
    is_certain = found == 1 and likeness.agrees and likeness.score >= 1 and not likeness.contradicts
    return candidate_of(held, score=likeness.score, why=likeness.why, is_certain=is_certain and bool(query.postcode))


def look_up(*, actor: Actor, nhs_number: NhsNumber) -> Held | None:
    """What is known under this number. Inside the actor's unit of work."""
    with asking_for([nhs_number]):
        row = Person.objects.filter(nhs_number=nhs_number).first()
    if row is not None:
        return _of_extract(row)
    known = registrations_known(actor=actor, nhs_number=nhs_number)
    return _of_practices(nhs_number, known) if known else None


@contextmanager
def asking_for(numbers: Iterable[str]) -> Iterator[None]:
    """Names the numbers whose lines of the extract the database may show, for as long as the question lasts.

    Where the question fails, its transaction (or savepoint) is undone, and the naming with it.
    """
    _name(",".join(numbers))
    yield
    _name("")


def _name(numbers: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('pcnhub.pds_asked', %s, true)", [numbers])


def _of_extract(row: Person) -> Held:
    stands = {
        Outcome.INVALID: row.is_invalid,
        Outcome.SUPERSEDED: bool(row.superseded_by),
        Outcome.SENSITIVE: row.is_sensitive,
        Outcome.DECEASED: row.died_on is not None,
    }
    flags = frozenset(flag for flag, holds in stands.items() if holds)
    successor = NhsNumber(row.superseded_by) if row.superseded_by else None
    if row.birth_date is None:
        return Held(None, flags, superseded_by=successor)
    person = PersonData(
        nhs_number=NhsNumber(row.nhs_number),
        given_name=" ".join(filter(None, (row.given_name, row.other_given_names))),
        family_name=row.family_name,
        birth_date=row.birth_date,
        title=row.title,
        gender=row.gender,
        address_lines=tuple(row.address_lines),
        postcode=row.postcode,
        practice_ods=row.practice_ods,
        died_on=row.died_on,
    )
    return _guarded(Held(person, flags, superseded_by=successor))


def _of_practices(nhs_number: NhsNumber, known: tuple[PatientView, ...]) -> Held:
    """The newest active registration speaks, a practice's before a temporary one; where there is none, the newest that
    ended."""
    newest = max(
        known, key=lambda each: (each.is_active, each.registration_type == RegistrationType.REGULAR, each.registered_on)
    )
    stands = {
        Outcome.DECEASED: any(each.registration_state == RegistrationState.DECEASED for each in known),
        Outcome.SENSITIVE: any(each.is_sensitive for each in known),
    }
    person = PersonData(
        nhs_number=nhs_number,
        given_name=newest.given_name,
        family_name=newest.family_name,
        birth_date=newest.birth_date,
        title=newest.title,
        gender=newest.sex,
        address_lines=newest.address_lines,
        postcode=newest.postcode,
        home_phone=newest.home_phone,
        mobile_phone=newest.mobile_phone,
        email=newest.email,
        practice_ods=_practice_of(newest),
        work_phone=newest.work_phone,
        previous_family_name=newest.previous_family_name,
        died_on=newest.died_on,
        language_code=newest.language_code,
        interpreter_required=newest.interpreter_required,
    )
    return _guarded(Held(person, frozenset(flag for flag, holds in stands.items() if holds)))


def _guarded(held: Held) -> Held:
    """Of a protected person what the national service tells of a restricted record, to whoever asks: who, never where."""
    if held.person is None or Outcome.SENSITIVE not in held.flags:
        return held
    nowhere = replace(
        held.person,
        address_lines=(),
        postcode="",
        home_phone="",
        mobile_phone="",
        work_phone="",
        email="",
        practice_ods="",
    )
    return replace(held, person=nowhere, withheld=WITHHELD)


def _practice_of(view: PatientView) -> str:
    if not view.is_active:
        return ""
    if view.registration_type == RegistrationType.REGULAR:
        return organisation_ref(id=view.organisation_id).ods_code
    return view.registered_practice.ods_code if view.registered_practice else view.traced_practice_ods
