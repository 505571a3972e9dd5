"""Whom the hub must tell: kept until somebody has, once, and told of by nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations.cancelling import plan_cancelling
from pcnhub.care.appointments.operations.replacing import plan_replacing, replace_clinician
from pcnhub.care.appointments.operations.telling import ToldAlready, person_told
from pcnhub.care.appointments.queries.telling import booked_people, number_to_tell, people_to_tell
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, patient, world
from tests.rooms.appointments.book import cancelled, gp, put_in, session, slot_type, slots

pytestmark = pytest.mark.django_db
SATURDAY = date(2026, 11, 28)
MORNING = (time(9), time(10))


@pytest.fixture
def w() -> World:
    return world()


def test_a_person_is_ticked_off_once_and_by_whom_is_kept(w: World) -> None:
    made = session(w, day=SATURDAY, times=MORNING)
    put_in(w, slots(made)[0].id)
    cancelled(w, made)
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    with pytest.raises(InvalidInput):
        person_told(actor=w.carys, now=NOW, person_id=to_tell.id, how="by pigeon", note="x" * 201)
    for _ in range(2):
        person_told(actor=w.carys, now=NOW, person_id=to_tell.id, how="telephone", note="Will ring the practice")
    with pytest.raises(ToldAlready):
        person_told(actor=w.bilal, now=NOW, person_id=to_tell.id, how="text")
    assert people_to_tell(actor=w.carys, now=NOW) == ()
    with unit_of_work(w.carys):
        assert AuditEvent.objects.filter(action="appointments.patient-told").count() == 1


def test_who_was_not_told_of_one_change_is_told_once_of_two(w: World) -> None:
    kind = slot_type(w)
    made = session(w, day=SATURDAY, times=MORNING, slot_type_id=kind)
    put_in(w, slots(made)[0].id)
    other = gp(w, "gwen").position_id or 0
    plan = plan_replacing(actor=w.carys, now=NOW, session_id=made, position_id=other)
    replace_clinician(actor=w.carys, now=NOW, session_id=made, position_id=other, reason="Ill", shown=plan.token(other))
    cancelled(w, made)
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    assert to_tell.news == "cancelled"
    assert "Bilal Cast" in to_tell.before


def test_nobody_else_changes_or_reads_the_hubs_book(w: World) -> None:
    made = session(w, day=SATURDAY, times=MORNING)
    booked = put_in(w, slots(made)[0].id)
    cancelled(w, made)
    for outsider in (w.ada, w.charlie):
        with pytest.raises((NotPermitted, NotFound)):
            plan_cancelling(actor=outsider, now=NOW, session_ids=[made])
        assert not number_to_tell(actor=outsider)[0]
    assert booked_people(actor=w.charlie, now=NOW, booking_ids=[booked]) == {}
    assert people_to_tell(actor=w.charlie, now=NOW) == ()
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    with pytest.raises(NotFound):
        person_told(actor=w.charlie, now=NOW, person_id=to_tell.id, how="telephone")
    rota_only = replace(w.carys, permissions=frozenset({Permission.MANAGE_ROTA}))
    with pytest.raises(NotPermitted):
        booked_people(actor=rota_only, now=NOW, booking_ids=[booked])


def test_a_sensitive_patient_is_withheld_from_the_list(w: World) -> None:
    someone = patient(w.ash, "9990000026", "Sam", "Secret", date(1990, 1, 1))
    made = session(w, day=SATURDAY, times=MORNING)
    booked = put_in(w, slots(made)[0].id, someone.pk)
    with unit_of_work(w.carys):
        Booking.objects.get(pk=booked).patient.__class__.objects.filter(organisation=w.hub).update(is_sensitive=True)
    cancelled(w, made)
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    assert (to_tell.person.booking.is_withheld, to_tell.person.phones) == (True, ())
