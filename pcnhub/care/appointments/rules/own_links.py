"""What a patient's own link is good for, and until when (`domain.md` 11.3 self-book and cancel link, 12A.3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from pcnhub.care.appointments.rules.booking import refusal_to_cancel
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Problem

VALID_FOR = timedelta(days=7)  # of a link to book, as those of the messaging systems (`domain.md` 11.3)
WRONG_DATES = 5  # wrong dates of birth lock a link
MOST_DAYS_AHEAD = 14  # as far as one search goes
MOST_HOLDS, HOLDS_WITHIN = 3, timedelta(hours=1)  # one time is kept for one link so often: in between it is everybody's
CHANGE_UNTIL = timedelta(
    hours=1
)  # before the start: until then a patient moves or cancels by the link (`domain.md` 11.3)


class LinkState(StrEnum):
    """As staff read it. To a patient's eyes all but OPEN are one and the same."""

    OPEN = "open"
    LOCKED = "locked"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


STATE_WORDS: dict[LinkState, str] = {
    LinkState.OPEN: "Can be used",
    LinkState.LOCKED: f"Locked: a wrong date of birth was given {WRONG_DATES} times",
    LinkState.WITHDRAWN: "Withdrawn",
    LinkState.EXPIRED: "Out of date",
}


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """What may be booked by a link: today and the days after it, and slot types (none named: any that patients may book)."""

    days_ahead: int
    slot_type_ids: frozenset[int] = frozenset()


def version_seen(booking_id: int, version: int) -> int:
    """One number for the appointment that a patient looked at and for its version, which begins at 1 with each move: of two
    browsers with one link, the slower one would move what it has never seen."""
    return booking_id << 16 | version


def last_day_of(limits: LinkLimits, now: datetime) -> date:
    """The last London day on which an appointment may be that is booked by the link now; today is the first."""
    return london_date(now) + timedelta(days=limits.days_ahead - 1)


def user_of(link_id: int) -> str:
    """As whom a patient acts who comes by this link: in the audit, and for the database's own policies."""
    return f"patient:{link_id}"


def hash_of(token: str) -> str:
    """What is kept of a link's secret. It has 130 random bits: nobody guesses it, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def state_of(
    *, withdrawn_at: datetime | None, locked_at: datetime | None, expires_at: datetime, now: datetime
) -> LinkState:
    if withdrawn_at is not None:
        return LinkState.WITHDRAWN
    if locked_at is not None:
        return LinkState.LOCKED
    return LinkState.EXPIRED if expires_at <= now else LinkState.OPEN


def problems_of_link(*, days_ahead: int) -> list[Problem]:
    if 1 <= days_ahead <= MOST_DAYS_AHEAD:
        return []
    return [
        Problem(
            "days_ahead",
            "out-of-range",
            f"A link is for appointments of the next 1 to {MOST_DAYS_AHEAD} days",
            "Give a number in that range.",
            str(days_ahead),
        )
    ]


def refusal_to_change_own(*, status: str, starts_at: datetime, now: datetime) -> str:
    """Why a patient can't move or cancel by the link any more, in a sentence to them; empty when they can."""
    if refusal_to_cancel(status=status, starts_at=starts_at, now=now):
        return "This appointment can no longer be changed here."
    if now > starts_at - CHANGE_UNTIL:
        return "This appointment starts in less than one hour, so you cannot change it here any more."
    return ""
