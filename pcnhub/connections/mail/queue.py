"""Writing notices down, gathering them into letters, and giving the letters to the mail system, each once.

A notice is written in the transaction of what it is about; a letter is marked as sent in the transaction that held its row
while the mail system took it. A worker that dies between the two sends that one letter again, under the same Message-ID.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pcnhub.care.organisations import queries as organisations
from pcnhub.connections.mail.client import Line, NotTaken, line
from pcnhub.connections.mail.configuration import Configuration, configuration
from pcnhub.connections.mail.models import Letter, Notice, Preference
from pcnhub.connections.mail.words import LetterState, News, NoticeKind, Wish, text_of
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date, london_instant

log = logging.getLogger(__name__)

GATHER = timedelta(minutes=10)
BACK_OFF = (60, 300, 900, 3600, 4 * 3600)  # seconds; the last one repeats
MOST_ATTEMPTS = 20  # some three days: a mail system that is away over a weekend loses nothing
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person at an organisation; without an account the organisation's own address."""

    organisation: OrganisationRef
    account_id: int | None


def write_down(
    *,
    now: datetime,
    to: Iterable[Recipient],
    kind: NoticeKind,
    about: int,
    key: str,
    is_urgent: bool = False,
    figures: Mapping[str, int | str] | None = None,
) -> None:
    """Write down what each of these is to be told; the same told again is told once. In the running transaction."""
    recipients = set(to)
    wishes = dict(
        Preference.objects.filter(account__in=[each.account_id for each in recipients]).values_list("account", "wish")
    )
    rows = []
    for each in recipients:
        wish = Wish(wishes.get(each.account_id, Wish.ALL)) if each.account_id is not None else Wish.ALL
        whom = f"account:{each.account_id}" if each.account_id is not None else f"organisation:{each.organisation.id}"
        rows.append(
            Notice(
                key=f"{key}:{each.organisation.id}:{whom}",
                organisation_id=each.organisation.id,
                account_id=each.account_id,
                kind=kind,
                about=about,
                is_urgent=is_urgent,
                figures=dict(figures or {}),
                created_at=now,
                not_before=_not_before(now, wish, each.organisation.id, is_urgent=is_urgent),
                left_out="opted-out" if wish is Wish.URGENT and not is_urgent else "",
            )
        )
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _not_before(now: datetime, wish: Wish, organisation_id: int, *, is_urgent: bool) -> datetime:
    if is_urgent:
        return now
    if wish is Wish.DAILY:
        hours = organisations.opening_hours(organisation_id=organisation_id)
        tomorrow = london_instant(london_date(now) + timedelta(days=1), time())
        return hours.next_opening(tomorrow if hours.next_opening(now) <= now else now)
    return now + GATHER


def gather(*, now: datetime) -> int:
    """Put what is due into letters, one a person and organisation: into the one that waits there untried, or a new one; how many
    letters that are."""
    with transaction.atomic():
        due = Notice.objects.filter(letter__isnull=True, left_out="", not_before__lte=now)
        by: dict[tuple[int, int | None], list[int]] = defaultdict(list)
        rows = (
            due.select_for_update(skip_locked=True)
            .order_by("pk")
            .values_list("pk", "organisation", "account")[: MOST_AT_ONCE * 50]
        )
        for pk, organisation_id, person in rows:
            by[organisation_id, person].append(pk)
        for (organisation_id, account_id), notices in by.items():
            # One that was tried may have arrived: what was added to it would be taken for the same letter again.
            waiting = Letter.objects.filter(
                organisation=organisation_id, account=account_id, state=LetterState.QUEUED, attempts=0
            )
            letter = waiting.select_for_update(skip_locked=True).first() or Letter.objects.create(
                organisation_id=organisation_id, account_id=account_id, created_at=now, next_try_at=now
            )
            Notice.objects.filter(pk__in=notices).update(letter=letter)
        return len(by)


def send_due(*, now: datetime, wanted: Configuration | None = None) -> int:
    """Give the mail system the letters that are due; how many it took. Without a mail system everything is kept as it is."""
    settings = wanted or configuration()
    if not settings.is_set:
        return 0
    gather(now=now)
    if not _due(now).exists():
        return 0
    try:
        with line(settings) as open_line:
            return _send_all(open_line, settings, now)
    except NotTaken as away:
        log.warning("mail system away", extra={"code": away.code})
        with transaction.atomic():
            letter = _due(now).select_for_update(skip_locked=True).first()
            if letter is not None:
                _put_off(letter, away, now)
        return 0


def _due(now: datetime) -> QuerySet[Letter]:
    """Letters whose time has come: of one person, or one organisation's own address, one in ten minutes at most."""
    just_sent = Letter.objects.filter(state=LetterState.SENT, sent_at__gt=now - GATHER)
    to_person = just_sent.filter(account=OuterRef("account"))
    to_organisation = just_sent.filter(account__isnull=True, organisation=OuterRef("organisation"))
    due = Letter.objects.filter(state=LetterState.QUEUED, next_try_at__lte=now)
    due = due.filter(~Exists(to_person), Q(account__isnull=False) | ~Exists(to_organisation))
    return due.order_by("next_try_at", "pk")


def _send_all(open_line: Line, settings: Configuration, now: datetime) -> int:
    sent = 0
    for _ in range(MOST_AT_ONCE):
        with transaction.atomic():  # a letter's row is held while it is sent: no other worker sends it meanwhile
            letter = _due(now).select_for_update(skip_locked=True).first()
            if letter is None:
                break
            try:
                sent += _send(open_line, letter, settings, now)
            except NotTaken as trouble:
                _put_off(letter, trouble, now)
                if trouble.is_away:
                    break
    return sent


def _send(open_line: Line, letter: Letter, settings: Configuration, now: datetime) -> bool:
    to = address_of(letter)
    if not to:
        raise NotTaken("no-address", "There is no e-mail address to send to.", for_good=True)
    notices = letter.notices.all()
    text = text_of(
        news=[News(NoticeKind(each.kind), each.about, each.is_urgent, each.figures) for each in notices],
        organisation=organisations.organisation_ref(id=letter.organisation_id).name,
        address=settings.address,
    )
    open_line.send(
        to=to, subject=text.subject, body=text.body, message_id=message_id(letter, settings), at=letter.created_at
    )
    letter.state, letter.sent_at = LetterState.SENT, now
    letter.attempts += 1
    letter.error_code = letter.error = ""
    letter.save(update_fields=["state", "sent_at", "attempts", "error_code", "error"])
    return True


def address_of(letter: Letter) -> str:
    """Where it goes as of now; nothing for an account that is closed."""
    if letter.account_id is None:
        return organisations.organisation(id=letter.organisation_id).email
    account = organisations.account(id=letter.account_id)
    return account.email if account.is_active else ""


def message_id(letter: Letter, settings: Configuration) -> str:
    """The same at every attempt."""
    return f"<{letter.uuid}@{settings.sender.rpartition('@')[2].rstrip('>')}>"


def _put_off(letter: Letter, trouble: NotTaken, now: datetime) -> None:
    letter.attempts += 1
    letter.error_code, letter.error = trouble.code, trouble.message
    given_up = trouble.for_good or letter.attempts >= MOST_ATTEMPTS
    letter.state = LetterState.FAILED if given_up else LetterState.QUEUED
    letter.next_try_at = now + timedelta(seconds=BACK_OFF[min(letter.attempts, len(BACK_OFF)) - 1])
    letter.save(update_fields=["attempts", "error_code", "error", "state", "next_try_at"])
