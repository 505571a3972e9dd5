"""The driver of a deployment that does not reach the national service: it knows an extract that was loaded, and the patients
whom practices here have imported, as far as the one who asks may see them. Of anybody else it knows nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.patients.queries import PatientView, registrations_known
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.connections.pds.models import Person
from pcnhub.connections.pds.words import Held, Outcome, PersonData
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber


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
    if row.birth_date is None:
        return Held(None, flags)
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
    )
    return Held(person, flags)


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
    )
    return Held(person, frozenset(flag for flag, holds in stands.items() if holds))


def _practice_of(view: PatientView) -> str:
    if not view.is_active:
        return ""
    if view.registration_type == RegistrationType.REGULAR:
        return organisation_ref(id=view.organisation_id).ods_code
    return view.registered_practice.ods_code if view.registered_practice else view.traced_practice_ods
