"""A patient's own link: who gives it to whom, what opens it, and how it ends."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pcnhub.care.appointments.models import Booking, OwnLink
from pcnhub.care.appointments.operations import (
    NoLinkForThem,
    book,
    cancel_own,
    give_link_to_appointment,
    give_link_to_book,
    withdraw_link,
)
from pcnhub.care.appointments.queries import (
    LinkNotUsable,
    booking,
    links_of_booking,
    links_of_patient,
    own_appointment,
    own_slots,
    slot_types_for_patients,
)
from pcnhub.care.appointments.rules.own_links import LinkState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing.models import Party
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, patient, system_for, world
from tests.rooms.appointments.book import request
from tests.rooms.appointments.own_links import (
    BORN,
    again,
    appointment_of_jane,
    marked,
    move,
    opened,
    refused,
    seen,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(db: None) -> World:
    return world()


def test_who_is_given_no_link(w: World) -> None:
    with pytest.raises(NoLinkForThem, match="No slot type"):
        give_link_to_book(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk)
    kind = marked(w)
    with pytest.raises(NotFound):  # Charlie knows no such patient
        give_link_to_book(actor=replace(w.charlie), now=NOW, patient_id=w.patient_of_ash.pk, slot_type_ids=())
    assert slot_types_for_patients(actor=w.charlie, now=NOW) == ()
    with pytest.raises(NotFound):
        give_link_to_book(actor=w.efe, now=NOW, patient_id=w.patient_of_ash.pk)
    with pytest.raises(NotPermitted):
        give_link_to_book(actor=replace(w.ada, permissions=frozenset()), now=NOW, patient_id=w.patient_of_ash.pk)
    with pytest.raises(InvalidInput) as refused:
        give_link_to_book(
            actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk, days_ahead=15, slot_type_ids=[kind, 999]
        )
    assert {problem.field for problem in refused.value.problems} == {"days_ahead", "slot_type_ids"}
    dead = patient(w.ash, "9990000018", "Dora", "Dead", date(1930, 1, 1), registration_state="deceased", died_on=BORN)
    kept = patient(w.ash, "9990000026", "Kept", "Back", date(1930, 1, 1), is_sensitive=True)
    with pytest.raises(NoLinkForThem):
        give_link_to_book(actor=w.ada, now=NOW, patient_id=dead.pk)
    may_see = replace(w.ada, permissions=w.ada.permissions | {Permission.VIEW_SENSITIVE})
    with pytest.raises(NoLinkForThem):
        give_link_to_book(actor=may_see, now=NOW, patient_id=kept.pk)


def test_charlie_neither_gives_reads_nor_withdraws_a_link_to_an_appointment(w: World) -> None:
    given = appointment_of_jane(w)
    for deed in (
        lambda: give_link_to_appointment(actor=w.charlie, now=NOW, booking_id=given.booking),
        lambda: links_of_booking(actor=w.charlie, now=NOW, booking_id=given.booking),
        lambda: links_of_patient(actor=w.charlie, now=NOW, patient_id=w.patient_of_ash.pk),
        lambda: withdraw_link(actor=w.charlie, now=NOW, link_id=given.link.link_id),
        lambda: withdraw_link(actor=w.efe, now=NOW, link_id=given.link.link_id),
    ):
        with pytest.raises(NotFound):
            deed()
    assert opened(given.token)


def test_a_link_needs_its_patient_alive_known_and_not_protected_at_every_opening(w: World) -> None:
    given = appointment_of_jane(w)
    for column, value in (("is_sensitive", True), ("registration_state", "deceased"), ("registration_state", "left")):
        with unit_of_work(system_for(w.ash)):
            was = getattr(Patient.objects.get(pk=w.patient_of_ash.pk), column)
            Patient.objects.filter(pk=w.patient_of_ash.pk).update(**{column: value})
        with pytest.raises(LinkNotUsable):
            opened(given.token)
        with pytest.raises(LinkNotUsable):
            again(given.link)
        with unit_of_work(system_for(w.ash)):
            Patient.objects.filter(pk=w.patient_of_ash.pk).update(**{column: was})
        assert opened(given.token)


def test_every_cause_of_refusal_reads_the_same(w: World) -> None:
    given = appointment_of_jane(w)
    to_book = give_link_to_book(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk)
    withdrawn = give_link_to_book(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk)
    withdraw_link(actor=w.ada, now=NOW, link_id=withdrawn.id)
    said = set()
    for token, now, born in (
        ("of nobody", NOW, BORN),
        (given.token, NOW, date(1980, 4, 13)),
        (withdrawn.token, NOW, BORN),
        (to_book.token, NOW + timedelta(days=7), BORN),
        (given.token, datetime(2026, 11, 24, 18, 45, tzinfo=UTC), BORN),  # when the appointment ends
    ):
        with pytest.raises(LinkNotUsable) as refused:
            opened(token, now, born)
        said.add((refused.value.code, refused.value.sentence()))
    assert len(said) == 1
    assert opened(to_book.token, NOW + timedelta(days=7, seconds=-1))  # until then it opens


def test_five_wrong_dates_lock_a_link_and_staff_see_it(w: World) -> None:
    given = appointment_of_jane(w)
    for _ in range(4):
        refused(given.token, date(1980, 12, 4))
    assert opened(given.token)  # the right one in time, and the count begins anew
    for _ in range(5):
        refused(given.token, date(1980, 12, 4))
    refused(given.token, BORN)
    with pytest.raises(LinkNotUsable):
        again(given.link)  # nor does the browser that had it open
    [seen] = links_of_booking(actor=w.carys, now=NOW, booking_id=given.booking)
    assert (seen.state, seen.wrong_dates, seen.organisation) == (LinkState.LOCKED, 5, "Ash Lane Surgery")
    assert opened(give_link_to_appointment(actor=w.ada, now=NOW, booking_id=given.booking).token)  # another one


def test_what_is_withdrawn_ends_at_once_whoever_of_both_withdraws_it(w: World) -> None:
    given = appointment_of_jane(w)
    withdraw_link(actor=w.carys, now=NOW, link_id=given.link.link_id)  # the hub: the patient has rung there
    withdraw_link(actor=w.ada, now=NOW, link_id=given.link.link_id)
    with pytest.raises(LinkNotUsable):
        again(given.link)
    with pytest.raises(LinkNotUsable):
        own_appointment(actor=given.link.actor, now=NOW, link_id=given.link.link_id)
    [seen] = links_of_patient(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk)
    assert (seen.state, seen.withdrawn_by_name) == (LinkState.WITHDRAWN, "Carys Cast")


def test_who_gave_a_link_withdraws_it_also_while_no_agreement_shows_the_appointment(w: World) -> None:
    """Else it would come back to life with the agreement."""
    given = appointment_of_jane(w)
    Party.objects.filter(organisation=w.ash).update(state="inactive")
    with pytest.raises(NotFound):
        withdraw_link(actor=w.efe, now=NOW, link_id=given.link.link_id)
    withdraw_link(actor=w.ada, now=NOW, link_id=given.link.link_id)
    Party.objects.filter(organisation=w.ash).update(state="active")
    refused(given.token, BORN)


def test_a_link_of_a_row_that_was_merged_is_seen_from_the_one_that_stays(w: World) -> None:
    """It goes on working, and leads to the person as they are held now: to that one's date of birth."""
    marked(w)
    twice = patient(w.ash, "9990000018", "Jane", "Smyth", date(1980, 4, 21))
    given = give_link_to_book(actor=w.ada, now=NOW, patient_id=twice.pk)
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=twice.pk).update(merged_into=w.patient_of_ash.pk)
    refused(given.token, date(1980, 4, 21))
    assert opened(given.token)
    [seen] = links_of_patient(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk)
    assert seen.id == given.id
    withdraw_link(actor=w.ada, now=NOW, link_id=seen.id)
    refused(given.token, BORN)


def test_another_patients_link_reaches_neither_the_appointment_nor_the_patient(w: World) -> None:
    given = appointment_of_jane(w)
    other = patient(w.ash, "9990000018", "Ola", "Other", date(1990, 1, 1))
    mine = opened(give_link_to_book(actor=w.ada, now=NOW, patient_id=other.pk).token, birth_date=date(1990, 1, 1))
    for deed in (
        lambda actor: own_appointment(actor=actor, now=NOW, link_id=given.link.link_id),
        lambda actor: cancel_own(actor=actor, now=NOW, link_id=given.link.link_id, version=seen(given.link)),
        lambda actor: own_slots(actor=actor, now=NOW, link_id=given.link.link_id),
    ):
        with pytest.raises(LinkNotUsable):
            deed(mine.actor)
        with pytest.raises(LinkNotUsable):  # nor anybody of the staff, by the name of the link
            deed(w.ada)
        deed(given.link.actor)
    with pytest.raises(NotFound):  # past the link, too: the database shows a patient themselves alone
        booking(actor=mine.actor, booking_id=given.booking)
    with pytest.raises(NotFound):
        book(actor=mine.actor, now=NOW, request=request(given.slots[1], w.patient_of_ash.pk))
    with unit_of_work(mine.actor):
        assert [row.pk for row in Patient.objects.all()] == [other.pk]
        assert not Booking.objects.exists()
        assert [row.pk for row in OwnLink.objects.all()] == [mine.link_id]
    with unit_of_work(w.ada):  # what organisation they are of is not what shuts them out
        assert {row.pk for row in Patient.objects.all()} > {other.pk}


def test_all_that_happens_is_on_record_as_the_patient(w: World) -> None:
    given = appointment_of_jane(w)
    refused(given.token, date(1999, 1, 1))
    move(given, given.slots[1])
    withdraw_link(actor=w.ada, now=NOW, link_id=given.link.link_id)
    refused(given.token, BORN)
    with unit_of_work(replace(w.dilys, purpose=Purpose.AUDIT)):
        acts = AuditEvent.objects.filter(subject_type="own-link").order_by("pk")
        assert [(act.action, act.user == f"patient:{given.link.link_id}") for act in acts] == [
            ("appointments.link-given", False),
            ("appointments.link-opened", True),
            ("appointments.link-wrong-date", True),
            ("appointments.link-withdrawn", False),
            ("appointments.link-refused", True),
        ]
        assert {act.nhs_number for act in acts} == {"9000000009"}
        moved = AuditEvent.objects.get(action="appointments.rebooked")
        assert (moved.user, moved.identity) == (f"patient:{given.link.link_id}", "link and date of birth")


def test_the_secret_is_kept_nowhere(w: World) -> None:
    given = give_link_to_book(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk) if marked(w) else None
    assert given is not None
    assert given.token not in repr(given)
    assert re.fullmatch(r"[a-km-np-z2-9]{26}", given.token)  # 130 bits, typed from paper without a doubt
    with unit_of_work(w.ada):
        assert given.token not in repr(OwnLink.objects.values().get())
