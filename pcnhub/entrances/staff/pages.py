"""Answering with a page: the shell around it, and what is said on the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.navigation import Entry, entries_for
from pcnhub.foundations.kernel.actors import Actor

FLASH = "flash"


@dataclass(frozen=True, slots=True)
class Shell:
    """What the layout shows around every page: who acts, for whom, where they can go, and what just happened."""

    actor: Actor | None
    navigation: tuple[Entry, ...]
    flashes: tuple[tuple[str, str], ...]

    @property
    def rehearses(self) -> bool:
        """Whether a hub or practice acts that has not gone live: everybody at work there must know (0009). Where the book is kept
        in another system nobody works on patients here."""
        return self.actor is not None and not self.actor.organisation.is_live and self.actor.organisation.runs_here

    @property
    def may_see_readiness(self) -> bool:
        return self.actor is not None and self.actor.may(Permission.VIEW_READINESS)


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page inside the shell. Templates find `shell`, `errors` (None unless given) and what `context` holds."""
    actor: Actor | None = getattr(request, "actor", None)
    shell = Shell(
        actor=actor,
        navigation=entries_for(actor, path=request.path) if actor else (),
        flashes=_take_flashes(request),
    )
    body = render_to_string(template, {"errors": None, **(context or {}), "shell": shell}, request=request)
    return HttpResponse(body, status=status)


def flash(request: HttpRequest, text: str, kind: Literal["success", "information"] = "success") -> None:
    """Say this on the next page. It is kept in the session meanwhile: no patient's data in it."""
    request.session.setdefault(FLASH, []).append([kind, text])
    request.session.modified = True


def _take_flashes(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    session = getattr(request, "session", None)
    if session is None or not session.get(FLASH):
        return ()
    return tuple((kind, text) for kind, text in session.pop(FLASH))
