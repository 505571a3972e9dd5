"""What would keep a person from signing in, though the account itself is in order: a lock, a code that was never set up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from axes.conf import settings
from axes.models import AccessAttempt
from django.db.models import Sum
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.models import Account


@dataclass(frozen=True, slots=True)
class SignInState:
    """`is_locked`: too many wrong tries, and the lock has not run out. `has_code`: an authenticator was set up."""

    is_locked: bool
    has_code: bool


def sign_in_states(*, account_ids: Collection[int], now: datetime) -> dict[int, SignInState]:
    """How each of these accounts stands before the sign-in page, by id."""
    names = dict(Account.objects.filter(pk__in=account_ids).values_list("pk", "username"))
    with_code = set(TOTPDevice.objects.filter(user__in=names, confirmed=True).values_list("user_id", flat=True))
    recent = AccessAttempt.objects.filter(
        username__in=names.values(), attempt_time__gt=now - settings.AXES_COOLOFF_TIME
    )  # as axes counts: by name, whatever the address
    failures = dict(recent.values_list("username").annotate(Sum("failures_since_start")))
    return {
        account_id: SignInState(failures.get(name, 0) >= settings.AXES_FAILURE_LIMIT, account_id in with_code)
        for account_id, name in names.items()
    }
