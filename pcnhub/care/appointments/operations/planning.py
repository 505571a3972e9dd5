"""What every change of the published book has in common: a plan that is shown, the locks, and what the patients lose.

Two organisations never meet here: a book belongs to one hub, and its sessions, slots and bookings change in one transaction,
in the order that everybody keeps: sessions, then slots, each by their ids, then the bookings on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pcnhub.care.appointments.models import Booking, BookingEvent, Session
from pcnhub.care.appointments.operations.booking import rebook
from pcnhub.care.appointments.operations.telling import must_tell
from pcnhub.care.appointments.operations.withdrawing import cancel
from pcnhub.care.appointments.queries.bookings import booking, booking_grant, record_booking
from pcnhub.care.appointments.queries.holders import HolderView
from pcnhub.care.appointments.queries.plans import slots_of_weeks
from pcnhub.care.appointments.rules import BookingStatus, practitioner_words
from pcnhub.care.appointments.rules.capacity import required_minutes
from pcnhub.care.appointments.rules.changing import Fate, LiveBooking, Plan, SessionPlan, week_effects
from pcnhub.care.appointments.rules.telling import News
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries.patients import known_to
from pcnhub.foundations.audit.trail import Detail, Subject, record
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem

Moves = Mapping[int, int]
"""Booking id -> id of the slot that it is moved to. Who loses a slot and is not in it is cancelled."""

NO_MOVES: Moves = {}


class BookChanged(Conflict):
    """The book is not any more as it was when the change was shown: nothing is done that nobody has seen."""

    code = "book-changed"
    remedy = "Look at what it does now, then confirm it again."

    def __init__(self) -> None:
        super().__init__("The book changed while you were looking: somebody booked, moved or blocked something.")


@dataclass(frozen=True, slots=True)
class Changed:
    """What was done. `moved`: old booking id -> new one. `was_repeated`: it had been done before, nothing was done now."""

    session_ids: tuple[int, ...] = ()
    moved: dict[int, int] = field(default_factory=dict)
    cancelled: tuple[int, ...] = ()
    told: int = 0
    was_repeated: bool = False


def plan_of(
    *,
    hub_id: int,
    now: datetime,
    plans: Sequence[SessionPlan],
    days: Iterable[date],
    holders: dict[int, HolderView],
    problems: Sequence[Problem] = (),
) -> Plan:
    """The plan with its effect on the weeks of these days."""
    wanted = sorted(days)
    book = slots_of_weeks(hub_id=hub_id, days=wanted, holders=holders)
    population = network_of_hub(hub_id=hub_id, day=wanted[-1]).adjusted_population if wanted else 0
    effects = week_effects(book, plans, days=wanted, required=required_minutes(population))
    return Plan(tuple(plans), effects, tuple(problems))


def refuse_unless_shown(plan: Plan, *, shown: str, asked: tuple[object, ...] = ()) -> None:
    """What is done must be what was shown. Raises BookChanged; InvalidInput with everything that stands against it."""
    if plan.problems:
        raise InvalidInput(plan.problems)
    if plan.token(*asked) != shown:
        raise BookChanged


def words_of(session: Session, starts_at: datetime) -> str:
    """An appointment as its patient knows it: when, with whom, how and where."""
    with_whom = practitioner_words(session.practitioner_role)
    if session.holder:
        with_whom = f"{session.holder.account.full_name}, {with_whom}"
    where = session.site.name if session.site else ""
    parts = (f"{in_london(starts_at):%A %-d %B %Y at %H:%M}", with_whom, session.delivery_channel, where)
    return ", ".join(part for part in parts if part)


def displace(
    *, actor: Actor, now: datetime, plan: Plan, before: Mapping[int, str], moves: Moves, reason: str
) -> Changed:
    """Move or cancel whoever loses a slot, and put everybody whose appointment changes on the list of people to tell.

    `before` says for each booking what its patient believes. The slots must be held. Raises what `rebook` and `cancel`
    raise: then nothing at all is done.
    """
    losing = plan.of_fate(Fate.LOSES_SLOT)
    _refuse_strange_moves(plan, moves)
    # Whoever closes a clinic need not see whom it was for: nothing of a protected patient comes back from here, and the list
    # of people to tell withholds them again.
    hand = replace(actor, permissions=actor.permissions | {Permission.VIEW_SENSITIVE})
    _say_who_was_not_seen(actor, hand, now, [*losing, *plan.of_fate(Fate.TOLD)], reason)
    moved: dict[int, int] = {}
    for each in losing:
        news, told_of = News.CANCELLED, each.id
        if each.id in moves:
            made = rebook(
                actor=hand,
                now=now,
                booking_id=each.id,
                version=each.version,
                slot_id=moves[each.id],
                idempotency_key=f"moved-by-hub:{each.id}:{each.version}:{moves[each.id]}",
                patient_agrees=True,  # told afterwards, on the list: who does not agree is moved again or cancelled
            )
            news, told_of = News.MOVED, made.booking_id
            moved[each.id] = made.booking_id
        else:
            cancel(actor=hand, now=now, booking_id=each.id, version=each.version, reason=reason)
        must_tell(
            actor=actor,
            now=now,
            booking_id=told_of,
            instead_of=each.id,
            news=news,
            reason=reason,
            before=before[each.id],
        )
    changed = plan.of_fate(Fate.TOLD)
    for each in changed:
        _change(hand, now, each, reason)
        must_tell(actor=actor, now=now, booking_id=each.id, news=News.CHANGED, reason=reason, before=before[each.id])
    return Changed(
        tuple(session.session_id for session in plan.sessions),
        moved,
        tuple(each.id for each in losing if each.id not in moved),
        len(losing) + len(changed),
    )


def _say_who_was_not_seen(
    actor: Actor, hand: Actor, now: datetime, touched: Sequence[LiveBooking], reason: str
) -> None:
    """Of a protected patient the record says that whoever acted on the appointment did not see whose it was."""
    if actor.may(Permission.VIEW_SENSITIVE):
        return
    protected = Booking.objects.filter(pk__in=[each.id for each in touched]).exclude(known_to(actor, "patient__"))
    for booking_id in protected.order_by("pk").values_list("pk", flat=True):
        view = booking(actor=hand, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        record_booking(
            actor=actor, now=now, action="appointments.acted-without-seeing", view=view, grant=grant, reason=reason,
            status="acted without seeing",
        )  # fmt: skip


def _refuse_strange_moves(plan: Plan, moves: Moves) -> None:
    """Somebody moved or cancelled one of them meanwhile, or the new slot goes too."""
    losing = {each.id for each in plan.of_fate(Fate.LOSES_SLOT)}
    going = {slot_id for session in plan.sessions for slot_id in session.dropped}
    if set(moves) - losing or set(moves.values()) & going:
        raise BookChanged


def _change(actor: Actor, now: datetime, each: LiveBooking, reason: str) -> None:
    """The same slot, but not what the patient was told: a new version, so that whoever read the old one reads again."""
    Booking.objects.filter(pk=each.id).update(version=each.version + 1, changed_at=now)
    view = booking(actor=actor, booking_id=each.id)
    BookingEvent.objects.create(
        organisation_id=view.hub_id,
        booking_id=each.id,
        status=BookingStatus.BOOKED,
        at=now,
        by=actor.user,
        by_name=actor.name,
        reason=reason,
    )
    grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
    record_booking(actor=actor, now=now, action="appointments.changed", view=view, grant=grant, reason=reason)


def session_changed(
    *, actor: Actor, now: datetime, session_id: int, action: str, reason: str, detail: Detail | None = None
) -> None:
    """Put a change of a session on record and tell whoever listens."""
    record(actor=actor, now=now, action=action, subject=Subject("session", session_id), reason=reason, detail=detail)
    publish_once(actor=actor, now=now, fact="appointments.session-changed")
