"""In words: from when and until when a session can be booked, and by whom besides its groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pcnhub.care.appointments.operations import Quota, SessionDetails
from pcnhub.care.appointments.queries import SessionView
from pcnhub.care.appointments.queries.shares import ShareUse
from pcnhub.care.appointments.rules import QuotaProfile
from pcnhub.care.organisations.queries import find_organisation
from pcnhub.foundations.kernel.local_time import in_london


def limits_of(view: SessionView, groups: Mapping[int, str]) -> list[str]:
    """One sentence for each limit; empty when there is none. `groups`: the hub's, id to name."""
    said = []
    if view.open_to_all:
        said.append("Over GP Connect open to every organisation.")
    if view.organisation_types:
        said.append(f"Over GP Connect only {', '.join(sorted(view.organisation_types))}.")
    if view.organisation_ods_codes and not view.open_to_all:
        # Beside the groups those named are let in as well; without groups, nobody else is (`rules.visibility`).
        also = "Besides the groups also" if view.group_ids else "Only"
        said.append(f"{also} {' and '.join(sorted(view.organisation_ods_codes))} can book over GP Connect.")
    if view.window_days is not None:
        said.append(f"At most {view.window_days} days ahead.")
    if view.closes_minutes is not None:
        said.append(f"Closes {view.closes_minutes} minutes before the start.")
    if view.release_group_id is not None or view.release_at is not None:
        to = groups.get(view.release_group_id or 0, "no group yet")
        at = f"{view.release_at:%H:%M}" if view.release_at else "no time yet"
        said.append(f"What is left on the day opens to {to} at {at}.")
    said += [f"At most {quota.at_most} for {_whom(quota, groups)}." for quota in view.quotas]
    return said


def shares_used(uses: Iterable[ShareUse], groups: Mapping[int, str]) -> list[str]:
    """How much of each share is taken already: one sentence each."""
    return [
        f"{in_london(each.starts_at):%A %-d %B}, share of {_whom(each.quota, groups)}: "
        f"{each.used} of {each.quota.at_most} used"
        + (", so nobody of it can book until enough are cancelled." if each.used >= each.quota.at_most else ".")
        for each in uses
    ]


def _whom(quota: Quota, groups: Mapping[int, str]) -> str:
    if quota.profile == QuotaProfile.GROUP and quota.subject.isdecimal():
        return groups.get(int(quota.subject), quota.subject)
    return quota.subject


def codes_to_check(said: SessionView | SessionDetails) -> str:
    """A warning about ODS codes that nobody on this platform has, one sentence; empty when there are none. Most practices and
    111 services are not here and book over GP Connect all the same, so this is never a refusal."""
    limited = {quota.subject for quota in said.quotas if quota.profile == QuotaProfile.ORGANISATION}
    codes = sorted(each for each in said.organisation_ods_codes | limited if find_organisation(ods_code=each) is None)
    return f"Not on this platform: {', '.join(codes)}. Check that each code is right." if codes else ""
