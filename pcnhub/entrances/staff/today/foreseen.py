"""What will go wrong tonight, on the start page of whoever can still do something about it."""

from __future__ import annotations

from pcnhub.care.organisations.queries import hubs_of
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.entrances.staff.today.panels import Line, Panel, Viewer, clock, counted, link
from pcnhub.entrances.staff.watch.pages import SEVERITY_WORDS
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.insight.watch.queries import watch

NOON = 12
SHOWN = 5


def foreseen(viewer: Viewer) -> Panel | None:
    """For a hub's managers from noon on; names nobody. Not to be asked inside a unit of work."""
    actor, now = viewer.actor, viewer.now
    if actor.organisation.kind != OrganisationKind.HUB or not actor.may(Permission.MANAGE_READINESS):
        return None
    if not actor.may(Permission.VIEW_READINESS) or in_london(now).hour < NOON:
        return None
    if not hubs_of(organisation_id=actor.organisation.id, day=london_date(now)):
        return None  # a hub without a network has nobody to see
    found = watch(actor=actor, now=now, hub_id=actor.organisation.id)
    more = len(found.lines) - SHOWN
    return Panel(
        id="foreseen",
        title="Tonight",
        said=f"{counted(found.sessions, 'session', 'sessions')} to come.",
        lines=tuple(
            Line(text=line.what, note=f"{clock(line.bites_at)}. Move: {line.who}", tag=SEVERITY_WORDS[line.severity])
            for line in found.lines[:SHOWN]
        ),
        empty="Nothing is foreseen to go wrong.",
        more=(f"See all, {more} more" if more > 0 else "Where to mend each", link("watch")),
    )
