"""A file comes in: kept sealed, piece by piece, until it has been checked, taken in and its time is over."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.models import ImportBatch, ImportFile, ImportRejection, PossibleDuplicate
from pcnhub.care.patients.operations.imports.checking import check_or_stop
from pcnhub.care.patients.operations.imports.mappings import mapping_for
from pcnhub.care.patients.operations.imports.pieces import forget, keep_bytes, sealed_bytes
from pcnhub.care.patients.operations.imports.steps import (
    PERMISSION,
    NotThePractices,
    is_at_once,
    locked,
    note,
    tell,
)
from pcnhub.care.patients.queries.imports import find_batch
from pcnhub.care.patients.queries.pieces import opened
from pcnhub.care.patients.rules import ImportState, PieceKind, mapping_from
from pcnhub.care.patients.rules.sniffing import HEAD, sniff
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.ahead import made_ready
from pcnhub.foundations.kernel.refusals import NotFound

PIECE = 4 * 1024 * 1024  # bytes
KEPT = timedelta(days=30)
"""How long a file stays, to be looked at beside its rejections and to be checked again; then it is removed."""

NOT_TAKEN_IN = (ImportState.RECEIVED, ImportState.CHECKING, ImportState.CHECKED, ImportState.FAILED)
AT_WORK = (ImportState.IMPORTING, ImportState.UNDOING)
STOPPED = (*NOT_TAKEN_IN, *AT_WORK)


def receive(
    *,
    actor: Actor,
    now: datetime,
    practice_id: int,
    file: BinaryIO,
    file_name: str,
    mapping: Mapping[str, object] | None = None,
    is_delta: bool = False,
) -> int:
    """Keep a practice's file and have it checked; the batch's id.

    `file` is read once, in pieces. `mapping` is as `rules.mapping_from` takes it; None: the saved mapping made for these
    headers, or the default. A practice's own file of up to AT_ONCE rows is checked when this returns (state `checked`, or
    `failed` with the reason in `failure`: map its columns, `map_columns`); any other is `received`, and a job checks it.
    Raises NotThePractices, NotPermitted, NotShared (a hub without the care record agreement), InvalidInput (not a table of
    text; a mapping that means nothing).
    """
    with unit_of_work(actor):
        grant = permit(
            actor=actor,
            permission=PERMISSION,
            now=now,
            data_organisation_id=practice_id,
            agreement=AgreementKind.CARE_RECORD,
        )
        _refuse_unless_of_practice(practice_id)
        head = file.read(PIECE)
        batch = begun(head, actor=actor, now=now, practice_id=practice_id, file_name=file_name, mapping=mapping,
                      is_delta=is_delta)  # fmt: skip
        keep_whole(batch, head, file)
        note(batch, "patients.import-received", grant, actor=actor, now=now)
        ask_to_check(batch, actor=actor, now=now)
        return batch.pk


def begun(
    head: bytes,
    *,
    actor: Actor,
    now: datetime,
    practice_id: int,
    file_name: str,
    mapping: Mapping[str, object] | None,
    is_delta: bool,
) -> ImportBatch:
    """The import of a file that begins so, up to PIECE bytes of it; nothing of the file is kept yet. Raises InvalidInput."""
    content: dict[str, Any] = dict(mapping or {})
    columns = mapping_from(content)
    shape = sniff(head[:HEAD], mapping=columns, is_whole=len(head) < HEAD)
    if mapping is None:
        content = mapping_for(actor=actor, headers=shape.headers)
    return ImportBatch.objects.create(
        organisation_id=practice_id,
        received_from_id=actor.organisation.id,
        state=ImportState.RECEIVED,
        file_name=file_name[:200],
        file_sha256="",
        rows=-shape.header_line,  # `keep_whole` adds the file's lines
        mapping=content,
        is_delta=is_delta,
        received_at=now,
        received_by=actor.name,
        file_kept_until=now + KEPT,
    )


def keep_whole(batch: ImportBatch, head: bytes, file: BinaryIO) -> None:
    """Keep the file sealed, piece by piece: what was read of it, and the rest. Its size, its digest, and how many rows it has as
    far as its line ends tell (the check counts), stand with the import then."""
    for _ in keeping(batch, head, file):
        pass


def keeping(batch: ImportBatch, head: bytes, file: BinaryIO) -> Generator[None]:
    """The same, for somebody who does something else between two pieces. The one that comes next is sealed meanwhile."""
    digest = hashlib.sha256()

    def sealed(numbered: tuple[int, bytes]) -> bytes:
        number, piece = numbered
        digest.update(piece)
        return sealed_bytes(batch, number, piece)

    def pieces() -> Iterator[tuple[int, bytes]]:
        for number, piece in enumerate(chain([head], iter(partial(file.read, PIECE), b""))):
            batch.file_bytes += len(piece)
            batch.rows += piece.count(b"\n")
            yield number, piece

    for number, piece in enumerate(made_ready(pieces(), sealed)):
        keep_bytes(batch, number, piece)
        yield
    batch.file_sha256, batch.rows = digest.hexdigest(), max(0, batch.rows)
    batch.save(update_fields=["file_sha256", "file_bytes", "rows"])


def bring_as_own(*, actor: Actor, now: datetime, batch_id: int) -> int:
    """Bring a file anew that the hub brought, as the practice's own: whom the practice hides from the hub, only it may change.
    The new import's id; it is reviewed like any other. Raises NotFound (no such file at this practice, or it is gone),
    NotPermitted."""
    with unit_of_work(actor):
        batch, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        kept = ImportFile.objects.filter(batch=batch, kind=PieceKind.FILE)
        if batch.organisation_id != actor.organisation.id or not kept.exists():
            raise NotFound(
                "This file is not kept here.",
                remedy="Import the list from the practice's own system.",
                who_can="someone at the practice whose list it is",
            )
        return receive(
            actor=actor,
            now=now,
            practice_id=actor.organisation.id,
            file=opened(batch),
            file_name=batch.file_name,
            mapping=batch.mapping,
            is_delta=batch.is_delta,
        )


def map_columns(*, actor: Actor, now: datetime, batch_id: int, mapping: Mapping[str, object]) -> None:
    """Read a file that is not taken in yet by this mapping, and check it again. Raises NotFound, InvalidInput, Conflict."""
    with unit_of_work(actor):
        batch, grant = locked(actor=actor, now=now, batch_id=batch_id, steps=NOT_TAKEN_IN)
        mapping_from(mapping)
        batch.mapping = dict(mapping)
        batch.state, batch.failure, batch.rows_done = ImportState.RECEIVED, "", 0
        batch.save(update_fields=["mapping", "state", "failure", "rows_done"])
        note(batch, "patients.import-mapped", grant, actor=actor, now=now)
        ask_to_check(batch, actor=actor, now=now)


def drop(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """Give a file up that was not taken in: it is removed, and its changeset with it. Raises NotFound, Conflict."""
    with unit_of_work(actor):
        batch, grant = locked(actor=actor, now=now, batch_id=batch_id, steps=NOT_TAKEN_IN)
        batch.state, batch.failure = ImportState.DROPPED, ""
        batch.save(update_fields=["state", "failure"])
        note(batch, "patients.import-dropped", grant, actor=actor, now=now)
        if batch.organisation_id == actor.organisation.id:
            remove(batch)
        else:  # what a hub brought is the practice's from then on: its own job removes it
            publish(
                actor=actor,
                now=now,
                fact="patients.import-dropped",
                key=str(batch.pk),
                payload={"batch_id": batch.pk},
                organisation_id=batch.organisation_id,
            )


def resume(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """Ask again for the step at which a file stopped: its check, its taking in, or its undoing. Raises NotFound, Conflict."""
    with unit_of_work(actor):
        batch, grant = locked(actor=actor, now=now, batch_id=batch_id, steps=STOPPED)
        note(batch, "patients.import-resumed", grant, actor=actor, now=now)
        if batch.state in NOT_TAKEN_IN:
            batch.state, batch.failure, batch.rows_done = ImportState.RECEIVED, "", 0
            batch.save(update_fields=["state", "failure", "rows_done"])
            ask_to_check(batch, actor=actor, now=now)
        else:
            tell(
                batch,
                fact="patients.import-asked" if batch.state == ImportState.IMPORTING else "patients.import-undo-asked",
                actor=actor,
                now=now,
            )


def remove(batch: ImportBatch) -> None:
    """What quotes people goes; the numbers of the import stay."""
    forget(batch, *PieceKind)
    for rows in (batch.rejections, batch.changes, batch.possible_duplicates):
        rows.all().delete()
    batch.file_kept_until = None
    batch.save(update_fields=["file_kept_until"])


def forget_files(*, actor: Actor, now: datetime) -> int:
    """Remove the acting practice's files whose time is over; one that was never taken in is dropped. How many.

    What rejections and possible duplicates quote goes then too, of rows that came in another way as well: what for, and what was
    said of them, stays.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        over = ImportBatch.objects.filter(organisation=actor.organisation.id, file_kept_until__lte=now)
        over = over.exclude(state__in=AT_WORK)  # they need it; another day
        rows = list(over.select_for_update().order_by("pk"))
        for batch in rows:
            note(batch, "patients.import-file-removed", grant, actor=actor, now=now)
            if batch.state in NOT_TAKEN_IN:
                batch.state = ImportState.DROPPED
                batch.save(update_fields=["state"])
                remove(batch)
            else:
                forget(batch, *PieceKind)
                batch.file_kept_until = None
                batch.save(update_fields=["file_kept_until"])
        _forget_rows(actor.organisation.id, now)
        return len(rows)


def _forget_rows(organisation_id: int, now: datetime) -> None:
    over = ImportBatch.objects.filter(organisation=organisation_id, file_kept_until=None, received_at__lte=now - KEPT)
    over = over.exclude(state__in=AT_WORK)
    quoting = ImportRejection.objects.filter(organisation=organisation_id, batch__in=over)
    quoting.exclude(value="", nhs_number="").update(value="", nhs_number="")
    PossibleDuplicate.objects.filter(organisation=organisation_id, batch__in=over).exclude(row={}).update(row={})


def remove_dropped(*, actor: Actor, now: datetime, batch_id: int) -> None:
    """For the practice whose file a hub gave up."""
    with unit_of_work(actor):
        batch, _grant = locked(actor=actor, now=now, batch_id=batch_id, steps=[ImportState.DROPPED])
        remove(batch)


def ask_to_check(batch: ImportBatch, *, actor: Actor, now: datetime) -> None:
    if is_at_once(actor, batch):
        check_or_stop(actor=actor, now=now, batch_id=batch.pk)
        return
    tell(batch, fact="patients.import-received", actor=actor, now=now)


def _refuse_unless_of_practice(practice_id: int) -> None:
    practice = organisation_ref(id=practice_id)
    if practice.kind != OrganisationKind.PRACTICE:
        raise NotThePractices(
            f"{practice.name} is not a practice: it holds temporary registrations only.",
            remedy="Choose the practice whose patients the file lists.",
            who_can="someone with a position at the practice or its hub",
        )
