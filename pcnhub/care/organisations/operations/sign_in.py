"""What the audit keeps of signing in. It belongs to the organisation of the position in use, else to the account's first."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from pcnhub.care.organisations.models import Account
from pcnhub.care.organisations.queries import INSTALLATION, AccountView, account, accounts_at, positions_of
from pcnhub.care.organisations.rules import Permission, require
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem


class SignInEvent(StrEnum):
    SIGNED_IN = "people.signed-in"
    REFUSED = "people.sign-in-refused"
    LOCKED = "people.sign-in-locked"
    CODE_SET_UP = "people.code-set-up"
    PASSWORD_CHANGED = "people.password-changed"  # noqa: S105 - an event, not a password
    POSITION_CHOSEN = "people.position-chosen"
    SIGNED_OUT = "people.signed-out"


def note_sign_in(
    *,
    event: SignInEvent,
    account_id: int,
    now: datetime,
    origin: str,
    request_id: str,
    identity: str,
    position_id: int | None = None,
    reason: str = "",
) -> None:
    """Put a step of signing in or out on record.

    `reason` is a code such as wrong-password. `position_id`, when given, must be one of the account's own.
    Raises NotFound for an unknown account or another person's position.
    """
    person = account(id=account_id)
    held = positions_of(account_id=account_id, day=london_date(now))
    if position_id is not None:
        held = tuple(position for position in held if position.id == position_id)
        if not held:
            raise NotFound("This is not one of your positions.", remedy="Choose one from the list.")
    at = held[0] if held else None
    actor = Actor(
        user=f"account:{account_id}",
        name=person.name,
        organisation=at.organisation if at else INSTALLATION,
        purpose=Purpose.ADMINISTRATION,
        position_id=at.id if at else None,
        role_code=at.role_code if at else "",
        role_name=at.role_name if at else "",
        identity=identity,
        origin=origin,
        request_id=request_id,
    )
    with unit_of_work(actor):
        record(actor=actor, now=now, action=event.value, subject=Subject("account", account_id), reason=reason)


def unlock(*, actor: Actor, now: datetime, account_id: int) -> None:
    """Forget a colleague's failed sign-ins, so that they can try again at once.

    Raises NotPermitted, and NotFound for somebody who never had a position at the actor's organisation.
    """
    with unit_of_work(actor):
        require(actor=actor, permission=Permission.MANAGE_PEOPLE)
        person = _colleague(actor, account_id)
        reset(username=person.username)
        record(actor=actor, now=now, action="people.unlocked", subject=Subject("account", account_id))


def _colleague(actor: Actor, account_id: int) -> AccountView:
    for person in accounts_at(organisation_id=actor.organisation.id):
        if person.id == account_id:
            return person
    raise NotFound(
        f"There is no such person at {actor.organisation.name}.",
        remedy="Choose one from the people page.",
    )


def change_own_password(
    *, account_id: int, now: datetime, current: str, new: str, origin: str, request_id: str, identity: str
) -> None:
    """Replace one's password, before or after a position is chosen; the account need not change it any more.

    Raises InvalidInput naming `current` when that is wrong, and `new` with every rule that the new one breaks.
    """
    person = Account.objects.get(pk=account_id)
    problems = []
    if not person.check_password(current):
        problems.append(
            Problem(
                "current",
                "password-wrong",
                "The current password is not right",
                "Type the one that you signed in with.",
            )
        )
    if current == new:
        problems.append(Problem("new", "password-same", "The new password is the current one", "Choose another."))
    try:
        validate_password(new, user=person)
    except ValidationError as refused:
        problems += [
            Problem("new", "password-weak", message.rstrip("."), "Choose another.") for message in refused.messages
        ]
    if problems:
        raise InvalidInput(problems)
    with transaction.atomic():
        person.set_password(new)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        note_sign_in(
            event=SignInEvent.PASSWORD_CHANGED,
            account_id=account_id,
            now=now,
            origin=origin,
            request_id=request_id,
            identity=identity,
        )
