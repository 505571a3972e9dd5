"""The packs that a hub has made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotPermitted
from pcnhub.insight.evidence.models import Pack
from pcnhub.insight.readiness.queries import hub_seen_by

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class PackView:
    """One pack in the history. `sha256` is that of its manifest."""

    id: int
    at: datetime
    by_name: str
    sha256: str
    public_key: str
    is_ready: bool
    settled: int
    asked: int


def packs(*, actor: Actor, now: datetime, hub_id: int) -> tuple[PackView, ...]:
    """The newest packs of the hub, newest first: for the hub's own people. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        refuse_others(actor, now, hub_id)
        rows = Pack.objects.filter(hub_id=hub_id).defer("data", "pages", "manifest", "signature").order_by("-pk")
        return tuple(_view(row) for row in rows[:MOST_SHOWN])


def refuse_others(actor: Actor, now: datetime, hub_id: int) -> None:
    """A pack is about every practice of the network: the hub gives it to whom it decides. Raises NotPermitted, NotFound."""
    hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id)
    if actor.organisation.id != hub.id:
        raise NotPermitted(
            "An evidence pack is about the hub and all its practices.",
            remedy="Ask the hub for it.",
            who_can=f"the manager of {hub.name}",
        )


def _view(row: Pack) -> PackView:
    return PackView(row.pk, row.at, row.by_name, row.sha256, row.public_key, row.is_ready, row.settled, row.asked)
