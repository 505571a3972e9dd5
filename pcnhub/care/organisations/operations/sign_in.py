"""What the audit keeps of signing in. It stands at the organisation of the position in use, else where the account is kept."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pcnhub.care.organisations.models import Account, Position
from pcnhub.care.organisations.operations.accounts import places_of, weaknesses
from pcnhub.care.organisations.operations.writing import PEOPLE, Problems
from pcnhub.care.organisations.queries import INSTALLATION, account, positions_of
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor, Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


class SignInEvent(StrEnum):
    """A step of signing in or out."""

    SIGNED_IN = "people.signed-in"
    REFUSED = "people.sign-in-refused"
    LOCKED = "people.sign-in-locked"
    CODE_SET_UP = "people.code-set-up"
    PASSWORD_CHANGED = "people.password-changed"  # noqa: S105 - an event, not a password
    POSITION_CHOSEN = "people.position-chosen"
    SIGNED_OUT = "people.signed-out"


_CHANGES_WHO_CAN_WORK = (SignInEvent.CODE_SET_UP, SignInEvent.LOCKED)


def arriving(
    *,
    account_id: int,
    now: datetime,
    origin: str,
    request_id: str,
    identity: str,
    position_id: int | None = None,
) -> Actor:
    """Somebody between password and position: an actor without any permission.

    `position_id`, when given, must be one of the account's own. Raises NotFound for another person's, or an unknown account.
    """
    person = account(id=account_id)
    held = positions_of(account_id=account_id, day=london_date(now))
    if position_id is not None:
        held = tuple(position for position in held if position.id == position_id)
        if not held:
            raise NotFound("This is not one of your positions.", remedy="Choose one from the list.")
    keeper = person.looked_after_by
    # the audit of signing in is the keeper's: another organisation's position must not draw it to itself
    at = next((each for each in held if keeper is not None and each.organisation.id == keeper.id), None)
    at = at or (held[0] if held else None)
    return Actor(
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


def note_sign_in(*, actor: Actor, now: datetime, event: SignInEvent, reason: str = "") -> None:
    """Put a step of signing in or out on record; `reason` is a code such as wrong-password."""
    with unit_of_work(actor):
        record(actor=actor, now=now, action=event.value, subject=Subject("account", actor.account_id), reason=reason)
        if event in _CHANGES_WHO_CAN_WORK:
            for person in Account.objects.filter(pk=actor.account_id or 0):
                _tell(actor, now, person)


def change_own_password(*, actor: Actor, now: datetime, current_password: str, new_password: str) -> None:
    """Replace the actor's own password; it need not be changed at the next sign-in any more.

    Raises InvalidInput with everything that is wrong with `current_password` and `new_password`.
    """
    with unit_of_work(actor):
        person = Account.objects.select_for_update().get(pk=actor.account_id or 0)
        problems = Problems()
        if not person.check_password(current_password):
            problems.add("current_password", "wrong-password", "This is not your current password.", "Enter it again.")
        problems.extend(weaknesses(new_password, person, field="new_password"))
        if new_password == current_password:
            problems.add("new_password", "same-password", "This is the password you have.", "Choose another one.")
        problems.refuse_if_any()
        person.set_password(new_password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        note_sign_in(actor=actor, now=now, event=SignInEvent.PASSWORD_CHANGED)


def accept_position(*, actor: Actor, now: datetime, position_id: int) -> None:
    """The actor's own yes to a position that an organisation offered them: from now on it can be used.

    Raises NotFound for a position that is not the actor's, or not offered.
    """
    with unit_of_work(actor):
        offered = Position.objects.select_for_update().filter(
            pk=position_id, account=actor.account_id, awaits_acceptance=True
        )
        row = offered.first()
        if row is None:
            raise NotFound("This position is not offered to you.", remedy="Choose one from the list.")
        row.awaits_acceptance = False
        row.save(update_fields=["awaits_acceptance"])
        record(actor=actor, now=now, action="people.position-accepted", subject=Subject("position", row.pk))
        _tell(actor, now, row.account)


def _tell(actor: Actor, now: datetime, person: Account) -> None:
    """It concerns each organisation where the person works."""
    for place in sorted(places_of(person)):
        publish_once(actor=actor, now=now, fact=PEOPLE, organisation_id=place)
