"""The port: is this number this person's, and what does the service know of them? Each question is put on record."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from django.conf import settings

from pcnhub.connections.pds import embedded
from pcnhub.connections.pds.words import Held, Outcome, Trace, traced
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber


class Driver(Protocol):
    def __call__(self, *, actor: Actor, nhs_number: NhsNumber) -> Held | None: ...


# By the setting PCNHUB_PDS.
DRIVERS: dict[str, Driver] = {"embedded": embedded.look_up}


def trace(
    *, actor: Actor, now: datetime, nhs_number: NhsNumber, birth_date: date, family_name: str, given_name: str
) -> Trace:
    """Traces one person, in a unit of work of its own where none is open. Nobody is refused here: the outcome says it."""
    driver = DRIVERS.get(settings.PDS_DRIVER)
    with unit_of_work(actor):
        found = (
            traced(
                driver(actor=actor, nhs_number=nhs_number),
                birth_date=birth_date,
                family_name=family_name,
                given_name=given_name,
            )
            if driver
            else Trace(Outcome.UNAVAILABLE)
        )
        record(
            actor=actor,
            now=now,
            action="pds.traced",
            subject=Subject("patient", nhs_number=nhs_number),
            detail={"outcome": found.outcome.value, "driver": settings.PDS_DRIVER},
        )
        return found
