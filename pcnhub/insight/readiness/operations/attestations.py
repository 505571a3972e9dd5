"""Attestations: a named person states that a check is met, and where the evidence is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput
from pcnhub.insight.readiness import queries
from pcnhub.insight.readiness.models import Attestation
from pcnhub.insight.readiness.operations.statements import (
    permit_line,
    problem,
    record_statement,
    refuse,
    text_problems,
)


def attest(
    *,
    actor: Actor,
    now: datetime,
    hub_id: int,
    check_id: str,
    organisation_id: int,
    name: str,
    stated_on: date | None,
    document: str,
    expires_on: date | None = None,
) -> None:
    """Keep that `name` stated the check as met on `stated_on`, with the place of the evidence.

    `expires_on` is the first day on which it no longer counts (default: as long as the catalogue allows). Raises
    InvalidInput with every problem, NotPermitted, NotFound.
    """
    line = queries.requirement(check_id, hub_id=hub_id)
    with unit_of_work(actor):
        permit_line(actor, now, hub_id, organisation_id, or_joined_later=True)
        asks = line.attestation
        if asks is None:
            raise InvalidInput(
                [
                    problem(
                        "check_id",
                        "not-attestable",
                        f"{check_id} is answered by the system alone",
                        "Mend what it shows.",
                    )
                ]
            )
        today = london_date(now)
        if stated_on is not None and stated_on <= today and expires_on is None:
            expires_on = stated_on + timedelta(days=asks.days)
        problems = [
            *text_problems("name", "the person who states it", name),
            *text_problems("document", "where the evidence is kept", document),
        ]
        if stated_on is None:
            problems.append(
                problem("stated_on", "required", "Enter the day on which it was stated", "Day, month and year.")
            )
        elif stated_on > today:
            problems.append(
                problem(
                    "stated_on",
                    "future",
                    "The day lies in the future",
                    "Enter the day on which it was stated.",
                    stated_on,
                )
            )
        if stated_on is not None and stated_on <= today and expires_on is not None:
            latest = stated_on + timedelta(days=asks.days)
            if expires_on <= today:
                problems.append(
                    problem("expires_on", "expired", "It has expired already", "Ask for a newer statement.", expires_on)
                )
            elif expires_on > latest:
                problems.append(
                    problem(
                        "expires_on",
                        "too-long",
                        f"It may stand for {asks.days} days at most",
                        f"Enter {latest:%-d %B %Y} or an earlier day.",
                        expires_on,
                    )
                )
        if problems or stated_on is None or expires_on is None:
            raise InvalidInput(problems)
        row = Attestation.objects.create(
            hub_id=hub_id,
            organisation_id=organisation_id,
            check_id=check_id,
            name=name.strip(),
            stated_on=stated_on,
            document=document.strip(),
            expires_on=expires_on,
            by=actor.user,
            by_name=actor.name,
            at=now,
        )
        record_statement(actor, now, "readiness.attested", "attestation", row.pk, hub_id, organisation_id, line)


def withdraw_attestation(
    *, actor: Actor, now: datetime, hub_id: int, check_id: str, organisation_id: int, reason: str
) -> None:
    """End the attestation that stands. Raises InvalidInput, Conflict when none does, NotPermitted, NotFound."""
    line = queries.requirement(check_id, hub_id=hub_id)
    with unit_of_work(actor):
        permit_line(actor, now, hub_id, organisation_id, or_joined_later=True)
        refuse(text_problems("reason", "why it is withdrawn", reason))
        before = Attestation.objects.filter(hub_id=hub_id, check_id=check_id, organisation_id=organisation_id).last()
        if before is None or before.was_withdrawn:
            raise Conflict("No attestation stands here.", remedy="Look at the page again: somebody was faster.")
        row = Attestation.objects.create(
            hub_id=hub_id,
            organisation_id=organisation_id,
            check_id=check_id,
            name=before.name,
            stated_on=before.stated_on,
            document=before.document,
            expires_on=before.expires_on,
            was_withdrawn=True,
            reason=reason.strip(),
            by=actor.user,
            by_name=actor.name,
            at=now,
        )
        record_statement(
            actor, now, "readiness.attestation-withdrawn", "attestation", row.pk, hub_id, organisation_id, line, reason
        )
