"""Changing a book that patients are in: shown first, done as shown, undone wholly when it can't be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from pcnhub.care.appointments.models import Booking, BookingEvent, PersonToTell, Session, Slot
from pcnhub.care.appointments.operations import TemplateDetails, cancel, make_sessions, save_template
from pcnhub.care.appointments.operations.cancelling import cancel_sessions, plan_cancelling
from pcnhub.care.appointments.operations.changing import SessionChange, change_published, plan_changing
from pcnhub.care.appointments.operations.choosing import known_slot
from pcnhub.care.appointments.operations.overriding import make_extra_seat
from pcnhub.care.appointments.operations.planning import BookChanged
from pcnhub.care.appointments.operations.refusals import NotAllowedNow
from pcnhub.care.appointments.operations.replacing import candidates, plan_replacing, replace_clinician
from pcnhub.care.appointments.operations.series import change_series, plan_changing_series
from pcnhub.care.appointments.operations.slots import insert_slot, split_slot, take_out_slot
from pcnhub.care.appointments.operations.status import set_status
from pcnhub.care.appointments.queries.plans import free_to_move_into
from pcnhub.care.appointments.queries.telling import number_to_tell, people_to_tell
from pcnhub.care.appointments.rules.changing import Fate, moves_to_nearest
from pcnhub.care.organisations.models import Site
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput
from tests.cast import NOW, World, world
from tests.rooms.appointments.book import TUESDAY, cancelled, details, gp, put_in, session, slot_type, slots

pytestmark = pytest.mark.django_db
SATURDAY = date(2026, 11, 28)
MORNING = (time(9), time(10))


@pytest.fixture
def w() -> World:
    return world()


def change_of(session_id: int, w: World, **more: object) -> SessionChange:
    [slot, *_] = slots(session_id)
    times = {name: more.pop(name) for name in ("starts_at", "ends_at") if name in more}
    return SessionChange(
        details=details(w, slot.slot_type_id, **more),
        **{"starts_at": time(18, 30), "ends_at": time(20), **times},  # type: ignore[arg-type]
    )


def test_a_plan_to_cancel_says_who_loses_a_slot_and_what_the_week_lacks(w: World) -> None:
    """`domain.md` 12.2 A16: cover gap shown, affected patients listed, deficit seen."""
    made = session(w, day=SATURDAY, times=MORNING)
    booked = put_in(w, slots(made)[0].id)
    plan = plan_cancelling(actor=w.carys, now=NOW, session_ids=[made])
    assert [each.id for each in plan.of_fate(Fate.LOSES_SLOT)] == [booked]
    [week] = plan.weeks
    assert (week.required, week.offered_before, week.offered_after) == (1200, 60, 0)
    assert (week.deficit_before, week.deficit_after) == (1140, 1200)
    nine = datetime(2026, 11, 28, 9, tzinfo=UTC)
    assert week.new_gaps == ((nine, nine + timedelta(hours=1)),)
    assert Session.objects.get().state == "published"


def test_cancelling_cancels_the_bookings_and_lists_whom_to_tell(w: World) -> None:
    made = session(w, day=SATURDAY, times=MORNING)
    booked = put_in(w, slots(made)[0].id)
    done = cancelled(w, made)
    assert (done.cancelled, done.moved, done.told) == ((booked,), {}, 1)
    assert set(Slot.objects.values_list("state", flat=True)) == {"cancelled"}
    with unit_of_work(w.carys):
        row = Booking.objects.get(pk=booked)
        assert (row.status, row.cancellation_reason) == ("cancelled", "Bilal is ill")
        assert not row.booked_slots.filter(is_live=True).exists()
        [event] = AuditEvent.objects.filter(action="appointments.session-cancelled")
        assert event.reason == "Bilal is ill"
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    assert (to_tell.news, to_tell.reason, to_tell.person.booking.id) == ("cancelled", "Bilal is ill", booked)
    assert to_tell.before == "Saturday 28 November 2026 at 09:00, Bilal Cast, GP, In-person, Riverside Health Centre"
    assert to_tell.person.booking.patient_name == "Jane Smith"


def test_cancelling_twice_is_done_once(w: World) -> None:
    made = session(w, day=SATURDAY, times=MORNING)
    put_in(w, slots(made)[0].id)
    plan = plan_cancelling(actor=w.carys, now=NOW, session_ids=[made])
    for was_repeated in (False, True):
        done = cancel_sessions(actor=w.carys, now=NOW, session_ids=[made], reason="Ill", shown=plan.token())
        assert done.was_repeated is was_repeated
    assert number_to_tell(actor=w.carys) == (1, datetime(2026, 11, 28, 9, tzinfo=UTC))
    with unit_of_work(w.carys):
        assert AuditEvent.objects.filter(action="appointments.session-cancelled").count() == 1


def test_whoever_books_meanwhile_is_shown_before_anything_is_done(w: World) -> None:
    made = session(w, day=SATURDAY, times=MORNING)
    shown = plan_cancelling(actor=w.carys, now=NOW, session_ids=[made]).token()
    booked = put_in(w, slots(made)[0].id)
    with pytest.raises(BookChanged):
        cancel_sessions(actor=w.carys, now=NOW, session_ids=[made], reason="Ill", shown=shown)
    with unit_of_work(w.carys):
        assert Booking.objects.get(pk=booked).status == "booked"
    assert Session.objects.get().state == "published"


def test_patients_are_moved_to_the_nearest_slot_of_the_same_type(w: World) -> None:
    kind = slot_type(w)
    made = session(w, day=SATURDAY, times=MORNING, slot_type_id=kind)
    other = session(w, day=SATURDAY, times=(time(10), time(11)), slot_type_id=kind)
    session(w, day=TUESDAY)  # another type
    booked = put_in(w, slots(made)[0].id)
    plan = plan_cancelling(actor=w.carys, now=NOW, session_ids=[made])
    losing = plan.of_fate(Fate.LOSES_SLOT)
    free = free_to_move_into(hub_id=w.hub.pk, now=NOW, bookings=losing, but_not=[made])
    moves = moves_to_nearest(losing, free)
    assert moves == {booked: slots(other)[0].id}
    done = cancelled(w, made, moves=moves)
    new = done.moved[booked]
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    assert (to_tell.news, to_tell.person.booking.id) == ("moved", new)
    assert "09:00" in to_tell.before
    assert to_tell.person.booking.slot.starts_at == datetime(2026, 11, 28, 10, tzinfo=UTC)


def test_a_slot_taken_meanwhile_undoes_the_whole_cancelling(w: World) -> None:
    kind = slot_type(w)
    made = session(w, day=SATURDAY, times=MORNING, slot_type_id=kind)
    other = session(w, day=SATURDAY, times=(time(10), time(11)), slot_type_id=kind)
    first, second = put_in(w, slots(made)[0].id), put_in(w, slots(made)[1].id, None)
    target = slots(other)[0].id
    put_in(w, target)
    with pytest.raises(Conflict):
        cancelled(w, made, moves={second: target})
    with unit_of_work(w.carys):
        assert set(Booking.objects.values_list("status", flat=True)) == {"booked"}
        assert not PersonToTell.objects.exists()
        assert not AuditEvent.objects.filter(action="appointments.cancelled").exists()
        assert Booking.objects.filter(pk=first).exists()
    assert Session.objects.get(pk=made).state == "published"


def test_nobody_gets_an_extra_seat_in_what_was_cancelled_a_moment_ago(w: World) -> None:
    """Whoever cancels holds the slots: a seat that was wanted before, and made after, would hold a patient nobody tells."""
    made = session(w, day=SATURDAY, times=MORNING)
    wanted = known_slot(slots(made)[0].id)
    cancelled(w, made)
    with unit_of_work(w.carys), pytest.raises(NotAllowedNow, match="cancelled"):
        make_extra_seat(w.carys, NOW, wanted, reason="Must be seen", patient_id=w.patient_of_ash.pk)
    assert not Slot.objects.exclude(state="cancelled").exists()


def test_nobody_is_moved_into_what_is_cancelled_with_it(w: World) -> None:
    kind = slot_type(w)
    made = session(w, day=SATURDAY, times=MORNING, slot_type_id=kind)
    booked = put_in(w, slots(made)[0].id)
    with pytest.raises(BookChanged):
        cancelled(w, made, moves={booked: slots(made)[1].id})


def test_who_has_arrived_stays_in_the_book(w: World) -> None:
    made = session(w, day=TUESDAY)
    booked = put_in(w, slots(made)[0].id)
    before = datetime(2026, 11, 24, 17, tzinfo=UTC)
    set_status(actor=w.bilal, now=before, booking_id=booked, version=1, status="arrived")
    plan = plan_cancelling(actor=w.carys, now=before, session_ids=[made])
    assert [problem.code for problem in plan.problems] == ["has-begun"]
    with pytest.raises(InvalidInput):
        cancel_sessions(actor=w.carys, now=before, session_ids=[made], reason="Ill", shown=plan.token())


def test_shorter_times_take_slots_and_longer_ones_add_them(w: World) -> None:
    made = session(w)
    early, late = put_in(w, slots(made)[0].id), put_in(w, slots(made)[5].id)
    change = change_of(made, w, starts_at=time(18), ends_at=time(19, 30))
    plan = plan_changing(actor=w.carys, now=NOW, session_id=made, change=change)
    assert [each.id for each in plan.of_fate(Fate.KEPT)] == [early]
    assert [each.id for each in plan.of_fate(Fate.LOSES_SLOT)] == [late]
    assert (len(plan.sessions[0].added), len(plan.sessions[0].dropped)) == (2, 2)
    done = change_published(
        actor=w.carys, now=NOW, session_id=made, change=change, reason="Room", shown=plan.token(*change.words())
    )
    assert done.cancelled == (late,)
    live = [slot for slot in slots(made) if slot.state != "cancelled"]
    assert [(f"{slot.starts_at:%H:%M}", slot.state) for slot in live] == [
        ("18:00", "free"), ("18:15", "free"), ("18:30", "booked"), ("18:45", "free"), ("19:00", "free"),
        ("19:15", "free"),
    ]  # fmt: skip
    assert Slot.objects.filter(session=made, clinician__isnull=True).count() == 0
    row = Session.objects.get()
    assert (f"{row.starts_at:%H:%M}", f"{row.ends_at:%H:%M}") == ("18:00", "19:30")


def test_another_site_keeps_the_patients_and_they_are_told(w: World) -> None:
    made = session(w)
    booked = put_in(w, slots(made)[0].id)
    annexe = Site.objects.create(organisation=w.hub, name="Annexe", address_lines=["2 Quay"], postcode="DN16 3LQ")
    change = change_of(made, w, site_id=annexe.pk)
    plan = plan_changing(actor=w.carys, now=NOW, session_id=made, change=change)
    assert [each.id for each in plan.of_fate(Fate.TOLD)] == [booked]
    change_published(
        actor=w.carys, now=NOW, session_id=made, change=change, reason="Flood", shown=plan.token(*change.words())
    )
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    assert (to_tell.news, to_tell.person.booking.slot.site) == ("changed", "Annexe")
    assert to_tell.before.endswith("Riverside Health Centre")
    with unit_of_work(w.carys):
        assert Booking.objects.get(pk=booked).version == 2
        assert BookingEvent.objects.filter(booking=booked).count() == 2


def test_a_published_session_is_never_changed_into_what_could_not_be_published(w: World) -> None:
    made = session(w)
    change = change_of(made, w, starts_at=time(20), ends_at=time(18), group_ids=frozenset(), delivery_channel="")
    plan = plan_changing(actor=w.carys, now=NOW, session_id=made, change=change)
    assert {problem.field for problem in plan.problems} == {"ends_at", "groups", "delivery_channel"}
    with pytest.raises(InvalidInput):
        change_published(
            actor=w.carys, now=NOW, session_id=made, change=change, reason="x", shown=plan.token(*change.words())
        )


def test_a_sick_gp_is_replaced_by_one_who_is_free(w: World) -> None:
    made = session(w, day=SATURDAY, times=MORNING)
    booked = put_in(w, slots(made)[0].id)
    free, busy, nurse = gp(w, "gwen"), gp(w, "hari"), gp(w, "iris", "R0690")
    session(w, day=SATURDAY, times=MORNING, holder_id=busy.position_id, practitioner_role="R0270", name="Other")
    found = candidates(actor=w.carys, now=NOW, session_id=made)
    assert [(each.name, each.is_same_role, bool(each.why_not)) for each in found] == [
        ("Gwen Cast", True, False), ("Iris Cast", False, False), ("Hari Cast", True, True),
    ]  # fmt: skip
    plan = plan_replacing(actor=w.carys, now=NOW, session_id=made, position_id=free.position_id or 0)
    assert plan.weeks[0].new_gaps == ()
    asked = {"session_id": made, "position_id": free.position_id or 0, "reason": "Bilal is ill"}
    done = replace_clinician(actor=w.carys, now=NOW, shown=plan.token(free.position_id), **asked)  # type: ignore[arg-type]
    assert (done.told, done.cancelled) == (1, ())
    again = replace_clinician(actor=w.carys, now=NOW, shown="", **asked)  # type: ignore[arg-type]
    assert again.was_repeated
    assert set(Slot.objects.filter(session=made).values_list("holder", flat=True)) == {free.position_id}
    assert Session.objects.get(pk=made).practitioner_role == "R0270"
    [to_tell] = people_to_tell(actor=w.carys, now=NOW)
    assert (to_tell.person.booking.id, to_tell.person.booking.slot.holder) == (booked, "Gwen Cast")
    assert "Bilal Cast" in to_tell.before
    for other, fields in ((busy, {"position_id"}), (nurse, {"other_role_reason"})):
        plan = plan_replacing(actor=w.carys, now=NOW, session_id=made, position_id=other.position_id or 0)
        assert {problem.field for problem in plan.problems} == fields


def test_the_database_keeps_a_clinician_from_two_places_when_the_look_came_too_early(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control of the look: with it off, the exclusion constraint refuses, and nothing at all is done."""
    made = session(w, day=SATURDAY, times=MORNING)
    busy = gp(w, "hari").position_id or 0
    session(w, day=SATURDAY, times=MORNING, holder_id=busy, practitioner_role="R0270", name="Other")
    monkeypatch.setattr("pcnhub.care.appointments.operations.replacing.busy_accounts", lambda **_: {})
    plan = plan_replacing(actor=w.carys, now=NOW, session_id=made, position_id=busy)
    with pytest.raises(InvalidInput, match="busy then"):
        replace_clinician(
            actor=w.carys, now=NOW, session_id=made, position_id=busy, reason="Ill", shown=plan.token(busy)
        )
    assert Session.objects.get(pk=made).holder_id == w.bilal.position_id


def test_another_role_needs_a_reason_and_shows_the_gap_that_it_leaves(w: World) -> None:
    """`domain.md` 12.2 A21: a pharmacist alone leaves the hour without a GP."""
    made = session(w, day=SATURDAY, times=MORNING)
    pharmacist = gp(w, "jo", "R1290").position_id or 0
    asked = {"session_id": made, "position_id": pharmacist, "other_role_reason": "Medication reviews only"}
    plan = plan_replacing(actor=w.carys, now=NOW, **asked)  # type: ignore[arg-type]
    assert plan.problems == ()
    assert len(plan.weeks[0].new_gaps) == 1
    replace_clinician(actor=w.carys, now=NOW, reason="Ill", shown=plan.token(pharmacist), **asked)  # type: ignore[arg-type]
    with unit_of_work(w.carys):
        [event] = AuditEvent.objects.filter(action="appointments.clinician-replaced")
        assert event.reason == "Ill; Medication reviews only"


def test_a_slot_is_put_in_taken_out_and_split(w: World) -> None:
    made = session(w)
    [first, *_] = slots(made)
    take_out_slot(actor=w.carys, now=NOW, slot_id=first.id, reason="Teaching")
    asked = {"session_id": made, "starts_at": time(18, 30), "minutes": 10, "slot_type_id": first.slot_type_id}
    put = insert_slot(actor=w.carys, now=NOW, **asked)  # type: ignore[arg-type]
    assert insert_slot(actor=w.carys, now=NOW, **asked) == put  # type: ignore[arg-type]
    after = insert_slot(actor=w.carys, now=NOW, **{**asked, "starts_at": time(20)})  # type: ignore[arg-type]
    assert f"{Session.objects.get().ends_at:%H:%M}" == "20:10"
    with pytest.raises(InvalidInput) as refused:
        insert_slot(actor=w.carys, now=NOW, **{**asked, "starts_at": time(18, 35), "minutes": 0, "slot_type_id": 0})  # type: ignore[arg-type]
    assert {problem.field for problem in refused.value.problems} >= {"minutes", "slot_type_id"}
    second = split_slot(actor=w.carys, now=NOW, slot_id=slots(made)[2].id)
    lengths = {slot.id: slot.minutes for slot in slots(made)}
    assert (lengths[second], lengths[after]) == (7, 10)
    booked = put_in(w, after)
    with pytest.raises(Conflict):
        split_slot(actor=w.carys, now=NOW, slot_id=after)
    cancel(actor=w.ada, now=NOW, booking_id=booked, version=1)


def test_a_series_changes_from_a_day_on_with_its_sessions_and_patients(w: World) -> None:
    weekly = TemplateDetails(
        session=details(w, slot_type(w)), weekday=2, starts_at=time(18, 30), ends_at=time(20), starts_on=NOW.date()
    )
    template = save_template(actor=w.carys, now=NOW, details=weekly)
    made = make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=TUESDAY + timedelta(days=14))
    first, second, third = made.published
    kept, late = put_in(w, slots(second)[1].id), put_in(w, slots(third)[0].id)
    day, wanted = TUESDAY + timedelta(days=7), replace(weekly, starts_at=time(18, 45))
    change = SessionChange(wanted.session, wanted.starts_at, wanted.ends_at)
    plan = plan_changing_series(actor=w.carys, now=NOW, template_id=template, day=day, details=wanted)
    assert {each.booking.id: each.fate for each in plan.affected} == {kept: Fate.KEPT, late: Fate.LOSES_SLOT}
    assert len(plan.weeks) == 2
    done = change_series(
        actor=w.carys, now=NOW, template_id=template, day=day, details=wanted, reason="Room",
        shown=plan.token(*change.words(), template, day),
    )  # fmt: skip
    assert done.sessions.cancelled == (late,)
    starts = {row.pk: (row.template_id, f"{row.starts_at:%H:%M}") for row in Session.objects.all()}
    assert starts == {
        first: (template, "18:30"), second: (done.template_id, "18:45"), third: (done.template_id, "18:45")
    }  # fmt: skip
    assert make_sessions(actor=w.carys, now=NOW, hub_id=w.hub.pk, until=TUESDAY + timedelta(days=14)).made == ()
    with pytest.raises(InvalidInput):
        plan_changing_series(
            actor=w.carys, now=NOW, template_id=done.template_id, day=day, details=replace(wanted, weekday=3)
        )
