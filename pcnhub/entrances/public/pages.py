"""Answering a patient: the plain shell around a page, and the words for times."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from pcnhub.entrances.public import session
from pcnhub.foundations.kernel.local_time import in_london


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page. Templates find `said` (what just happened), `errors` (None unless given) and what `context` holds."""
    said = session.take_flash(request) if hasattr(request, "session") else ""
    is_open = hasattr(request, "session") and session.link_in_use(request) is not None
    shown = {"errors": None, "said": said, "is_open": is_open, **(context or {})}
    return HttpResponse(render_to_string(template, shown, request=request), status=status)


def day_words(instant: datetime) -> str:
    """`Monday 23 November`: nobody books a year ahead."""
    return f"{in_london(instant):%A %-d %B}"


def clock(instant: datetime) -> str:
    """As NHS.UK writes a time: `6:30pm`, `7pm`, `midday`."""
    local = in_london(instant)
    if (local.hour, local.minute) in ((12, 0), (0, 0)):
        return "midday" if local.hour else "midnight"
    return f"{local.hour % 12 or 12}{f':{local:%M}' if local.minute else ''}{'pm' if local.hour >= 12 else 'am'}"


def new_key() -> str:
    """One wish to book: sent twice, it is answered once."""
    return secrets.token_urlsafe(18)
