"""What a plan to change the book reads (`rules.changing`): the slots of whole weeks, who is booked where, who could go where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import F, Q, QuerySet

from pcnhub.care.appointments.models import BookedSlot, Booking, Session, Slot
from pcnhub.care.appointments.queries.consumers import consumer_of
from pcnhub.care.appointments.queries.holders import HolderView, holders_of
from pcnhub.care.appointments.queries.judging import judged_slots
from pcnhub.care.appointments.rules import (
    BookingSource,
    BookingStatus,
    SessionState,
    SlotState,
    practitioner_words,
)
from pcnhub.care.appointments.rules.changing import BookedFor, BookSlot, LiveBooking
from pcnhub.care.appointments.rules.visibility import Consumer, Route, reasons_unseen
from pcnhub.foundations.kernel.local_time import day_bounds, london_date, week_start
from pcnhub.foundations.kernel.refusals import NotFound

AROUND = timedelta(days=14)  # how far from the old time a new one is offered

_COLUMNS = (
    "pk",
    "session_id",
    "slot_type_id",
    "starts_at",
    "ends_at",
    "state",
    "slot_type__bookable",
    "slot_type__mode",
    "session__counts_to_enhanced_access",
    "holder",
    "session__holder",
    "extra_seat_of",
)
_WHOSE = (
    "slot__session__delivery_channel",
    "slot__session__practitioner_role",
    "source",
    "patient_practice__ods_code",
    "booked_by_ods_code",
    "booked_by_organisation_type",
)


def sessions_to_change(*, hub_id: int, session_ids: Collection[int], held: bool = False) -> tuple[Session, ...]:
    """The rows, in the order of their ids; with `held`, nobody else changes them until the end of the unit.

    Raises NotFound when one of them is not the hub's.
    """
    rows = Session.objects.filter(hub=hub_id, pk__in=session_ids).order_by("pk")
    # Not the key: who adds a seat holds its slot and refers to the session, and must not wait for who waits for that slot.
    found = tuple(rows.select_for_update(no_key=True) if held else rows.select_related("site", "holder__account"))
    if len(found) != len(set(session_ids)):
        raise NotFound("There is no such session here.", remedy="Choose one from the rota.")
    return found


def session_ids_between(*, hub_id: int, from_on: date, to_on: date, holder_id: int | None = None) -> tuple[int, ...]:
    """The sessions that start on these London days, both included, and are not cancelled, in order of time; all of them, or
    those of one holder's position."""
    rows = Session.objects.filter(
        hub=hub_id, starts_at__gte=day_bounds(from_on)[0], starts_at__lt=day_bounds(to_on)[1]
    ).exclude(state=SessionState.CANCELLED)
    if holder_id is not None:
        rows = rows.filter(holder=holder_id)
    return tuple(rows.order_by("starts_at", "pk").values_list("pk", flat=True))


def sessions_of_series(*, template_id: int, day: date, now: datetime) -> tuple[int, ...]:
    """Of the sessions that were made from a template those from a London day on that have not begun, cancelled ones not."""
    rows = Session.objects.filter(template=template_id, starts_at__gte=day_bounds(day)[0], starts_at__gt=now)
    return tuple(rows.exclude(state=SessionState.CANCELLED).order_by("starts_at", "pk").values_list("pk", flat=True))


def hold_slots(*, session_ids: Collection[int], slot_ids: Collection[int] = ()) -> None:
    """Hold every slot of these sessions, and these others, in the order of their ids, as everybody does: nobody books while
    somebody decides, and whoever booked before is seen."""
    wanted = Q(session__in=session_ids) | Q(pk__in=slot_ids)
    list(Slot.objects.select_for_update().filter(wanted).order_by("pk").values_list("pk"))


def slots_of_weeks(
    *, hub_id: int, days: Iterable[date], holders: dict[int, HolderView] | None = None
) -> tuple[BookSlot, ...]:
    """Every slot of published sessions in the weeks (Monday to Sunday, London) of these days, in order of time."""
    weeks = sorted({week_start(day) for day in days})
    if not weeks:
        return ()
    rows = _published(hub_id).filter(
        starts_at__gte=day_bounds(weeks[0])[0], starts_at__lt=day_bounds(weeks[-1] + timedelta(days=6))[1]
    )
    return book_slots(rows, holders_of(hub_id=hub_id) if holders is None else holders)


def slots_of(*, session_ids: Collection[int], holders: dict[int, HolderView]) -> tuple[BookSlot, ...]:
    """The slots of these sessions that are not cancelled, whatever the sessions' state, in order of time."""
    rows = Slot.objects.filter(session__in=session_ids).exclude(state=SlotState.CANCELLED)
    return book_slots(rows, holders)


def live_bookings(*, session_ids: Collection[int]) -> tuple[LiveBooking, ...]:
    """Who is booked into these sessions, in order of time; ids only."""
    seats: dict[int, list[int]] = defaultdict(list)
    taken = BookedSlot.objects.filter(slot__session__in=session_ids, is_live=True)
    for booking_id, slot_id in taken.order_by("slot__starts_at", "slot").values_list("booking", "slot"):
        seats[booking_id].append(slot_id)
    rows = (
        Booking.objects.filter(pk__in=seats)
        .exclude(status=BookingStatus.CANCELLED)
        .order_by("starts_at", "pk")
        .values_list("pk", "version", "status", "slot__session", "slot__slot_type", "starts_at", *_WHOSE)
    )
    return tuple(
        LiveBooking(
            id=pk,
            version=version,
            status=status,
            session_id=session,
            slot_type_id=kind,
            starts_at=starts_at,
            slot_ids=tuple(seats[pk]),
            delivery_channel=channel,
            practitioner=practitioner_words(role),
            booked_for=_booked_for(source, practice, by, its_type),
        )
        for pk, version, status, session, kind, starts_at, channel, role, source, practice, by, its_type in rows
    )


def _booked_for(source: str, practice: str | None, by: str, its_type: str) -> BookedFor:
    """On the pages here the patient's practice, or who booked when there is none; over GP Connect who booked."""
    if source == BookingSource.GP_CONNECT:
        return BookedFor(Route.GP_CONNECT.value, by, its_type)
    return BookedFor(Route.STAFF.value, practice or by)


def free_to_move_into(
    *, hub_id: int, now: datetime, bookings: Collection[LiveBooking], but_not: Collection[int]
) -> tuple[BookSlot, ...]:
    """Free slots of the bookings' types within two weeks of them that the hub could book now, outside the sessions that
    change; each says to whom of those booked for it is closed, as the search would."""
    if not bookings:
        return ()
    times = [booking.starts_at for booking in bookings]
    rows = (
        _published(hub_id)
        .filter(
            Q(held_until__isnull=True) | Q(held_until__lte=now),
            state=SlotState.FREE,
            extra_seat_of__isnull=True,
            slot_type__in={booking.slot_type_id for booking in bookings},
            slot_type__bookable=True,
            starts_at__gt=now,
            starts_at__gte=min(times) - AROUND,
            starts_at__lte=max(times) + AROUND,
        )
        .exclude(session__in=but_not)
    )
    free = {slot.id: slot for slot in book_slots(rows, {})}
    hub = consumer_of(organisation_id=hub_id, route=Route.STAFF, hub_id=hub_id, now=now)
    others = {each: _consumer(each, hub_id, now) for each in {booking.booked_for for booking in bookings}}
    return tuple(
        replace(
            free[judged.slot.id],
            delivery_channel=judged.slot.delivery_channel,
            practitioner=judged.slot.practitioner,
            said=", ".join(
                part
                for part in (
                    judged.slot.holder,
                    judged.slot.practitioner,
                    judged.slot.delivery_channel,
                    judged.slot.site,
                )
                if part
            ),
            closed_to=frozenset(key for key, other in others.items() if reasons_unseen(judged.facts, other, now=now)),
        )
        for judged in judged_slots(slot_ids=list(free))
        if not reasons_unseen(judged.facts, hub, now=now)
    )


def _consumer(each: BookedFor, hub_id: int, now: datetime) -> Consumer:
    return consumer_of(
        ods_code=each.ods_code,
        organisation_type=each.organisation_type,
        route=Route(each.route),
        hub_id=hub_id,
        now=now,
    )


def busy_accounts(*, session: Session) -> dict[int, str]:
    """Who has another slot at some time during a session, at whichever hub: account id -> in words."""
    others = (
        Slot.objects.filter(clinician__isnull=False, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
        .exclude(state=SlotState.CANCELLED)
        .exclude(session=session)
        .annotate(at=F("session__hub__name"))
    )
    words: dict[int, str] = {}
    for clinician, name, hub, hub_id in others.order_by("starts_at").values_list(
        "clinician", "session__name", "at", "hub"
    ):
        words.setdefault(clinician, name if hub_id == session.hub_id else f"a session at {hub}")
    return words


def book_slots(rows: QuerySet[Slot], holders: dict[int, HolderView]) -> tuple[BookSlot, ...]:
    return tuple(
        BookSlot(
            id=pk,
            session_id=session,
            slot_type_id=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            state=state,
            type_bookable=bookable,
            mode=mode,
            counts=counts,
            job_role=_job_role(holders.get(held or of_session), starts_at),
            holder_id=held,
            is_extra_seat=extra is not None,
        )
        for pk, session, kind, starts_at, ends_at, state, bookable, mode, counts, held, of_session, extra in rows.order_by(
            "starts_at", "pk"
        ).values_list(*_COLUMNS)
    )


def _job_role(holder: HolderView | None, starts_at: datetime) -> str:
    return holder.job_role_on(london_date(starts_at)) if holder else ""


def _published(hub_id: int) -> QuerySet[Slot]:
    published = Slot.objects.filter(hub=hub_id, session__state=SessionState.PUBLISHED)
    return published.exclude(state=SlotState.CANCELLED)
