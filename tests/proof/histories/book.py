"""The book that is fought over: one hub, two practices, clinicians with full days, patients who all want the same slots."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit

PATIENTS = 25  # of each practice
DAY = (time(8), time(20))


@dataclass(frozen=True, slots=True)
class Place:
    """A seat of the book, and the one that follows it in the same session."""

    slot_id: int
    session_id: int
    starts_at: datetime
    ends_at: datetime
    follows: int | None = None  # the slot before it


@dataclass(frozen=True, slots=True)
class Patient:
    own_id: int  # the row of the organisation that books
    hub_id: int  # the hub's own row


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody books: for a practice's patients, or the hub for whom it holds already."""

    actor: Actor
    patients: tuple[Patient, ...]
    practice_id: int | None


@dataclass(frozen=True, slots=True)
class Book:
    hub_id: int
    hub_ods: str
    places: tuple[Place, ...]
    desks: tuple[Desk, ...]
    manager: Actor
    sessions: dict[str, str] = field(default_factory=dict)  # an organisation's code -> the session of its browser

    def keep(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def kept(path: Path) -> Book:
        book = pickle.loads(path.read_bytes())  # noqa: S301 - written by the process that reads it
        assert isinstance(book, Book)
        return book


def made_book(*, clinicians: int, now: datetime, minutes: int = 10) -> Book:
    """Committed, through the operations that the rota's pages call; tomorrow's day of each clinician."""
    from django.db import transaction

    from tests import cast
    from tests.rooms.appointments import book as hand

    with transaction.atomic():
        world = cast.world()
    kind = hand.slot_type(world, "Ten minutes", minutes=minutes)
    gp = {"role_code": "R8000", "job_category": "General Medical Practitioner", "job_role_code": "R0260"}
    places: list[Place] = []
    day = (now + timedelta(days=2)).date()
    for number in range(clinicians):
        with transaction.atomic():
            clinician = cast.person(f"clinician{number}", world.hub, cast.CLINICIAN, consulter=True, **gp)  # type: ignore[arg-type]
        session_id = hand.session(
            world, day=day, times=DAY, slot_type_id=kind, holder_id=clinician.position_id, now=now
        )
        last = None
        for slot in hand.slots(session_id):
            places.append(Place(slot.id, session_id, slot.starts_at, slot.ends_at, last))
            last = slot.id
    numbers = valid_numbers()
    desks = []
    for actor, practice in ((world.ada, world.ash), (world.efe, world.birch)):
        with transaction.atomic():
            own = [
                cast.patient(practice, next(numbers), f"P{n}", "Proof", datetime(1980, 1, 1, tzinfo=UTC).date()).pk
                for n in range(PATIENTS)
            ]
        desks.append(Desk(actor, registered(actor, own, world.hub.pk, now), practice.pk))
    held = tuple(Patient(patient.hub_id, patient.hub_id) for desk in desks for patient in desk.patients)
    desks.append(Desk(world.carys, held, None))
    return Book(world.hub.pk, world.hub.ods_code, tuple(places), tuple(desks), world.carys)


def registered(actor: Actor, own: list[int], hub_id: int, now: datetime) -> tuple[Patient, ...]:
    from pcnhub.care.patients.operations import register_temporarily

    return tuple(
        Patient(
            each,
            register_temporarily(actor=actor, now=now, hub_id=hub_id, practice_patient_id=each).patient_id,
        )
        for each in own
    )


def valid_numbers() -> Iterator[str]:
    """NHS numbers of nobody: their first digit is not given to people."""
    for n in range(10_000_000, 99_999_999):
        if (digit := nhs_number_check_digit(f"9{n}")) < 10:
            yield f"9{n}{digit}"
