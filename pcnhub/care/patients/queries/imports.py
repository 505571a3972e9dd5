"""Files of patients: how far they are, which rows were not taken, and how their columns read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ImportBatch, ImportFile, ImportRejection, Patient, SavedMapping
from pcnhub.care.patients.queries.pieces import opened
from pcnhub.care.patients.rules import ChangeKind, ColumnMapping, ImportState, PieceKind, Rejection, mapping_from
from pcnhub.care.patients.rules.rows import YES
from pcnhub.care.patients.rules.sniffing import HEAD, sniff
from pcnhub.care.patients.rules.suggesting import suggest_mapping
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.refusals import NotFound

PAGE_SIZE = 50
NOT_SHOWN = "Protected: not shown to you"


@dataclass(frozen=True, slots=True)
class BatchView:
    """One file that was read, in numbers of rows. `imported_at` is when it was received, until it is taken in."""

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
    practice: OrganisationRef
    received_from_id: int
    received_at: datetime
    received_by: str
    state: ImportState
    file_name: str
    file_bytes: int
    is_delta: bool
    ends_absent: bool  # a person chose that the registration of whom the list does not name ends with it
    rows_done: int  # of the step that runs
    absent: int
    moved: int
    duplicates: int
    kinds: dict[ChangeKind, int] = field(default_factory=dict)  # how many people each tab of the changeset has
    unused_columns: tuple[str, ...] = ()
    changes_sha256: str = ""  # what `take_in` is given
    checked_at: datetime | None = None
    taken_in_at: datetime | None = None
    undone_at: datetime | None = None
    undone_by: str = ""
    undo_reason: str = ""
    kept_back: int = 0  # people whom an undo left as they are
    unprotected: int = (
        0  # of the changed: people who lose their protection; only who may see the protected takes that in
    )
    kept_out: int = 0  # people hidden from whoever brought the file, on whom it has news; told to the practice alone
    file_kept_until: datetime | None = None  # None: the file is gone
    failure: str = ""  # why it stopped, or was checked again, and what to do

    @property
    def is_at_work(self) -> bool:
        """Whether a page that shows it is worth looking at again by itself."""
        waiting = (ImportState.RECEIVED, ImportState.CHECKING, ImportState.IMPORTING, ImportState.UNDOING)
        return self.state in waiting


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch with a page of its rejections; `number` counts from 1."""

    batch: BatchView
    rejections: tuple[Rejection, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class FilePreview:
    """The beginning of a received file, for a person who maps its columns. `mapping` is the one in use."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MappingView:
    id: int
    name: str
    content: dict[str, Any]
    saved_at: datetime
    saved_by: str


def batches(*, actor: Actor, now: datetime) -> tuple[BatchView, ...]:
    """The newest files of the actor's practice, or those that the actor's hub brought, in whatever state; at most 50."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        rows = ImportBatch.objects.filter(_concerning(actor)).select_related("organisation")
        return tuple(view_of_batch(row) for row in rows.order_by("-received_at", "-id")[:PAGE_SIZE])


def batch(*, actor: Actor, now: datetime, batch_id: int, page: int = 1) -> BatchPage:
    """One import with its rejected rows, put on record: rejections quote people's data. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        rejections = ImportRejection.objects.filter(batch=row).order_by("line", "id")
        total = rejections.count()
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        shown = _rejections(rejections[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], row, actor)
        open_batch(actor=actor, now=now, batch_id=batch_id, shown="rejections", nhs_numbers=_named(shown))
        return BatchPage(view_of_batch(row), shown, number, pages, total)


def progress(*, actor: Actor, now: datetime, batch_id: int) -> BatchView:
    """How far a file is: numbers alone, not put on record, to be asked every second. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        return replace(view_of_batch(row), kept_out=kept_out_of(row, actor))


def rejections_of(*, actor: Actor, now: datetime, batch_id: int) -> Iterator[Rejection]:
    """All rejected rows of one import, in the order of the file. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        shown = _rejections(ImportRejection.objects.filter(batch=row).order_by("line", "id"), row, actor)
        open_batch(actor=actor, now=now, batch_id=batch_id, shown="rejections", nhs_numbers=_named(shown))
        return iter(shown)


def preview(*, actor: Actor, now: datetime, batch_id: int) -> FilePreview:
    """The headers and first rows, put on record. Raises NotFound (also when the file is gone), NotPermitted, SealBroken."""
    with unit_of_work(actor):
        row, _grant = find_batch(actor=actor, now=now, batch_id=batch_id)
        if not ImportFile.objects.filter(batch=row, kind=PieceKind.FILE).exists():
            raise NotFound("The file itself is no longer kept.", remedy="Send the file again.")
        head = opened(row).read(HEAD)
        shape = sniff(head, mapping=mapping_from(row.mapping), is_whole=len(head) < HEAD)
        # Which column has the numbers, nobody may know yet: whatever is one names somebody.
        preview = _as_shown(shape.headers, shape.preview, mapping_from(row.mapping), actor)
        numbers = tuple(number for cells in preview for cell in cells if (number := _number(cell)))
        open_batch(actor=actor, now=now, batch_id=batch_id, shown="preview", nhs_numbers=numbers)
        return FilePreview(shape.headers, preview, dict(row.mapping))


def mappings(*, actor: Actor, now: datetime) -> tuple[MappingView, ...]:
    """The saved mappings of the actor's organisation, by name. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        rows = SavedMapping.objects.filter(organisation=actor.organisation.id).order_by("name")
        return tuple(MappingView(row.pk, row.name, dict(row.content), row.saved_at, row.saved_by) for row in rows)


@read_once
def newest_batches(*, actor: Actor) -> dict[int, BatchView]:
    """The newest import of each practice whose imports the actor's organisation may see, by the practice's id.

    A hub sees those of practices that share their care record with it; they count rows and name nobody.
    """
    with unit_of_work(actor):
        rows = ImportBatch.objects.filter(state=ImportState.IMPORTED).select_related("organisation")
        rows = rows.order_by("organisation_id", "-imported_at", "-id").distinct("organisation_id")
        return {row.organisation_id: view_of_batch(row) for row in rows}


def kept_out_of(row: ImportBatch, actor: Actor) -> int:
    """How many people of a file that another organisation brought are kept for the practice to look at."""
    if row.is_own or row.organisation_id != actor.organisation.id:
        return 0
    pieces = ImportFile.objects.filter(batch=row, kind=PieceKind.KEPT_OUT)
    return pieces.aggregate(people=Sum("rows"))["people"] or 0


def find_batch(*, actor: Actor, now: datetime, batch_id: int, to_change: bool = False) -> tuple[ImportBatch, Grant]:
    """A file of the actor's practice, or one that the actor's hub brought and may still bring. Raises NotFound, NotPermitted,
    NotShared. For this room, in the running unit of work; `to_change` holds the row."""
    rows = ImportBatch.objects.filter(_concerning(actor), pk=batch_id)
    row = (rows.select_for_update(of=("self",)) if to_change else rows).select_related("organisation").first()
    grant = permit(
        actor=actor,
        permission=Permission.IMPORT_PATIENTS,
        now=now,
        data_organisation_id=row.organisation_id if row else None,
        agreement=AgreementKind.CARE_RECORD,
    )
    if row is None:
        raise NotFound("There is no such import here.", remedy="Choose one from the list of imports.")
    return row, grant


def open_batch(
    *, actor: Actor, now: datetime, batch_id: int, shown: str, nhs_numbers: tuple[str, ...] = ()
) -> ImportBatch:
    """The same, put on record with what was shown of it and of whom."""
    row, grant = find_batch(actor=actor, now=now, batch_id=batch_id)
    trail.record(
        actor=actor,
        now=now,
        action="patients.import-opened",
        subject=trail.Subject("import", row.pk),
        data_organisation_id=row.organisation_id,
        basis=grant.basis,
        nhs_numbers=nhs_numbers,
        detail={"shown": shown},
    )
    return row


def view_of_batch(row: ImportBatch) -> BatchView:
    practice = row.organisation
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
        practice=OrganisationRef(practice.pk, practice.ods_code, practice.name, practice.kind),
        received_from_id=row.received_from_id,
        received_at=row.received_at,
        received_by=row.received_by,
        state=ImportState(row.state),
        file_name=row.file_name,
        file_bytes=row.file_bytes,
        is_delta=row.is_delta,
        ends_absent=row.ends_absent,
        rows_done=row.rows_done,
        absent=row.absent,
        moved=row.moved,
        duplicates=row.duplicates,
        kinds={kind: row.kinds.get(kind.value, 0) for kind in ChangeKind},
        unused_columns=tuple(row.unused_columns),
        changes_sha256=row.changes_sha256,
        checked_at=row.checked_at,
        taken_in_at=row.imported_at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        undo_reason=row.undo_reason,
        kept_back=row.kept_back,
        unprotected=row.unprotected,
        file_kept_until=row.file_kept_until,
        failure=row.failure,
    )


def _concerning(actor: Actor) -> Q:
    return Q(organisation=actor.organisation.id) | Q(received_from=actor.organisation.id)


def _rejections(rows: QuerySet[ImportRejection], batch: ImportBatch, actor: Actor) -> tuple[Rejection, ...]:
    """Of whoever is protected, by the row's own word or as the practice holds them, nobody reads a value who may not see them."""
    columns = ("line", "column", "value", "code", "message", "remedy", "nhs_number", "is_sensitive")
    found = [Rejection(*row) for row in rows.values_list(*columns)]
    if actor.may(Permission.VIEW_SENSITIVE):
        return tuple(found)
    held = Patient.objects.filter(organisation=batch.organisation_id, is_sensitive=True)
    protected = set(held.filter(nhs_number__in=_named(found)).values_list("nhs_number", flat=True))
    return tuple(
        replace(each, value=NOT_SHOWN, nhs_number="") if each.is_sensitive or each.nhs_number in protected else each
        for each in found
    )


def _as_shown(
    headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], mapping: ColumnMapping, actor: Actor
) -> tuple[tuple[str, ...], ...]:
    """Of a row that calls its person protected, in a column that is known or looks like that one, no cell is shown."""
    if actor.may(Permission.VIEW_SENSITIVE):
        return rows
    guess = suggest_mapping(headers)
    flags = [
        place
        for place, header in enumerate(headers)
        if "is_sensitive" in (mapping.field_of(header), guess.field_of(header))
    ]
    return tuple(
        (NOT_SHOWN,) * len(cells)
        if any(place < len(cells) and cells[place].strip().lower() in YES for place in flags)
        else cells
        for cells in rows
    )


def _named(rejections: Iterable[Rejection]) -> tuple[str, ...]:
    """Of whom these rows speak, as far as their numbers tell."""
    return tuple(each.nhs_number for each in rejections if each.nhs_number)


def _number(cell: str) -> str:
    try:
        return NhsNumber(cell)
    except InvalidIdentifier:
        return ""
