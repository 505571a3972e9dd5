"""What a browser session holds: who signed in, since when, and the position in use. Ids and times, never a person's data."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.foundations.database.rehearsing import rehearsal_going

POSITION = "position_id"
SIGNED_IN_AT = "signed_in_at"
IDENTITY = "identity"
REHEARSAL = "rehearsal:"  # begins the identity of a session that a rehearsal opened
# A session that ran out is gone without a trace. This cookie, which says nothing but "somebody was signed in here", lets the
# sign-in page tell its owner why they are back there.
WAS_SIGNED_IN = "pcnhub-was-signed-in"


class Why(StrEnum):
    """Why somebody finds themselves at the sign-in page."""

    IDLE = "idle"
    ABSOLUTE = "absolute"
    ENDED = "ended"  # the account was deactivated, or its sign-in reset, meanwhile
    SIGNED_OUT = "signed-out"


def begin(request: HttpRequest, *, now: datetime, identity: str) -> None:
    """Note the beginning of a signed-in session. `identity` says where the proof of identity came from."""
    request.session[SIGNED_IN_AT] = now.isoformat()
    request.session[IDENTITY] = identity


def is_signed_in(request: HttpRequest) -> bool:
    """Whether password and code were both given in this session. A session of a rehearsal's account holds for requests of that
    very rehearsal, and no other session for those."""
    user = request.user
    if not (user.is_authenticated and user.is_verified() and SIGNED_IN_AT in request.session):  # type: ignore[attr-defined]
        return False
    identity = request.session[IDENTITY]
    going = rehearsal_going()
    if going is None:
        return not identity.startswith(REHEARSAL)
    return bool(identity == f"{REHEARSAL}{going.run_id}")


def open_for_rehearsal(*, account_id: int, position_id: int, now: datetime, run_id: int) -> tuple[str, str]:
    """A session of a rehearsal's account, which no password opens: its cookie's name and value. Its device answers to nobody."""
    account = get_user_model().objects.get(pk=account_id)
    device, _ = TOTPDevice.objects.get_or_create(user=account, name="Rehearsal", confirmed=True)
    held = SessionStore()
    held[SESSION_KEY] = str(account.pk)
    held[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    held[HASH_SESSION_KEY] = account.get_session_auth_hash()
    held[DEVICE_ID_SESSION_KEY] = device.persistent_id
    held[SIGNED_IN_AT] = now.isoformat()
    held[IDENTITY] = f"{REHEARSAL}{run_id}"
    held[POSITION] = position_id
    held.save()
    return settings.SESSION_COOKIE_NAME, held.session_key or ""


def is_over(request: HttpRequest, *, now: datetime) -> bool:
    """Whether the session has reached its absolute limit, however busy it was."""
    limit: timedelta = settings.SESSION_ABSOLUTE_LIMIT
    return now >= datetime.fromisoformat(request.session[SIGNED_IN_AT]) + limit


def position_in_use(request: HttpRequest) -> int | None:
    position: int | None = request.session.get(POSITION)
    return position


def use_position(request: HttpRequest, position_id: int) -> None:
    """Act from this position on; the session gets a new key, since what it may do has changed."""
    request.session.cycle_key()
    request.session[POSITION] = position_id


def remember_sign_in(response: HttpResponse) -> None:
    limit: timedelta = settings.SESSION_ABSOLUTE_LIMIT
    response.set_cookie(
        WAS_SIGNED_IN,
        "yes",
        max_age=limit,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_sign_in(response: HttpResponse) -> None:
    response.delete_cookie(WAS_SIGNED_IN, samesite="Lax")


def was_signed_in(request: HttpRequest) -> bool:
    return WAS_SIGNED_IN in request.COOKIES


def origin(request: HttpRequest) -> str:
    """The address that the request came from, for the audit; believes a proxy's header only when one is configured."""
    return get_client_ip_address(request) or ""


def forget_expired(now: datetime) -> None:
    """A chore: sessions that ran out keep nobody signed in, and their rows go."""
    Session.objects.filter(expire_date__lt=now).delete()
