"""A patient's session: which link is open in this browser. It is none of the staff's sessions, by cookie, by address and by seal.

Before the link is opened its token waits in a cookie of its own, at the patient's side only: here nobody keeps more of it than
its hash, and the address bar not even that.
"""

from __future__ import annotations

from datetime import timedelta

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse

ROOT = "/own"
IDLE = timedelta(minutes=15)
LINK = "own_link_id"
FLASH = "own_flash"
_SEALED = "__Secure-" if settings.SESSION_COOKIE_SECURE else ""  # browsers take such a cookie over https alone
COOKIE = f"{_SEALED}pcnhub-own"
TOKEN = f"{_SEALED}pcnhub-own-link"


class OwnSession(SessionStore):
    """Django salts what it signs with the class's name: neither kind of session can be read as the other one."""

    def get_session_cookie_age(self) -> int:
        return int(IDLE.total_seconds())


def is_own(request: HttpRequest) -> bool:
    """Whether the address belongs to the patients."""
    return request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")


def begin(request: HttpRequest) -> None:
    """The middleware's, before anything asks who this is: a staff session that the same browser has is not even read."""
    request.session = OwnSession(request.COOKIES.get(COOKIE))


def keep(request: HttpRequest, response: HttpResponse) -> None:
    """The middleware's, at the end: what is held is held for fifteen minutes from now. Without a link nothing is kept, whatever
    the cookie names. Of a page that failed the database is not asked: it may be what failed."""
    held = request.session
    if response.status_code >= 500:
        return
    if LINK not in held:
        if COOKIE in request.COOKIES:
            response.delete_cookie(COOKIE, path=ROOT, samesite="Lax")
        return
    try:
        held.save()
    except UpdateError:  # closed in another window meanwhile
        response.delete_cookie(COOKIE, path=ROOT, samesite="Lax")
        return
    _set(response, COOKIE, held.session_key or "")


def open_for(request: HttpRequest, link_id: int) -> None:
    """From here on the link is open in this browser, under a key that nobody had before."""
    close(request)
    request.session[LINK] = link_id


def link_in_use(request: HttpRequest) -> int | None:
    link_id: int | None = request.session.get(LINK)
    return link_id


def close(request: HttpRequest) -> None:
    """Nothing is open in this browser any more. What the cookie names may be no session of ours: that is left alone."""
    if LINK in request.session:
        request.session.flush()
    request.session = OwnSession()


def remember_token(response: HttpResponse, token: str) -> None:
    _set(response, TOKEN, token)


def token_given(request: HttpRequest) -> str:
    return request.COOKIES.get(TOKEN, "")


def forget_token(response: HttpResponse) -> None:
    response.delete_cookie(TOKEN, path=ROOT, samesite="Lax")


def flash(request: HttpRequest, text: str) -> None:
    """Say this on the next page; nothing of a person."""
    request.session[FLASH] = text


def take_flash(request: HttpRequest) -> str:
    text: str = request.session.pop(FLASH, "")
    return text


def origin(request: HttpRequest) -> str:
    """The address that the request came from; a proxy's header is believed only when one is configured."""
    return get_client_ip_address(request) or ""


def _set(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=IDLE, path=ROOT, secure=bool(settings.SESSION_COOKIE_SECURE), httponly=True, samesite="Lax"
    )  # fmt: skip
