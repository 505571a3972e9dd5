"""What will go wrong tonight: each planted fault by its name, in order, and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pcnhub.care.appointments.models import Booking, Session, Slot
from pcnhub.care.appointments.operations.printing import note_printed
from pcnhub.care.organisations.models import Account, GroupMember, Organisation, Position, Site
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.sharing.models import Agreement
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.care.tasks.queries import DueTask
from pcnhub.care.writeback.queries import CopyView
from pcnhub.care.writeback.rules import CopyState
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Heartbeat
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_instant
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from pcnhub.insight.readiness import checking
from pcnhub.insight.watch.gathering import gather
from pcnhub.insight.watch.queries import Watch, days_to_tell_of, names_for, watch
from pcnhub.insight.watch.rules import Severity, Waiting, foresee
from tests.cast import MANAGER, World, ref, system_for
from tests.insight.watch.evenings import (
    AT_FOUR,
    TODAY,
    clinics,
    close_account,
    evening,
    plant_three,
    switch_off,
    untrace,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return evening()


def ask(cast: World, actor: Actor | None = None, *, now: datetime = AT_FOUR, day: date | None = None) -> Watch:
    return watch(actor=actor or cast.carys, now=now, hub_id=cast.hub.pk, day=day)


def codes(found: Watch) -> list[str]:
    return [line.code for line in found.lines]


def birchs_manager(cast: World) -> Actor:
    return replace(cast.efe, permissions=frozenset(MANAGER))


def opened(cast: World) -> int:
    """How often somebody of the hub opened a list of patients."""
    with unit_of_work(system_for(cast.hub)):
        return AuditEvent.objects.filter(action="appointments.list-opened", user=cast.carys.user).count()


def test_an_evening_without_problems_has_no_line(cast: World) -> None:
    found = ask(cast)
    assert (found.lines, found.sessions, found.stops) == ((), 3, False)


def test_three_planted_problems_are_named_in_order_and_no_other(cast: World) -> None:
    plant_three(cast)
    found = ask(cast)
    assert [(line.code, line.severity, f"{in_london(line.bites_at):%H:%M}") for line in found.lines] == [
        ("account-closed", Severity.STOPS, "18:30"),
        ("agreement-consultation-write-back", Severity.HARMS, "18:30"),
        ("untraced", Severity.HARMS, "18:45"),
    ]
    holder, agreement, untraced = found.lines
    assert found.stops
    assert "Bilal Cast can’t work in EA evening at 18:30 and 2 more" in holder.what
    assert (holder.place.page, holder.place.args) == ("person", (cast.bilal.account_id,))
    assert agreement.who == "an agreement manager at Ash Lane Surgery"
    assert agreement.place.args == (cast.agreements[AgreementKind.WRITE_BACK].pk,)
    assert (untraced.place.page, len(untraced.booking_ids)) == ("trace-patient", 1)
    assert not any("Jane" in line.what or "Peter" in line.what for line in found.lines)


def test_a_practice_is_told_of_its_own_lines_and_charlie_of_nothing(cast: World) -> None:
    plant_three(cast)
    assert codes(ask(cast, cast.dilys)) == ["agreement-consultation-write-back"]
    assert codes(ask(cast, birchs_manager(cast))) == ["untraced"]
    with pytest.raises(NotFound):
        ask(cast, cast.charlie)
    with pytest.raises(NotPermitted):
        ask(cast, cast.ada)
    Organisation.objects.filter(pk=cast.hub.pk).update(system="EMIS")
    with pytest.raises(NotFound, match="another system"):
        ask(cast)


def test_names_are_read_by_those_only_who_may_and_are_on_record(cast: World) -> None:
    plant_three(cast)
    lines = ask(cast).lines

    def names(actor: Actor) -> list[str]:
        return sorted(each.name for each in names_for(actor=actor, now=AT_FOUR, lines=lines).values())

    assert opened(cast) == 0, "whoever is told of counts has opened nothing"
    assert names(cast.carys) == ["Jane Smith", "Peter Jones"]
    assert names(cast.dilys) == ["Jane Smith"]
    assert names(birchs_manager(cast)) == ["Peter Jones"]
    assert names(replace(cast.carys, permissions=frozenset())) == []
    assert names(cast.charlie) == []
    switch_off(cast, cast.ash, AgreementKind.APPOINTMENTS)
    assert names(cast.dilys) == []
    assert opened(cast), "and reading names is on record"


def test_each_way_in_which_a_clinician_is_hampered(cast: World) -> None:
    Account.objects.filter(pk=cast.bilal.account_id or 0).update(smartcard_uid=None)
    Position.objects.filter(pk=cast.bilal.position_id or 0).update(
        consulter=False, contract_ends_on=TODAY - timedelta(days=1)
    )
    Agreement.objects.filter(kind=AgreementKind.CARE_RECORD).update(allowed_job_categories=["Nurse"])
    assert codes(ask(cast)) == ["category-left-out", "no-smartcard", "contract-over", "not-marked"]
    Position.objects.filter(pk=cast.bilal.position_id or 0).update(ends_on=TODAY)
    assert codes(ask(cast)) == ["position-not-held"]
    Position.objects.filter(pk=cast.bilal.position_id or 0).update(ends_on=None, awaits_acceptance=True)
    assert codes(ask(cast)) == ["position-not-accepted"]


def test_each_way_in_which_a_session_does_not_take_place(cast: World) -> None:
    tonight = Session.objects.filter(starts_at=london_instant(TODAY, time(19)))
    for change, code in (
        ({"holder": None}, "no-holder"),
        ({"state": "draft"}, "not-published"),
        ({"site": None}, "no-room"),
        ({"delivery_channel": ""}, "incomplete"),
    ):
        before: dict[str, object] = dict(tonight.values().get())
        tonight.update(**change)
        assert codes(ask(cast)) == [code]
        tonight.update(**{key: before[f"{key}_id" if key in ("holder", "site") else key] for key in change})
    Site.objects.filter(pk=cast.site.pk).update(closed_on=TODAY)
    assert set(codes(ask(cast))) == {"no-room"}


def test_slots_that_nobody_or_one_practice_does_not_find(cast: World) -> None:
    GroupMember.objects.filter(organisation=cast.birch).update(subscribed_at=None)
    [line] = ask(cast).lines
    assert (line.code, line.practice_id, line.place.page) == ("practice-finds-nothing", cast.birch.pk, "groups")
    assert "Birch Road Practice finds none of the 1 free slot" in line.what
    Organisation.objects.exclude(pk=cast.birch.pk).update(opened_at=AT_FOUR)
    assert codes(ask(cast)) == [], "of a practice that waits to go live, readiness says why"
    GroupMember.objects.filter(organisation=cast.birch).update(subscribed_at=AT_FOUR)
    Session.objects.get(starts_at=london_instant(TODAY, time(19))).groups.clear()
    assert codes(ask(cast)) == ["session-unseen"]
    Session.objects.get(starts_at=london_instant(TODAY, time(19))).groups.add(cast.group)
    switch_off(cast, cast.ash, AgreementKind.APPOINTMENTS)
    assert codes(ask(cast)) == ["agreement-appointments"], "an agreement that hides the slots too is said once"
    with unit_of_work(system_for(cast.hub)):
        Booking.objects.update(status="did-not-attend")
    switch_off(cast, cast.hub, AgreementKind.APPOINTMENTS)
    [line] = ask(cast).lines
    assert (line.code, line.mover_id) == ("practice-finds-nothing", cast.ash.pk)
    assert line.who == "an agreement manager at Ash Lane Surgery and Riverside Enhanced Access Hub"


def test_a_list_is_on_paper_until_an_appointment_changes(cast: World) -> None:
    Session.objects.update(list_printed_at=None)
    assert codes(ask(cast)) == ["list-not-printed", "list-not-printed"]
    assert ask(cast, day=TODAY + timedelta(days=1)).lines == ()
    assert note_printed(actor=cast.carys, now=AT_FOUR, day=TODAY, holder=cast.bilal.position_id) == 3
    assert codes(ask(cast)) == []
    with unit_of_work(system_for(cast.hub)):
        Booking.objects.filter(patient_practice=cast.ash).update(changed_at=AT_FOUR + timedelta(minutes=5))
    [line] = ask(cast).lines
    assert "printed at 16:00; 1 appointment changed since" in line.what


def test_a_gp_gap_a_week_that_falls_short_and_a_bare_day(cast: World) -> None:
    friday = london_instant(TODAY + timedelta(days=4), time(18, 30))
    Slot.objects.filter(starts_at=friday).update(state="blocked")
    assert codes(ask(cast)) == ["horizon", "gp-cover"]
    what = ask(cast).lines[1].what
    assert what == "Friday 27 November: no GP in 90 minutes of network standard hours (18:30 to 20:00)."
    Slot.objects.filter(starts_at__gte=friday).update(state="blocked")
    assert set(codes(ask(cast))) == {"horizon", "gp-cover", "minutes-short"}


def test_no_worker_and_what_turned_red_since_yesterday(cast: World) -> None:
    Heartbeat.objects.update(beat_at=AT_FOUR - timedelta(minutes=5))
    assert codes(ask(cast)) == ["no-worker"]
    Heartbeat.objects.update(beat_at=AT_FOUR)
    checking.check(now=AT_FOUR - timedelta(hours=5), hub_id=cast.hub.pk, only={"CHK-11", "CHK-42"})
    assert codes(ask(cast)) == []
    Position.objects.filter(pk=cast.carys.position_id or 0).update(ends_on=TODAY + timedelta(days=9))
    close_account(cast)
    checking.check(now=AT_FOUR - timedelta(hours=1), hub_id=cast.hub.pk, only={"CHK-11", "CHK-42"})
    assert codes(ask(cast)) == ["account-closed", "changed-chk-11"], "the clinician's check says what is said already"


def test_what_is_owed_before_the_evening_is_said_organisation_by_organisation(cast: World) -> None:
    hub, ash, birch = ref(cast.hub), ref(cast.ash), ref(cast.birch)
    due = AT_FOUR + timedelta(hours=1)
    copy = CopyView(
        1, hub.id, 1, 1, 1, birch, CopyState.BLOCKED, "x", "Away.", "Wait.", "hub", "", due, due, None, due_at=due
    )  # fmt: skip
    network = network_of_hub(hub_id=hub.id, day=TODAY)
    quiet = gather(actor=system_for(cast.hub), network=network, day=TODAY, now=AT_FOUR)
    owed = Waiting(
        tasks=(DueTask(1, hub, ash, due, False, True), DueTask(2, birch, hub, due, True, False)),
        copies=(copy,),
        to_tell=2,
        told_by=due,
    )
    lines = foresee(replace(quiet, waiting=owed, failed_jobs=1))
    assert [(line.code, line.mover_id, line.practice_id) for line in lines] == [
        ("copies-due", hub.id, birch.id),
        ("not-told", hub.id, None),
        ("tasks-due", ash.id, ash.id),
        ("failed-work", hub.id, None),
        ("tasks-due", hub.id, None),
    ]
    assert lines[2].what == "1 task has to be accepted by Ash Lane Surgery before the evening begins, 1 of them urgent."
    assert foresee(replace(quiet, waiting=owed, sessions=())) == (), "on a day without sessions nothing waits for them"


def test_an_agreement_that_was_never_made_and_a_patient_of_no_practice_are_not_taken_for_right(cast: World) -> None:
    quiet = gather(
        actor=system_for(cast.hub), network=network_of_hub(hub_id=cast.hub.pk, day=TODAY), day=TODAY, now=AT_FOUR
    )
    made, (first, other) = quiet.agreements, quiet.bookings
    gone = AgreementKind.WRITE_BACK
    rows = tuple(
        replace(row, cells=tuple(each for each in row.cells if each.agreement.kind != gone)) for row in made.rows
    )
    [line] = foresee(replace(quiet, agreements=replace(made, rows=rows, missing=(gone,))))
    assert (line.code, line.place.page, len(line.booking_ids)) == (f"agreement-{gone}", "agreements", 2)
    [line] = foresee(replace(quiet, bookings=(first, replace(other, practice_id=None))))
    assert (line.code, line.booking_ids) == ("no-practice", (other.id,))


def test_what_turned_red_on_friday_evening_is_said_on_monday(cast: World) -> None:
    friday = AT_FOUR - timedelta(days=3)
    for at in (friday, friday + timedelta(hours=2)):
        checking.check(now=at, hub_id=cast.hub.pk, only={"CHK-11"})
        Position.objects.filter(pk=cast.carys.position_id or 0).update(ends_on=TODAY + timedelta(days=9))
    assert codes(ask(cast)) == ["changed-chk-11"]
    assert "changed-chk-11" not in codes(ask(cast, now=AT_FOUR + timedelta(days=1))), "and not for ever"


def test_an_agreement_about_to_lapse_drifts(cast: World) -> None:
    Agreement.objects.filter(kind=AgreementKind.CARE_RECORD).update(ends_on=TODAY + timedelta(days=9))
    [line] = ask(cast).lines
    assert (line.code, line.severity) == ("agreement-ends", Severity.DRIFTS)


def test_a_day_that_is_over_a_bank_holiday_and_a_day_of_25_hours(cast: World) -> None:
    assert ask(cast, day=TODAY - timedelta(days=1)).is_over
    christmas = ask(cast, day=date(2026, 12, 25))
    assert (christmas.holiday, christmas.hours) == ("Christmas Day", 24)
    assert not any("25 December" in line.what for line in christmas.lines)
    assert [ask(cast, day=day).hours for day in (date(2027, 10, 31), date(2027, 3, 28))] == [25, 23]


def test_a_saturday_morning_is_told_of_on_friday(cast: World) -> None:
    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)

    def told(day: date) -> tuple[date, ...]:
        at, following = (london_instant(each, time(16)) for each in (day, day + timedelta(days=1)))
        return days_to_tell_of(hub_id=cast.hub.pk, now=at, next_at=following)

    assert told(friday) == (friday, saturday)
    assert told(saturday) == (saturday,)
    assert told(date(2026, 11, 29)) == ()
    assert told(TODAY) == (TODAY,)
    assert told(friday - timedelta(days=28)) == ()
    Organisation.objects.filter(pk=cast.hub.pk).update(opened_at=AT_FOUR)
    assert told(friday - timedelta(days=28)) == (date(2026, 10, 30), date(2026, 10, 31)), "nobody made a session"
    assert told(date(2026, 12, 25)) == (), "nor was anybody asked to"


def test_sessions_and_patients_cost_no_query_each(cast: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            ask(cast)
        return len(seen)

    untrace(cast, cast.patient_of_birch)
    few = queries()
    assert few < 80
    quarters = [datetime(2026, 11, 23, 20, 15 * n, tzinfo=UTC) for n in range(4)]
    clinics(cast, *((each, each + timedelta(minutes=15)) for each in quarters))
    assert queries() == few
