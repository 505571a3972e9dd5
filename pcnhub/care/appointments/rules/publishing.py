"""Whether a session may be opened to booking: every reason against it at once, never the first alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.rules.capacity import is_within_standard_hours
from pcnhub.care.appointments.rules.details import SessionDetails, problems_of_session
from pcnhub.care.appointments.rules.words import QuotaProfile, practitioner_words
from pcnhub.foundations.kernel.refusals import Problem

EDIT = "Edit the session, then publish it again."


@dataclass(frozen=True, slots=True)
class HolderFacts:
    """Who holds a session, on the session's day."""

    name: str
    at_this_hub: bool
    is_active: bool
    is_session_holder: bool
    job_role_code: str  # of the position itself (SDS, `domain.md` R9); empty when it has none
    account_id: int = 0
    busy_with: tuple[str, ...] = ()  # that person's other published sessions at that time, each in words


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as publishing judges it."""

    details: SessionDetails
    starts_at: datetime
    ends_at: datetime
    slots: int
    holder: HolderFacts | None
    site_open: bool
    further_holders: tuple[HolderFacts, ...] = ()
    not_mapped: tuple[str, ...] = ()  # names of its slot types for patients that lack their national mapping


def reasons_not_to_publish(session: SessionFacts, *, name_pattern: str) -> list[Problem]:
    """Every reason why this session can't be opened to booking (`domain.md` 7.1, 7.2, 12 CHK-19, 20, 25, 57)."""
    details = session.details
    return [
        *problems_of_session(details),
        *_reasons_of_what_is_missing(session),
        *_reasons_of_holders(session),
        *_reasons_of_access(session),
        *_reasons_of_name(details.name, name_pattern),
    ]


def _reasons_of_what_is_missing(session: SessionFacts) -> Iterator[Problem]:
    details = session.details
    if session.holder is None:
        yield Problem("holder", "missing", "Nobody holds this session", EDIT)
    if details.site_id is None:
        yield Problem("site", "missing", "The session has no site", EDIT)
    elif not session.site_open:
        yield Problem("site", "closed", "The site is closed, or not one of this hub's", "Choose another site.")
    if not details.delivery_channel:
        yield Problem("delivery_channel", "missing", "The session has no delivery channel", EDIT)
    if not details.practitioner_role:
        yield Problem("practitioner_role", "missing", "The session has no practitioner role", EDIT)
    if not (details.group_ids or details.organisation_ods_codes or details.open_to_all):
        yield Problem(
            "groups",
            "missing",
            "No organisation group may book this session, and no other organisation",
            "Choose a group, give ODS codes, or open it to every organisation over GP Connect.",
        )
    if session.slots == 0:
        yield Problem(
            "slots", "missing", "No slot fits between start and end", "Make the session longer, or its slots shorter."
        )
    for name in session.not_mapped:
        # CHK-57: what is not mapped is missing from national statistics, and the hub looks as if it delivered less
        yield Problem(
            "slot_type",
            "not-mapped",
            f"The slot type {name} has no complete national mapping",
            "An administrator of the hub chooses its service setting, context type and category on the slot types page.",
        )
    if (
        details.counts_to_enhanced_access
        and not details.variation.strip()
        and not is_within_standard_hours(session.starts_at, session.ends_at)
    ):
        yield Problem(
            "variation",
            "missing",
            "The session counts towards enhanced access, but lies outside network standard hours",
            "Name the variation that the commissioner agreed, or say that the session does not count.",
        )


def _reasons_of_holders(session: SessionFacts) -> Iterator[Problem]:
    role = session.details.practitioner_role
    seen: set[int] = set()
    for field, holder in [
        *([("holder", session.holder)] if session.holder else []),
        *(("further_holders", each) for each in session.further_holders),
    ]:
        yield from _reasons_of_holder(field, holder)
        if role and holder.at_this_hub and holder.job_role_code != role:
            yield _not_their_role(field, holder, role)
        if holder.account_id and holder.account_id in seen:
            yield Problem(field, "twice", f"{holder.name} is named twice", "One person has one row of slots.")
        seen.add(holder.account_id)
        for other in holder.busy_with:
            yield Problem(
                field,
                "overlap",
                f"{holder.name} has another session then: {other}",
                "Change the time or the holder of one of the two.",
            )


def _reasons_of_access(session: SessionFacts) -> Iterator[Problem]:
    """Restrictions, release and quotas that would keep somebody out by mistake."""
    details = session.details
    if details.release_group_id is not None and details.release_at is None:
        yield Problem("release_at", "missing", "There is a group to release slots to, but no time", EDIT)
    if details.release_group_id is None and details.release_at is not None:
        yield Problem("release_group_id", "missing", "There is a time to release slots at, but no group", EDIT)
    groups = {str(each) for each in (*details.group_ids, details.release_group_id)}
    for quota in details.quotas:
        if quota.profile == QuotaProfile.GROUP and quota.subject not in groups:
            yield Problem(
                f"quotas.{quota.profile}.{quota.subject}",
                "not-a-group-of-the-session",
                "There is a limit for a group that may not book this session",
                "Open the session to the group, or take the limit out.",
            )


def _reasons_of_name(name: str, pattern: str) -> Iterator[Problem]:
    if pattern and not re.fullmatch(pattern, name):
        yield Problem(
            "name",
            "pattern",
            "The name does not follow the network's pattern",
            f"Use a name that matches {pattern}.",
            name,
        )


def _not_their_role(field: str, holder: HolderFacts, offered: str) -> Problem:
    """Whoever books a GP must find a GP in the room, and cover is counted from what the holder is (`domain.md` D8, R9)."""
    own = role_words(holder.job_role_code)
    return Problem(
        "practitioner_role" if field == "holder" else field,
        "not-the-holders",
        f"The session is offered as {role_words(offered)}, but the position of {holder.name} says {own}",
        "The rota manager chooses the holder's own role or another holder; a wrong position is corrected on the people page "
        "by whoever manages the hub's people.",
        offered,
    )


def role_words(code: str) -> str:
    """A job role as its family and its code: GP (R0260)."""
    return f"{practitioner_words(code)} ({code})" if code else "no job role"


def _reasons_of_holder(field: str, holder: HolderFacts) -> Iterable[Problem]:
    remedy = "Choose another holder, or change the position on the people page."
    if not holder.at_this_hub:
        yield Problem(field, "elsewhere", f"{holder.name} has no position at this hub", remedy)
    elif not holder.is_active:
        yield Problem(field, "inactive", f"The position or account of {holder.name} does not hold on that day", remedy)
    elif not holder.is_session_holder:
        yield Problem(field, "not-a-holder", f"{holder.name} is not marked as a session holder", remedy)
