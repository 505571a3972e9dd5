"""What the worker does with the exchange, and what it starts by the clock: one call each, acting for the mailbox's owner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.organisations.queries import find_organisation, networks, system_actor_for
from pcnhub.connections.mesh import receiving, sending, watching
from pcnhub.connections.mesh.configuration import configuration
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, publish
from pcnhub.foundations.kernel.local_time import london_date


def on_report_due(told: Told) -> None:
    sending.prepare(actor=told.actor, now=told.now, copy_id=told.payload["copy_id"])


def on_queued(told: Told) -> None:
    sending.begin(actor=told.actor, now=told.now, outgoing_id=told.payload["outgoing_id"])


def on_sending(told: Told) -> None:
    sending.send(actor=told.actor, now=told.now, outgoing_id=told.payload["outgoing_id"])


def on_poll_due(told: Told) -> None:
    receiving.poll(actor=told.actor, now=told.now)


def on_arrived(told: Told) -> None:
    receiving.take_in(actor=told.actor, now=told.now, message_id=told.payload["message_id"])


def on_taken(told: Told) -> None:
    receiving.acknowledge(actor=told.actor, now=told.now, incoming_id=told.payload["incoming_id"])


def on_kept(told: Told) -> None:
    receiving.read_again(actor=told.actor, now=told.now, incoming_id=told.payload["incoming_id"])


def on_handshake_due(told: Told) -> None:
    watching.greet(actor=told.actor, now=told.now)


def on_watch_due(told: Told) -> None:
    watching.watch(actor=told.actor, now=told.now)


def ask_to_poll(now: datetime) -> None:
    """Each mailbox once in its time, however many workers ask."""
    settings = configuration()
    if settings.address:
        turn = int(now.timestamp()) // settings.poll_seconds
        tell("mesh.poll-due", now, f"{turn}", _with_mailbox())


def ask_to_greet(now: datetime) -> None:
    """Each mailbox twice a day: the exchange wants to hear of it once a day at least."""
    tell("mesh.handshake-due", now, f"{now:%Y%m%d}-{now.hour // 12}", _with_mailbox())


def ask_to_watch(now: datetime) -> None:
    """Once an hour, also for a hub whose mailbox was taken away: what it sent is still owed an answer."""
    hubs = {network.hub.id for network in networks(day=london_date(now))}
    tell("mesh.watch-due", now, f"{now:%Y%m%d%H}", hubs.union(_with_mailbox()))


def _with_mailbox() -> list[int]:
    settings = configuration()
    found = [find_organisation(ods_code=each.ods_code) for each in settings.boxes] if settings.address else []
    return [each.id for each in found if each is not None]


def tell(fact: str, now: datetime, key: str, organisation_ids: Iterable[int]) -> None:
    """One fact for each organisation; the same happening asked twice is one."""
    for organisation_id in sorted(organisation_ids):
        actor = system_actor_for(organisation_id=organisation_id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact=fact,
                key=f"{organisation_id}:{key}",
                payload={"organisation_id": organisation_id},
            )
