"""An evening at the hub on which nothing is wrong, and ways to plant what is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.appointments.models import Session, Slot, SlotType
from pcnhub.care.appointments.operations.printing import note_printed
from pcnhub.care.appointments.rules import BookingStatus, DeliveryChannel, SessionState
from pcnhub.care.appointments.rules.capacity import standard_hours
from pcnhub.care.appointments.rules.timetable import Period
from pcnhub.care.organisations.models import Account, Network, Organisation, Position
from pcnhub.care.organisations.rules import DUTY_ACTIVITIES, Duty
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import TraceState
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Heartbeat
from pcnhub.foundations.kernel.local_time import london_instant
from tests.cast import World, system_for, world
from tests.evening import visitor, waiting

TODAY = date(2026, 11, 23)  # a Monday, as cast.NOW
AT_FOUR = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def evening(*, today: date = TODAY, now: datetime = AT_FOUR) -> World:
    """Jane of Ash Lane at 18:30 and Peter of Birch Road at 18:45 with Bilal, who holds all standard hours of three weeks."""
    cast = world()
    Network.objects.filter(hub=cast.hub).update(adjusted_population=10_000)
    Position.objects.filter(pk=cast.bilal.position_id or 0).update(activities=list(DUTY_ACTIVITIES[Duty.CONSULT]))
    TOTPDevice.objects.create(user_id=cast.bilal.account_id or 0, name="test", confirmed=True)
    Heartbeat.objects.create(worker="test", beat_at=now + timedelta(hours=1))  # however slow the machine that tests
    jane, peter = visitor(cast, cast.patient_of_ash, cast.ash), visitor(cast, cast.patient_of_birch, cast.birch)
    for visits, clock in ((jane, time(18, 30)), (peter, time(18, 45))):
        waiting(cast, visits, at=london_instant(today, clock), status=BookingStatus.BOOKED)
    first = today - timedelta(days=today.weekday())
    other_days = [first + timedelta(days=n) for n in range(21) if first + timedelta(days=n) != today]
    tonight = london_instant(today, time(19)), london_instant(today, time(20))
    clinics(cast, tonight, *(hours for day in other_days if (hours := standard_hours(day))))
    note_printed(actor=cast.carys, now=now, day=today)
    return cast


def clinics(cast: World, *periods: Period) -> None:
    """Sessions of Bilal's, each with one free slot that is as long as it is."""
    kind = SlotType.objects.get(name="EA GP 15 min")
    made = Session.objects.bulk_create(
        Session(
            hub=cast.hub,
            name="EA clinic",
            starts_at=starts_at,
            ends_at=ends_at,
            holder_id=cast.bilal.position_id,
            site=cast.site,
            delivery_channel=DeliveryChannel.IN_PERSON,
            practitioner_role="R0260",
            state=SessionState.PUBLISHED,
            state_changed_at=AT_FOUR,
            state_changed_by="test",
        )
        for starts_at, ends_at in periods
    )
    opened = Session.groups.through
    opened.objects.bulk_create(opened(session_id=each.pk, organisationgroup_id=cast.group.pk) for each in made)
    Slot.objects.bulk_create(
        Slot(
            hub=cast.hub, session=each, slot_type=kind, starts_at=each.starts_at, ends_at=each.ends_at, state="free",
            holder_id=cast.bilal.position_id, clinician_id=cast.bilal.account_id,
        )
        for each in made
    )  # fmt: skip


def close_account(cast: World) -> None:
    """Bilal left, and somebody was quick."""
    Account.objects.filter(pk=cast.bilal.account_id or 0).update(is_active=False)


def switch_off(cast: World, practice: Organisation, kind: AgreementKind = AgreementKind.WRITE_BACK) -> None:
    Party.objects.filter(agreement=cast.agreements[kind], organisation=practice).update(state=ActivationState.INACTIVE)


def untrace(cast: World, patient: Patient) -> None:
    """The hub has not found out who this visitor is."""
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(organisation=cast.hub, nhs_number=patient.nhs_number).update(
            nhs_number=None, trace_state=TraceState.UNTRACED
        )


def plant_three(cast: World) -> None:
    close_account(cast)
    switch_off(cast, cast.ash)
    untrace(cast, cast.patient_of_birch)
