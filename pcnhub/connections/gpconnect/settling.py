"""What became of a wish without a clear answer: the other system is looked at, and only what stands there counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.client import Link
from pcnhub.connections.gpconnect.mapping.appointments import Wanted, answers, booked_by
from pcnhub.connections.gpconnect.models import BookingElsewhere
from pcnhub.connections.gpconnect.refusals import NoAnswer, SaidNo
from pcnhub.connections.gpconnect.searching import link_for
from pcnhub.connections.gpconnect.views import ElsewhereView, noted, row_of, view_of
from pcnhub.connections.gpconnect.words import OPEN_STATES, Deed, State
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir import dates
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

# Until then, what isn't there yet may still arrive: a message can wait on its way
MAY_STILL_ARRIVE = timedelta(minutes=2)
CLOCKS_DIFFER = timedelta(minutes=5)
WAITING = "What was asked is not there, but may still be on its way. Look again in a few minutes."


def settle(*, actor: Actor, now: datetime, booking_id: int, raises: bool = False) -> ElsewhereView:
    """Looks at the other system, and closes the wish where that says what became of it. `raises`: silence is NoAnswer, while
    there is a use in asking again; once the day has passed, a person is told to telephone."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        row = row_of(actor=actor, booking_id=booking_id)
        view = view_of(actor, row)
        if row.state not in OPEN_STATES:
            return view
        wanted_words, others = dict(row.wanted), _others(row)
    link = link_for(actor=actor, now=now)
    try:
        found = _look(link, view, others)
    except (NoAnswer, SaidNo) as silence:
        if isinstance(silence, SaidNo) and is_past(view, now):
            return _noted_as_open(actor=actor, now=now, booking_id=booking_id, answer=_telephone(view))
        if raises:
            raise
        return _noted_as_open(actor=actor, now=now, booking_id=booking_id, answer=silence.message)
    return _conclude(actor=actor, now=now, view=view, found=found, wanted=wanted_words)


def is_past(view: ElsewhereView, now: datetime) -> bool:
    """Whether its day is over: from then on other systems need not say anything about it (GP Connect 1.2.7, retrieve a
    patient's appointments: the period asked for begins today or later)."""
    return london_date(view.starts_at) < london_date(now)


def _telephone(view: ElsewhereView) -> str:
    on = f" on {view.place.phone}" if view.place.phone else ""
    return f"The day has passed, and {view.place.name} does not say what became of this. Ask by telephone{on}."


@dataclass(frozen=True, slots=True)
class _Others:
    """Which appointments there belong to other wishes: by their number, or by when they were asked for."""

    appointment_ids: frozenset[str]
    asked_at: frozenset[datetime]


def _others(row: BookingElsewhere) -> _Others:
    rows = BookingElsewhere.objects.filter(organisation=row.organisation_id, endpoint=row.endpoint_id)
    known = list(rows.exclude(pk=row.pk).filter(patient=row.patient_id).values_list("appointment_id", "asked_at"))
    return _Others(
        frozenset(their_id for their_id, _ in known if their_id),
        frozenset(asked_at.replace(microsecond=0) for _, asked_at in known),
    )


def _is_ours(each: r.Appointment, view: ElsewhereView, others: _Others) -> bool:
    """Not another wish's, nor made before this one was asked. `created` is ours to the second where the other system keeps
    what it was sent (GP Connect 1.2.7, book an appointment); one that writes its own time may have its own clock."""
    if each.id in others.appointment_ids:
        return False
    try:
        created = dates.instant_of(each.created or "")
    except ValueError:  # a day alone, or nothing: it tells nothing
        return True
    if created == view.asked_at.replace(microsecond=0):
        return True
    return created not in others.asked_at and created >= view.asked_at - CLOCKS_DIFFER


def _look(link: Link, view: ElsewhereView, others: _Others) -> tuple[r.Appointment | None, str]:
    """The appointment there and its version; None where there is none like it."""
    if view.deed is not Deed.BOOK:
        reply = asking.read(link, view.place, view.appointment_id)
        assert isinstance(reply.resource, r.Appointment)  # noqa: S101 - `asking.read` answers nothing else
        return reply.resource, reply.version
    day = london_date(view.starts_at)
    wanted = Wanted(
        view.slot_ids, view.their_patient_id, "", "", view.starts_at, view.ends_at, view.asked_at,
        view.description, view.comment,
    )  # fmt: skip
    there = asking.appointments_of(link, view.place, view.their_patient_id, from_on=day, to_on=day)
    ours = [
        each
        for each in there
        if answers(each, wanted)
        and booked_by(each) in ("", link.caller.ods_code.upper())
        and (each.description or "") == view.description
        and _is_ours(each, view, others)
    ]
    live = [each for each in ours if each.status == "booked"] or ours
    if not live:
        return None, ""
    return live[0], (live[0].meta.version_id or "") if live[0].meta else ""


def _conclude(
    *,
    actor: Actor,
    now: datetime,
    view: ElsewhereView,
    found: tuple[r.Appointment | None, str],
    wanted: dict[str, str],
) -> ElsewhereView:
    appointment, version = found
    with unit_of_work(actor):
        row = row_of(actor=actor, booking_id=view.id, locked=True)
        if row.state not in OPEN_STATES:
            return view_of(actor, row)
        state = _state(view, appointment, wanted, is_late=now - row.changed_at >= MAY_STILL_ARRIVE)
        row.looked_at = now
        if state is None:
            row.state, row.answer = State.IN_DOUBT.value, _telephone(view) if is_past(view, now) else WAITING
            row.save(update_fields=["state", "answer", "looked_at"])
            return view_of(actor, row)
        row.state, row.changed_at, row.answer = state.value, now, _said(view, state, appointment, wanted)
        if appointment is not None:
            row.appointment_id, row.version = appointment.id or row.appointment_id, version or row.version
            if state is State.BOOKED:
                row.description, row.comment = appointment.description or "", appointment.comment or ""
        row.deed, row.wanted = "", {}
        row.save(
            update_fields=[
                "state", "changed_at", "answer", "looked_at", "appointment_id", "version", "description", "comment",
                "deed", "wanted",
            ]
        )  # fmt: skip
        noted(actor=actor, now=now, action="gpconnect.settled", row=row, deed=view.deed.value if view.deed else "")
        return view_of(actor, row)


def _state(
    view: ElsewhereView, appointment: r.Appointment | None, wanted: dict[str, str], *, is_late: bool
) -> State | None:
    """What stands there; None where it may still change by what was sent."""
    if appointment is not None and appointment.status == "cancelled" and (is_late or view.deed is not Deed.BOOK):
        return State.CANCELLED  # of a booking only once nothing can arrive after it
    if view.deed is Deed.BOOK:
        if appointment is None:
            return State.NOT_BOOKED if is_late else None
        return State.BOOKED if appointment.status == "booked" else None
    if appointment is None or appointment.status != "booked":
        return None
    is_done = view.deed is Deed.AMEND and _is_amended(appointment, wanted)
    return State.BOOKED if is_done or is_late else None


def _is_amended(appointment: r.Appointment, wanted: dict[str, str]) -> bool:
    return {"description": appointment.description or "", "comment": appointment.comment or ""} == wanted


def _said(view: ElsewhereView, state: State, appointment: r.Appointment | None, wanted: dict[str, str]) -> str:
    name = view.place.name
    if state is State.NOT_BOOKED:
        return f"We looked at {name}: there is no such appointment. Nothing was booked."
    if state is State.CANCELLED:
        return f"We looked at {name}: the appointment is cancelled."
    if view.deed is Deed.BOOK:
        return f"We looked at {name}: the appointment is booked."
    if view.deed is Deed.AMEND and appointment is not None and _is_amended(appointment, wanted):
        return f"We looked at {name}: the change is there."
    return f"We looked at {name}: the appointment stands as it was. What was asked did not arrive."


def _noted_as_open(*, actor: Actor, now: datetime, booking_id: int, answer: str) -> ElsewhereView:
    with unit_of_work(actor):
        row: BookingElsewhere = row_of(actor=actor, booking_id=booking_id, locked=True)
        if row.state in OPEN_STATES:
            row.state, row.answer, row.looked_at = State.IN_DOUBT.value, answer, now
            row.save(update_fields=["state", "answer", "looked_at"])
        return view_of(actor, row)
