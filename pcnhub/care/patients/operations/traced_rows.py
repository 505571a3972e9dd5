"""What a trace writes down: an untraced row gets its number, or joins the row that stands for the person already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcnhub.care.patients.models import Merge, Patient
from pcnhub.care.patients.operations.contacts import settle
from pcnhub.care.patients.operations.homes import home_of
from pcnhub.care.patients.operations.temporary import last_day
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.patients.rules import RegistrationState, Sex, TraceBasis, TraceSource, TraceState
from pcnhub.care.patients.rules.contacts import ContactField, ContactSource, Heard, address_text, hear, newest
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import london_date

MERGED_BY_TRACE = "One NHS number, by tracing"


@dataclass(frozen=True, slots=True)
class TracedPerson:
    """Who a person is, and on whose word. `sex` is one of the room's words; `practice_ods` empty: registered nowhere.

    `holds_until`: then the service is asked again before anything leaves; None: nobody has to.
    """

    nhs_number: NhsNumber
    given_name: str
    family_name: str
    birth_date: date
    title: str = ""
    sex: str = ""
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    home_phone: str = ""
    mobile_phone: str = ""
    work_phone: str = ""
    email: str = ""
    practice_ods: str = ""
    source: TraceSource = TraceSource.LOCAL
    basis: TraceBasis = TraceBasis.CHOICE
    pds_version: str = ""
    holds_until: datetime | None = None
    is_restricted: bool = False
    is_deceased: bool = False
    died_on: date | None = None


def give_number(row: Patient, person: TracedPerson, actor: Actor, now: datetime) -> None:
    """Nobody else here has the number: from now on the row is this person's."""
    wanted = home_of(nhs_number=person.nhs_number, birth_date=person.birth_date, practice_ods=person.practice_ods)
    wanted |= {
        "nhs_number": str(person.nhs_number),
        "title": person.title or row.title,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": person.birth_date,
        "sex": person.sex if person.sex and person.sex != Sex.UNKNOWN else row.sex,
        "stated_nhs_number": "",
        # what closed the row was said of another number; of this one the database looks again
        "is_sensitive": False,
        "pds_restricts": False,
    }
    _hear(row, person, actor, now)
    put(row, wanted | stamp(person, actor, now), now)
    learn_names(organisation_id=row.organisation_id, patient_ids=[row.pk])


def join(row: Patient, held: Patient, person: TracedPerson, actor: Actor, now: datetime) -> None:
    """The row ends and points to the one that the hub holds already, which is renewed."""
    wanted = home_of(nhs_number=person.nhs_number, birth_date=held.birth_date, practice_ods=person.practice_ods)
    wanted |= {"ends_on": last_day(now)}
    if held.registration_state != RegistrationState.ACTIVE:
        wanted |= {
            "registration_state": RegistrationState.ACTIVE,
            "registered_on": london_date(now),
            "left_on": None,
            "died_on": None,
        }
    _take_newer_words(held, row, actor, now)
    _hear(held, person, actor, now)
    put(held, wanted | stamp(person, actor, now), now)
    put(
        row,
        {
            "merged_into_id": held.pk,
            "registration_state": RegistrationState.LEFT,
            "left_on": london_date(now),
            "registered_practice_id": held.registered_practice_id,
        },
        now,
    )
    Merge.objects.create(
        organisation_id=row.organisation_id,
        kept_id=held.pk,
        merged_id=row.pk,
        reason=MERGED_BY_TRACE,
        at=now,
        by=actor.name,
    )


def _take_newer_words(held: Patient, row: Patient, actor: Actor, now: datetime) -> None:
    """The booking may be older than what the hub wrote down since: the newer word reaches the person, the other is kept as a
    question."""
    words = newest(held, row)
    for name, value in words.columns.items():
        setattr(held, name, value)
    if words.columns:
        held.save(update_fields=list(words.columns))
    for source, offers in words.offers.items():
        settle(held, Heard({}, offers, frozenset()), source=source, actor=actor, now=now)


def _hear(row: Patient, person: TracedPerson, actor: Actor, now: datetime) -> None:
    """How to reach them, by the source that was asked; never over what they said themselves."""
    if person.source is TraceSource.PRACTICE:
        return
    source = ContactSource.PDS if person.source is TraceSource.PDS else ContactSource.PRACTICE
    said = {
        ContactField.MOBILE_PHONE: person.mobile_phone,
        ContactField.HOME_PHONE: person.home_phone,
        ContactField.WORK_PHONE: person.work_phone,
        ContactField.EMAIL: person.email,
        ContactField.ADDRESS: address_text(person.address_lines, person.postcode),
    }
    words = hear(row, {field: text for field, text in said.items() if text}, source=source, at=now)
    for name, value in words.columns.items():
        setattr(row, name, value)
    if words.columns:
        row.save(update_fields=list(words.columns))
    settle(row, words, source=source, actor=actor, now=now)


def stamp(person: TracedPerson, actor: Actor, now: datetime) -> dict[str, Any]:
    """Whose word it is who the person is, and how long it holds."""
    return {
        "trace_state": TraceState.TRACED if person.source is TraceSource.PDS else TraceState.LOCAL,
        "traced_at": now,
        "traced_by": actor.name,
        "trace_basis": person.basis.value,
        "pds_version": person.pds_version,
        "trace_holds_until": person.holds_until,
    }


def put(row: Patient, values: dict[str, Any], now: datetime) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    row.save(update_fields=[*(name.removesuffix("_id") for name in values), "updated_at"])
