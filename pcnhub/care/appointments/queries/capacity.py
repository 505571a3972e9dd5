"""What the capacity rules count: the slots of some days that patients have or could have, and who stands behind them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.queries.holders import HolderView, holders_of
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.capacity import (
    ContractWeek,
    CoveringSlot,
    OfferedSlot,
    offered_minutes,
    required_minutes,
)
from pcnhub.care.appointments.rules.opening import opens_by_embargo_at, opens_by_window_at
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.local_time import day_bounds, london_date, week_start

WEEKS_AHEAD = 2  # the whole weeks that the horizon of 14 days reaches into


@read_once
def capacity_slots(*, hub_id: int, from_on: date, to_on: date) -> tuple[OfferedSlot, ...]:
    """Every slot of a published session that starts on those London days, both included."""
    columns = (
        "starts_at",
        "ends_at",
        "state",
        "slot_type__bookable",
        "slot_type__mode",
        "session__counts_to_enhanced_access",
    )
    limits = ("session__window_days", "slot_type__embargo_minutes")
    rows = _published(hub_id, from_on, to_on).order_by("starts_at")
    return tuple(
        OfferedSlot(starts_at, ends_at, state, bookable, mode, counts, _opens_at(starts_at, window, embargo))
        for starts_at, ends_at, state, bookable, mode, counts, window, embargo in rows.values_list(*columns, *limits)
    )


def contract_weeks(*, hub_id: int, adjusted_population: int, now: datetime) -> tuple[ContractWeek, ...]:
    """Each of the next whole weeks: the minutes that the contract requires of it, and those that the book offers."""
    first = week_start(london_date(now)) + timedelta(days=7)
    slots = capacity_slots(hub_id=hub_id, from_on=first, to_on=first + timedelta(days=7 * WEEKS_AHEAD - 1))
    required = required_minutes(adjusted_population)
    mondays = (first + timedelta(days=7 * number) for number in range(WEEKS_AHEAD))
    return tuple(ContractWeek(monday, required, offered_minutes(slots, week_from=monday)) for monday in mondays)


def _opens_at(starts_at: datetime, window_days: int | None, embargo_minutes: int | None) -> datetime | None:
    both = opens_by_window_at(starts_at, window_days), opens_by_embargo_at(starts_at, embargo_minutes)
    return max((each for each in both if each is not None), default=None)


def covering_slots(
    *, hub_id: int, from_on: date, to_on: date, holders: dict[int, HolderView] | None = None
) -> tuple[CoveringSlot, ...]:
    """Free and booked slots of published sessions that start on those London days, each with its holder's own job role.

    A blocked slot is nobody's presence: whoever blocks a GP's evening has taken the GP away.
    """
    known = holders_of(hub_id=hub_id) if holders is None else holders
    rows = _published(hub_id, from_on, to_on).filter(state__in=[SlotState.FREE, SlotState.BOOKED])
    return tuple(
        CoveringSlot(starts_at, ends_at, known[held].job_role_on(london_date(starts_at)) if held in known else "")
        for starts_at, ends_at, held in rows.values_list("starts_at", "ends_at", Coalesce("holder", "session__holder"))
    )


def _published(hub_id: int, from_on: date, to_on: date) -> QuerySet[Slot]:
    return Slot.objects.filter(
        hub=hub_id,
        extra_seat_of__isnull=True,  # beside a slot that is counted: nobody works longer for it
        session__state=SessionState.PUBLISHED,
        starts_at__gte=day_bounds(from_on)[0],
        starts_at__lt=day_bounds(to_on)[1],
    )
