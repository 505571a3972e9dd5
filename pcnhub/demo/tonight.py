"""A session that begins within minutes, so that the tour can be walked at any time of any day."""

from __future__ import annotations

from datetime import datetime, timedelta

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.appointments import queries as book
from pcnhub.care.appointments.rules import DeliveryChannel
from pcnhub.care.appointments.rules.details import SessionDetails
from pcnhub.care.organisations import queries as directory
from pcnhub.demo import network
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london

NAME = "EA GP tour - practice booking"
LENGTH = timedelta(hours=2)
_STEP = timedelta(minutes=15)


def make(*, carys: Actor, bilal: Actor, now: datetime) -> None:
    """Two hours of Bilal's from the next quarter of an hour, less towards midnight; none when he is busy then."""
    local = in_london(now)
    starts = local.replace(minute=0, second=0, microsecond=0) + _STEP * (local.minute // 15 + 1)
    if (starts.hour, starts.minute) == (23, 45):  # a session ends on the day on which it starts
        starts += _STEP
    day, hub_id = starts.date(), carys.organisation.id
    ends = min(starts + LENGTH, starts.replace(hour=23, minute=45))
    of_the_day = book.sessions(hub_id=hub_id, from_on=day, to_on=day, holder_id=bilal.position_id)
    if any(one.starts_at < ends and starts < one.ends_at for one in of_the_day):
        return
    [kind] = [one for one in book.slot_types(hub_id=hub_id) if one.name == "EA GP F2F"]
    [site] = [one for one in directory.sites_of(organisation_id=hub_id) if one.name == network.SITE]
    groups = directory.groups_of(owner_id=hub_id)
    session_id = appointments.make_session(
        actor=carys,
        now=now,
        day=day,
        starts_at=starts.time(),
        ends_at=ends.time(),
        details=SessionDetails(
            name=NAME,
            slot_type_id=kind.id,
            holder_id=bilal.position_id,
            site_id=site.id,
            delivery_channel=DeliveryChannel.IN_PERSON,
            practitioner_role="R0260",
            group_ids=frozenset(group.id for group in groups if group.name == network.GROUP),
            counts_to_enhanced_access=False,
        ),
    )
    appointments.publish_session(actor=carys, now=now, session_id=session_id)
