"""What a practice can write in a hub's book, by raw SQL as the serving role: it books and cancels, no more.

The operations never try anything else; this is what stands when one of them has a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from pcnhub.care.appointments.models import Session, Slot
from pcnhub.care.appointments.operations import book, cancel
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW, World, organisation, system_for, world
from tests.rooms.appointments.book import request, session, slot_type, slots

pytestmark = pytest.mark.django_db

Values = dict[str, int | str]

INSERT = """
insert into appointments_booking (organisation_id, slot_id, patient_id, patient_practice_id, booked_by_organisation_id,
  starts_at, ends_at, booked_by_ods_code, booked_by_organisation_type, booked_by_contact, booked_by, booked_by_name, source,
  reason, notes, status, version, idempotency_key, counted_quota_ids, booked_at, cancellation_reason)
values (%(hub)s, %(slot)s, %(patient)s, %(practice)s, %(practice)s, now(), now() + interval '1 hour', 'X', '', '{}',
  %(user)s, 'Ada', 'practice', '', '', %(status)s, 1, 'raw', '{}', now(), '')
"""
EVENT = """
insert into appointments_bookingevent (organisation_id, booking_id, status, at, by, by_name, reason)
values (%(hub)s, %(booking)s, %(status)s, now(), %(user)s, 'Ada', '')
"""


@dataclass(frozen=True)
class Evening:
    """Ash's and Birch's patients, each with a booking at the hub; a free slot there, and one of another hub's."""

    w: World
    booking: int
    slot: int
    free: int
    elsewhere: int
    mine: int
    theirs: int

    def values(self, **other: int | str) -> Values:
        values: Values = {
            "hub": self.w.hub.pk,
            "practice": self.w.ash.pk,
            "user": self.w.ada.user,
            "booking": self.booking,
        }
        return values | {"slot": self.free, "patient": self.mine, "status": "booked", "theirs": self.theirs} | other


@pytest.fixture
def evening() -> Evening:
    w = world()
    first, second, third, *_ = (slot.id for slot in slots(session(w)))
    mine = book(actor=w.ada, now=NOW, request=request(first, w.patient_of_ash.pk))
    book(actor=w.efe, now=NOW, request=request(second, w.patient_of_birch.pk))
    with unit_of_work(system_for(w.hub)):
        held = {row.nhs_number: row.pk for row in Patient.objects.filter(organisation=w.hub)}
    other = organisation("Y07109", "Northside Hub", OrganisationKind.HUB)
    times = {"starts_at": NOW, "ends_at": Slot.objects.get(pk=first).ends_at}
    there = Session.objects.create(hub=other, name="North", state_changed_at=NOW, state_changed_by="t", **times)
    elsewhere = Slot.objects.create(hub=other, session=there, slot_type_id=slot_type(w), **times).pk
    return Evening(w, mine.booking_id, first, third, elsewhere, held["9000000009"], held["9000000017"])


def write(actor: Actor, statement: str, values: Values) -> int:
    """How many rows it wrote, undone at once."""
    with unit_of_work(actor), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: int = cursor.rowcount
        cursor.execute("set constraints all immediate")
        transaction.set_rollback(True)
    return found


def refused(actor: Actor, statement: str, values: Values) -> type[DatabaseError] | None:
    try:
        assert write(actor, statement, values) == 1
    except DatabaseError as error:
        return type(error)
    return None


CHANGES = {
    "to another slot": "slot_id = %(slot)s",
    "onto another practice's patient": "patient_id = %(theirs)s",
    "to left": "status = 'left', version = version + 1",
    "to arrived": "status = 'arrived', version = version + 1",
    "in another's name": "booked_by_name = 'Bilal'",
    "its words": "reason = 'Something else'",
    "its words, while it is cancelled": "status = 'cancelled', version = version + 1, cancelled_at = now(), notes = 'x'",
    "its version alone": "version = version + 1",
    "cancelled without a new version": "status = 'cancelled', cancelled_at = now()",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_practice_rewrites_nothing_in_the_hubs_book(evening: Evening, change: str) -> None:
    statement = f"update appointments_booking set {change} where id = %(booking)s"  # noqa: S608
    assert refused(evening.w.ada, statement, evening.values()) is IntegrityError


def test_a_practice_cancels_and_what_is_cancelled_stays_so(evening: Evening) -> None:
    undo = "update appointments_booking set status = 'booked', version = version + 1 where id = %(booking)s"
    cancel(actor=evening.w.ada, now=NOW, booking_id=evening.booking, version=1)
    assert refused(evening.w.ada, undo, evening.values()) is IntegrityError


def test_the_hub_writes_in_its_own_book(evening: Evening) -> None:
    """Negative control: the statements themselves are good."""
    for change in (CHANGES["to left"], CHANGES["its words"], CHANGES["to another slot"]):
        statement = f"update appointments_booking set {change} where id = %(booking)s"  # noqa: S608
        assert refused(evening.w.bilal, statement, evening.values()) is None


WRONG: dict[str, Callable[[Evening], Values]] = {
    "another practice's patient": lambda evening: {"patient": evening.theirs},
    "a booking that was had already": lambda _: {"status": "left"},
    "in another's name": lambda evening: {"user": evening.w.bilal.user},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_practice_books_its_own_patients_in_its_own_name(
    evening: Evening, wrong: Callable[[Evening], Values]
) -> None:
    assert refused(evening.w.ada, INSERT, evening.values()) is None
    assert refused(evening.w.ada, INSERT, evening.values(**wrong(evening))) is ProgrammingError


@pytest.mark.parametrize("who", ["ada", "bilal"])
def test_a_booking_and_its_slot_are_of_one_hub(evening: Evening, who: str) -> None:
    actor: Actor = getattr(evening.w, who)
    practice = actor.organisation.id
    values = evening.values(practice=practice, user=actor.user)
    assert refused(actor, INSERT, values) is None
    assert refused(actor, INSERT, values | {"slot": evening.elsewhere}) is IntegrityError


@pytest.mark.parametrize(
    ("status", "of", "let_through"),
    [
        ("booked", "ada", True),
        ("cancelled", "ada", True),
        ("left", "ada", False),
        ("arrived", "ada", False),
        ("cancelled", "bilal", False),
    ],
)
def test_a_practice_forges_no_step_of_a_booking(evening: Evening, status: str, of: str, let_through: bool) -> None:
    values = evening.values(status=status, user=getattr(evening.w, of).user)
    assert refused(evening.w.ada, EVENT, values) is (None if let_through else ProgrammingError)
    assert refused(evening.w.bilal, EVENT, values) is None
