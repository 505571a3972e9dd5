"""What the worker does every few minutes: a pack for each hub that has a key."""

from __future__ import annotations

import logging
from datetime import datetime

from pcnhub.care.organisations.queries import networks, system_actor_for
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.continuity.configuration import destination_of, interval, places
from pcnhub.insight.continuity.operations import take_turn, write_pack

log = logging.getLogger(__name__)


def write_packs(now: datetime) -> None:
    """Outside any job: a job would hold a transaction open over a network's disk, and each that failed would wait on the page
    of failures for a pack that the next one replaces. A fault at one hub costs no other its lists."""
    there = places()
    for network in networks(day=london_date(now)):
        to = destination_of(network.hub.ods_code, there=there)
        if to is None or not network.hub.runs_here:  # a book elsewhere has lists elsewhere
            continue
        try:
            actor = system_actor_for(organisation_id=network.hub.id, name="continuity")
            if take_turn(actor=actor, now=now, every=interval()):
                write_pack(actor=actor, now=now, to=to)
        except Exception:  # part of the worker's loop: readiness says how old this hub's pack grows
            log.exception("continuity pack failed", extra={"hub": network.hub.id})
