"""The page that shows what a change does before it is made, and takes the confirmation: the same for every change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments import queries
from pcnhub.care.appointments.operations.planning import BookChanged, Changed, Moves
from pcnhub.care.appointments.operations.refusals import SlotTaken, SlotUnavailable
from pcnhub.care.appointments.queries.plans import free_to_move_into
from pcnhub.care.appointments.queries.telling import BookedPerson, booked_people
from pcnhub.care.appointments.rules.changing import (
    BookSlot,
    Fate,
    LiveBooking,
    Plan,
    WeekEffect,
    moves_to_nearest,
    offers_to,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.rota.showing import periods_in_words
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput, Refusal

OWN_FIELDS = {"csrfmiddlewaretoken", "step", "shown", "moves", "losing", "sessions"}
MOVE, CANCEL = "move", "cancel"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One change as its page shows it. `do` makes it, with the token of what was shown and the moves that were chosen."""

    title: str
    button: str
    back: tuple[str, str]  # words and address
    plan: Plan
    token: str
    do: Callable[[str, Moves], Changed]
    said: str = ""  # in one sentence, what is changed
    asks_reason: bool = False
    reason: str = ""
    is_confirmed: bool = False
    may_be_empty: bool = False  # there is something to change besides the sessions of the plan
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Touched:
    """One booking of the plan in words. `name` is empty for who may not read the clinic list."""

    id: int
    time: str
    name: str
    practice: str
    warning: str
    is_withheld: bool
    others: tuple[str, ...]
    moves_to: str
    is_long: bool  # of several slots


@dataclass(frozen=True, slots=True)
class WeekWords:
    heading: str
    figures: WeekEffect
    new_gaps: tuple[str, ...]


def planned_page(request: StaffRequest, change: PlannedChange) -> HttpResponse:
    """Show the plan; on a confirmation make the change, or show the plan as it is now and why it was not made."""
    if not change.is_confirmed:
        return _show(request, change)
    losing = change.plan.of_fate(Fate.LOSES_SLOT)
    choice = request.POST.get("losing", "")
    wrong = []
    if change.asks_reason and not change.reason.strip():
        wrong.append(FieldError("reason", "Say why: patients and practices read it."))
    if losing and choice not in (MOVE, CANCEL):
        wrong.append(FieldError("losing", "Choose what becomes of the patients who lose their appointment."))
    if wrong:
        return _show(request, change, errors=Errors(wrong), status=422)
    moves = _moves(request.POST.get("moves", "")) if choice == MOVE else {}
    try:
        done = change.do(request.POST.get("shown", ""), moves)
    except InvalidInput as refusal:
        found = Errors(FieldError("", problem.text) for problem in Errors.of_refusal(refusal).problems)
        return _show(request, change, errors=found, status=422)  # the fields themselves are a page back
    except (BookChanged, SlotTaken, SlotUnavailable) as refusal:
        return _show(request, change, refusal=refusal, status=409)
    return _done(request, change, done)


def kept_fields(request: StaffRequest) -> list[tuple[str, str]]:
    """What was typed before, to be sent again with the confirmation."""
    return [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values]


def _done(request: StaffRequest, change: PlannedChange, done: Changed) -> HttpResponse:
    if done.was_repeated:
        flash(request, "This had been done already.")
        return redirect(change.back[1])
    moved, cancelled = len(done.moved), len(done.cancelled)
    parts = [f"{moved} moved" if moved else "", f"{cancelled} cancelled" if cancelled else ""]
    counted = f" Appointments: {', '.join(part for part in parts if part)}." if moved or cancelled else ""
    tell = f" {done.told} {'person' if done.told == 1 else 'people'} to tell." if done.told else ""
    flash(request, f"Done.{counted}{tell}")
    if done.told and request.actor.may(Permission.BOOK_APPOINTMENTS):
        return redirect("people-to-tell")
    return redirect(change.back[1])


def _show(
    request: StaffRequest,
    change: PlannedChange,
    *,
    errors: Errors | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    plan = change.plan
    losing = plan.of_fate(Fate.LOSES_SLOT)
    free = free_to_move_into(
        hub_id=request.actor.organisation.id,
        now=request.now,
        bookings=losing,
        but_not={session.session_id for session in plan.sessions},
    )
    moves, offers = moves_to_nearest(losing, free), offers_to(losing, free)
    people = _people(request, plan)
    slots = {slot.id: slot for slot in free}

    def touched(bookings: tuple[LiveBooking, ...]) -> list[Touched]:
        return [_touched(each, people.get(each.id), offers, slots.get(moves.get(each.id, 0))) for each in bookings]

    context = {
        **change.context,
        "change": change,
        "kept": kept_fields(request),
        "losing": touched(losing),
        "told": touched(plan.of_fate(Fate.TOLD)),
        "unchanged": len(plan.of_fate(Fate.KEPT)),
        "said": list(dict.fromkeys(word for session in plan.sessions for word in session.said)),
        "dropped": sum(len(session.dropped) for session in plan.sessions),
        "added": sum(len(session.added) for session in plan.sessions),
        "weeks": [_week(each) for each in plan.weeks],
        "moves": " ".join(f"{booking}:{slot}" for booking, slot in sorted(moves.items())),
        "can_confirm": (bool(plan.sessions) or change.may_be_empty) and not plan.problems,
        "unplaced": len(losing) - len(moves),
        "choice": request.POST.get("losing", ""),
        "may_book": request.actor.may(Permission.BOOK_APPOINTMENTS),
        "errors": errors or Errors(),
        "refusal": refusal,
    }
    return render(request, "rota/plan.jinja", context, status=status)


def _people(request: StaffRequest, plan: Plan) -> dict[int, BookedPerson]:
    """By name for who may run the clinic list, with that put on record; others are told when, and no more."""
    ids = [each.booking.id for each in plan.affected if each.fate in (Fate.LOSES_SLOT, Fate.TOLD)]
    if not ids or not request.actor.may(Permission.RUN_CLINIC_LIST):
        return {}
    return booked_people(actor=request.actor, now=request.now, booking_ids=ids)


def _touched(
    each: LiveBooking,
    person: BookedPerson | None,
    offers: dict[int, tuple[BookSlot, ...]],
    target: BookSlot | None,
) -> Touched:
    view: queries.BookingView | None = person.booking if person else None
    return Touched(
        id=each.id,
        time=_when(each.starts_at),
        name=view.patient_name if view else "",
        practice=view.practice if view else "",
        warning=view.warning if view else "",
        is_withheld=bool(view and view.is_withheld),
        others=tuple(_offer(slot) for slot in offers.get(each.id, ()) if slot != target),
        moves_to=_offer(target) if target else "",
        is_long=len(each.slot_ids) > 1,
    )


def _offer(slot: BookSlot) -> str:
    return f"{_when(slot.starts_at)}, {slot.said}"


def _when(instant: Any) -> str:
    return f"{in_london(instant):%a %-d %b, %H:%M}"


def _week(effect: WeekEffect) -> WeekWords:
    return WeekWords(f"Week of {effect.week_from:%-d %B %Y}", effect, periods_in_words(effect.new_gaps))


def _moves(text: str) -> dict[int, int]:
    """ "12:345 13:346"; anything else is no move, and its patient is shown again."""
    pairs = (each.partition(":") for each in text.split())
    return {int(one): int(other) for one, _, other in pairs if _is_id(one) and _is_id(other)}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18
