"""Proving the chain: every row is where it was written, with the content that it had.

What a chain alone can't show is that it was rewritten from some row to its end, heads included, by somebody with the
database's owner rights. For that, keep what `verify` answers (`heads`) out of their reach, and verify against it later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from pcnhub.foundations.audit.models import AuditEvent, AuditHead
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the place in it, and what is wrong there."""

    sequence: int
    fault: str  # altered | missing | reordered | cut | rewritten
    explanation: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The end of a chain as it was seen at some time."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying one organisation's chain found. It holds when there is no break."""

    organisation_id: int
    events: int
    head: Kept
    breaks: tuple[Break, ...]

    @property
    def holds(self) -> bool:
        return not self.breaks


def canonical(event: AuditEvent) -> str:
    """The text whose SHA-256 is the event's hash; the database builds the same in `audit_canonical`."""
    parts = (
        event.organisation_id,
        event.sequence,
        (event.at - _EPOCH) // timedelta(microseconds=1),
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
        _measured(event.nhs_numbers),
        event.previous_hash,
    )
    return _measured(parts)


def _measured(parts: Iterable[object]) -> str:
    """Each part after its length in bytes: no two different sequences give the same text."""
    return "".join(f"{len(text.encode())}:{text}" for text in map(str, parts))


def hash_of(event: AuditEvent) -> str:
    return hashlib.sha256(canonical(event).encode()).hexdigest()


def chains() -> frozenset[int]:
    """The organisations that have a chain, by its head."""
    return frozenset(AuditHead.objects.values_list("organisation_id", flat=True))


def heads(*, organisation_ids: Collection[int]) -> dict[int, Kept]:
    """The ends of these organisations' chains as they stand; of one that has done nothing yet there is none. Not verified."""
    rows = AuditHead.objects.filter(organisation_id__in=organisation_ids)
    return {row.organisation_id: Kept(row.sequence, row.hash) for row in rows}


def verify(*, actor: Actor, kept: Kept | None = None) -> Verdict:
    """Verify the chain of the actor's organisation, as one moment of it; nobody needs rights beyond its own.

    `kept` is the chain's end as it was once seen: the row there must still be that row.
    """
    organisation_id = actor.organisation.id
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            _hold_still()
        with unit_of_work(actor):
            events = AuditEvent.objects.filter(organisation_id=organisation_id).order_by("sequence", "id")
            head = AuditHead.objects.filter(organisation_id=organisation_id).first()
            walk = _Walk(kept)
            breaks = tuple(walk.over(events.iterator(2000), head))
    return Verdict(organisation_id, walk.seen, Kept(walk.expected - 1, walk.previous_hash), breaks)


def _hold_still() -> None:
    """Events that others append meanwhile are not part of what is looked at."""
    with connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")


class _Walk:
    """One pass along a chain."""

    def __init__(self, kept: Kept | None) -> None:
        self.kept = kept
        self.seen = 0
        self.expected = 1
        self.previous_hash = ""

    def over(self, events: Iterable[AuditEvent], head: AuditHead | None) -> Iterator[Break]:
        for event in events:
            self.seen += 1
            yield from self._at(event)
            self.expected, self.previous_hash = event.sequence + 1, event.hash
        yield from self._end(head)
        if self.kept is not None and self.kept.sequence >= self.expected:
            yield Break(self.kept.sequence, "rewritten", f"the chain once had {self.kept.sequence} rows")

    def _at(self, event: AuditEvent) -> Iterator[Break]:
        if event.sequence > self.expected:
            last = event.sequence - 1
            which = f"row {last} is" if last == self.expected else f"rows {self.expected} to {last} are"
            yield Break(self.expected, "missing", f"{which} not there")
        elif event.sequence < self.expected:
            yield Break(event.sequence, "reordered", "two rows claim this place")
        elif event.previous_hash != self.previous_hash:
            yield Break(event.sequence, "reordered", "it does not follow the row before it")
        if hash_of(event) != event.hash:
            yield Break(event.sequence, "altered", "its content is not what was written")
        if self.kept is not None and event.sequence == self.kept.sequence and event.hash != self.kept.hash:
            yield Break(event.sequence, "rewritten", "it is not the row that was once seen here")

    def _end(self, head: AuditHead | None) -> Iterator[Break]:
        last = self.expected - 1
        if head is None:
            if last:
                yield Break(last, "cut", "the head of the chain is gone")
        elif head.sequence > last:
            which = (
                f"row {head.sequence} is" if head.sequence == last + 1 else f"rows {last + 1} to {head.sequence} are"
            )
            yield Break(last + 1, "cut", f"{which} not there")
        elif head.sequence < last:
            yield Break(head.sequence + 1, "altered", "the head of the chain was set back")
        elif head.hash != self.previous_hash:
            yield Break(last, "altered", "it is not the row that the head of the chain names")


def kept_from(answers: Iterable[Mapping[str, object]]) -> dict[int, Kept]:
    """The ends of chains from an earlier `pcnhub audit verify --json`, by organisation. Raises KeyError, ValueError."""
    return {
        int(str(answer["organisation_id"])): Kept(int(str(answer["sequence"])), str(answer["hash"]))
        for answer in answers
    }
