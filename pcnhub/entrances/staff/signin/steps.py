"""Between the right password and the right code somebody is nobody yet: what the session holds meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import get_user_model, login
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.entrances.staff import session

PENDING = "pending"
NEXT = "next"
IDENTITY = "password+totp"
PENDING_LIMIT = timedelta(minutes=5)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def password_was_right(request: HttpRequest, account: AbstractBaseUser, *, now: datetime, next_page: str) -> None:
    """Begin anew: whatever the browser's session held belonged to somebody else, or to nobody."""
    request.session.flush()
    request.session[PENDING] = [account.pk, now.isoformat()]
    request.session[NEXT] = next_page


def pending_account(request: HttpRequest, *, now: datetime) -> AbstractBaseUser | None:
    """Who gave the right password a moment ago; None when nobody did, or too long ago."""
    account_id, at = request.session.get(PENDING, (None, ""))
    if account_id is None or now >= datetime.fromisoformat(at) + PENDING_LIMIT:
        return None
    return get_user_model().objects.filter(pk=account_id, is_active=True).first()


def device_of(account: AbstractBaseUser) -> TOTPDevice:
    """The person's code generator: the confirmed one, else one to be set up, made when there is none."""
    devices = TOTPDevice.objects.filter(user=account)
    confirmed = devices.filter(confirmed=True).first()
    if confirmed is not None:
        return confirmed
    return devices.filter(confirmed=False).first() or TOTPDevice.objects.create(
        user=account, name="Authenticator app", confirmed=False
    )


def code_was_right(request: HttpRequest, account: AbstractBaseUser, device: TOTPDevice, *, now: datetime) -> None:
    """Signed in: the session gets a new key, and its absolute limit begins."""
    next_page = request.session.get(NEXT, "")
    request.session.pop(PENDING, None)
    login(request, cast("Any", account), backend=BACKEND)
    otp_login(request, device)
    request.session[NEXT] = next_page
    session.begin(request, now=now, identity=IDENTITY)


def is_locked(request: HttpRequest, account: AbstractBaseUser) -> bool:
    return bool(AxesProxyHandler.is_locked(request, {"username": account.get_username()}))


def count_failure(request: HttpRequest, account: AbstractBaseUser) -> bool:
    """A wrong code counts as a wrong password does; True when it locks the account."""
    AxesProxyHandler.user_login_failed(
        sender=count_failure, credentials={"username": account.get_username()}, request=request
    )
    return is_locked(request, account)


def safe_next(request: HttpRequest, given: str) -> str:
    """`given` when it is an address of this hub, else "": nobody is led elsewhere by a link to the sign-in page."""
    allowed = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given if allowed and given.startswith("/") else ""
