"""A file is read, row by row, and laid beside what the practice holds: what would change is written down, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, NamedTuple

import polars as pl

from pcnhub.care.organisations.queries import hubs_of, practices_of
from pcnhub.care.patients.models import ImportBatch, ImportChange, ImportRejection
from pcnhub.care.patients.operations.imports.bulk import Ready, insert, unmarked
from pcnhub.care.patients.operations.imports.comparing import Change, Compared, Comparison
from pcnhub.care.patients.operations.imports.duplicates import (
    Sought,
    decisions_on,
    keep_decisions,
    note_duplicates,
    sought,
)
from pcnhub.care.patients.operations.imports.pieces import forget, keep_frame
from pcnhub.care.patients.operations.imports.steps import PERMISSION, TRIES, note, refuse_unless_practice, stopping
from pcnhub.care.patients.operations.imports.telling import telling
from pcnhub.care.patients.queries.pieces import opened
from pcnhub.care.patients.rules import ChangeKind, ImportState, PieceKind, Rejection, mapping_from
from pcnhub.care.patients.rules.sniffing import shape_of
from pcnhub.care.patients.rules.vectors import CheckedTable, check_table, schema_of
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

WAITING = (ImportState.RECEIVED, ImportState.CHECKING)
FOUND = (PieceKind.NEW, PieceKind.ABSENT, PieceKind.MOVED, PieceKind.KEPT_OUT)


def check_or_stop(*, actor: Actor, now: datetime, batch_id: int, attempt: int = TRIES) -> None:
    """Check the acting practice's file; one that can't be read is left at that, with the reason, for a person."""
    with stopping(actor=actor, batch_id=batch_id, state=ImportState.FAILED, attempt=attempt):
        check(actor=actor, now=now, batch_id=batch_id)


def check(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """Read the file, write its rejections and what it would change, and show both: state `checked`.

    A file that was dropped, or has been checked, is left alone. Raises InvalidInput (its header can't be used, or it is not
    what it looked like), SealBroken, NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        refuse_unless_practice(actor)
        take_turn("patients.import", actor.organisation.id)
        batch = ImportBatch.objects.get(organisation=actor.organisation.id, pk=batch_id)
        if batch.state not in WAITING:
            return
        with telling(batch, actor, ImportState.CHECKING) as tell_rows:
            compare_file(batch, actor=actor, now=now, tell_rows=tell_rows)
        if ImportBatch.objects.select_for_update().get(pk=batch_id).state not in WAITING:
            forget(batch, *FOUND)  # dropped meanwhile
            return
        batch.state, batch.failure = ImportState.CHECKED, ""
        batch.save(update_fields=["state", "failure"])
        note(batch, "patients.import-checked", grant, actor=actor, now=now, rows=batch.rows)
        if batch.received_from_id != actor.organisation.id:
            publish(
                actor=actor,
                now=now,
                fact="patients.import-checked",
                key=f"{batch.pk}:{now.isoformat()}",
                payload={"batch_id": batch.pk},
                organisation_id=batch.received_from_id,
            )


def compare_file(batch: ImportBatch, *, actor: Actor, now: datetime, tell_rows: Callable[[int], None]) -> None:
    """Make the changeset anew, in place of any earlier one; the batch's numbers are saved with it."""
    forget(batch, *FOUND)
    decisions = decisions_on(batch)
    for rows in (batch.rejections, batch.changes, batch.possible_duplicates):
        rows.all().delete()
    found = Finding.of(batch, opened(batch), actor=actor, now=now, tell_rows=tell_rows)
    for number, new in enumerate(found.written_down(found.stretches(), now=now)):
        keep_frame(batch, PieceKind.NEW, number, new)
    keep_decisions(batch, decisions)


class Found(NamedTuple):
    """What one stretch of a file says beside what is held; its rejections as they are written down; and of whom without a number
    it is to be asked who they may be."""

    compared: Compared
    rejections: Ready
    numberless: Sequence[Sought]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a file says, laid beside what its practice holds."""

    batch: ImportBatch
    rows: int  # as far as the line ends of the file tell
    table: CheckedTable
    comparison: Comparison

    @classmethod
    def of(
        cls,
        batch: ImportBatch,
        source: BinaryIO,
        *,
        actor: Actor,
        now: datetime,
        tell_rows: Callable[[int], None] | None = None,
    ) -> Finding:
        """Of the practice's people as they are now. Raises InvalidInput when the header can't be used."""
        mapping = mapping_from(batch.mapping)
        shape = shape_of(source, mapping=mapping)
        table = check_table(
            source=source,
            shape=shape,
            mapping=mapping,
            practice_ods=actor.organisation.ods_code,
            members=members_beside(actor, now),
            today=london_date(now),
            on_progress=tell_rows,
        )
        columns = schema_of(table.columns)
        return cls(
            batch,
            max(0, shape.lines - shape.header_line),
            table,
            Comparison(organisation_id=batch.organisation_id, columns=columns, is_own=batch.is_own),
        )

    def stretches(self) -> Iterator[Found]:
        """The file, stretch by stretch, checked and compared; to be iterated once. Asks the database for nothing but a sealed
        `source`."""
        for stretch in self.table:
            compared = self.comparison.take(stretch)
            numberless = sought(stretch.numberless, born=self.comparison.birth_dates)
            yield Found(compared, as_written(compared.rejections), numberless)

    def written_down(self, stretches: Iterable[Found], *, now: datetime) -> Iterator[pl.DataFrame]:
        """Write down whatever is found but for who is new, which is given, stretch by stretch; then the batch's numbers."""
        batch, comparison = self.batch, self.comparison
        batch.duplicates = 0
        for number, (compared, rejections, numberless) in enumerate(stretches):
            yield compared.new
            write_rejections(batch, rejections)
            write_changes(batch, compared.changes)
            keep_frame(batch, PieceKind.KEPT_OUT, number, _frame_of(compared.kept_out))
            batch.duplicates += note_duplicates(batch, numberless)
        absent = pl.DataFrame() if batch.is_delta else comparison.absent()
        if batch.ends_absent and not batch.is_delta:
            write_changes(batch, comparison.end(absent, on=london_date(batch.received_at)))
            absent = absent.clear()
        keep_frame(batch, PieceKind.ABSENT, 0, absent)
        count(batch, comparison, absent.height)
        batch.moved = 0
        batch.unused_columns = list(self.table.columns.unused)
        batch.checked_at = now
        batch.save(
            update_fields=[*COUNTED, "duplicates", "moved", "unused_columns", "checked_at", "changes_sha256", "held_as"]
        )


COUNTED = (
    "rows",
    "rows_done",
    "created",
    "changed",
    "unchanged",
    "rejected",
    "closed",
    "absent",
    "kinds",
    "unprotected",
)


def count(batch: ImportBatch, comparison: Comparison, absent: int) -> None:
    """The numbers of a comparison, on the batch; not saved."""
    batch.rows = batch.rows_done = comparison.rows
    batch.created, batch.changed, batch.closed = comparison.created, comparison.changed, comparison.closed
    batch.rejected = comparison.rejected
    batch.unchanged = batch.rows - batch.rejected - batch.created - (batch.changed - comparison.marked)
    batch.unprotected = comparison.unprotected
    batch.absent = absent
    batch.kinds = {str(kind): many for kind, many in comparison.kinds.items()} | {str(ChangeKind.ABSENT): absent}
    batch.changes_sha256, batch.held_as = comparison.sha256, comparison.fingerprint


def members_beside(actor: Actor, now: datetime) -> frozenset[str]:
    """The ODS codes of the practices that share a hub with the acting one."""
    day = london_date(now)
    hubs = hubs_of(organisation_id=actor.organisation.id, day=day)
    return frozenset(practice.ods_code for hub in hubs for practice in practices_of(hub_id=hub.id, day=day))


def as_written(rejections: Sequence[Rejection]) -> Ready:
    """As `write_rejections` takes them; any thread may do it."""
    names = ("line", "column", "value", "code", "message", "remedy", "nhs_number")
    frame = pl.DataFrame(
        {
            "line": [each.line for each in rejections],
            **{name: [getattr(each, name) for each in rejections] for name in names[1:]},
            "is_sensitive": [each.is_sensitive for each in rejections],
        },
        schema={"line": pl.Int64, **dict.fromkeys(names[1:], pl.String), "is_sensitive": pl.Boolean},
    )
    return Ready.of(unmarked(frame))


def write_rejections(batch: ImportBatch, rejections: Ready) -> None:
    insert(ImportRejection, rejections, organisation_id=batch.organisation_id, batch_id=batch.pk)


def write_changes(batch: ImportBatch, changes: Iterable[Change]) -> None:
    insert(ImportChange, _frame_of(changes), organisation_id=batch.organisation_id, batch_id=batch.pk)


def _frame_of(changes: Iterable[Change]) -> pl.DataFrame:
    rows = list(changes)
    return pl.DataFrame(
        {
            "kind": [str(each.kind) for each in rows],
            "line": [each.line for each in rows],
            "nhs_number": [each.nhs_number for each in rows],
            "patient_id": [each.patient_id for each in rows],
            "before": [json.dumps(each.before) for each in rows],
            "after": [json.dumps(each.after) for each in rows],
        },
        schema={
            "kind": pl.String,
            "line": pl.Int64,
            "nhs_number": pl.String,
            "patient_id": pl.Int64,
            "before": pl.String,
            "after": pl.String,
        },
    )
