"""Words that the rota's pages share."""

from __future__ import annotations

from datetime import date

from pcnhub.care.appointments.queries import SessionView
from pcnhub.care.appointments.rules import SessionState
from pcnhub.foundations.kernel.local_time import in_london


def day_of(text: str, *, otherwise: date) -> date:
    """The day written as YYYY-MM-DD; the other one when it is none."""
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        return otherwise


def times(session: SessionView) -> str:
    return f"{in_london(session.starts_at):%H:%M} to {in_london(session.ends_at):%H:%M}"


def state_colour(state: str) -> str:
    return {SessionState.DRAFT: "yellow", SessionState.PUBLISHED: "green"}.get(SessionState(state), "grey")
