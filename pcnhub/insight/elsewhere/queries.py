"""Reading exports: the newest of each kind with its rows, a draft as it is understood, and what was brought when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.rules import ParsedFile
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from pcnhub.insight.elsewhere import keeping
from pcnhub.insight.elsewhere.models import Snapshot
from pcnhub.insight.elsewhere.rules import (
    CheckedExport,
    ExportKind,
    ExportMapping,
    Row,
    SnapshotState,
    check_export,
    mapping_from,
)


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """Who brought which file when. `left_out` lines had faults."""

    id: int
    kind: ExportKind
    state: SnapshotState
    taken_at: datetime
    received_at: datetime
    by_name: str
    file_name: str
    sha256: str
    encoding: str
    delimiter: str
    lines: int
    left_out: int
    fields: tuple[str, ...]
    withheld: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A file that is being matched. `checked` is None, and `refusal` says why, while its columns can't be used."""

    snapshot: SnapshotView
    file: ParsedFile
    mapping: ExportMapping
    checked: CheckedExport | None
    refusal: InvalidInput | None


@dataclass(frozen=True, slots=True)
class Export:
    """The newest export of a kind, as checks read it."""

    snapshot: SnapshotView
    rows: tuple[Row, ...]

    def has(self, *fields: str) -> bool:
        return set(fields) <= set(self.snapshot.fields)


def newest(*, hub_id: int, kind: ExportKind) -> Export | None:
    """What checks are answered by; None while nothing of this kind was kept. For checks, which run as the hub."""
    row = Snapshot.objects.filter(hub_id=hub_id, kind=kind, state=SnapshotState.KEPT).defer("rows", "content").first()
    try:
        return None if row is None else Export(_view(row), _rows(row.pk, row.sha256))
    except Snapshot.DoesNotExist:  # superseded between the two reads: its rows are gone, and no answer comes of none
        return newest(hub_id=hub_id, kind=kind)


def refuse_outside_hub(actor: Actor) -> None:
    """Exports name the hub's staff, and answer its grid: they are the hub's alone. Raises NotPermitted."""
    if actor.organisation.kind != OrganisationKind.HUB:
        raise NotPermitted(
            "Exports are the hub’s to bring and to look at: its grid is answered by them.",
            remedy="Send the file to the hub; or state what it shows on the check’s own page.",
            who_can="the hub’s manager",
        )


def snapshots(*, actor: Actor, now: datetime) -> tuple[SnapshotView, ...]:
    """Every file that the actor's hub brought, the newest first. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        refuse_outside_hub(actor)
        rows = Snapshot.objects.filter(hub_id=actor.organisation.id).defer("rows", "content")
        return tuple(_view(row) for row in rows.order_by("-received_at", "-pk"))


def snapshot(*, actor: Actor, now: datetime, snapshot_id: int) -> SnapshotView:
    """One of them. Raises NotFound, NotPermitted."""
    for each in snapshots(actor=actor, now=now):
        if each.id == snapshot_id:
            return each
    raise NotFound("There is no such export.", remedy="Choose one from the list of exports.")


def draft_view(
    *, actor: Actor, now: datetime, snapshot_id: int, mapping: Mapping[str, object] | None = None
) -> DraftView:
    """A draft, understood as it is matched, or as `mapping` would match it. Raises NotFound, NotPermitted, SealBroken."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
        refuse_outside_hub(actor)
        row = Snapshot.objects.filter(pk=snapshot_id, hub_id=actor.organisation.id, state=SnapshotState.DRAFT).first()
        if row is None:
            raise NotFound("There is no such file to match.", remedy="Choose one from the list of exports.")
        file = keeping.unsealed(row.content or b"", place=f"{row.hub_id}:{row.pk}")
        matched = mapping_from(ExportKind(row.kind), row.mapping if mapping is None else mapping)
        try:
            return DraftView(_view(row), file, matched, check_export(file, matched), None)
        except InvalidInput as refusal:
            return DraftView(_view(row), file, matched, None, refusal)


@lru_cache(maxsize=32)
def _rows(snapshot_id: int, sha256: str) -> tuple[Row, ...]:
    """What was kept is never changed while it is the newest, and six checks ask for it in a row."""
    row = Snapshot.objects.only("kind", "rows").get(pk=snapshot_id, sha256=sha256, state=SnapshotState.KEPT)
    return keeping.understood(ExportKind(row.kind), row.rows or [])


def _view(row: Snapshot) -> SnapshotView:
    return SnapshotView(
        id=row.pk,
        kind=ExportKind(row.kind),
        state=SnapshotState(row.state),
        taken_at=row.taken_at,
        received_at=row.received_at,
        by_name=row.by_name,
        file_name=row.file_name,
        sha256=row.sha256,
        encoding=row.encoding,
        delimiter=row.delimiter,
        lines=row.lines,
        left_out=row.left_out,
        fields=tuple(row.fields),
        withheld=tuple(row.withheld),
    )
