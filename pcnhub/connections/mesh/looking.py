"""Whether the exchange is there, asked by a person: the handshake, what waits, and where a practice's reports would go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from pcnhub.connections.mesh.client import opened
from pcnhub.connections.mesh.configuration import configuration
from pcnhub.connections.mesh.mapping.words import REPORT
from pcnhub.connections.mesh.receiving import note_contact
from pcnhub.connections.mesh.refusals import NoMailbox, NotExchanged
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Route:
    """Where the exchange would bring a practice's reports: exactly one mailbox is as it should be."""

    ods_code: str
    mailboxes: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return len(self.mailboxes) == 1


@dataclass(frozen=True, slots=True)
class Look:
    """What one mailbox showed. `waiting` counts messages, `milliseconds` the handshake; `said` why it failed."""

    ods_code: str
    mailbox: str
    answered: bool
    milliseconds: int = 0
    waiting: int = 0
    routes: tuple[Route, ...] = ()
    code: str = ""
    said: str = ""
    remedy: str = ""

    @property
    def is_good(self) -> bool:
        return self.answered and all(route.is_good for route in self.routes)


def look(*, actor: Actor, now: datetime, practices: tuple[str, ...] = ()) -> Look:
    """Ask the exchange for the actor's mailbox, and where reports to these practices (ODS codes) go. Changes nothing there.

    Raises NoMailbox.
    """
    settings = configuration()
    box = settings.box_of(actor.organisation.ods_code)
    if box is None:
        raise NoMailbox(f"{actor.organisation.ods_code} has no mailbox here.")
    began = time.monotonic()
    try:
        with opened(settings, box.ods_code) as mailbox:
            mailbox.handshake()
            took = int((time.monotonic() - began) * 1000)
            waiting = len(mailbox.waiting())
            routes = tuple(Route(each, mailbox.lookup(each, REPORT)) for each in practices)
    except NotExchanged as failure:
        with unit_of_work(actor):
            note_contact(actor=actor, now=now, box=box, failure=failure)
        return Look(
            box.ods_code, box.mailbox, answered=False, code=failure.code, said=failure.message, remedy=failure.remedy
        )
    with unit_of_work(actor):
        note_contact(actor=actor, now=now, box=box)
    return Look(box.ods_code, box.mailbox, answered=True, milliseconds=took, waiting=waiting, routes=routes)
