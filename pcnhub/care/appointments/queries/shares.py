"""What is booked already of a share of a session: a share that is set later counts it as if it had been there before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from pcnhub.care.appointments.models import BookedSlot, Session, SessionQuota
from pcnhub.care.appointments.queries.consumers import ORGANISATION_TYPES
from pcnhub.care.appointments.rules import BookingSource, QuotaProfile
from pcnhub.care.appointments.rules.details import Quota


@dataclass(frozen=True, slots=True)
class ShareUse:
    """A share as a session is to have it, and how many of its seats are taken already."""

    starts_at: datetime  # of the session
    quota: Quota
    used: int


def seats_of_share(*, session_ids: Collection[int], profile: str, subject: str) -> Counter[tuple[int, int]]:
    """(session id, booking id) -> live seats, of the bookings that `rules.visibility.counted_quotas` counts against it."""
    taken = BookedSlot.objects.filter(_counts(profile, subject), slot__session__in=session_ids, is_live=True)
    return Counter(taken.values_list("slot__session", "booking"))


def share_uses(*, session_ids: Collection[int], quotas: Iterable[Quota]) -> tuple[ShareUse, ...]:
    """How much of each share is taken in each session, those of which nothing is left out; in order of time."""
    standing = {
        (session_id, profile, subject): used
        for session_id, profile, subject, used in SessionQuota.objects.filter(session__in=session_ids).values_list(
            "session", "profile", "subject", "used"
        )
    }
    starts = dict(Session.objects.filter(pk__in=session_ids).order_by("starts_at", "pk").values_list("pk", "starts_at"))
    found = []
    for quota in quotas:
        seats: Counter[int] = Counter()
        for (session_id, _), number in seats_of_share(
            session_ids=session_ids, profile=quota.profile, subject=quota.subject
        ).items():
            seats[session_id] += number
        found += [
            ShareUse(starts_at, quota, standing.get((session_id, quota.profile, quota.subject), seats[session_id]))
            for session_id, starts_at in starts.items()
        ]
    return tuple(sorted((each for each in found if each.used), key=lambda each: each.starts_at))


def _counts(profile: str, subject: str) -> Q:
    if profile == QuotaProfile.ORGANISATION:
        return Q(booking__booked_by_ods_code=subject)
    if profile == QuotaProfile.GROUP:
        return Q(booking__booked_by_organisation__group_memberships__group=int(subject))
    # What was sent over GP Connect; of who booked on the pages here, what their kind amounts to.
    kinds = [kind for kind, word in ORGANISATION_TYPES.items() if word == subject]
    here = ~Q(booking__source=BookingSource.GP_CONNECT) & Q(booking__booked_by_organisation__kind__in=kinds)
    return Q(booking__source=BookingSource.GP_CONNECT, booking__booked_by_organisation_type=subject) | here
