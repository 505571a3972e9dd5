"""What a slot type, a template and a session must have; every reason at once, never the first alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from pcnhub.care.appointments.rules.words import (
    AppointmentMode,
    DeliveryChannel,
    practitioner_role_known,
    practitioner_words,
)
from pcnhub.foundations.kernel.refusals import Problem

LONGEST_NAME = 200  # characters
LONGEST_SESSION = timedelta(hours=12)
COLOURS = ("blue", "green", "purple", "orange", "pink", "grey")


@dataclass(frozen=True, slots=True)
class SlotTypeDetails:
    """What a slot is for, as a hub describes it. `mode` is national (R4); `minutes` its usual length."""

    name: str
    minutes: int
    mode: str
    colour: str = "blue"
    bookable: bool = True
    eligibility_text: str = ""
    service_setting: str = ""
    context_type: str = ""
    national_category: str = ""


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What a template and a session share. A draft may leave out the holder, site, channel, role and groups."""

    name: str
    slot_type_id: int
    holder_id: int | None = None
    site_id: int | None = None
    delivery_channel: str = ""
    practitioner_role: str = ""
    group_ids: frozenset[int] = field(default=frozenset())
    counts_to_enhanced_access: bool = True


@dataclass(frozen=True, slots=True)
class TemplateDetails:
    """A session of every week: ISO `weekday`, London times, from `starts_on` to before `ends_on`."""

    session: SessionDetails
    weekday: int
    starts_at: time
    ends_at: time
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class HolderFacts:
    """Who holds a session, on the session's day."""

    name: str
    at_this_hub: bool
    is_active: bool
    is_session_holder: bool
    job_role_code: str  # of the position itself (SDS, `domain.md` R9); empty when it has none


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as publishing judges it."""

    details: SessionDetails
    starts_at: datetime
    slots: int
    holder: HolderFacts | None
    site_open: bool
    busy_with: tuple[str, ...]  # the holder's other published sessions at that time, each in words


def problems_of_slot_type(details: SlotTypeDetails) -> list[Problem]:
    problems = []
    if not details.name.strip():
        problems.append(Problem("name", "missing", "A slot type needs a name", "Say who and what it is for."))
    if not 1 <= details.minutes <= 480:
        problems.append(
            Problem(
                "minutes",
                "out-of-range",
                "A slot has 1 to 480 minutes",
                "Give the usual length, such as 15.",
                str(details.minutes),
            )
        )
    if details.mode not in list(AppointmentMode):
        problems.append(
            Problem(
                "mode",
                "unknown",
                "This is not a national appointment mode",
                f"Use one of: {', '.join(AppointmentMode)}.",
                details.mode,
            )
        )
    if details.colour not in COLOURS:
        problems.append(
            Problem(
                "colour", "unknown", "The rota has no such colour", f"Use one of: {', '.join(COLOURS)}.", details.colour
            )
        )
    return problems


def problems_of_session(details: SessionDetails) -> list[Problem]:
    """What even a draft or a template can't have. What may be missing until publishing is not asked here."""
    problems = []
    if not details.name.strip():
        problems.append(
            Problem(
                "name",
                "missing",
                "A session needs a name",
                "The booking practice sees it: say who may use it for what.",
            )
        )
    if len(details.name) > LONGEST_NAME:  # practices read it in a row, and it is held to the network's pattern
        problems.append(
            Problem("name", "too-long", f"The name has {len(details.name)} characters", f"{LONGEST_NAME} is the most.")
        )
    if details.delivery_channel and details.delivery_channel not in list(DeliveryChannel):
        problems.append(
            Problem(
                "delivery_channel",
                "unknown",
                "GP Connect knows no such channel",
                f"Use one of: {', '.join(DeliveryChannel)}.",
                details.delivery_channel,
            )
        )
    if details.practitioner_role and not practitioner_role_known(details.practitioner_role):
        problems.append(
            Problem(
                "practitioner_role",
                "unknown",
                "This is not the job role of a clinician who holds sessions",
                "Give its SDS code, such as R0260.",
                details.practitioner_role,
            )
        )
    return problems


def problems_of_template(details: TemplateDetails) -> list[Problem]:
    problems = problems_of_session(details.session)
    if not 1 <= details.weekday <= 7:
        problems.append(
            Problem(
                "weekday",
                "out-of-range",
                "A weekday is 1 (Monday) to 7 (Sunday)",
                "Choose a day.",
                str(details.weekday),
            )
        )
    if details.starts_at >= details.ends_at:
        problems.append(
            Problem(
                "ends_at",
                "not-after-start",
                "A session ends after it starts, on the same day",
                "Give a later time.",
                f"{details.ends_at:%H:%M}",
            )
        )
    if details.ends_on is not None and details.ends_on <= details.starts_on:
        problems.append(
            Problem(
                "ends_on",
                "not-after-start",
                "The template ends before its first day",
                "Give a later day, or none.",
                details.ends_on.isoformat(),
            )
        )
    return problems


def reasons_not_to_publish(session: SessionFacts, *, name_pattern: str) -> list[Problem]:
    """Every reason why this session can't be opened to booking (`domain.md` 7.1, 7.2, 12 CHK-19, 20, 25)."""
    details = session.details
    reasons = problems_of_session(details)
    missing = "Edit the session, then publish it again."
    if session.holder is None:
        reasons.append(Problem("holder", "missing", "Nobody holds this session", missing))
    else:
        reasons += _reasons_of_holder(session.holder)
    if details.site_id is None:
        reasons.append(Problem("site", "missing", "The session has no site", missing))
    elif not session.site_open:
        reasons.append(
            Problem("site", "closed", "The site is closed, or not one of this hub's", "Choose another site.")
        )
    if not details.delivery_channel:
        reasons.append(Problem("delivery_channel", "missing", "The session has no delivery channel", missing))
    if not details.practitioner_role:
        reasons.append(Problem("practitioner_role", "missing", "The session has no practitioner role", missing))
    elif session.holder and session.holder.at_this_hub and session.holder.job_role_code != details.practitioner_role:
        reasons.append(_not_their_role(session.holder, details.practitioner_role))
    if not details.group_ids:
        reasons.append(Problem("groups", "missing", "No organisation group may book this session", missing))
    if session.slots == 0:
        reasons.append(
            Problem(
                "slots",
                "missing",
                "No slot fits between start and end",
                "Make the session longer, or its slots shorter.",
            )
        )
    reasons += [
        Problem(
            "holder",
            "overlap",
            f"{session.holder.name if session.holder else 'The holder'} has another session then: {other}",
            "Change the time or the holder of one of the two.",
        )
        for other in session.busy_with
    ]
    if name_pattern and not re.fullmatch(name_pattern, details.name):
        reasons.append(
            Problem(
                "name",
                "pattern",
                "The name does not follow the network's pattern",
                f"Use a name that matches {name_pattern}.",
                details.name,
            )
        )
    return reasons


def _not_their_role(holder: HolderFacts, offered: str) -> Problem:
    """Whoever books a GP must find a GP in the room, and cover is counted from what the holder is (`domain.md` D8, R9)."""
    own = role_words(holder.job_role_code)
    return Problem(
        "practitioner_role",
        "not-the-holders",
        f"The session is offered as {role_words(offered)}, but the position of {holder.name} says {own}",
        "The rota manager chooses the holder's own role or another holder; a wrong position is corrected on the people page "
        "by whoever manages the hub's people.",
        offered,
    )


def role_words(code: str) -> str:
    """A job role as its family and its code: GP (R0260)."""
    return f"{practitioner_words(code)} ({code})" if code else "no job role"


def _reasons_of_holder(holder: HolderFacts) -> Iterable[Problem]:
    remedy = "Choose another holder, or change the position on the people page."
    if not holder.at_this_hub:
        yield Problem("holder", "elsewhere", f"{holder.name} has no position at this hub", remedy)
    elif not holder.is_active:
        yield Problem(
            "holder", "inactive", f"The position or account of {holder.name} does not hold on that day", remedy
        )
    elif not holder.is_session_holder:
        yield Problem("holder", "not-a-holder", f"{holder.name} is not marked as a session holder", remedy)
