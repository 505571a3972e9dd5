"""Proving the chain: every row is where it was written, with the content that it had."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pcnhub.foundations.audit.models import AuditEvent, AuditHead


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the organisation, the place in its chain, and what is wrong there."""

    organisation_id: int
    sequence: int
    fault: str  # altered | missing | reordered | cut
    explanation: str


def canonical(event: AuditEvent) -> str:
    """The text whose SHA-256 is the event's hash; the database builds the same in `audit_canonical`."""
    microseconds = int(event.at.timestamp()) * 1_000_000 + event.at.microsecond
    parts = (
        event.organisation_id,
        event.sequence,
        microseconds,
        event.user,
        event.user_name,
        event.role_code,
        event.role_name,
        event.identity,
        event.purpose,
        event.action,
        event.subject_type,
        "" if event.subject_id is None else event.subject_id,
        event.nhs_number,
        "" if event.patient_id is None else event.patient_id,
        event.data_organisation_id,
        "" if event.agreement_id is None else event.agreement_id,
        event.basis,
        event.reason,
        event.origin,
        event.request_id,
        event.detail,
        event.previous_hash,
    )
    return "".join(f"{len(text.encode())}:{text}" for text in map(str, parts))


def hash_of(event: AuditEvent) -> str:
    return hashlib.sha256(canonical(event).encode()).hexdigest()


def breaks_of(organisation_id: int, *, using: str) -> Iterator[Break]:
    """Every fault of one organisation's chain, in order; none when it holds.

    `using` is the database alias; the reader must see all rows of the chain (the owner's connection, or the organisation's
    own unit of work).
    """
    events = AuditEvent.objects.using(using).filter(organisation_id=organisation_id).order_by("sequence").iterator(2000)
    head = AuditHead.objects.using(using).filter(organisation_id=organisation_id).first()
    yield from _walk(organisation_id, events, head)


def _walk(organisation_id: int, events: Iterable[AuditEvent], head: AuditHead | None) -> Iterator[Break]:
    expected, previous_hash = 1, ""
    for event in events:
        if event.sequence > expected:
            yield Break(organisation_id, expected, "missing", f"rows {expected} to {event.sequence - 1} are not there")
        elif event.previous_hash != previous_hash:
            yield Break(organisation_id, event.sequence, "reordered", "it does not follow the row before it")
        if hash_of(event) != event.hash:
            yield Break(organisation_id, event.sequence, "altered", "its content is not what was written")
        expected, previous_hash = event.sequence + 1, event.hash
    if head is None:
        if expected > 1:
            yield Break(organisation_id, expected, "cut", "the head of the chain is gone")
    elif head.sequence >= expected:
        yield Break(organisation_id, expected, "cut", f"rows {expected} to {head.sequence} are not there")
    elif head.hash != previous_hash or head.sequence != expected - 1:
        yield Break(organisation_id, head.sequence, "altered", "the last row is not the one that the head names")
