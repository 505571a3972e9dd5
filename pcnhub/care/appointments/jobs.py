"""What the worker does for the book: every few minutes, look for patients who have not come."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments import operations
from pcnhub.care.appointments.models import SlotType
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, publish

EVERY_MINUTES = 5


def on_missed_due(told: Told) -> None:
    operations.mark_missed(actor=told.actor, now=told.now)


def ask_to_mark_missed(now: datetime) -> None:
    """Once in five minutes for each hub that has such a slot type, however many workers ask."""
    kinds = SlotType.objects.filter(dna_after_minutes__isnull=False)
    for hub_id in kinds.values_list("hub", flat=True).distinct().order_by("hub"):
        actor = system_actor_for(organisation_id=hub_id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact="appointments.missed-due",
                key=f"{hub_id}:{now:%Y%m%d%H}{now.minute // EVERY_MINUTES}",
                payload={"hub_id": hub_id},
            )
