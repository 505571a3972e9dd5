"""Which sessions begin soon, at whichever hub: for what is done by the clock before each."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from pcnhub.care.appointments.models import Session
from pcnhub.care.appointments.rules import SessionState


def sessions_starting(*, starts_from: datetime, starts_before: datetime) -> dict[tuple[int, datetime], list[int]]:
    """Ids of published sessions that begin in the half-open period, by hub and instant, in order of time."""
    rows = Session.objects.filter(
        state=SessionState.PUBLISHED, starts_at__gte=starts_from, starts_at__lt=starts_before
    ).order_by("starts_at", "pk")
    found: dict[tuple[int, datetime], list[int]] = defaultdict(list)
    for session_id, hub_id, starts_at in rows.values_list("pk", "hub_id", "starts_at"):
        found[hub_id, starts_at].append(session_id)
    return dict(found)
