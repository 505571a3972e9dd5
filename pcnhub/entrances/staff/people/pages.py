"""What the people pages show, gathered for their templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from axes.models import AccessAttempt
from django.conf import settings
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.queries import (
    AccountView,
    PositionView,
    account,
    accounts_at,
    activities,
    positions_at,
    positions_of,
)
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

PAGE_SIZE = 25
ENDS_SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Listed:
    account: AccountView
    positions: tuple[PositionView, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    rows: tuple[Listed, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody's sign-in stands."""

    is_locked: bool
    has_code: bool


def people_page(*, actor: Actor, day: date, text: str, number: int) -> PeoplePage:
    """One page of the organisation's people; a search shows its matches on one page."""
    found = accounts_at(organisation_id=actor.organisation.id, text=text)
    pages = 1 if text else max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(number, 1), pages)
    shown = found if text else found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    held: dict[int, list[PositionView]] = {}
    for position in positions_at(organisation_id=actor.organisation.id, day=day, include_inactive=True):
        held.setdefault(position.account_id, []).append(position)
    rows = tuple(Listed(person, tuple(held.get(person.id, ()))) for person in shown)
    return PeoplePage(rows, len(found), number, pages)


def colleague(*, actor: Actor, account_id: int, day: date) -> tuple[AccountView, list[PositionView], int]:
    """Somebody with a position here, past or present: the account, the positions here, and how many they hold elsewhere.

    Raises NotFound for anybody else: an organisation's people are its own.
    """
    held = positions_of(account_id=account_id, day=day)
    here = [position for position in held if position.organisation.id == actor.organisation.id]
    if not here:
        raise NotFound("There is no such person at your organisation.", remedy="Choose one from the people page.")
    elsewhere = sum(position.organisation.id != actor.organisation.id and position.is_active for position in held)
    return account(id=account_id), here, elsewhere


def places_elsewhere(*, actor: Actor, account_id: int, day: date) -> dict[int, str]:
    """The other organisations where somebody works on the day: id -> name."""
    held = positions_of(account_id=account_id, day=day)
    elsewhere = [each.organisation for each in held if each.is_active and each.organisation.id != actor.organisation.id]
    return {place.id: place.name for place in elsewhere}


def sign_in_of(person: AccountView) -> SignIn:
    failures = AccessAttempt.objects.filter(username=person.username).values_list("failures_since_start", flat=True)
    return SignIn(
        is_locked=sum(failures) >= settings.AXES_FAILURE_LIMIT,
        has_code=TOTPDevice.objects.filter(user=person.id, confirmed=True).exists(),
    )


def activity_names() -> dict[str, str]:
    return activities()


def ends_soon(position: PositionView, day: date) -> bool:
    ends = [end for end in (position.ends_on, position.contract_ends_on) if end is not None]
    return position.is_active and any((end - day).days <= ENDS_SOON_DAYS for end in ends)


def job_categories(actor: Actor, day: date) -> list[str]:
    """Those in use here, offered so that one category is not spelt in two ways."""
    held = positions_at(organisation_id=actor.organisation.id, day=day, include_inactive=True)
    return sorted({position.job_category for position in held})
