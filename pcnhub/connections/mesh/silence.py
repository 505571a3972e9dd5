"""Whether the exchange answers for an organisation's mailbox, for pages that say why something has not left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.connections.mesh.models import Contact
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Silence:
    """The exchange gave no good answer when it was last asked, at `asked_at`; `answered_at`: its last one (None: never)."""

    asked_at: datetime
    answered_at: datetime | None
    said: str


def silence(*, actor: Actor) -> Silence | None:
    """None while it answers, and where it was never asked."""
    with unit_of_work(actor):
        last = Contact.objects.filter(organisation=actor.organisation.id, failed_at__isnull=False).first()
        if last is None or last.failed_at is None or (last.answered_at and last.answered_at >= last.failed_at):
            return None
        return Silence(last.failed_at, last.answered_at, last.said)
