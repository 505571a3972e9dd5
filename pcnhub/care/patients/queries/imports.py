"""What was imported when, and which rows were not taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ImportBatch, ImportRejection
from pcnhub.care.patients.rules import ImportState, Rejection
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class BatchView:
    """One file that was read, in numbers of rows."""

    id: int
    imported_at: datetime
    imported_by: str
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    closed: int
    active_after: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch with a page of its rejections; `number` counts from 1."""

    batch: BatchView
    rejections: tuple[Rejection, ...]
    number: int
    pages: int
    total: int


def batches(*, actor: Actor, now: datetime) -> tuple[BatchView, ...]:
    """The newest imports of the actor's practice, at most 50."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        rows = ImportBatch.objects.filter(organisation=actor.organisation.id).exclude(imported_at=None)
        rows = rows.order_by("-imported_at", "-id")
        return tuple(_view(row) for row in rows[:PAGE_SIZE])


def batch(*, actor: Actor, now: datetime, batch_id: int, page: int = 1) -> BatchPage:
    """One import with its rejected rows, put on record: rejections quote people's data. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        row = _own_batch(actor, now, batch_id)
        rejections = ImportRejection.objects.filter(batch=row).order_by("line", "id")
        total = rejections.count()
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        shown = rejections[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        return BatchPage(_view(row), tuple(map(_rejection, shown)), number, pages, total)


def rejections_of(*, actor: Actor, now: datetime, batch_id: int) -> Iterator[Rejection]:
    """All rejected rows of one import, in the order of the file. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        row = _own_batch(actor, now, batch_id)
        return iter([_rejection(each) for each in ImportRejection.objects.filter(batch=row).order_by("line", "id")])


def newest_batches(*, actor: Actor) -> dict[int, BatchView]:
    """The newest import of each practice whose imports the actor's organisation may see, by the practice's id.

    A hub sees those of practices that share their care record with it; they count rows and name nobody.
    """
    with unit_of_work(actor):
        rows = ImportBatch.objects.filter(state=ImportState.IMPORTED)
        rows = rows.order_by("organisation_id", "-imported_at", "-id").distinct("organisation_id")
        return {row.organisation_id: _view(row) for row in rows}


def _own_batch(actor: Actor, now: datetime, batch_id: int) -> ImportBatch:
    grant = permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
    row = ImportBatch.objects.filter(organisation=actor.organisation.id, pk=batch_id).first()
    if row is None:
        raise NotFound("There is no such import here.", remedy="Choose one from the list of imports.")
    trail.record(
        actor=actor,
        now=now,
        action="patients.import-opened",
        subject=trail.Subject("import", row.pk),
        basis=grant.basis,
    )
    return row


def _view(row: ImportBatch) -> BatchView:
    return BatchView(
        id=row.pk,
        imported_at=row.imported_at or row.received_at,
        imported_by=row.imported_by,
        rows=row.rows,
        created=row.created,
        changed=row.changed,
        unchanged=row.unchanged,
        rejected=row.rejected,
        closed=row.closed,
        active_after=row.active_after,
    )


def _rejection(row: ImportRejection) -> Rejection:
    return Rejection(row.line, row.column, row.value, row.code, row.message, row.remedy)
