"""What waits for somebody at any organisation: patients to find, appointments, agreements, tasks, readiness, failures."""

from __future__ import annotations

from pcnhub.care.appointments.queries import bookings_in_doubt, number_to_trace, practice_bookings
from pcnhub.care.appointments.queries.telling import number_to_tell
from pcnhub.care.investigations.queries import counts as test_requests
from pcnhub.care.organisations.queries import hubs_of
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.records.queries import open_overrides
from pcnhub.care.sharing.queries import matrix
from pcnhub.care.tasks.queries import counts
from pcnhub.care.writeback.queries import number_of_waiting_drugs
from pcnhub.entrances.staff.today.panels import Line, Panel, Viewer, clock, counted, link
from pcnhub.foundations.jobs.queries import backlog
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import NotShared
from pcnhub.insight.readiness.queries import summary
from pcnhub.insight.readiness.rules import is_move_of

SHOWN = 5


def find_a_patient(viewer: Viewer) -> Panel | None:
    if not viewer.actor.may(Permission.FIND_PATIENTS):
        return None
    return Panel("find", "Find a patient", (), empty="", finds_patients=True)


def booked_in_doubt(viewer: Viewer) -> Panel | None:
    """Nobody rings a family about an appointment of somebody who died: shown only while there is one."""
    actor = viewer.actor
    if not actor.may(Permission.BOOK_APPOINTMENTS):
        return None
    try:
        found = bookings_in_doubt(actor=actor, now=viewer.now)
    except NotShared as refusal:
        return _not_shared("in-doubt", "Booked, but deceased or gone", refusal)
    if not found:
        return None
    return Panel(
        id="in-doubt",
        title="Booked, but deceased or gone",
        lines=tuple(
            Line(
                text=f"{in_london(each.slot.starts_at):%-d %B, %H:%M} {each.patient_name}",
                href=link("booking", booking_id=each.id),
                tag=(each.warning, "red"),
            )
            for each in found
        ),
        empty="",
        said="Look at each, and cancel what is not needed: nobody should be rung or waited for.",
    )


def drugs_from_hubs(viewer: Viewer) -> Panel | None:
    """What a hub's consultations brought, and nobody has entered or declined: shown only while there is some."""
    actor = viewer.actor
    if actor.organisation.kind != OrganisationKind.PRACTICE or not actor.may(Permission.CONSULT):
        return None
    number = number_of_waiting_drugs(actor=actor)
    if not number:
        return None
    line = Line(
        text=f"{counted(number, 'drug', 'drugs')} to enter or decline", href=link("drugs"), tag=("To do", "red")
    )
    return Panel(id="drugs", title="Drugs from hubs that wait", lines=(line,), empty="")


def people_to_tell(viewer: Viewer) -> Panel | None:
    """Whom the hub has to tell that it changed their appointment: shown only while there is somebody, and names nobody."""
    actor = viewer.actor
    if actor.organisation.kind != OrganisationKind.HUB or not actor.may(Permission.BOOK_APPOINTMENTS):
        return None
    number, first = number_to_tell(actor=actor)
    if first is None:
        return None
    return Panel(
        id="to-tell",
        title="Appointments that the hub changed",
        lines=(
            Line(
                text=f"{counted(number, 'person', 'people')} to tell",
                href=link("people-to-tell"),
                note=f"The first expects to come on {in_london(first):%A %-d %B at %H:%M}.",
                tag=("To do", "red"),
            ),
        ),
        empty="",
    )


def people_to_trace(viewer: Viewer) -> Panel | None:
    """Whom nobody knows yet: shown only while there is somebody, and names nobody."""
    actor = viewer.actor
    if actor.organisation.kind != OrganisationKind.HUB or not actor.may(Permission.TRACE_PATIENTS):
        return None
    number, first = number_to_trace(actor=actor, now=viewer.now)
    if first is None:
        return None
    begins = f"{in_london(first):%A %-d %B at %H:%M}"
    return Panel(
        id="to-trace",
        title="Booked, and nobody knows who they are",
        lines=(
            Line(
                text=f"{counted(number, 'person', 'people')} to trace",
                href=link("tracing"),
                note=f"The first appointment {'begins' if first > viewer.now else 'began'} on {begins}.",
                tag=("To do", "red"),
            ),
        ),
        empty="",
    )


def at_the_hub_today(viewer: Viewer) -> Panel | None:
    """A practice's own patients who are seen at a hub today."""
    actor = viewer.actor
    if actor.organisation.kind != OrganisationKind.PRACTICE or not actor.may(Permission.BOOK_APPOINTMENTS):
        return None
    try:
        booked = practice_bookings(actor=actor, now=viewer.now, from_on=viewer.day, to_on=viewer.day)
    except NotShared as refusal:
        return _not_shared("at-the-hub", "Your patients at the hub today", refusal)
    return Panel(
        id="at-the-hub",
        title="Your patients at the hub today",
        lines=tuple(
            Line(
                text=f"{clock(each.slot.starts_at)} {each.patient_name}",
                href=link("booking", booking_id=each.id),
                note=f"{each.hub}, {each.slot.site or 'no site'}, {each.slot.delivery_channel.lower()}",
            )
            for each in booked
        ),
        empty="None is booked today. To book one, find the patient first.",
        more=("Look for free appointments", link("book-slots")),
    )


def _not_shared(key: str, title: str, refusal: NotShared) -> Panel:
    """One list that may not be read does not take the rest of the page away; it says so."""
    return Panel(id=key, title=title, lines=(), empty=f"Not shown: {refusal.message} {refusal.remedy}")


def tasks(viewer: Viewer) -> Panel | None:
    """Figures only: what a task says is on its own page."""
    if not viewer.actor.may(Permission.WORK_TASKS):
        return None
    found = counts(actor=viewer.actor, now=viewer.now)
    tests = test_requests(actor=viewer.actor, now=viewer.now)
    late = tests.ours_late + tests.theirs_late
    lines = [
        Line(f"{counted(found.late, 'task', 'tasks')} should have been accepted by now", tag=("Late", "red"))
        if found.late
        else None,
        Line(f"{counted(found.overdue, 'task', 'tasks')} past the due date", tag=("Overdue", "red"))
        if found.overdue
        else None,
        Line(f"{counted(found.to_accept, 'task', 'tasks')} to accept") if found.to_accept else None,
        Line(f"{counted(found.mine, 'task', 'tasks')} assigned to you") if found.mine else None,
        Line(
            f"{counted(found.safety_nets, 'two-week wait', 'two-week waits')} whose patient may be waiting",
            href=link("tasks-sent"),
            tag=("Safety net", "red"),
        )
        if found.safety_nets
        else None,
        Line(
            f"{counted(found.came_back, 'task', 'tasks')} that your organisation sent came back",
            href=link("tasks-sent"),
            tag=("Look", "orange"),
        )
        if found.came_back
        else None,
        Line(f"{counted(tests.ours, 'test request', 'test requests')} to answer") if tests.ours else None,
        Line(f"{counted(late, 'test request', 'test requests')} waiting too long", tag=("Late", "red"))
        if late
        else None,
    ]
    return Panel(
        id="tasks",
        title="Tasks",
        lines=tuple(line for line in lines if line is not None),
        empty="No task waits for your organisation.",
        more=("Open the task inbox", link("tasks")),
    )


def agreements(viewer: Viewer) -> Panel | None:
    """Agreements that wait for this organisation's own side."""
    actor = viewer.actor
    if not actor.may(Permission.MANAGE_AGREEMENTS):
        return None
    moves: dict[str, Line] = {}
    for hub in hubs_of(organisation_id=actor.organisation.id, day=viewer.day):
        for cell in matrix(actor=actor, hub_id=hub.id, day=viewer.day).cells():
            mine = [side for side in (cell.gives, cell.uses) if side.organisation.id == actor.organisation.id]
            if cell.is_right or not any(side.must_act for side in mine):
                continue
            moves.setdefault(
                cell.agreement.name,
                Line(
                    text=cell.agreement.name,
                    href=link("agreement", agreement_id=cell.agreement.id),
                    tag=("Activate" if cell.is_wanted else "Deactivate", "orange"),
                ),
            )
    return Panel(
        id="agreements",
        title="Agreements that wait for you",
        lines=tuple(moves.values()),
        empty="None: your organisation has done its part.",
        more=("See all agreements", link("agreements")),
    )


def book_elsewhere(viewer: Viewer) -> Panel | None:
    """What a network whose hub works on another system has here, and what not."""
    actor = viewer.actor
    brings = actor.organisation.kind == OrganisationKind.HUB and actor.may(Permission.VIEW_READINESS)
    return Panel(
        id="elsewhere",
        title="The appointment book is kept in another system",
        lines=(),
        empty="Book, see patients and work tasks there. What there is for your network here is readiness: what must be done "
        "before the hub goes live, and what keeps it going.",
        more=("Exports that readiness is answered by", link("exports")) if brings else None,
    )


def readiness(viewer: Viewer) -> Panel | None:
    """The grid in short, one's own moves first."""
    actor = viewer.actor
    if not actor.may(Permission.VIEW_READINESS):
        return None
    hubs = hubs_of(organisation_id=actor.organisation.id, day=viewer.day)
    if not hubs:
        return None
    found = summary(actor=actor, now=viewer.now, hub_id=hubs[0].id)
    cells = sorted(
        (*found.blocking, *found.other),
        key=lambda cell: (not is_move_of(cell, actor.organisation, hub_id=found.hub.id), not cell.blocks),
    )
    return Panel(
        id="readiness",
        title="Readiness",
        said=found.sentence(),
        lines=tuple(
            Line(
                text=f"{cell.requirement.title} ({cell.requirement.id}), {cell.organisation.name}",
                href=link("readiness-check", check_id=cell.requirement.id, organisation_id=cell.organisation.id),
                note=f"Move: {cell.whose_move}" if cell.whose_move else "",
                tag=("Blocks", "red") if cell.blocks else None,
            )
            for cell in cells[:SHOWN]
        ),
        empty="Everything that is asked is settled.",
        more=(f"See the grid ({len(cells)} open)" if cells else "See the grid", link("readiness")),
    )


def opened_unasked(viewer: Viewer) -> Panel | None:
    """Records opened without the patient's permission, that nobody here has looked into: shown only while there are some."""
    if not viewer.actor.may(Permission.VIEW_AUDIT):
        return None
    number = open_overrides(actor=viewer.actor)
    if not number:
        return None
    line = Line(
        text=f"{counted(number, 'opening', 'openings')} to look into", href=link("overrides"), tag=("To do", "red")
    )
    return Panel(id="overrides", title="Records opened without permission", lines=(line,), empty="")


def failures(viewer: Viewer) -> Panel | None:
    """Work that failed for good and waits for a decision."""
    if not viewer.actor.may(Permission.MEND_FAILURES):
        return None
    found = backlog(actor=viewer.actor, now=viewer.now)
    lines = [
        Line(f"{counted(found.failed, 'piece', 'pieces')} of work failed", tag=("Decide", "red"))
        if found.failed
        else None,
        Line(
            f"{counted(found.held_back, 'piece', 'pieces')} of work held back behind a failed one",
            tag=("Held", "orange"),
        )
        if found.held_back
        else None,
        Line(f"{counted(found.trying_again, 'piece', 'pieces')} of work being tried again")
        if found.trying_again
        else None,
    ]
    return Panel(
        id="failures",
        title="Failed work",
        lines=tuple(line for line in lines if line is not None),
        empty="Nothing failed.",
        more=("Look at failed work", link("failures")),
    )
