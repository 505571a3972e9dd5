"""What was asked of the national directory, kept for half a year."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pcnhub.connections.sds.models import Lookup
from pcnhub.connections.sds.words import Question
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Line:
    """One search that was made. `began`: time.monotonic() of its beginning."""

    driver: str
    operation: str
    question: Question
    correlation_id: UUID
    outcome: str
    found: int
    answer_code: int | None
    began: float
    milliseconds: int


def write(lines: Sequence[Line], *, actor: Actor, now: datetime, began: float) -> None:
    """Adds the lines of a run that began at `now`, when the monotonic clock showed `began`."""
    with unit_of_work(actor):
        Lookup.objects.bulk_create(
            Lookup(
                organisation_id=actor.organisation.id,
                user=actor.user,
                driver=line.driver,
                operation=line.operation,
                correlation_id=line.correlation_id,
                ods_code=line.question.ods_code,
                interaction=line.question.interaction,
                party_key=line.question.party_key,
                outcome=line.outcome,
                found=line.found,
                answer_code=line.answer_code,
                started_at=now + timedelta(seconds=line.began - began),
                milliseconds=line.milliseconds,
            )
            for line in lines
        )


def forget_old(now: datetime) -> None:
    """Deletes lines older than KEPT."""
    Lookup.objects.filter(started_at__lt=now - KEPT).delete()


def elapsed(began: float) -> int:
    """Milliseconds since."""
    return round((time.monotonic() - began) * 1000)
