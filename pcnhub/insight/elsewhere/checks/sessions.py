"""What an export of sessions and slots says of the coming weeks. The contract's arithmetic is the appointment book's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import cast

from pcnhub.care.appointments.rules import SlotState
from pcnhub.care.appointments.rules.capacity import (
    OfferedSlot,
    days_without_slots,
    gaps_in,
    offered_minutes,
    required_minutes,
    standard_hours,
)
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.local_time import in_london, london_date, week_start
from pcnhub.insight.elsewhere.checks.answering import ByExport, Exports, Verdict, need
from pcnhub.insight.elsewhere.checks.users import USERS, by_name, is_gp, users
from pcnhub.insight.elsewhere.rules import ExportKind, OfferedState, SlotRow, UserRow

SESSIONS = ExportKind.SESSIONS
ROTA_MANAGER = "the hub’s rota manager"
HORIZON_DAYS, WEEKS_AHEAD, ROTA_DAYS = 14, 2, 7
_STATES = {
    OfferedState.FREE: SlotState.FREE,
    OfferedState.EMBARGOED: SlotState.FREE,
    OfferedState.BOOKED: SlotState.BOOKED,
    OfferedState.BLOCKED: SlotState.BLOCKED,
    OfferedState.CANCELLED: SlotState.CANCELLED,
}


def slots(exports: Exports) -> tuple[SlotRow, ...]:
    return cast("tuple[SlotRow, ...]", exports[SESSIONS].rows)


def ahead(exports: Exports, now: datetime, days: int = HORIZON_DAYS) -> list[SlotRow]:
    """Slots of the next days that patients have or could have."""
    until = london_date(now) + timedelta(days=days)
    return [
        each
        for each in slots(exports)
        if each.starts_at > now
        and london_date(each.starts_at) <= until
        and each.is_bookable
        and each.state not in (OfferedState.CANCELLED, OfferedState.BLOCKED)
    ]


def _incomplete(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    found = ahead(exports, now)
    faults = _once((_named(each), ", ".join(lacks)) for each in found if (lacks := list(_lacks(each))))
    what = "Complete each session: holder, site, practitioner role and delivery channel."
    return _verdict(exports, now, faults, found, "sessions of the next 14 days are complete", what)


def _lacks(slot: SlotRow) -> Iterator[str]:
    parts = {"holder": slot.holder, "site": slot.site, "practitioner role": slot.role, "delivery channel": slot.channel}
    yield from (f"no {words}" for words, value in parts.items() if not value)


def _without_group(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    found = ahead(exports, now)
    faults = _once((_named(each), "open to no group") for each in found if not each.groups)
    right, what = "sessions of the next 14 days are open to a group", "Open each to the practices’ group."
    return _verdict(exports, now, faults, found, right, what)


def _too_few_minutes(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    required = required_minutes(hub.adjusted_population)
    first = week_start(london_date(now)) + timedelta(days=7)
    offered = [_offered(each) for each in slots(exports)]
    weeks = [first + timedelta(days=7 * number) for number in range(WEEKS_AHEAD)]
    counted = [(week, offered_minutes(offered, week_from=week)) for week in weeks]
    said = [f"week of {_day(week)}: {minutes} of {required} minutes" for week, minutes in counted]
    short = any(minutes < required for _, minutes in counted)
    last = f"the last slot of the export is on {_day(max(london_date(each.starts_at) for each in slots(exports)))}"
    what = "Make more sessions in the weeks that fall short, or export further days."
    return Verdict((*said, last) if short else (), "; ".join(said), what, ROTA_MANAGER)


def _bare_days(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    days = _days_ahead(now)
    bookable = [_offered(each) for each in slots(exports) if each.state is not OfferedState.EMBARGOED]
    faults = tuple(f"no slot that can be booked on {_day(day)}" for day in days_without_slots(bookable, days=days))
    right = f"Each day with network standard hours to {_day(days[-1])} has slots"
    return Verdict(faults, right, "Make sessions on these days, or let some be booked earlier.", ROTA_MANAGER)


def _without_gp(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    known = by_name(users(exports))
    periods = [
        (each.starts_at, each.ends_at)
        for each in ahead(exports, now, HORIZON_DAYS)
        if (holder := known.get(each.holder.casefold()))
        and is_gp(holder)
        and holder.holds_on(london_date(each.starts_at))
    ]
    hours = [found for day in _days_ahead(now) if (found := standard_hours(day))]
    gaps = [gap for each in hours for gap in gaps_in(each, periods)]
    faults = tuple(f"no GP {_span(start, end)}" for start, end in gaps)
    right = "A GP has slots in every minute of network standard hours of the next 14 days"
    what = "Make sessions of GPs that fill the gaps; GPs are known by their job category in the export of users."
    return Verdict(faults, right, what, ROTA_MANAGER)


def _misnamed(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    found, pattern = ahead(exports, now), hub.session_name_pattern
    if not pattern:
        return Verdict((), "", "", ROTA_MANAGER, not_asked="The network has set no pattern for session names.")
    faults = _once(
        (each.session, f"named otherwise than {pattern}") for each in found if not re.fullmatch(pattern, each.session)
    )
    what = "Rename these sessions and their templates."
    return _verdict(exports, now, faults, found, "session names follow the pattern", what)


def _unready_holders(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    found = [each for each in ahead(exports, now, ROTA_DAYS) if each.holder]
    known = by_name(users(exports))
    faults: dict[str, str] = {}
    for each in found:
        holder, day = known.get(each.holder.casefold()), london_date(each.starts_at)
        if holder is None:
            lacks = ["no single account of this name"]
        else:
            lacks = [words for words, is_so in _readiness(holder, day) if not is_so]
        if lacks:
            faults.setdefault(each.holder, f"{each.holder} ({_day(day)}): {', '.join(lacks)}")
    right = f"{len({each.holder for each in found})} clinicians on the rota of the next 7 days have an account that is ready"
    unheld = "" if all(each.holder for each in ahead(exports, now, ROTA_DAYS)) else "Sessions have no holder"
    end = unheld or _ends_early(exports, now, ROTA_DAYS)
    nothing = end if found else "The export has no session with a holder in the days ahead"
    return Verdict(tuple(faults.values()), right, "Mend each person’s account.", ROTA_MANAGER, nothing)


def _readiness(holder: UserRow, day: date) -> Iterator[tuple[str, bool]]:
    """What is said where it is not so."""
    yield "account closed or contract ended", holder.holds_on(day)
    yield "no national role", bool(holder.roles)
    yield "no smartcard associated", bool(holder.smartcard)
    yield "not marked as consulter", holder.is_consulter is True
    yield "not marked as session holder", holder.is_session_holder is True


def _offered(slot: SlotRow) -> OfferedSlot:
    return OfferedSlot(slot.starts_at, slot.ends_at, _STATES[slot.state], slot.is_bookable, "", slot.counts)


def _verdict(
    exports: Exports, now: datetime, faults: tuple[str, ...], found: list[SlotRow], right: str, what: str
) -> Verdict:
    number = len({_named(each) for each in found})
    nothing = _ends_early(exports, now, HORIZON_DAYS) if found else "The export has no session in the days ahead"
    return Verdict(faults, f"All {number} {right}", what, ROTA_MANAGER, nothing)


def _ends_early(exports: Exports, now: datetime, days: int) -> str:
    """Of days that the file does not reach nothing is known. It owes as many days as were ahead when it was taken: one that grows
    old within its days is none the worse for it."""
    until = min(london_date(now), london_date(exports[SESSIONS].snapshot.taken_at)) + timedelta(days=days)
    last = max((london_date(each.starts_at) for each in slots(exports)), default=date.min)
    owed = next(day for day in (until - timedelta(days=n) for n in range(days)) if standard_hours(day))
    return (
        ""
        if last >= owed
        else f"The export’s last session is on {_day(last)}, and its days to {_day(owed)} are asked for"
    )


def _once(found: Iterator[tuple[str, str]]) -> tuple[str, ...]:
    """A session once, however many of its slots have the fault."""
    return tuple(dict.fromkeys(f"{named}: {what}" for named, what in found))


def _named(slot: SlotRow) -> str:
    return f"{slot.session}, {_day(london_date(slot.starts_at))}"


def _days_ahead(now: datetime) -> list[date]:
    return [london_date(now) + timedelta(days=number) for number in range(1, HORIZON_DAYS + 1)]


def _day(day: date) -> str:
    return f"{day:%a %-d %b}"


def _span(start: datetime, end: datetime) -> str:
    start, end = in_london(start), in_london(end)
    return f"{start:%a %-d %b %H:%M} to {end:%H:%M}"


CHECKS: dict[str, ByExport] = {
    "CHK-19": ByExport("CHK-19", (need(SESSIONS, "groups"),), _without_group),
    "CHK-20": ByExport("CHK-20", (need(SESSIONS, "holder", "site", "role", "channel"),), _incomplete),
    "CHK-21": ByExport("CHK-21", (need(SESSIONS, "state"),), _too_few_minutes),
    "CHK-22": ByExport("CHK-22", (need(SESSIONS, "state"),), _bare_days),
    "CHK-24": ByExport(
        "CHK-24",
        (
            need(SESSIONS, "holder", "state"),
            need(USERS, "job_category"),
        ),
        _without_gp,
    ),
    "CHK-25": ByExport("CHK-25", (need(SESSIONS),), _misnamed),
    "CHK-42": ByExport(
        "CHK-42",
        (
            need(SESSIONS, "holder"),
            need(USERS, "roles", "smartcard", "is_consulter", "is_session_holder", "is_active"),
        ),
        _unready_holders,
    ),
}
