"""Cancelling a session, a day or a range; and what to do when somebody is away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from pcnhub.care.appointments.operations.cancelling import cancel_sessions, plan_cancelling
from pcnhub.care.appointments.operations.planning import Changed, Moves
from pcnhub.care.appointments.queries import SessionView, holders_of, sessions
from pcnhub.care.appointments.queries import session as read_session
from pcnhub.care.appointments.queries.plans import session_ids_between
from pcnhub.entrances.staff.door import StaffRequest, render
from pcnhub.entrances.staff.rota import pages
from pcnhub.entrances.staff.rota.planned import PlannedChange, planned_page
from pcnhub.entrances.staff.rota.showing import times
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.local_time import in_london, london_date

LONGEST_RANGE = 31  # days


@rota_page
def session_cancel(request: StaffRequest, session_id: int) -> HttpResponse:
    view = read_session(hub_id=request.actor.organisation.id, session_id=session_id)
    back = ("Back to the session", reverse("session", kwargs={"session_id": session_id}))
    return _cancel(request, [session_id], title="Cancel the session", said=f"{view.name}, {_when(view)}", back=back)


@rota_page
def rota_cancel(request: StaffRequest) -> HttpResponse:
    """The sessions of some days, of everybody or of one clinician. What is cancelled already is not asked for again, but a
    form that is sent twice still names it."""
    today = london_date(request.now)
    first = max(pages.day_of(request.GET.get("from", ""), otherwise=today), today)
    last = min(
        max(pages.day_of(request.GET.get("to", ""), otherwise=first), first), first + timedelta(days=LONGEST_RANGE - 1)
    )
    hub_id = request.actor.organisation.id
    holder_id = _id(request.GET.get("holder", ""))
    now_there = session_ids_between(hub_id=hub_id, from_on=first, to_on=last, holder_id=holder_id)
    sent = [int(text) for text in request.POST.get("sessions", "").split() if _id(text)]
    ids = list(dict.fromkeys([*now_there, *sent]))
    listed = [
        {"id": each.id, "words": f"{each.name}, {each.holder or 'nobody yet'}, {_when(each)}", "replace": ""}
        for each in sessions(hub_id=hub_id, from_on=first, to_on=last, holder_id=holder_id)
    ]
    days = f"{first:%A %-d %B %Y}" if first == last else f"{first:%A %-d %B} to {last:%A %-d %B %Y}"
    who = holders_of(hub_id=hub_id).get(holder_id or 0)
    return _cancel(
        request,
        ids,
        title="Cancel sessions",
        said=f"{days}, {who.account.name if who else 'every clinician'}",
        back=("Back to the rota", f"{reverse('rota')}?week={first.isoformat()}"),
        context={"sessions": listed, "session_ids": " ".join(map(str, ids))},
    )


@rota_page
def rota_away(request: StaffRequest) -> HttpResponse:
    """Who is away, from when to when; then their sessions, each with a link to replace them, and one to cancel all."""
    today = london_date(request.now)
    hub_id = request.actor.organisation.id
    holders = {
        each.position.id: each.account.name
        for each in holders_of(hub_id=hub_id).values()
        if each.position.session_holder and not each.why_inactive_on(today)
    }
    asked = _id(request.GET.get("holder", ""))
    holder_id = asked if asked in holders else None
    first = max(pages.day_of(request.GET.get("from", ""), otherwise=today), today)
    last = min(
        max(pages.day_of(request.GET.get("to", ""), otherwise=first), first), first + timedelta(days=LONGEST_RANGE - 1)
    )
    found: Sequence[SessionView] = ()
    if holder_id is not None:
        found = sessions(hub_id=hub_id, from_on=first, to_on=last, holder_id=holder_id)
    context = {
        "holders": sorted(holders.items(), key=lambda each: each[1]),
        "holder": holder_id,
        "name": holders.get(holder_id or 0, ""),
        "first": first,
        "last": last,
        "found": [(each, _when(each)) for each in found],
        "cancel": f"{reverse('rota-cancel')}?from={first.isoformat()}&to={last.isoformat()}&holder={holder_id}",
    }
    return render(request, "rota/away.jinja", context)


def _cancel(
    request: StaffRequest,
    ids: Sequence[int],
    *,
    title: str,
    said: str,
    back: tuple[str, str],
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    reason = request.POST.get("reason", "")
    plan = plan_cancelling(actor=request.actor, now=request.now, session_ids=ids)

    def do(shown: str, moves: Moves) -> Changed:
        return cancel_sessions(
            actor=request.actor, now=request.now, session_ids=ids, reason=reason, shown=shown, moves=moves
        )

    change = PlannedChange(
        title=title,
        button="Cancel the session" if len(plan.sessions) == 1 else f"Cancel {len(plan.sessions)} sessions",
        back=back,
        plan=plan,
        token=plan.token(),
        do=do,
        said=said,
        asks_reason=True,
        reason=reason,
        is_confirmed=request.method == "POST",
        context=context or {},
    )
    return planned_page(request, change)


def _when(view: SessionView) -> str:
    return f"{in_london(view.starts_at):%A %-d %B %Y}, {times(view.starts_at, view.ends_at)}"


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
