"""Which slots are open to a consumer, in SQL: what `rules.visibility.reasons_unseen` decides, for the two hot searches.

The conditions stand in pieces that go with the tables they ask: aliases are slot, session, kind (its slot type), holder,
account, site. Nothing that anybody typed becomes SQL: all values are parameters (`parameters_of`). A property test on random
worlds holds each search against the rules.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pcnhub.care.appointments.rules.own_links import last_day_of
from pcnhub.care.appointments.rules.visibility import Consumer, Route
from pcnhub.foundations.kernel.local_time import in_london

DAY = "(slot.starts_at at time zone 'Europe/London')::date"


def on_day(condition: str) -> str:
    """A condition for a statement that has reckoned the slot's London day once, as `slot.day`."""
    return condition.replace(DAY, "slot.day")


# The joins that the conditions need besides slot and session. A session may have several holders, each with slots of their own.
HOLDER_AND_PLACE = """
left join organisations_position holder on holder.id = coalesce(slot.holder_id, session.holder_id)
left join organisations_account account on account.id = holder.account_id
left join organisations_site site on site.id = session.site_id
"""

SEAT_IS_FREE = """
slot.state = 'free' and slot.extra_seat_of_id is null and slot.starts_at > %(now)s
and (slot.held_until is null or slot.held_until <= %(now)s or (slot.held_by = %(holds_as)s and %(holds_as)s <> ''))
"""

TYPE_IS_OPEN = """
kind.bookable
and (kind.embargo_minutes is null or slot.starts_at - make_interval(mins => kind.embargo_minutes) <= %(now)s)
"""

SESSION_IS_FIT = "session.state = 'published' and session.delivery_channel <> '' and session.practitioner_role <> ''"

TIME_IS_RIGHT = f"""
(session.window_days is null or {DAY} - session.window_days <= %(today)s)
and (session.closes_minutes is null or slot.starts_at - make_interval(mins => session.closes_minutes) > %(now)s)
"""

HOLDER_IS_THERE = f"""
holder.organisation_id = slot.hub_id and account.is_active and not holder.awaits_acceptance and holder.job_role_code <> ''
and holder.starts_on <= {DAY} and (holder.ends_on is null or {DAY} < holder.ends_on)
and site.id is not null and (site.closed_on is null or {DAY} < site.closed_on)
"""

QUOTA_IS_LEFT = """
not exists (
  select from appointments_sessionquota quota
  where quota.session_id = session.id and quota.used >= quota.at_most and (
    (quota.profile = 'organisation' and quota.subject = %(ods)s and %(ods)s <> '')
    or (quota.profile = 'group' and quota.subject = any(%(member_subjects)s::text[]))
    or (quota.profile = 'organisation-type' and quota.subject = %(type)s and %(type)s <> '')))
"""

TYPE_OF_ORGANISATION = "(session.organisation_types = '{}' or %(type)s = any(session.organisation_types))"

# By code, or by a group that it is in and has subscribed to.
NAMED = """
(%(ods)s = any(session.organisation_ods_codes) or exists (
  select from appointments_session_groups opened
  where opened.session_id = session.id and opened.organisationgroup_id = any(%(subscribed)s::bigint[])))
"""
RELEASED = f"""
(session.release_group_id = any(%(released)s::bigint[]) and session.release_at <= %(clock)s::time and {DAY} = %(today)s)
"""

# What both routes ask of every slot but for who may see it.
BOOKABLE = " and ".join(
    f"({part})" for part in (SEAT_IS_FREE, TYPE_IS_OPEN, SESSION_IS_FIT, TIME_IS_RIGHT, HOLDER_IS_THERE, QUOTA_IS_LEFT)
)

# The hub's own staff book into every session of theirs; another organisation must be named. The agreement is asked before.
OPEN_TO_STAFF = f"""
(slot.hub_id = %(organisation)s or ({TYPE_OF_ORGANISATION} and ({NAMED} or {RELEASED})))
"""

# What patients may book themselves, by the link that they come with; whoever else asks, it lets through.
OPEN_TO_PATIENTS = f"""
(not %(by_patient)s::boolean or (kind.patients_may_book
  and (%(link_types)s::bigint[] = '{{}}' or slot.slot_type_id = any(%(link_types)s::bigint[]))
  and (%(link_last_day)s::date is null or {DAY} <= %(link_last_day)s::date)))
"""


TYPES_OF_PARAMETERS = {
    "now": "timestamptz",
    "today": "date",
    "clock": "time",
    "organisation": "bigint",
    "ods": "text",
    "type": "text",
    "holds_as": "text",
    "subscribed": "bigint[]",
    "released": "bigint[]",
    "member_subjects": "text[]",
}
"""What `parameters_of` answers, as a prepared statement declares it."""


def parameters_of(consumer: Consumer, *, now: datetime) -> dict[str, Any]:
    """What the conditions ask of the consumer and the moment."""
    here = in_london(now)
    released_to = consumer.member_of if consumer.route is Route.GP_CONNECT else consumer.subscribed_to
    return {
        "now": now,
        "today": here.date(),
        "clock": here.time(),
        "organisation": consumer.organisation_id,
        "ods": consumer.ods_code,
        "type": consumer.organisation_type,
        "holds_as": consumer.holds_as,
        "subscribed": sorted(consumer.subscribed_to),
        "released": sorted(released_to),
        "member_subjects": [str(group) for group in sorted(consumer.member_of)],
    }


def parameters_of_link(consumer: Consumer, *, now: datetime) -> dict[str, Any]:
    """What `OPEN_TO_PATIENTS` asks besides."""
    limits = consumer.limits
    return {
        "by_patient": consumer.route is Route.PATIENT,
        "link_types": sorted(limits.slot_type_ids) if limits else [],
        "link_last_day": last_day_of(limits, now) if limits else None,
    }
