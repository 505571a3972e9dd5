"""The list of people to tell: an operation that changes appointments adds to it, and whoever told somebody ticks them off."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import PersonToTell
from pcnhub.care.appointments.queries.bookings import booking, record_booking
from pcnhub.care.appointments.rules.telling import TOLD_WORDS, News, ToldBy
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem

NOTE_AT_MOST = 200  # characters


class ToldAlready(Conflict):
    """Somebody has told the patient meanwhile."""

    code = "told-already"
    remedy = "Open the list again: the patient is not on it any more."


def must_tell(
    *, actor: Actor, now: datetime, booking_id: int, news: News, reason: str, before: str, instead_of: int | None = None
) -> None:
    """Put a booking's patient on the list of the actor's hub; within the unit of work of the change itself.

    `instead_of` is the booking that this one replaces. Whoever was not told of an earlier change is told once, of what is
    true now: the row stays, with what the patient believes since then.
    """
    open_rows = PersonToTell.objects.filter(organisation=actor.organisation.id, told_at__isnull=True)
    values = {"news": news, "reason": reason, "since": now, "by": actor.user, "by_name": actor.name}
    if open_rows.filter(booking=instead_of or booking_id).update(booking=booking_id, **values):
        return
    PersonToTell.objects.create(organisation_id=actor.organisation.id, booking_id=booking_id, before=before, **values)


def person_told(*, actor: Actor, now: datetime, person_id: int, how: str, note: str = "") -> None:
    """Say that somebody was told, and how. Said twice by the same person, it is said.

    Raises InvalidInput, NotFound, ToldAlready (somebody else has told them), NotPermitted.
    """
    problems = []
    if how not in list(ToldBy):
        problems.append(Problem("how", "unknown", "Say how the patient was told", "Choose one of the list.", how))
    if len(note) > NOTE_AT_MOST or "\x00" in note:
        problems.append(
            Problem("note", "too-long", f"A note has at most {NOTE_AT_MOST} characters of text", "Shorten it.")
        )
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        row = PersonToTell.objects.select_for_update().filter(organisation=actor.organisation.id, pk=person_id).first()
        if row is None:
            raise NotFound("There is nobody of this number to tell.", remedy="Open the list of people to tell.")
        if row.told_at is not None:
            if (row.told_by, row.told_how) == (actor.user, how):
                return
            raise ToldAlready(f"{row.told_by_name} has told this patient already.")
        view = booking(actor=actor, booking_id=row.booking_id)
        row.told_at, row.told_how, row.told_by, row.told_by_name = now, how, actor.user, actor.name
        row.note = note.strip()
        row.save(update_fields=["told_at", "told_how", "told_by", "told_by_name", "note"])
        record_booking(
            actor=actor, now=now, action="appointments.patient-told", view=view, grant=grant, reason=TOLD_WORDS[how]
        )
