"""The trace worklist: appointments of people who are not known yet, or whose trace has grown old, by start time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.queries.bookings import booking_rows, booking_view, record_bookings_shown
from pcnhub.care.appointments.queries.views import BookingView
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import AttemptView, PatientView, attempts_for, standing_patients
from pcnhub.care.patients.queries.patients import known_to
from pcnhub.care.patients.rules import TraceState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

# Nobody came, or was seen: there is nothing to write back, and nobody to be traced for.
GONE = (BookingStatus.CANCELLED, BookingStatus.DID_NOT_ATTEND, BookingStatus.WALKED_OUT, BookingStatus.NO_ANSWER)


LOOKS_BACK, LOOKS_AHEAD = timedelta(days=92), timedelta(days=92)


@dataclass(frozen=True, slots=True)
class UnlinkedBooking:
    """One appointment of the worklist. `attempts` are what was tried for this person, newest first. `is_stale`: the person
    was traced once, and is to be asked after again."""

    booking: BookingView
    patient: PatientView
    attempts: tuple[AttemptView, ...]
    is_stale: bool

    def left(self, now: datetime) -> timedelta:
        """Until the appointment begins; negative once it has."""
        return self.booking.slot.starts_at - now


def unlinked(
    *, actor: Actor, now: datetime, until: datetime | None = None, stale_until: datetime | None = None
) -> tuple[UnlinkedBooking, ...]:
    """The acting hub's appointments of untraced people that start before `until` (None: all), by start time; those that are
    over too, while their consultation waits to go home. Audited.

    `stale_until`: also those until then whose trace no longer holds. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        untraced = Q(patient__nhs_number=None, patient__merged_into=None)
        if until is not None:
            untraced &= Q(starts_at__lt=until)
        concerned = untraced
        if stale_until is not None:
            old = Q(patient__trace_state=TraceState.TRACED, patient__trace_holds_until__lte=now)
            concerned |= old & Q(starts_at__gte=now, starts_at__lt=stale_until)
        rows = booking_rows().filter(concerned, organisation=actor.organisation.id).exclude(status__in=GONE)
        views = [booking_view(row, actor) for row in rows.order_by("starts_at", "pk")]
        found = [view for view in views if not view.is_withheld]
        ids = {view.patient_id for view in found}
        people = standing_patients(actor=actor, ids=ids)
        tried = attempts_for(actor=actor, patient_ids=ids)
        record_bookings_shown(actor=actor, now=now, found=found)
        return tuple(
            UnlinkedBooking(
                view, people[view.patient_id], tried.get(view.patient_id, ()), is_stale=not view.is_untraced
            )
            for view in found
        )


def unlinked_count(
    *, hub_id: int, starts_from: datetime, starts_before: datetime, of_whom: Q | None = None
) -> tuple[int, datetime | None]:
    """How many appointments of untraced people (all, or `of_whom`) begin in the half-open period, and when the first does.
    Names nobody. In the hub's own unit of work."""
    rows = Booking.objects.filter(
        of_whom or Q(),
        organisation=hub_id,
        starts_at__gte=starts_from,
        starts_at__lt=starts_before,
        patient__nhs_number=None,
        patient__merged_into=None,
    ).exclude(status__in=GONE)
    times = list(rows.order_by("starts_at").values_list("starts_at", flat=True))
    return len(times), times[0] if times else None


def number_to_trace(*, actor: Actor, now: datetime) -> tuple[int, datetime | None]:
    """How many appointments of the acting hub are of untraced people, as many as the list shows this actor (or the difference
    would say that somebody is protected), and when the first begins or began. Names nobody. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        return unlinked_count(
            hub_id=actor.organisation.id,
            starts_from=now - LOOKS_BACK,
            starts_before=now + LOOKS_AHEAD,
            of_whom=known_to(actor, "patient__"),
        )


def booked_count(*, hub_id: int, starts_from: datetime, starts_before: datetime) -> int:
    """How many appointments begin in the half-open period, whoever comes. In the hub's own unit of work."""
    rows = Booking.objects.filter(organisation=hub_id, starts_at__gte=starts_from, starts_at__lt=starts_before)
    return rows.exclude(status__in=GONE).count()


def live_bookings_of(*, actor: Actor, now: datetime, patient_id: int) -> tuple[BookingView, ...]:
    """The acting hub's live appointments of one of its patients, those to come first; the page that shows them has opened
    the patient on record."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        rows = booking_rows().filter(organisation=actor.organisation.id, patient=patient_id).exclude(status__in=GONE)
        views = (booking_view(row, actor) for row in rows.order_by("starts_at", "pk"))
        found = [view for view in views if not view.is_withheld]
        return tuple(sorted(found, key=lambda view: view.slot.starts_at < now))
