"""What an export of users and roles says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import cast

from pcnhub.care.appointments.rules import GP_ROLES
from pcnhub.care.appointments.rules.job_roles import JOB_ROLE_NAMES
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.care.organisations.rules import (
    Duty,
    PersonTraits,
    duties_of,
    look_like_one_person,
    missing_activities,
)
from pcnhub.care.patients.rules import plain_words
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.elsewhere.checks.answering import ByExport, Exports, Verdict, need
from pcnhub.insight.elsewhere.rules import ExportKind, UserRow

USERS = ExportKind.USERS
SOON, UNUSED = timedelta(days=30), timedelta(days=90)
HUB = "the hub’s system administrator"
RA = "the Registration Authority"
PRESCRIBES = "B0420"  # independent prescribing (`domain.md` 4)
GPS = frozenset({"gp", *(plain_words(JOB_ROLE_NAMES[code]) for code in GP_ROLES if code in JOB_ROLE_NAMES)})


def users(exports: Exports) -> tuple[UserRow, ...]:
    return cast("tuple[UserRow, ...]", exports[USERS].rows)


def active(exports: Exports, day: date) -> list[UserRow]:
    return [each for each in users(exports) if each.holds_on(day)]


def is_gp(user: UserRow) -> bool:
    """By the job category: a national role of GPs, by its name or its code. The access role (R8000) says no such thing."""
    return plain_words(user.job_category) in GPS or bool(GP_ROLES.intersection(user.job_category.upper().split()))


def by_name(rows: Iterable[UserRow]) -> dict[str, UserRow]:
    """Users by what a session may call them; a name that two have leads to neither."""
    found: dict[str, list[UserRow]] = defaultdict(list)
    for row in rows:
        for word in row.called:
            found[word].append(row)
    return {word: people[0] for word, people in found.items() if len(people) == 1}


def _without_category(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    staff = [each for each in active(exports, london_date(now)) if each.is_consulter is not False]
    faults = tuple(f"{each.name} has no job category" for each in staff if not each.job_category)
    named = sorted({each.job_category for each in staff if each.job_category})
    right = f"Job categories of those who consult: {', '.join(named)}"
    return Verdict(faults, right, "Give each a job category that the sharing agreement names.", HUB, _nobody(staff))


def _without_role(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    staff = active(exports, london_date(now))
    faults = tuple(f"{each.name} has no national role" for each in staff if not each.roles)
    what = "Have a position made at the hub’s code, and associate it with the account."
    return Verdict(faults, f"Each of {len(staff)} open accounts has a national role", what, RA, _nobody(staff))


def _lacking_activities(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    staff = active(exports, london_date(now))
    faults = tuple(
        f"{each.name} lacks {', '.join(lacking)}"
        for each in staff
        if (lacking := missing_activities(_duties(each), each.activities))
    )
    consult = any(each.is_consulter for each in staff)
    nothing = "" if consult else "The export marks nobody as consulter, so nobody’s duties are known"
    return Verdict(faults, "Everybody’s activities cover their duties", "Have the activities added.", RA, nothing)


def _duties(user: UserRow) -> frozenset[Duty]:
    return duties_of(consulter=bool(user.is_consulter), prescriber_code=user.prescriber_code)


def _ending(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    today = london_date(now)
    faults = tuple(
        f"{each.name}: {'ended' if each.ends_on < today else 'ends'} on {each.ends_on:%-d %B %Y}"
        for each in users(exports)
        if each.is_active and each.ends_on is not None and each.ends_on <= today + SOON
    )
    what = "Renew it, or close the account and plan without this person."
    return Verdict(
        faults,
        "No open account’s contract ends within 30 days",
        what,
        HUB,
        _nobody(each for each in users(exports) if each.is_active),
    )


def _prescribing(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    staff = [
        each for each in active(exports, london_date(now)) if each.prescriber_code or PRESCRIBES in each.activities
    ]
    faults = tuple(
        f"{each.name} has {'no prescriber code' if not each.prescriber_code else f'no {PRESCRIBES}'}"
        for each in staff
        if not (each.prescriber_code and PRESCRIBES in each.activities)
    )
    right = f"Each of {len(staff)} prescribers has {PRESCRIBES} and a prescriber code"
    not_asked = "" if staff else "No account of the export prescribes."
    return Verdict(faults, right, "Add what is missing.", f"{RA} and the ICB", not_asked=not_asked)


def _unused(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    taken = london_date(exports[USERS].snapshot.taken_at)
    staff = active(exports, taken)
    faults = tuple(
        f"{each.name}: {f'last on {each.last_used_on:%-d %B %Y}' if each.last_used_on else 'never used'}"
        for each in staff
        if (each.last_used_on or each.starts_on or date.min) < taken - UNUSED
    )
    what = "Close the account of whoever has left."
    return Verdict(faults, "Every open account was used within 90 days", what, HUB, _nobody(staff))


def _twice(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    staff = active(exports, london_date(now))
    cards: dict[str, list[str]] = defaultdict(list)
    for each in staff:
        if each.smartcard:
            cards[each.smartcard.casefold()].append(each.username or each.name)
    faults = [f"One smartcard, several accounts: {', '.join(names)}" for names in cards.values() if len(names) > 1]
    faults += [
        f"{one.username or one.name} and {other.username or other.name} look like one person"
        for one, other in combinations(staff, 2)
        if look_like_one_person(_traits(one), _traits(other))
    ]
    what = "Keep one account, and close the other."
    nothing = "" if cards else "The export has no smartcard of an open account"
    return Verdict(tuple(faults), "One account for each smartcard", what, HUB, nothing)


def _traits(user: UserRow) -> PersonTraits:
    return PersonTraits(user.name, "", "", user.smartcard)


def _nobody(found: Iterable[UserRow]) -> str:
    return "" if list(found) else "The export names no open account"


CHECKS: dict[str, ByExport] = {
    "CHK-06": ByExport("CHK-06", (need(USERS, "job_category"),), _without_category, proves=False),
    "CHK-09": ByExport("CHK-09", (need(USERS, "roles"),), _without_role, proves=False),
    "CHK-10": ByExport("CHK-10", (need(USERS, "activities", "is_consulter"),), _lacking_activities),
    "CHK-11": ByExport("CHK-11", (need(USERS, "ends_on"),), _ending),
    "CHK-12": ByExport("CHK-12", (need(USERS, "prescriber_code", "activities"),), _prescribing),
    "CHK-43": ByExport("CHK-43", (need(USERS, "last_used_on"),), _unused),
    "CHK-44": ByExport("CHK-44", (need(USERS, "smartcard"),), _twice),
}
