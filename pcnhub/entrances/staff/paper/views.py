"""Paper bookings: choose the session, type the rows, look at what clashes, enter."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.appointments.operations import EnteredSheet, Outcome, enter_paper
from pcnhub.care.appointments.queries import CheckedSheet, SessionView, SlotView, check_paper, paper_session, sessions
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.paper import ENTERED_UP_TO
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.booking.pages import clock, day_words, new_key
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.paper.forms import MOST_ROWS, SheetForm, rows_of
from pcnhub.entrances.staff.paper.pages import review_rows
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

FEWEST_ROWS, MOST_FRESH, MORE = 4, 12, 4


@page(Permission.RUN_CLINIC_LIST, methods=("GET",))
def paper_sessions(request: StaffRequest) -> HttpResponse:
    """The sessions of today and of the days that can still be entered, the newest first."""
    today = london_date(request.now)
    found = sessions(hub_id=request.actor.organisation.id, from_on=today - ENTERED_UP_TO, to_on=today)
    held = [(each, _words(each)) for each in reversed(found) if each.state == SessionState.PUBLISHED]
    return render(request, "paper/sessions.jinja", {"held": held, "days": ENTERED_UP_TO // timedelta(days=1)})


@page(Permission.RUN_CLINIC_LIST)
def paper_sheet(request: StaffRequest, session_id: int) -> HttpResponse:
    session, slots = paper_session(actor=request.actor, now=request.now, session_id=session_id)
    if request.method != "POST":
        free = sum(slot.state == SlotState.FREE for slot in slots)
        rows = min(max(free, FEWEST_ROWS), MOST_FRESH)
        return _typed(request, session, SheetForm(slots=slots, rows=rows, initial={"key": new_key()}))
    rows = rows_of(request.POST, otherwise=FEWEST_ROWS)
    if "more" in request.POST:
        return _typed(request, session, SheetForm(request.POST, slots=slots, rows=rows + MORE))
    form = SheetForm(request.POST, slots=slots, rows=rows)
    if "change" in request.POST:
        return _typed(request, session, form)
    return _checked(request, session, slots, form)


def _checked(request: StaffRequest, session: SessionView, slots: tuple[SlotView, ...], form: SheetForm) -> HttpResponse:
    if not form.is_valid():
        return _typed(request, session, form, Errors.of_form(form))
    sheet = form.sheet(session.id)
    try:
        if "enter" not in request.POST:
            return _review(request, form, check_paper(actor=request.actor, now=request.now, sheet=sheet))
        entered = enter_paper(actor=request.actor, now=request.now, sheet=sheet)
    except InvalidInput as refusal:
        return _typed(request, session, form, Errors.of_refusal(refusal))
    if not entered.is_done:
        return _review(request, form, entered.checked, entered)
    flash(request, _done(entered))
    return redirect(f"{reverse('clinic-list')}?day={london_date(session.starts_at).isoformat()}")


def _typed(request: StaffRequest, session: SessionView, form: SheetForm, errors: Errors | None = None) -> HttpResponse:
    context = {
        "session": session, "words": _words(session), "form": form, "errors": errors or Errors(),
        "may_add": len(form.places) < MOST_ROWS,
    }  # fmt: skip
    return render(request, "paper/sheet.jinja", context, status=422 if errors else 200)


def _review(
    request: StaffRequest, form: SheetForm, checked: CheckedSheet, entered: EnteredSheet | None = None
) -> HttpResponse:
    context = {
        "session": checked.session,
        "words": _words(checked.session),
        "rows": review_rows(request.actor, checked, entered.rows if entered else (), now=request.now),
        "hidden": form.hidden(),
        "is_again": entered is not None,
    }
    return render(request, "paper/review.jinja", context, status=409 if entered else 200)


def _words(session: SessionView) -> str:
    return f"{day_words(session.starts_at)}, {clock(session.starts_at)} to {clock(session.ends_at)}, {session.holder}"


def _done(entered: EnteredSheet) -> str:
    parts = [
        f"{count} {words}"
        for outcome, words in (
            (Outcome.ENTERED, "entered"),
            (Outcome.RECORDED, "booked already"),
            (Outcome.REPEATED, "entered before"),
            (Outcome.SKIPPED, "left out"),
        )
        if (count := entered.count(outcome))
    ]
    said = [f"Row {row.checked.row.place}: {row.said}" for row in entered.rows if row.said.strip()]
    return " ".join([f"Paper bookings: {', '.join(parts)}.", *said])
