"""From the link to the patient's own pages: the token leaves the address bar, and the date of birth opens the link."""

from __future__ import annotations

from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from pcnhub.care.appointments.operations import open_link
from pcnhub.care.appointments.queries import LinkNotUsable
from pcnhub.entrances.public import refusals, session, throttle
from pcnhub.entrances.public.door import outside
from pcnhub.entrances.public.forms import BirthDateForm
from pcnhub.entrances.public.pages import render


@outside
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself. Whatever it holds, the answer is the same: nothing is looked up before a date of birth is given, and who
    was here before in this browser is gone."""
    session.close(request)
    answer = redirect("own")
    session.remember_token(answer, token)
    # the one address with the token in it is told to nobody; on the pages after it this would keep forms from being sent,
    # since browsers then call their origin `null`
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@outside
def start(request: HttpRequest) -> HttpResponse:
    """Asks for the date of birth. That it is wrong, that the link has ended, that there never was one: one answer for all."""
    token = session.token_given(request)
    if not token:
        return redirect("own-home") if session.link_in_use(request) is not None else refusals.ask(request)
    if request.method != "POST":
        return _ask(request, token, BirthDateForm())
    return _open(request, token)


@outside
def leave(request: HttpRequest) -> HttpResponse:
    """On somebody else's telephone, or a library's computer: the link stays good, this browser forgets it."""
    session.close(request)
    answer = render(request, "own/left.jinja")
    session.forget_token(answer)
    return answer


def _open(request: HttpRequest, token: str) -> HttpResponse:
    form = BirthDateForm(request.POST)
    if form["link"].value() not in (None, _name_of(token)):
        return refusals.ask(request)  # another link was followed since: whose page this is, nobody can tell
    origin = session.origin(request)
    birth_date = form.birth_date()
    if birth_date is None:
        return _ask(request, token, form, "Enter the day, month and year of your birth in numbers, such as 27 3 1985.")
    request_id: str = request.request_id  # type: ignore[attr-defined]
    try:
        if throttle.must_wait(origin):
            raise LinkNotUsable
        opened = open_link(
            now=timezone.now(), token=token, birth_date=birth_date, origin=origin, request_id=request_id
        )  # fmt: skip
    except LinkNotUsable:
        throttle.was_wrong(origin)
        return _ask(request, token, form, "We cannot open your link with this date of birth.")
    session.open_for(request, opened.link_id)
    answer = redirect("own-home")
    session.forget_token(answer)
    return answer


def _ask(request: HttpRequest, token: str, form: BirthDateForm, errors: str | None = None) -> HttpResponse:
    shown = {"form": form, "errors": errors, "link": _name_of(token)}
    return render(request, "own/start.jinja", shown, status=422 if errors else 200)


def _name_of(token: str) -> str:
    """Tells one link from another, and nothing of either."""
    return sha256(token.encode()).hexdigest()[:16]
