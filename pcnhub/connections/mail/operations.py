"""What people decide about e-mail: what they want to be told, and that a letter is tried again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from pcnhub.care.organisations.rules import Permission, require
from pcnhub.connections.mail.configuration import configuration
from pcnhub.connections.mail.models import Letter, Notice, Preference
from pcnhub.connections.mail.words import LetterState, Wish
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class FailedLetter:
    id: int
    to: str  # the person's name, or the organisation's
    error: str
    attempts: int
    since: datetime


@dataclass(frozen=True, slots=True)
class MailStatus:
    """How e-mail of one organisation stands. `waiting` counts notices that no mail system has taken yet."""

    is_set: bool
    waiting: int
    oldest_at: datetime | None
    trouble: str
    failed: tuple[FailedLetter, ...]


def wish_of(*, account_id: int) -> Wish:
    return Wish(Preference.objects.filter(account=account_id).values_list("wish", flat=True).first() or Wish.ALL)


def choose(*, actor: Actor, now: datetime, wish: str) -> None:
    """What the actor wants to be told by e-mail. Raises InvalidInput."""
    if wish not in set(Wish):
        raise InvalidInput(
            [Problem("wish", "unknown", "This is not one of the choices", "Choose one of the list", wish)]
        )
    with unit_of_work(actor):
        Preference.objects.update_or_create(
            account_id=actor.account_id or 0, defaults={"wish": wish, "changed_at": now}
        )
        record(actor=actor, now=now, action="mail.wish-chosen", subject=Subject("account", actor.account_id))


def status(*, actor: Actor) -> MailStatus:
    """Of the actor's organisation. A letter that failed for an account that is closed is nobody's to mend: it is left out."""
    mine = actor.organisation.id
    unsent = Notice.objects.filter(organisation=mine, left_out="").exclude(
        letter__state__in=[LetterState.SENT, LetterState.FAILED]
    )
    failed = (
        Letter.objects.filter(organisation=mine, state=LetterState.FAILED)
        .exclude(account__is_active=False)
        .select_related("account")
        .order_by("-pk")
    )
    queued = Letter.objects.filter(organisation=mine, state=LetterState.QUEUED).exclude(error="").order_by("-pk")
    return MailStatus(
        is_set=configuration().is_set,
        waiting=unsent.count(),
        oldest_at=unsent.aggregate(Min("created_at"))["created_at__min"],
        trouble=queued.values_list("error", flat=True).first() or "",
        failed=tuple(
            FailedLetter(
                row.pk,
                row.account.full_name if row.account is not None else actor.organisation.name,
                row.error,
                row.attempts,
                row.created_at,
            )
            for row in failed[:MOST_SHOWN]
        ),
    )


def retry(*, actor: Actor, now: datetime, letter_id: int) -> None:
    """Try a failed letter again, once its address or the mail system is mended. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        require(actor=actor, permission=Permission.MEND_FAILURES)
        again = Letter.objects.filter(pk=letter_id, organisation=actor.organisation.id, state=LetterState.FAILED)
        if not again.update(state=LetterState.QUEUED, attempts=0, next_try_at=now):
            raise NotFound("There is no such failed letter here.", remedy="Look at the page of failures again.")
        record(actor=actor, now=now, action="mail.letter-retried", subject=Subject("letter", letter_id))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the whole installation, for whoever runs it."""

    unbound: int
    queued: int
    sent: int
    failed: int


def figures() -> Figures:
    letters = Counter(Letter.objects.values_list("state", flat=True))
    unbound = Notice.objects.filter(letter__isnull=True, left_out="").count()
    return Figures(unbound, letters[LetterState.QUEUED], letters[LetterState.SENT], letters[LetterState.FAILED])
