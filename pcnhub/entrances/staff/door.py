"""The door of every staff page: sign-in, position, actor, unit of work; a refusal on the way becomes a page.

@page(Permission.MANAGE_PEOPLE)
def people(request: StaffRequest) -> HttpResponse:
    return render(request, "people/people.jinja", {...})
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.organisations.queries import actor_for
from pcnhub.care.organisations.rules import Permission, require
from pcnhub.entrances.staff import refusals, session
from pcnhub.entrances.staff.navigation import is_of_use
from pcnhub.entrances.staff.pages import flash, render
from pcnhub.entrances.staff.refusals import BookElsewhere
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, Purpose
from pcnhub.foundations.kernel.refusals import NotPermitted, Refusal

__all__ = ["StaffRequest", "View", "flash", "page", "render"]


class Person(Protocol):
    """The signed-in account, as far as pages need it; what it may do is the actor's."""

    pk: int
    must_change_password: bool

    @property
    def full_name(self) -> str: ...

    def refresh_from_db(self) -> None: ...


class StaffRequest(HttpRequest):
    """A request that came through the door: `actor` was made anew for it, `now` is its one instant."""

    actor: Actor
    now: datetime
    request_id: str
    user: Person  # type: ignore[assignment]


View = Callable[..., HttpResponse]
Keeper = Callable[[HttpRequest, datetime], bool]
"""Keeps what a form says until its sender has signed in again; whether it did."""


def page(
    permission: Permission | None = None,
    *,
    purpose: Purpose = Purpose.DIRECT_CARE,
    methods: tuple[str, ...] = ("GET", "POST"),
    opens_work: bool = True,
    keeps: Keeper | None = None,
) -> Callable[[View], View]:
    """Lets signed-in people with a position in; those without `permission` see who can give it to them.

    The view runs inside the actor's unit of work, unless `opens_work` is off: then each query and operation opens its own
    (readiness asks the hub's checks as a system, in a unit of that system's). A Refusal that it raises undoes the unit, is
    put on record, and is shown. `keeps` is asked to keep a form that was sent and whose sender is turned back, because nobody
    is signed in any more, or refused: in another window they may have changed their position.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def through_the_door(request: HttpRequest, **arguments: Any) -> HttpResponse:
            asked = "GET" if request.method == "HEAD" else request.method  # a page that only acts has no head
            if asked not in methods:
                return HttpResponseNotAllowed(methods)
            now = timezone.now()
            turned_back = _turned_back(request, now)
            if turned_back is not None:
                return _with_words_kept(turned_back, request, now, keeps)
            position_id = session.position_in_use(request)
            if position_id is None:
                return _with_words_kept(_choose_position(request), request, now, keeps)
            staff_request = cast("StaffRequest", request)
            try:
                actor = actor_for(
                    position_id=position_id,
                    now=now,
                    request_id=staff_request.request_id,
                    origin=session.origin(request),
                    identity=request.session[session.IDENTITY],
                    purpose=purpose,
                )
            except NotPermitted:  # the position ended meanwhile
                request.session.pop(session.POSITION)
                return _with_words_kept(_choose_position(request), request, now, keeps)
            if actor.account_id != staff_request.user.pk:
                raise SuspiciousOperation("The position in use belongs to another account")
            staff_request.actor, staff_request.now = actor, now
            try:
                if not is_of_use(actor.organisation, request.path):
                    raise BookElsewhere(actor.organisation)
                if permission is not None:
                    require(actor=actor, permission=permission)
                with unit_of_work(actor) if opens_work else nullcontext():
                    return view(request, **arguments)
            except Refusal as refusal:
                refusals.put_on_record(request, refusal, actor=actor, now=now)
                kept = keeps is not None and request.method == "POST" and keeps(request, now)
                return refusals.refused(request, refusal, words_are_kept=kept)

        through_the_door.needs_sign_in = True  # type: ignore[attr-defined]
        through_the_door.keeps = keeps  # type: ignore[attr-defined]
        return through_the_door

    return decorate


def signed_in(view: View) -> View:
    """For the few pages that come between sign-in and position: choosing one, changing a password."""

    @wraps(view)
    def through_the_porch(request: HttpRequest, **arguments: Any) -> HttpResponse:
        now = timezone.now()
        turned_back = _turned_back(request, now)
        if turned_back is not None:
            return turned_back
        cast("StaffRequest", request).now = now
        return view(request, **arguments)

    through_the_porch.needs_sign_in = True  # type: ignore[attr-defined]
    return through_the_porch


def _turned_back(request: HttpRequest, now: datetime) -> HttpResponse | None:
    """To the sign-in page, which says why and leads back here afterwards; None for who may go on."""
    if not session.is_signed_in(request):
        return _sign_in_first(request, session.Why.IDLE if session.was_signed_in(request) else None)
    if session.is_over(request, now=now):
        logout(request)
        return _sign_in_first(request, session.Why.ABSOLUTE)
    if cast("StaffRequest", request).user.must_change_password and request.resolver_match:
        here = request.resolver_match.url_name
        if here != "change-password":
            return redirect("change-password")
    return None


def _with_words_kept(answer: HttpResponse, request: HttpRequest, now: datetime, keeps: Keeper | None) -> HttpResponse:
    """The page to which its sender is led says so, and the consultation's own, once they are back there."""
    if keeps is not None and request.method == "POST" and keeps(request, now):
        answer["Location"] += f"{'&' if '?' in answer['Location'] else '?'}kept=yes"
    return answer


def _sign_in_first(request: HttpRequest, why: session.Why | None) -> HttpResponse:
    values = {"next": _way_back(request)} | ({"why": why.value} if why else {})
    return redirect(f"{reverse('sign-in')}?{urlencode(values)}")


def _choose_position(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('choose-position')}?{urlencode({'next': _way_back(request)})}")


def _way_back(request: HttpRequest) -> str:
    """A form that was sent is lost with the session; its own page, empty, is where its sender goes on."""
    return request.get_full_path() if request.method in ("GET", "HEAD") else request.path
