"""Booking at another system: written down and committed, then asked, then what was answered is written down.

Between asking and answer anything may break. So a wish that has no clear answer stays open, is compared with the patient's
appointments there, and is never repeated, nor shown as booked, before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.mapping.appointments import Wanted
from pcnhub.connections.gpconnect.models import BookingElsewhere
from pcnhub.connections.gpconnect.preparing import Prepared, SlotGone, next_slots, prepare
from pcnhub.connections.gpconnect.refusals import IdentityDiffers, NoAnswer, SaidNo, WishKeyReused
from pcnhub.connections.gpconnect.settling import settle
from pcnhub.connections.gpconnect.views import ElsewhereView, noted, row_of, view_of
from pcnhub.connections.gpconnect.words import OPEN_STATES, Deed, State
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

LOOK_AFTER = timedelta(minutes=2)  # when the worker looks what became of a call, whoever made it
LONGEST = {"description": 100, "comment": 500}  # GP Connect 1.2.7, book an appointment: refused, never cut


@dataclass(frozen=True, slots=True)
class WishElsewhere:
    """`identity_seen` is Prepared.seen as it was shown, where a person said that it is the same person all the same."""

    patient_id: int
    endpoint_id: int
    slot_id: str
    day: date
    idempotency_key: str
    description: str
    comment: str = ""
    identity_seen: str = ""
    patient_agrees: bool = False


def book(*, actor: Actor, now: datetime, wish: WishElsewhere) -> ElsewhereView:
    """Books, or says what became of this wish before. The view's state is `booked` or `in-doubt`.

    Raises InvalidInput, NotPermitted, NotFound, WishKeyReused, SlotGone (with the next ones), IdentityDiffers, SaidNo, NoAnswer
    (nothing done).
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        before = _same_wish(actor, wish)
        if before is not None:
            return before
        _check(wish)
    prepared = prepare(
        actor=actor, now=now, patient_id=wish.patient_id, endpoint_id=wish.endpoint_id,
        slot_id=wish.slot_id, day=wish.day,
    )  # fmt: skip
    _same_person(actor=actor, now=now, prepared=prepared, wish=wish)
    their_id = prepared.their_patient_id or _registered(actor=actor, now=now, prepared=prepared)
    wanted = Wanted(
        slot_ids=(prepared.slot.slot_id,),
        patient_id=their_id,
        location_id=prepared.slot.location_id,
        practitioner_id=prepared.slot.practitioner_id,
        starts_at=prepared.slot.starts_at,
        ends_at=prepared.slot.ends_at,
        created_at=now,
        description=wish.description.strip(),
        comment=wish.comment.strip(),
    )
    try:
        booking_id = _write_down(actor=actor, now=now, prepared=prepared, wish=wish, wanted=wanted)
    except IntegrityError:  # the same wish, sent twice at once: the other one asks
        with unit_of_work(actor):
            return _same_wish(actor, wish) or _lost()
    return _ask(actor=actor, now=now, prepared=prepared, wanted=wanted, booking_id=booking_id)


def _ask(*, actor: Actor, now: datetime, prepared: Prepared, wanted: Wanted, booking_id: int) -> ElsewhereView:
    place, link = prepared.place, prepared.link
    try:
        reply = asking.book(link, place, wanted)
    except SaidNo as no:
        close(actor=actor, now=now, booking_id=booking_id, state=State.REFUSED, answer=no.message)
        if no.status == 409:
            others = next_slots(link, place, around=london_date(wanted.starts_at), but=wanted.slot_ids[0])
            raise SlotGone(f"Somebody took this slot at {place.name} before you. Nothing was booked.", others) from no
        raise
    except NoAnswer as silence:
        if not silence.was_sent:
            close(actor=actor, now=now, booking_id=booking_id, state=State.NOT_BOOKED, answer=silence.message)
            raise
        close(actor=actor, now=now, booking_id=booking_id, state=State.IN_DOUBT, answer=silence.message)
        return settle(actor=actor, now=now, booking_id=booking_id)
    assert isinstance(reply.resource, r.Appointment)  # noqa: S101 - `asking.book` answers nothing else
    return close(
        actor=actor, now=now, booking_id=booking_id, state=State.BOOKED,
        appointment_id=reply.resource.id or "", version=reply.version, trace_id=reply.trace_id,
    )  # fmt: skip


def close(
    *, actor: Actor, now: datetime, booking_id: int, state: State, answer: str = "", **more: str
) -> ElsewhereView:
    """Writes down what came of a call. A wish that was settled meanwhile stays as it was settled."""
    with unit_of_work(actor):
        row = row_of(actor=actor, booking_id=booking_id, locked=True)
        if row.state not in OPEN_STATES:
            return view_of(actor, row)
        row.state, row.answer, row.changed_at = state.value, answer, now
        row.deed = row.deed if state is State.IN_DOUBT else ""
        for name, value in more.items():
            setattr(row, name, value)
        row.save(update_fields=["state", "answer", "changed_at", "deed", *more])
        noted(actor=actor, now=now, action=f"gpconnect.{state.value}", row=row)
        return view_of(actor, row)


def _check(wish: WishElsewhere) -> None:
    problems = [
        Problem(name, "too-long", f"This has {len(text)} characters, and may have {LONGEST[name]}", "Shorten it.")
        for name, text in (("description", wish.description.strip()), ("comment", wish.comment.strip()))
        if len(text) > LONGEST[name]
    ]
    if not wish.description.strip():
        problems.append(
            Problem("description", "missing", "The reason is missing", "Say in a few words what it is for.")
        )
    if not wish.patient_agrees:
        problems.append(
            Problem("patient_agrees", "not-agreed", "The patient must agree", "Ask the patient, then tick the box.")
        )
    if not wish.idempotency_key:
        problems.append(Problem("idempotency_key", "missing", "The form came without its mark", "Load the page again."))
    if problems:
        raise InvalidInput(problems)


def _same_wish(actor: Actor, wish: WishElsewhere) -> ElsewhereView | None:
    """What this wish came to before. Raises WishKeyReused where its key came with another wish; NotFound as `row_of`."""
    rows = BookingElsewhere.objects.filter(
        organisation=actor.organisation.id, idempotency_key=wish.idempotency_key or None
    )
    row = rows.first()
    if row is None:
        return None
    before = (row.patient_id, row.endpoint_id, row.slot_ids, london_date(row.starts_at), row.description, row.comment)
    words = (wish.description.strip(), wish.comment.strip())
    if before != (wish.patient_id, wish.endpoint_id, [wish.slot_id], wish.day, *words):
        raise WishKeyReused(
            "This form was sent before, for something else or with other words. Nothing was booked now."
        )
    return view_of(actor, row_of(actor=actor, booking_id=row.pk))


def _lost() -> ElsewhereView:
    raise RuntimeError("A wish was refused as doubled, and there is no other")


def _same_person(*, actor: Actor, now: datetime, prepared: Prepared, wish: WishElsewhere) -> None:
    """Blocks until a person has resolved what differs; what they saw must be what differs now. On record either way."""
    if not prepared.differences:
        return
    confirmed = wish.identity_seen == prepared.seen
    with unit_of_work(actor):
        record(
            actor=actor, now=now,
            action="gpconnect.identity-confirmed" if confirmed else "gpconnect.identity-differs",
            subject=Subject("patient", prepared.patient.id, prepared.patient.id, prepared.patient.nhs_number),
            detail={
                "endpoint": prepared.place.endpoint_id, "fields": [each.field for each in prepared.differences],
                "their_patient_id": prepared.their_patient_id,
            },
        )  # fmt: skip
    if not confirmed:
        fields = ", ".join(each.field.lower() for each in prepared.differences)
        raise IdentityDiffers(f"What {prepared.place.name} holds of this patient differs: {fields}.")


def _registered(*, actor: Actor, now: datetime, prepared: Prepared) -> str:
    """Registers the patient there, which is on record before it is asked, and again when it is done."""
    subject = Subject("patient", prepared.patient.id, prepared.patient.id, prepared.patient.nhs_number)
    detail: dict[str, str | int | bool | list[str] | list[int] | None] = {"endpoint": prepared.place.endpoint_id}
    with unit_of_work(actor):
        record(actor=actor, now=now, action="gpconnect.registering", subject=subject, detail=detail)
    made = asking.register(prepared.link, prepared.place, prepared.patient)
    with unit_of_work(actor):
        record(
            actor=actor, now=now, action="gpconnect.registered", subject=subject,
            detail={**detail, "their_patient_id": made.id},
        )  # fmt: skip
    return made.id or ""


def _write_down(*, actor: Actor, now: datetime, prepared: Prepared, wish: WishElsewhere, wanted: Wanted) -> int:
    """The wish, committed before it is sent, with the worker's order to look what became of it."""
    with unit_of_work(actor), transaction.atomic():
        row = BookingElsewhere.objects.create(
            organisation_id=actor.organisation.id,
            patient_id=wish.patient_id,
            endpoint_id=wish.endpoint_id,
            idempotency_key=wish.idempotency_key,
            state=State.ASKING.value,
            deed=Deed.BOOK.value,
            slot_ids=list(wanted.slot_ids),
            location_id=wanted.location_id,
            practitioner_id=wanted.practitioner_id,
            their_patient_id=wanted.patient_id,
            starts_at=wanted.starts_at,
            ends_at=wanted.ends_at,
            what=prepared.slot.summary,
            description=wanted.description,
            comment=wanted.comment,
            asked_at=now,
            asked_by=actor.name,
            changed_at=now,
        )
        noted(actor=actor, now=now, action="gpconnect.asking", row=row, deed=Deed.BOOK.value)
        look_later(actor=actor, now=now, row=row)
        return row.pk


def look_later(*, actor: Actor, now: datetime, row: BookingElsewhere) -> None:
    """In the transaction that writes a wish down: whatever happens to this process, the worker asks what became of it."""
    publish(
        actor=actor, now=now, fact="gpconnect.asked", key=f"{row.pk}:{row.deed}:{int(now.timestamp())}",
        payload={"booking_id": row.pk}, run_after=now + LOOK_AFTER,
    )  # fmt: skip
