"""Changing the accounts that people sign in with."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.models import Account, Position, SignInReset
from pcnhub.care.organisations.operations.writing import PEOPLE, Problems, change, note
from pcnhub.care.organisations.rules import Gender, Permission, Saved, SignInSecret, holds_on, require
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, Problem

# Without letters and digits that look alike: it is read out or copied from paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A person who signs in. The smartcard and the national user id belong to one account only (CHK-44)."""

    username: str
    given_name: str
    family_name: str
    email: str = ""
    sds_user_id: str = ""
    smartcard_uid: str = ""
    title: str = ""
    gender: str = ""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """`temporary_password` is told once, and empty when the caller gave one."""

    id: int
    temporary_password: str


class NotTheEmployer(NotPermitted):
    """The account is looked after by another organisation."""

    code = "not-the-employer"


def make_account(
    *,
    actor: Actor,
    now: datetime,
    facts: AccountFacts,
    password: str | None = None,
    must_change_password: bool = True,
    is_shut: bool = False,
) -> NewAccount:
    """Make an account, looked after by the actor's organisation. Without `password` a temporary one is made up, unless it
    `is_shut`: then nothing opens it until `reset_password` gives it one.

    Raises InvalidInput, NotPermitted.
    """
    with unit_of_work(actor):
        require(actor=actor, permission=Permission.MANAGE_PEOPLE)
        values = _checked(facts, standing=None)
        account = Account(
            **values,
            looked_after_by_id=actor.organisation.id or None,
            created_at=now,
            must_change_password=must_change_password,
        )
        temporary = "" if password is not None or is_shut else temporary_password()
        if password is not None:
            _refuse_weak(password, account, field="password")
        account.set_password(password or temporary or None)  # None: one that nothing matches
        account.save(force_insert=True)
        saved = Saved(account.pk, True, tuple(values))
        note(actor=actor, now=now, what="account", saved=saved, organisation_id=actor.organisation.id)
        return NewAccount(account.pk, temporary)


def save_account(*, actor: Actor, now: datetime, account_id: int, facts: AccountFacts) -> Saved:
    """Change what is said of a person. Raises InvalidInput, NotPermitted, NotFound."""
    with unit_of_work(actor):
        account = _mine(actor, account_id)
        values = _checked(facts, standing=account)
        return _noted(actor, now, account, change(account, values))


def deactivate_account(*, actor: Actor, now: datetime, account_id: int, reason: str) -> Saved:
    """Nobody signs in with it from now on; open sessions end at their next request. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        account = _mine(actor, account_id)
        if actor.account_id == account_id:
            raise NotPermitted("You can't switch off your own account.", remedy="Ask a colleague who manages people.")
        return _noted(actor, now, account, change(account, {"is_active": False}), reason=reason)


def reactivate_account(*, actor: Actor, now: datetime, account_id: int) -> Saved:
    """The account may sign in again. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        account = _mine(actor, account_id)
        return _noted(actor, now, account, change(account, {"is_active": True}))


def reset_password(*, actor: Actor, now: datetime, account_id: int) -> str:
    """Give the person a temporary password, told once; they choose their own at the next sign-in.

    Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        account = _mine(actor, account_id)
        temporary = temporary_password()
        account.set_password(temporary)
        account.must_change_password = True
        account.save(update_fields=["password", "must_change_password"])
        _tell_of_reset(actor, now, account, SignInSecret.PASSWORD)
        return temporary


def reset_code(*, actor: Actor, now: datetime, account_id: int) -> None:
    """Forget the person's authenticator: they set up a new one at the next sign-in. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        account = _mine(actor, account_id)
        TOTPDevice.objects.filter(user=account).delete()
        _tell_of_reset(actor, now, account, SignInSecret.CODE)


def hand_over_account(*, actor: Actor, now: datetime, account_id: int, organisation_id: int) -> Saved:
    """Let another organisation look after the account: one where the person has a position that they accepted.

    Only whoever looks after it now gives it away. Raises InvalidInput, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        account = _mine(actor, account_id)
        day = london_date(now)
        held = Position.objects.filter(account=account, organisation=organisation_id, awaits_acceptance=False)
        problems = Problems()
        if not any(holds_on(day, row.starts_on, row.ends_on) for row in held):
            problems.add(
                "organisation_id", "no-position-there", "The person holds no position there today.",
                "Choose an organisation where they work.", organisation_id,
            )  # fmt: skip
        problems.refuse_if_any()
        return _noted(actor, now, account, change(account, {"looked_after_by_id": organisation_id}))


def unlock(*, actor: Actor, now: datetime, account_id: int) -> None:
    """Forget the person's failed sign-ins, so that they can try again at once. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        account = _mine(actor, account_id)
        reset(username=account.username)
        _noted(actor, now, account, Saved(account.pk, False, ("lock",)), action="people.unlocked")


def temporary_password() -> str:
    """Four groups of four: 79 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def weaknesses(password: str, account: Account | None, *, field: str) -> list[Problem]:
    """Why a password is not good enough."""
    try:
        validate_password(password, account)
    except ValidationError as weak:
        return [
            Problem(field, "weak-password", message, "Choose a longer or less common one.") for message in weak.messages
        ]
    return []


def _refuse_weak(password: str, account: Account, *, field: str) -> None:
    if problems := weaknesses(password, account, field=field):
        raise InvalidInput(problems)


def _checked(facts: AccountFacts, *, standing: Account | None) -> dict[str, str | None]:
    problems = Problems()
    username = facts.username.strip().lower()
    if not re.fullmatch(r"[a-z0-9._-]{2,40}", username):
        problems.add(
            "username", "username-form", "A sign-in name has 2 to 40 letters, digits, dots, dashes or underscores.",
            "Such as a.mensah.", facts.username,
        )  # fmt: skip
    problems.required("given_name", facts.given_name, "the given name")
    problems.required("family_name", facts.family_name, "the family name")
    problems.email("email", facts.email, "name@nhs.net")
    if facts.sds_user_id and not re.fullmatch(r"[0-9]{12}", facts.sds_user_id.strip()):
        problems.add(
            "sds_user_id", "sds-user-id-form", "A national user id has twelve digits.", "Read it from the card.",
            facts.sds_user_id,
        )  # fmt: skip
    if facts.gender:
        problems.one_of("gender", facts.gender, Gender, "a gender as GP Connect knows it")
    unique = {
        "username": username,
        "sds_user_id": facts.sds_user_id.strip(),
        "smartcard_uid": facts.smartcard_uid.strip(),
    }
    for field, value in unique.items():
        others = Account.objects.filter(**{field: value}).exclude(pk=standing.pk if standing else 0)
        if value and others.exists():
            problems.add(
                field, "taken", "Another account has this.", "One person, one account: add a position to it.", value
            )
    problems.refuse_if_any()
    return {
        **asdict(facts),
        "username": username,
        "sds_user_id": unique["sds_user_id"] or None,
        "smartcard_uid": unique["smartcard_uid"] or None,
    }


def _account(account_id: int) -> Account:
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise NotFound("There is no such account.", remedy="Choose one from the people page.")
    return account


def _mine(actor: Actor, account_id: int) -> Account:
    """The account, if the actor's organisation looks after it.

    Whoever resets a password could sign in as that person, so it must never follow from positions and their dates, which
    any organisation enters for itself.
    """
    require(actor=actor, permission=Permission.MANAGE_PEOPLE)
    account = _account(account_id)
    if actor.is_system or (account.looked_after_by_id or 0) == actor.organisation.id:
        return account
    keeper = account.looked_after_by
    if keeper is None:
        raise NotTheEmployer(
            "This account is looked after by no organisation yet.",
            remedy="Ask them to hand it to the organisation where the person works most.",
            who_can="whoever runs the hub's server, with `pcnhub password --looked-after-by`",
        )
    raise NotTheEmployer(
        f"This account is looked after by {keeper.name}.",
        remedy="You can change or end their position at your organisation.",
        who_can=f"an administrator of {keeper.name}",
    )


def _tell_of_reset(actor: Actor, now: datetime, account: Account, what: SignInSecret) -> None:
    """On record, and shown to the person at their next sign-ins: whoever resets could have signed in in their name."""
    if account.last_login is not None:  # else there was no sign-in yet that could be taken from anybody
        SignInReset.objects.create(
            account=account, what=what, at=now, by=actor.user, by_name=actor.name,
            organisation_name=actor.organisation.name,
        )  # fmt: skip
    _noted(actor, now, account, Saved(account.pk, False, (what,)), action=f"people.{what}-reset")


def _noted(actor: Actor, now: datetime, account: Account, saved: Saved, *, reason: str = "", action: str = "") -> Saved:
    """On record for every organisation where the person works: it concerns them all."""
    for place in sorted(places_of(account) or {actor.organisation.id}) if saved.changed else ():
        record(
            actor=actor,
            now=now,
            action=action or f"organisations.account-{saved.was}",
            subject=Subject("account", account.pk),
            data_organisation_id=place,
            reason=reason,
            detail={"fields": list(saved.changed)},
        )
        publish_once(actor=actor, now=now, fact=PEOPLE, organisation_id=place)
    return saved


def places_of(account: Account) -> set[int]:
    """The organisations where the person works, and the one that looks after the account."""
    held = Position.objects.filter(account=account, awaits_acceptance=False)
    return set(held.values_list("organisation_id", flat=True)) | ({account.looked_after_by_id or 0} - {0})
