"""What the worker does for consultations: words that nobody put back within their hour are gone."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations.operations import forget_lost_words
from pcnhub.care.organisations.queries import organisation_refs, system_actor_for


def forget(now: datetime) -> None:
    """Harmless when several workers start it."""
    for organisation in organisation_refs():
        forget_lost_words(actor=system_actor_for(organisation_id=organisation.id), now=now)
