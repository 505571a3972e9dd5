"""A browser that is signed in, for tests of pages: the session that signing in makes, without its three pages.

The actor's permissions are given through the tables, as in production; the door reads them there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.models import Activity, ActivityPermission, Position, RoleActivity
from pcnhub.entrances.staff import session
from pcnhub.entrances.staff.signin.steps import BACKEND
from pcnhub.foundations.kernel.actors import Actor


def signed_in_as(actor: Actor, *, at: datetime | None = None, position: bool = True) -> Client:
    """A client in a session of the actor's account and position, begun at `at` (default: a minute ago)."""
    client = Client()
    give_permissions(actor)
    client.cookies["pcnhub-session"] = session_of(_position(actor), at=at, chosen=position)
    return client


def session_of(position: Position, *, at: datetime | None = None, chosen: bool = True) -> str:
    """The key of a new session of the position's account, as signing in would leave it."""
    account = position.account
    assert account is not None
    device, _ = TOTPDevice.objects.get_or_create(user=account, name="test", confirmed=True)
    held = SessionStore()
    held[SESSION_KEY] = str(account.pk)
    held[BACKEND_SESSION_KEY] = BACKEND
    held[HASH_SESSION_KEY] = account.get_session_auth_hash()
    held[DEVICE_ID_SESSION_KEY] = device.persistent_id
    held[session.SIGNED_IN_AT] = (at or timezone.now() - timedelta(minutes=1)).isoformat()
    held[session.IDENTITY] = "test"
    if chosen:
        held[session.POSITION] = position.pk
    held.save()
    return held.session_key or ""


def give_permissions(actor: Actor) -> None:
    """Make the tables give the actor's position exactly the actor's permissions."""
    codes = []
    for permission in sorted(actor.permissions):
        activity, _ = Activity.objects.get_or_create(
            code=f"T-{permission}", defaults={"name": permission, "source": "test"}
        )
        ActivityPermission.objects.get_or_create(activity=activity, permission=permission, defaults={"source": "test"})
        codes.append(activity.code)
    position = _position(actor)
    baseline = RoleActivity.objects.filter(role=position.role_code)
    beyond = ActivityPermission.objects.filter(activity__in=baseline.values("activity")).exclude(
        permission__in=actor.permissions
    )
    position.activities = codes
    if beyond.exists():
        position.role_code = "T0000"  # a role with nothing of its own
    position.save(update_fields=["activities", "role_code"])


def _position(actor: Actor) -> Position:
    assert actor.position_id, "a system has no browser"
    return Position.objects.get(pk=actor.position_id)
