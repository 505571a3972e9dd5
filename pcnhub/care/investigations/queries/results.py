"""Results that came to the hub although a practice ordered: nobody looks for them there (CHK-67)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.documents import queries as documents
from pcnhub.care.investigations.models import Investigation
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class StrayResult:
    """A result among the hub's documents that belongs to no test request. No patient's name: whoever opens it is on record."""

    document_id: int
    patient_id: int
    title: str
    made_at: datetime


def stray_results(*, actor: Actor) -> tuple[StrayResult, ...]:
    """Those of the acting organisation, oldest first."""
    with unit_of_work(actor):
        matched = set(
            Investigation.objects.filter(organisation=actor.organisation.id, result__isnull=False).values_list(
                "result", flat=True
            )
        )
        return tuple(
            StrayResult(each.id, each.patient_id, each.title, each.made_at)
            for each in documents.results_held(actor=actor)
            if each.id not in matched
        )
