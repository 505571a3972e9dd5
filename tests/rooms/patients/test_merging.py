"""Two entries of one person at the hub become one, by a person, and two again; numbers that ended still lead to them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import book
from pcnhub.care.appointments.queries import appointments_of, bookings_for, clinic_list
from pcnhub.care.consultations.operations import start
from pcnhub.care.patients.models import FormerNumber, Merge, Patient, Protection
from pcnhub.care.patients.operations import (
    change_contact,
    follow_practice,
    heed,
    merge,
    register_temporarily,
    renumber,
    unmerge,
)
from pcnhub.care.patients.operations.holding import KeptElsewhere
from pcnhub.care.patients.operations.registrations import AlreadySo, NotUsed
from pcnhub.care.patients.operations.renumbering import NumberHeld
from pcnhub.care.patients.queries import (
    find_active,
    open_offers,
    open_patient,
    registration_with,
    same_person_ids,
    who_saw,
)
from pcnhub.care.patients.rules import NumberEnd
from pcnhub.care.patients.rules.contacts import ContactField
from pcnhub.care.records.queries import open_record
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import LONG_AGO, NOW, World, system_for, world
from tests.rooms.appointments.book import request, session, slots

pytestmark = pytest.mark.django_db

JANE: dict[str, Any] = {"given_name": "Jane", "family_name": "Smith", "birth_date": date(1980, 4, 12)}
NUMBER, OTHER = "9000000009", "9000000033"


@pytest.fixture
def cast() -> World:
    return world()


def entry(cast: World, nhs_number: str | None, **more: Any) -> int:
    """A temporary registration at the hub; without a number, as somebody whom the desk did not know."""
    with unit_of_work(system_for(cast.hub)):
        values = JANE | {"trace_state": "local" if nhs_number else "untraced"} | more
        return Patient.objects.create(
            organisation=cast.hub, nhs_number=nhs_number, registration_type="temporary", registered_on=LONG_AGO,
            registered_practice=cast.ash, created_at=NOW, updated_at=NOW, **values,
        ).pk  # fmt: skip


@pytest.fixture
def known(cast: World) -> int:
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


@pytest.fixture
def unknown(cast: World) -> int:
    return entry(cast, None, mobile_phone="07700 900555")


def booked(cast: World, slot_id: int, who: int) -> int:
    """The hub books for one of its own entries; the booking's id."""
    return book(actor=cast.carys, now=NOW, request=request(slot_id, who)).booking_id


def joined(cast: World, kept: int, merged: int, **more: str) -> None:
    merge(actor=cast.carys, now=NOW, kept_id=kept, merged_id=merged, reason="Same person, she said so", **more)


def refused(cast: World, kept: int, merged: int, **more: str) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        joined(cast, kept, merged, **more)
    assert all(each.message and each.remedy for each in caught.value.problems)
    with unit_of_work(cast.carys):
        assert not Merge.objects.exists()
    return {each.code for each in caught.value.problems}


def test_everybody_reads_one_person_and_nothing_has_moved(cast: World, known: int, unknown: int) -> None:
    first, second, *_ = slots(session(cast))
    before = booked(cast, first.id, unknown)
    booked(cast, second.id, known)
    joined(cast, known, unknown)
    assert same_person_ids(actor=cast.carys, patient_id=unknown) == {known, unknown}
    assert same_person_ids(actor=cast.carys, patient_id=known) == {known, unknown}
    assert len(bookings_for(actor=cast.carys, now=NOW, patient_id=known)) == 2
    assert len(bookings_for(actor=cast.ada, now=NOW, patient_id=cast.patient_of_ash.pk)) == 2
    day = first.starts_at.date()
    listed = [
        row.booking for held in clinic_list(actor=cast.bilal, now=NOW, day=day) for row in held.rows if row.booking
    ]
    assert {(each.patient_id, each.nhs_number) for each in listed} == {(known, NUMBER)}
    told = appointments_of(actor=cast.carys, now=NOW, patient_id=known, from_on=day, to_on=day)
    assert {each.patient_id for each in told} == {known}
    assert open_patient(actor=cast.carys, now=NOW, patient_id=unknown).id == known
    record = open_record(actor=cast.bilal, now=NOW, patient_id=unknown)
    assert record.holder_patient is not None
    assert record.holder_patient.id == cast.patient_of_ash.pk
    with unit_of_work(cast.carys):
        assert Patient.objects.get(pk=unknown).nhs_number is None
        assert Booking.objects.get(pk=before).patient_id == unknown


def test_unmerged_each_has_its_own_again(cast: World, known: int, unknown: int) -> None:
    booked(cast, slots(session(cast))[0].id, unknown)
    joined(cast, known, unknown)
    assert unmerge(actor=cast.carys, now=NOW, merged_id=unknown, reason="They are sisters") == known
    assert same_person_ids(actor=cast.carys, patient_id=known) == {known}
    assert not bookings_for(actor=cast.carys, now=NOW, patient_id=known)
    assert len(bookings_for(actor=cast.carys, now=NOW, patient_id=unknown)) == 1
    assert not open_offers(actor=cast.carys, patient_id=known)
    with pytest.raises(AlreadySo):
        unmerge(actor=cast.carys, now=NOW, merged_id=unknown, reason="Again")
    with unit_of_work(cast.carys):
        for action in ("patients.merged", "patients.unmerged"):
            events = AuditEvent.objects.filter(action=action)
            assert set(events.values_list("patient_id", flat=True)) == {known, unknown}
            assert all(events.values_list("reason", flat=True))


def test_unmerged_no_message_reaches_the_other_person(cast: World, known: int) -> None:
    other = entry(cast, None, mobile_phone="07700 900555", email="x@example.org")
    joined(cast, known, other)
    held = open_patient(actor=cast.carys, now=NOW, patient_id=known)
    assert (held.mobile_phone, held.email) == ("07700 900555", "x@example.org")
    change_contact(
        actor=cast.carys, now=NOW, patient_id=known, version=held.version,
        details={ContactField.EMAIL: "jane@example.org"},
    )  # fmt: skip
    unmerge(actor=cast.carys, now=NOW, merged_id=other, reason="They are sisters")
    apart = open_patient(actor=cast.carys, now=NOW, patient_id=known)
    assert (apart.mobile_phone, apart.email) == ("", "jane@example.org")
    assert open_patient(actor=cast.carys, now=NOW, patient_id=other).mobile_phone == "07700 900555"


def test_who_saw_either_entry_saw_the_person(cast: World, known: int, unknown: int) -> None:
    open_patient(actor=cast.bilal, now=NOW, patient_id=unknown)
    [before] = [
        each for each in who_saw(actor=cast.carys, now=NOW, patient_id=unknown).items if each.name == "Bilal Cast"
    ]
    assert before.action == "patients.opened"
    joined(cast, known, unknown)
    actions = [each.action for each in who_saw(actor=cast.carys, now=NOW, patient_id=known).items]
    assert "patients.opened" in actions
    assert actions.count("patients.merged") == 2


def test_a_list_tells_an_unknown_person_who_saw_them(cast: World, unknown: int) -> None:
    [slot, *_] = slots(session(cast))
    booked(cast, slot.id, unknown)
    clinic_list(actor=cast.bilal, now=NOW, day=slot.starts_at.date())
    seen = {(each.name, each.action) for each in who_saw(actor=cast.carys, now=NOW, patient_id=unknown).items}
    assert ("Bilal Cast", "appointments.list-opened") in seen
    other = entry(cast, None)
    assert not who_saw(actor=cast.carys, now=NOW, patient_id=other).items


def test_a_detail_that_only_the_other_entry_has_is_not_lost(cast: World, known: int, unknown: int) -> None:
    with unit_of_work(cast.carys):
        Patient.objects.filter(pk=known).update(mobile_phone="07700 900111")
    joined(cast, known, unknown)
    [asked] = open_offers(actor=cast.carys, patient_id=known)
    assert (asked.held, asked.value, asked.source) == ("07700 900111", "07700 900555", "merged")


def test_everything_against_it_is_said_by_name(cast: World, known: int) -> None:
    assert refused(cast, known, known) == {"same-entry"}
    assert refused(cast, known, entry(cast, None, birth_date=date(1981, 4, 12))) == {"birth-dates-differ"}
    assert refused(cast, entry(cast, None), known) == {"keep-the-numbered"}
    dead = entry(cast, None, registration_state="deceased", birth_date=date(1999, 1, 1))
    assert refused(cast, known, dead) == {"birth-dates-differ", "one-deceased"}
    for reason in ("", "x" * 201):
        with pytest.raises(InvalidInput, match="reason"):
            merge(actor=cast.carys, now=NOW, kept_id=known, merged_id=dead, reason=reason)


def test_not_while_a_consultation_is_under_way_for_both(cast: World, known: int, unknown: int) -> None:
    for slot, who in zip(slots(session(cast))[:2], (known, unknown), strict=True):
        start(actor=cast.bilal, now=slot.starts_at, booking_id=booked(cast, slot.id, who))
    assert refused(cast, known, unknown) == {"consultations-open"}


def test_two_numbers_are_two_people_until_one_replaced_the_other(cast: World, known: int) -> None:
    other = entry(cast, OTHER)
    assert refused(cast, known, other) == {"numbers-differ"}
    assert refused(cast, known, other, superseded_number=NUMBER) == {"numbers-differ"}
    joined(cast, known, other, superseded_number=NhsNumber(OTHER).spaced)
    found = registration_with(actor=cast.carys, nhs_number=OTHER)
    assert found is not None
    assert found.id == known
    assert find_active(actor=cast.carys, now=NOW, nhs_number=OTHER) is None  # by a protocol, only the number in use
    assert find_active(actor=cast.carys, now=NOW, patient_id=other) is None
    unmerge(actor=cast.carys, now=NOW, merged_id=other, reason="Two people")
    again = registration_with(actor=cast.carys, nhs_number=OTHER)
    assert again is not None
    assert again.id == other


def test_merged_twice_over_readers_still_find_one_person(cast: World, known: int, unknown: int) -> None:
    third = entry(cast, None)
    joined(cast, unknown, third)
    joined(cast, known, unknown)
    assert same_person_ids(actor=cast.carys, patient_id=third) == {known, unknown, third}
    assert open_patient(actor=cast.carys, now=NOW, patient_id=third).id == known
    for kept, merged in ((known, third), (third, known)):
        with pytest.raises(NotUsed):
            joined(cast, kept, merged)
    unmerge(actor=cast.carys, now=NOW, merged_id=unknown, reason="Not Jane")
    assert same_person_ids(actor=cast.carys, patient_id=third) == {unknown, third}


def test_protection_of_either_protects_both(cast: World, known: int) -> None:
    hidden = entry(cast, None, is_sensitive=True)
    with pytest.raises(NotFound):  # nobody learns that there is such an entry
        joined(cast, known, hidden)
    merge(actor=system_for(cast.hub), now=NOW, kept_id=known, merged_id=hidden, reason="Same person")
    with pytest.raises(NotFound):
        open_patient(actor=cast.carys, now=NOW, patient_id=known)


def test_who_may_merge(cast: World, known: int, unknown: int) -> None:
    for actor in (cast.bilal, cast.ada):
        with pytest.raises(NotPermitted):
            merge(actor=actor, now=NOW, kept_id=known, merged_id=unknown, reason="x")
    for actor in (cast.charlie, cast.dilys):
        with pytest.raises(NotFound):
            merge(actor=actor, now=NOW, kept_id=known, merged_id=unknown, reason="x")
    with pytest.raises(KeptElsewhere):
        merge(actor=cast.dilys, now=NOW, kept_id=cast.patient_of_ash.pk, merged_id=cast.patient_of_ash.pk, reason="x")


def test_the_practices_next_booking_finds_the_kept_entry(cast: World, known: int, unknown: int) -> None:
    joined(cast, known, unknown)
    slot = slots(session(cast))[0]
    book(actor=cast.ada, now=NOW, request=request(slot.id, cast.patient_of_ash.pk))
    [made] = bookings_for(actor=cast.carys, now=NOW, patient_id=known)
    assert made.patient_id == known


# Numbers


def renumbered(cast: World, patient_id: int, number: str | None, ended: NumberEnd) -> bool:
    given = NhsNumber(number) if number else None
    return renumber(actor=cast.carys, now=NOW, patient_id=patient_id, nhs_number=given, ended=ended)


def test_a_superseded_number_still_leads_to_the_person(cast: World, known: int) -> None:
    assert renumbered(cast, known, OTHER, NumberEnd.SUPERSEDED)
    assert not renumbered(cast, known, OTHER, NumberEnd.SUPERSEDED)
    for number in (NUMBER, OTHER):
        found = registration_with(actor=cast.carys, nhs_number=number)
        assert found is not None
        assert (found.id, found.nhs_number) == (known, OTHER)
    # The practice still has the old number: its record, its corrections and its bookings keep their way to the hub.
    assert open_record(actor=cast.bilal, now=NOW, patient_id=known).holder_patient is not None
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(registration_state="deceased", died_on=NOW.date())
    assert follow_practice(actor=system_for(cast.hub), now=NOW, practice_id=cast.ash.pk) == 1
    assert open_patient(actor=cast.carys, now=NOW, patient_id=known).died_on == NOW.date()
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(registration_state="active", died_on=None)
    again = register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    )
    assert (again.patient_id, again.was) == (known, "renewed")
    actions = {each.action for each in who_saw(actor=cast.carys, now=NOW, patient_id=known).items}
    assert {"patients.temporary-registration-made", "patients.renumbered"} <= actions


def test_protection_said_under_the_old_number_is_heeded(cast: World, known: int) -> None:
    renumbered(cast, known, OTHER, NumberEnd.SUPERSEDED)
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_sensitive=True)
        Protection.objects.create(
            organisation=cast.ash, patient=cast.patient_of_ash, nhs_number=NUMBER, birth_date=JANE["birth_date"],
            registered_on=LONG_AGO, is_sensitive=True, dissents_from_sharing=False,
        )  # fmt: skip
    assert heed(actor=system_for(cast.hub), now=NOW) == 1
    with pytest.raises(NotFound):
        open_patient(actor=cast.carys, now=NOW, patient_id=known)


@pytest.mark.parametrize(("ended", "number"), [(NumberEnd.CORRECTED, OTHER), (NumberEnd.INVALIDATED, None)])
def test_a_number_that_was_never_theirs_leads_nowhere(
    cast: World, known: int, ended: NumberEnd, number: str | None
) -> None:
    renumbered(cast, known, number, ended)
    assert registration_with(actor=cast.carys, nhs_number=NUMBER) is None
    assert open_record(actor=cast.bilal, now=NOW, patient_id=known).holder_patient is None
    with unit_of_work(cast.carys):
        assert FormerNumber.objects.get().ended == ended


def test_a_number_that_another_entry_has_is_refused(cast: World, known: int) -> None:
    entry(cast, OTHER)
    with pytest.raises(NumberHeld):
        renumbered(cast, known, OTHER, NumberEnd.SUPERSEDED)
    with pytest.raises(NotPermitted):
        renumber(actor=cast.bilal, now=NOW, patient_id=known, nhs_number=None, ended=NumberEnd.INVALIDATED)
    with pytest.raises(NotFound):
        renumber(actor=cast.charlie, now=NOW, patient_id=known, nhs_number=None, ended=NumberEnd.INVALIDATED)
