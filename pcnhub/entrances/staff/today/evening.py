"""The hub's evening: sessions, who comes next, and what the clinician has not finished."""

from __future__ import annotations

from pcnhub.care.appointments.queries import SessionView, clinic_list, sessions
from pcnhub.care.appointments.rules import BookingStatus, SessionState
from pcnhub.care.consultations.queries import open_drafts
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.writeback.queries import outstanding
from pcnhub.care.writeback.rules import Alarm, CopyState
from pcnhub.entrances.staff.today.panels import Line, Panel, Viewer, clock, counted, link
from pcnhub.foundations.kernel.local_time import in_london

NEXT_PATIENTS = 6
STILL_TO_SEE = {BookingStatus.BOOKED, BookingStatus.ARRIVED, BookingStatus.SENT_IN, BookingStatus.CALL_STARTED}
_WORDS = {
    BookingStatus.ARRIVED: ("Arrived", "green"),
    BookingStatus.SENT_IN: ("Sent in", "blue"),
    BookingStatus.CALL_STARTED: ("Call started", "blue"),
}


def my_sessions(viewer: Viewer) -> Panel | None:
    """The sessions of whoever holds sessions here."""
    if not _consults_at_hub(viewer):
        return None
    held = sessions(
        hub_id=viewer.actor.organisation.id, from_on=viewer.day, to_on=viewer.day, holder_id=viewer.actor.position_id
    )
    return Panel(
        id="my-sessions",
        title="Your sessions today",
        lines=tuple(_session(session, link("clinic-list")) for session in held),
        empty="You hold no session today. If you expected one, ask the hub’s manager to look at the rota.",
        more=("Open the clinic list", link("clinic-list")) if viewer.actor.may(Permission.RUN_CLINIC_LIST) else None,
    )


def next_patients(viewer: Viewer) -> Panel | None:
    """Those whom the clinician has not seen yet; a list of patients, and audited as one."""
    if not _consults_at_hub(viewer) or not viewer.actor.may(Permission.RUN_CLINIC_LIST):
        return None
    clinic = clinic_list(actor=viewer.actor, now=viewer.now, day=viewer.day, holder=viewer.actor.position_id)
    waiting = [
        row.booking
        for session in clinic
        for row in session.rows
        if row.booking is not None and row.booking.status in STILL_TO_SEE
    ]
    waiting.sort(key=lambda booking: booking.slot.starts_at)
    return Panel(
        id="next-patients",
        title="Your next patients",
        lines=tuple(
            Line(
                text=f"{clock(booking.slot.starts_at)} {booking.patient_name or 'Name withheld'}",
                href=link("booking", booking_id=booking.id),
                note=booking.reason,
                tag=(booking.warning, "red") if booking.warning else _WORDS.get(BookingStatus(booking.status)),
            )
            for booking in waiting[:NEXT_PATIENTS]
        ),
        empty="Nobody is booked with you, or you have seen everybody.",
        more=(f"See all {len(waiting)}", link("clinic-list")) if len(waiting) > NEXT_PATIENTS else None,
    )


def drafts(viewer: Viewer) -> Panel | None:
    """Consultations that the clinician began: nothing goes home before they are finished."""
    if not _consults_at_hub(viewer):
        return None
    mine = open_drafts(actor=viewer.actor, own=True)
    return Panel(
        id="drafts",
        title="Consultations to finish",
        lines=tuple(
            Line(
                text=f"Consultation {draft.id}, begun {in_london(draft.started_at):%-d %B at %H:%M}",
                href=link("consultation", consultation_id=draft.id),
                tag=("Not today’s", "red") if in_london(draft.started_at).date() < viewer.day else None,
            )
            for draft in mine
        ),
        empty="None. Every consultation that you began is finished.",
    )


def tonight(viewer: Viewer) -> Panel | None:
    """Every session of the day, for whoever runs the rota."""
    if viewer.actor.organisation.kind != OrganisationKind.HUB or not viewer.actor.may(Permission.MANAGE_ROTA):
        return None
    held = sessions(hub_id=viewer.actor.organisation.id, from_on=viewer.day, to_on=viewer.day)
    return Panel(
        id="sessions",
        title="Sessions today",
        lines=tuple(_session(session, link("session", session_id=session.id)) for session in held),
        empty="There is no session today. Sessions are made from weekly templates on the rota.",
        more=("Open the rota", link("rota")),
    )


def unsent(viewer: Viewer) -> Panel | None:
    """Finished consultations that are not in the practices' records yet."""
    actor = viewer.actor
    if actor.organisation.kind != OrganisationKind.HUB or not (
        actor.may(Permission.CONSULT) or actor.may(Permission.VIEW_READINESS)
    ):
        return None
    waiting = outstanding(actor=actor)
    deciding = [copy for copy in waiting if copy.needs_person or copy.alarm(viewer.now) is Alarm.PASSED]
    blocked: dict[str, int] = {}
    for copy in waiting:
        if copy.state is CopyState.BLOCKED and copy not in deciding:
            blocked[copy.practice.name] = blocked.get(copy.practice.name, 0) + 1
    lines = [
        Line(
            text=f"Consultation {copy.consultation_id}, version {copy.version}, to {copy.practice.name}",
            href=link("consultation", consultation_id=copy.consultation_id) if actor.may(Permission.CONSULT) else "",
            note=copy.left_behind_words or copy.reason,
            tag=("Needs action", "red"),
        )
        for copy in deciding
    ]
    lines += [
        Line(text=f"{counted(number, 'consultation', 'consultations')} to {name}", tag=("Kept, not sent", "orange"))
        for name, number in blocked.items()
    ]
    return Panel(
        id="unsent",
        title="Not in the practices’ records yet",
        lines=tuple(lines),
        empty="Nothing waits: what was finished is filed, or on its way.",
        more=("Where each consultation is", link("writeback-copies")) if actor.may(Permission.VIEW_READINESS) else None,
    )


def _consults_at_hub(viewer: Viewer) -> bool:
    return viewer.actor.organisation.kind == OrganisationKind.HUB and viewer.actor.may(Permission.CONSULT)


def _session(session: SessionView, href: str) -> Line:
    who = session.holder or "nobody holds it"
    tag = None if session.holder else ("No holder", "red")
    if session.state == SessionState.DRAFT:
        tag = ("Draft", "grey")
    booked = f"{session.booked} booked, {session.free} free"
    where = session.site or "no site"
    return Line(
        text=f"{clock(session.starts_at)} to {clock(session.ends_at)} {session.name}, {who}",
        href=href,
        note=f"{where}. {booked}.",
        tag=tag,
    )
