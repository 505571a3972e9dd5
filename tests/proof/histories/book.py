"""The book that is fought over: one hub, two practices, clinicians with full days, patients who all want the same slots."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pcnhub.foundations.kernel.actors import Actor, Purpose
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit
from tests.proof.histories.share import Share

if TYPE_CHECKING:
    from pcnhub.care.organisations.models import Organisation
    from tests.cast import World

FROM_AFAR = "X26999"  # not on this platform
ASHS_SHARE = 9  # seats of a session
PATIENTS = 25  # of each practice
Hours = tuple[time, time]
DAY: Hours = (time(8), time(20))


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
    """Where somebody books: for a practice's patients, at the hub for whom it holds already, or from afar over GP Connect
    (then the actor is the hub's own, and `ods_code` that of who asks)."""

    actor: Actor
    patients: tuple[Patient, ...]
    practice_id: int | None
    ods_code: str


@dataclass(frozen=True, slots=True)
class Book:
    hub_id: int
    hub_ods: str
    places: tuple[Place, ...]
    desks: tuple[Desk, ...]
    consumers: tuple[Desk, ...]
    manager: Actor
    shares: tuple[Share, ...] = ()
    site_id: int = 0
    sessions: dict[str, str] = field(default_factory=dict)  # an organisation's code -> the session of its browser

    def place(self, slot_id: int) -> Place:
        return _by_slot(self.places)[slot_id]

    def next_to(self, slot_id: int) -> int | None:
        """The slot that begins when this one ends, of the same session."""
        return _followers(self.places).get(slot_id)

    def session_of(self, share: Share) -> int:
        return self.place(min(share.slots)).session_id

    def keep(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def kept(path: Path) -> Book:
        book = pickle.loads(path.read_bytes())  # noqa: S301 - written by the process that reads it
        assert isinstance(book, Book)
        return book


@cache
def _by_slot(places: tuple[Place, ...]) -> dict[int, Place]:
    return {place.slot_id: place for place in places}


@cache
def _followers(places: tuple[Place, ...]) -> dict[int, int]:
    return {place.follows: place.slot_id for place in places if place.follows is not None}


def made_book(*, clinicians: int, now: datetime, minutes: int = 10, share: int = ASHS_SHARE, day: Hours = DAY) -> Book:
    """Through the operations that the rota's pages call; one day of each clinician. In every other session Ash
    Lane has a share that runs out."""
    from django.db import transaction

    from tests import cast
    from tests.rooms.appointments import book as hand

    with transaction.atomic():
        world = cast.world()
    kind = hand.slot_type(world, "Ten minutes", minutes=minutes, patients_may_book=True)
    gp = {"role_code": "R8000", "job_category": "General Medical Practitioner", "job_role_code": "R0260"}
    places: list[Place] = []
    shares: list[Share] = []
    on = (now + timedelta(days=2)).date()
    for number in range(clinicians):
        with transaction.atomic():
            clinician = cast.person(f"clinician{number}", world.hub, cast.CLINICIAN, consulter=True, **gp)
        session_id = hand.session(world, day=on, times=day, slot_type_id=kind, holder_id=clinician.position_id, now=now)
        its = _places(session_id)
        places += its
        if number % 2:
            shares.append(_share(session_id, world.ash.ods_code, its, share))
    desks = _desks(world, now)
    _open_to_gp_connect(world, now)
    return Book(
        hub_id=world.hub.pk,
        hub_ods=world.hub.ods_code,
        places=tuple(places),
        desks=desks,
        consumers=tuple(_from_afar(world.hub, ods_code, desks) for ods_code in (world.ash.ods_code, FROM_AFAR)),
        manager=world.carys,
        shares=tuple(shares),
        site_id=world.site.pk,
    )


def _places(session_id: int) -> list[Place]:
    from tests.rooms.appointments.book import slots

    found: list[Place] = []
    for slot in slots(session_id):
        last = found[-1].slot_id if found else None
        found.append(Place(slot.id, session_id, slot.starts_at, slot.ends_at, last))
    return found


def _share(session_id: int, ods_code: str, places: list[Place], at_most: int) -> Share:
    from pcnhub.care.appointments.models import SessionQuota
    from pcnhub.care.appointments.rules import QuotaProfile

    row = SessionQuota.objects.create(
        session_id=session_id, profile=QuotaProfile.ORGANISATION, subject=ods_code, at_most=at_most
    )
    return Share(row.pk, ods_code, at_most, frozenset(place.slot_id for place in places))


def _open_to_gp_connect(world: World, now: datetime) -> None:
    """The hub's endpoint is on, and its sessions name an organisation from afar beside the practices."""
    from pcnhub.care.appointments.models import Session
    from pcnhub.care.organisations.models import GpConnectSwitch
    from pcnhub.care.organisations.rules import PRACTICE_SWITCHES

    for capability in PRACTICE_SWITCHES:
        GpConnectSwitch.objects.create(
            organisation=world.hub, capability=capability, is_on=True, changed_at=now, changed_by="proof"
        )
    Session.objects.filter(hub=world.hub).update(organisation_ods_codes=[FROM_AFAR])


def _desks(world: World, now: datetime) -> tuple[Desk, ...]:
    from django.db import transaction

    from tests import cast

    numbers, desks = valid_numbers(), []
    for actor, practice in ((world.ada, world.ash), (world.efe, world.birch)):
        with transaction.atomic():
            own = [
                cast.patient(practice, next(numbers), f"P{n}", "Proof", datetime(1980, 1, 1, tzinfo=UTC).date()).pk
                for n in range(PATIENTS)
            ]
        desks.append(Desk(actor, _registered(actor, own, world.hub.pk, now), practice.pk, practice.ods_code))
    held = tuple(Patient(patient.hub_id, patient.hub_id) for desk in desks for patient in desk.patients)
    return (*desks, Desk(world.carys, held, None, world.hub.ods_code))


def _from_afar(hub: Organisation, ods_code: str, desks: tuple[Desk, ...]) -> Desk:
    """As the GP Connect door makes its actor: the hub's own, with no more than it needs."""
    from pcnhub.care.organisations.rules import Permission
    from tests.cast import ref

    actor = Actor(
        user=f"gpconnect:{ods_code}:1", name="Proof, from afar", organisation=ref(hub), purpose=Purpose.DIRECT_CARE,
        permissions=frozenset({Permission.FIND_PATIENTS, Permission.BOOK_APPOINTMENTS}), identity="gp-connect",
        origin=f"gp-connect {ods_code}", request_id="proof",
    )  # fmt: skip
    return Desk(actor, desks[-1].patients, None, ods_code)


def _registered(actor: Actor, own: list[int], hub_id: int, now: datetime) -> tuple[Patient, ...]:
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
