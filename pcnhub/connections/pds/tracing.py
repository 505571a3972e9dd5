"""Is this number this person's, and what does the service know of them? On top of the port; nobody is refused here."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.conf import settings

from pcnhub.connections.pds.demographics import driver_in_use
from pcnhub.connections.pds.refusals import NotAnswered
from pcnhub.connections.pds.words import Outcome, Patience, Trace, traced
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber

log = logging.getLogger(__name__)


def trace(
    *, actor: Actor, now: datetime, nhs_number: NhsNumber, birth_date: date, family_name: str, given_name: str
) -> Trace:
    """Traces one person, in a unit of work of its own where none is open: the outcome says also that nobody could be asked."""
    try:
        held = driver_in_use().read(actor=actor, now=now, nhs_number=nhs_number, patience=Patience.PERSON)
    except NotAnswered as silence:
        log.warning("nobody could be asked", extra={"code": silence.code})
        found = Trace(Outcome.UNAVAILABLE)
    else:
        found = traced(held, birth_date=birth_date, family_name=family_name, given_name=given_name)
    with unit_of_work(actor):
        record(
            actor=actor,
            now=now,
            action="pds.traced",
            subject=Subject("patient", nhs_number=nhs_number),
            detail={"outcome": found.outcome.value, "driver": settings.PDS_DRIVER},
        )
    return found
