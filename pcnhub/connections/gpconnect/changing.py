"""Amending and cancelling what we booked elsewhere: read as it stands, changed, sent back on condition of its version."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.booking import LONGEST, close, look_later
from pcnhub.connections.gpconnect.mapping.appointments import to_amend, to_cancel
from pcnhub.connections.gpconnect.refusals import ChangedThere, NoAnswer, NotYours, SaidNo, StillInDoubt
from pcnhub.connections.gpconnect.searching import link_for
from pcnhub.connections.gpconnect.settling import settle
from pcnhub.connections.gpconnect.standing import taken_over
from pcnhub.connections.gpconnect.views import ElsewhereView, noted, row_of, view_of
from pcnhub.connections.gpconnect.words import Deed, State
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


def cancel(*, actor: Actor, now: datetime, booking_id: int, reason: str, version: str | None = None) -> ElsewhereView:
    """Cancels there. The view's state is `cancelled` or `in-doubt`. `version` is that of the view on which a person decided
    (None: as it stands in our books). Raises InvalidInput, NotYours, StillInDoubt, ChangedThere, SaidNo ..."""
    if not reason.strip():
        raise InvalidInput([Problem("reason", "missing", "The reason is missing", "Say why it is cancelled.")])
    words = {"reason": reason.strip()}
    return _change(actor=actor, now=now, booking_id=booking_id, deed=Deed.CANCEL, words=words, version=version)


def amend(
    *, actor: Actor, now: datetime, booking_id: int, description: str, comment: str, version: str | None = None
) -> ElsewhereView:
    """Changes the reason and the notes there; nothing else of an appointment may be changed (GP Connect 1.2.7). The view's
    state is `booked`, `in-doubt`, or `cancelled` where it was cancelled there. `version` and refusals as for `cancel`."""
    words = {"description": description.strip(), "comment": comment.strip()}
    problems = [
        Problem(name, "too-long", f"This has {len(text)} characters, and may have {LONGEST[name]}", "Shorten it.")
        for name, text in words.items()
        if len(text) > LONGEST[name]
    ]
    if not words["description"]:
        problems.append(Problem("description", "missing", "The reason is missing", "Say what it is for."))
    if problems:
        raise InvalidInput(problems)
    return _change(actor=actor, now=now, booking_id=booking_id, deed=Deed.AMEND, words=words, version=version)


def _change(
    *, actor: Actor, now: datetime, booking_id: int, deed: Deed, words: dict[str, str], version: str | None
) -> ElsewhereView:
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        view = _changeable(view_of(actor, row_of(actor=actor, booking_id=booking_id)), now)
    link = link_for(actor=actor, now=now)
    reply = asking.read(link, view.place, view.appointment_id)
    read = reply.resource
    assert isinstance(read, r.Appointment)  # noqa: S101 - `asking.read` answers nothing else
    if read.status == "cancelled":
        return taken_over(actor=actor, now=now, booking_id=booking_id, reply=reply)
    if _is_other(view, read, reply.version, view.version if version is None else version):
        taken_over(actor=actor, now=now, booking_id=booking_id, reply=reply)
        raise ChangedThere(f"The appointment was changed at {view.place.name} since you read it. Nothing was sent.")
    if deed is Deed.CANCEL:
        changed, words = to_cancel(read, reason=words["reason"]), {}
    else:
        changed = to_amend(read, **words)
    with unit_of_work(actor):
        row = row_of(actor=actor, booking_id=booking_id, locked=True)
        _changeable(view_of(actor, row), now)
        row.state, row.deed, row.wanted, row.changed_at = State.ASKING.value, deed.value, words, now
        row.save(update_fields=["state", "deed", "wanted", "changed_at"])
        noted(actor=actor, now=now, action="gpconnect.asking", row=row, deed=deed.value)
        look_later(actor=actor, now=now, row=row)
    try:
        done = asking.change(link, view.place, changed, version=reply.version, cancels=deed is Deed.CANCEL)
    except SaidNo as no:
        close(actor=actor, now=now, booking_id=booking_id, state=State.BOOKED, answer=no.message)
        raise
    except NoAnswer as silence:
        state = State.IN_DOUBT if silence.was_sent else State.BOOKED
        close(actor=actor, now=now, booking_id=booking_id, state=state, answer=silence.message)
        if not silence.was_sent:
            raise
        return settle(actor=actor, now=now, booking_id=booking_id)
    return close(
        actor=actor, now=now, booking_id=booking_id,
        state=State.CANCELLED if deed is Deed.CANCEL else State.BOOKED,
        version=done.version, trace_id=done.trace_id, **words,
    )  # fmt: skip


def _is_other(view: ElsewhereView, read: r.Appointment, version: str, looked_at: str) -> bool:
    """Whether what stands there is not what was looked at; by its words where the other system gave it no version."""
    if looked_at:
        return version != looked_at
    return (read.description or "", read.comment or "") != (view.description, view.comment)


def _changeable(view: ElsewhereView, now: datetime) -> ElsewhereView:
    if view.is_open:
        raise StillInDoubt(f"What was last asked of {view.place.name} has no clear answer yet.")
    if view.state is not State.BOOKED:
        raise NotYours(f"This is not booked: {view.words.lower()}.", remedy="There is nothing to change.")
    if view.starts_at <= now:
        raise NotYours(
            "The appointment has begun or is past: other systems refuse to change it.",
            remedy=f"Telephone {view.place.name}.",
        )
    return view
