"""The book as the rota shows it: the sessions of some days with every slot, in as many statements whatever their number.

No patient stands in it; who is booked is the clinic list's to say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pcnhub.care.appointments.models import HubClosure, Session, Slot
from pcnhub.care.appointments.queries.holders import holders_of
from pcnhub.care.appointments.queries.plans import slots_of_weeks
from pcnhub.care.appointments.rules import SessionState, SlotState, practitioner_words
from pcnhub.care.appointments.rules.capacity import required_minutes
from pcnhub.care.appointments.rules.changing import WeekEffect, week_effects
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.foundations.kernel.local_time import day_bounds, week_start


@dataclass(frozen=True, slots=True)
class RotaSlot:
    """`state` is free, booked, blocked, or held: free, but somebody is booking it at this moment."""

    id: int
    starts_at: datetime
    ends_at: datetime
    state: str
    slot_type: str
    colour: str
    blocked_reason: str
    is_extra_seat: bool


@dataclass(frozen=True, slots=True)
class RotaSession:
    id: int
    template_id: int | None
    name: str
    state: str
    starts_at: datetime
    ends_at: datetime
    holder_id: int | None
    holder: str
    site_id: int | None
    site: str
    delivery_channel: str
    practitioner_role: str
    slots: tuple[RotaSlot, ...]

    @property
    def practitioner(self) -> str:
        return practitioner_words(self.practitioner_role)

    def count(self, state: str) -> int:
        return sum(1 for slot in self.slots if slot.state == state)


@dataclass(frozen=True, slots=True)
class ShutDay:
    """A day on which the hub is shut, or open although others are not, and why."""

    day: date
    is_open: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RotaView:
    """Days from `from_on` to `to_on`, both included. `week` counts the whole week of the first day."""

    from_on: date
    to_on: date
    sessions: tuple[RotaSession, ...]
    week: WeekEffect
    shut: tuple[ShutDay, ...]

    @property
    def drafts(self) -> tuple[RotaSession, ...]:
        return tuple(session for session in self.sessions if session.state == SessionState.DRAFT)


HELD = "held"


def rota(
    *, hub_id: int, from_on: date, to_on: date, now: datetime, holder_id: int | None = None, site_id: int | None = None
) -> RotaView:
    """Sessions that start on these London days and are not cancelled, in order of time, with their slots; of one holder's
    position or one site when asked. The week's figures are the whole hub's."""
    rows = (
        Session.objects.filter(hub=hub_id, starts_at__gte=day_bounds(from_on)[0], starts_at__lt=day_bounds(to_on)[1])
        .exclude(state=SessionState.CANCELLED)
        .select_related("holder__account", "site")
        .order_by("starts_at", "name", "pk")
    )
    if holder_id is not None:
        rows = rows.filter(holder=holder_id)
    if site_id is not None:
        rows = rows.filter(site=site_id)
    found = list(rows)
    slots = _slots_of([row.pk for row in found], now)
    monday = week_start(from_on)
    return RotaView(
        from_on=from_on,
        to_on=to_on,
        sessions=tuple(_session(row, tuple(slots[row.pk])) for row in found),
        week=_week(hub_id, monday),
        shut=tuple(
            ShutDay(*row)
            for row in HubClosure.objects.filter(hub=hub_id, day__gte=from_on, day__lte=to_on)
            .order_by("day")
            .values_list("day", "is_open", "reason")
        ),
    )


def _week(hub_id: int, monday: date) -> WeekEffect:
    book = slots_of_weeks(hub_id=hub_id, days=[monday], holders=holders_of(hub_id=hub_id))
    required = required_minutes(network_of_hub(hub_id=hub_id, day=monday + timedelta(days=6)).adjusted_population)
    return week_effects(book, (), days=[monday], required=required)[0]


def _slots_of(session_ids: list[int], now: datetime) -> dict[int, list[RotaSlot]]:
    slots: dict[int, list[RotaSlot]] = defaultdict(list)
    columns = (
        "session", "pk", "starts_at", "ends_at", "state", "slot_type__name", "slot_type__colour", "blocked_reason",
        "extra_seat_of", "held_until",
    )  # fmt: skip
    rows = Slot.objects.filter(session__in=session_ids).exclude(state=SlotState.CANCELLED)
    for session_id, pk, starts_at, ends_at, state, kind, colour, why, extra, held_until in rows.order_by(
        "starts_at", "pk"
    ).values_list(*columns):
        is_held = state == SlotState.FREE and held_until is not None and held_until > now
        slots[session_id].append(
            RotaSlot(pk, starts_at, ends_at, HELD if is_held else state, kind, colour, why, extra is not None)
        )
    return slots


def _session(row: Session, slots: tuple[RotaSlot, ...]) -> RotaSession:
    return RotaSession(
        id=row.pk,
        template_id=row.template_id,
        name=row.name,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        holder_id=row.holder_id,
        holder=row.holder.account.full_name if row.holder else "",
        site_id=row.site_id,
        site=row.site.name if row.site else "",
        delivery_channel=row.delivery_channel,
        practitioner_role=row.practitioner_role,
        slots=slots,
    )
