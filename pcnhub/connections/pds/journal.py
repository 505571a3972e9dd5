"""What was asked of the national service, for whom, and how it ended: ids and keyed hashes, never a person's details.

Written apart from the running unit of work: that somebody was asked about stays true when the unit is undone.
Source: `national-services` 13.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils.crypto import salted_hmac

from pcnhub.care.organisations.queries import installation_actor
from pcnhub.foundations.database.apart import apart
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

KEPT = timedelta(days=180)  # the database's policy lets nobody delete a younger line
_WRITE = """
insert into pds_request (organisation_id, "user", role_profile_id, environment, operation, request_id, correlation_id, attempt,
  patient_hash, request_hash, http_status, outcome, outcome_codes, started_at, milliseconds)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp() - make_interval(secs => %s / 1000.0), %s)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One request that went out. `request` is method, address and parameters, of which only a keyed hash is kept."""

    environment: str
    operation: str
    request_id: UUID
    correlation_id: UUID
    attempt: int
    request: str
    role_profile_id: str = ""
    nhs_number: str = ""


def write(
    line: Line,
    *,
    actor: Actor,
    http_status: int | None,
    outcome: str,
    outcome_codes: tuple[str, ...],
    milliseconds: int,
) -> None:
    """Adds a line. `outcome`: answered, refused, busy, no-answer, unclear."""
    with apart(actor) as cursor:
        cursor.execute(
            _WRITE,
            [
                actor.organisation.id, actor.user, line.role_profile_id, line.environment, line.operation,
                line.request_id, line.correlation_id, line.attempt, keyed_hash(line.nhs_number), keyed_hash(line.request),
                http_status, outcome, list(outcome_codes), milliseconds, milliseconds,
            ],
        )  # fmt: skip


def keyed_hash(value: str) -> str:
    """Tells whether two lines are about the same, to who has the secret key; empty for nothing."""
    return salted_hmac("pcnhub.connections.pds.journal", value, algorithm="sha256").hexdigest() if value else ""


def forget_old(now: datetime) -> None:
    """Deletes lines older than KEPT, as the installation."""
    with unit_of_work(installation_actor(name="tidying")), connection.cursor() as cursor:
        cursor.execute("delete from pds_request where started_at < %s", [now - KEPT])
