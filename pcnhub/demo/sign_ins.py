"""How people sign in to the demo: one password that this installation made up, and codes that the command prints."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations import operations, queries
from pcnhub.demo import network
from pcnhub.foundations.kernel.local_time import london_date

_FILE = "demo-sign-ins.json"
_TOUR = "The people of the tour"


@dataclass(frozen=True, slots=True)
class SignIn:
    username: str
    name: str
    what: str  # "Receptionist", with the organisation where that is not the heading


def password_of(data: Path) -> str:
    """The password of every demo account, made once for this installation and readable by its owner alone."""
    path = data / _FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({"password": f"riverside-{secrets.token_hex(4)}"}))
    return str(json.loads(path.read_text())["password"])


def usernames(now: datetime) -> list[str]:
    """Everybody of the onboarding file, the people of the tour first."""
    everybody = [person.username for person in network.onboarding_file(london_date(now)).people]
    return [*network.TOUR, *(username for username in everybody if username not in network.TOUR)]


def sign_ins(now: datetime) -> dict[str, list[SignIn]]:
    """Everybody who can sign in, under a heading each: the people of the tour, then those of each organisation."""
    found: dict[str, list[SignIn]] = {_TOUR: []}
    for username in usernames(now):
        account = queries.find_account(username=username)
        if account is None:
            continue
        position = queries.positions_of(account_id=account.id, day=london_date(now))[0]
        job, at = position.job_category, position.organisation.name
        if username in network.TOUR:
            found[_TOUR].append(SignIn(username, account.name, f"{job}, {at}"))
        else:
            found.setdefault(at, []).append(SignIn(username, account.name, job))
    return found


def let_in(username: str, password: str, now: datetime) -> None:
    """The person's own first sign-in, done for them: a password of their own and an authenticator."""
    account = queries.find_account(username=username)
    if account is None or not account.must_change_password:
        return
    position = queries.positions_of(account_id=account.id, day=london_date(now))[0]
    installation = queries.installation_actor(name="demo")
    temporary = operations.reset_password(actor=installation, now=now, account_id=account.id)
    person = queries.actor_for(position_id=position.id, now=now, request_id="", origin="demo", identity="demo")
    operations.change_own_password(actor=person, now=now, current_password=temporary, new_password=password)
    TOTPDevice.objects.create(user_id=account.id, name="Demo authenticator", confirmed=True)


def codes(people: list[str]) -> dict[str, str]:
    """The six digits that each person's authenticator shows now."""
    shown = {}
    for device in TOTPDevice.objects.filter(user__username__in=people, confirmed=True).select_related("user"):
        totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
        totp.time = time.time()
        shown[device.user.get_username()] = f"{totp.token():06d}"
    return shown
