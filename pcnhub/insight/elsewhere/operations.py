"""An export comes in, its columns are matched, and it is kept: from then on checks are answered by it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.rules import ParsedFile, Rejection, read_file
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem
from pcnhub.insight.elsewhere import keeping, queries
from pcnhub.insight.elsewhere.models import ExportMatching, Snapshot
from pcnhub.insight.elsewhere.rules import (
    CheckedExport,
    ExportKind,
    ExportMapping,
    SnapshotState,
    check_export,
    mapping_from,
    without_patients,
)

LARGEST_FILE = 20 * 1024 * 1024  # bytes
DRAFTS_STAND = timedelta(days=1)
OLDEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export came to: lines in it, lines kept, and each fault of the others."""

    snapshot_id: int | None
    kind: ExportKind
    taken_at: datetime
    sha256: str
    lines: int
    kept: int
    faults: tuple[Rejection, ...]
    withheld: tuple[str, ...]
    unused: tuple[str, ...]
    fields: tuple[str, ...]


def receive(
    *, actor: Actor, now: datetime, kind: ExportKind, content: bytes, file_name: str, taken_at: datetime
) -> int:
    """Keep a file as a draft, sealed and for a day at most, without the columns that may name patients; the draft's id.

    Raises NotPermitted, and InvalidInput (not a table of text; too large; taken in the future or more than a year ago).
    """
    with unit_of_work(actor):
        hub_id = _hub_of(actor, now)
        mapping = matching_of(hub_id=hub_id, kind=kind)
        file, withheld = _file(kind, content, mapping, taken_at, now)
        row = Snapshot.objects.create(
            hub_id=hub_id,
            kind=kind,
            taken_at=taken_at,
            received_at=now,
            by=actor.user,
            by_name=actor.name,
            file_name=file_name[:200],
            sha256=hashlib.sha256(content).hexdigest(),
            encoding=file.encoding,
            delimiter=file.delimiter,
            withheld=list(withheld),
            mapping=mapping.content(),
            lines=len(file.rows),
        )
        row.content = keeping.sealed(file, place=place_of(row))
        row.save(update_fields=["content"])
        return row.pk


def match(*, actor: Actor, now: datetime, snapshot_id: int, mapping: Mapping[str, object]) -> None:
    """How a draft's columns and words read. Raises NotFound, NotPermitted, InvalidInput with all that means nothing."""
    with unit_of_work(actor):
        row = draft(snapshot_id=snapshot_id, hub_id=_hub_of(actor, now))
        row.mapping = mapping_from(ExportKind(row.kind), mapping).content()
        row.save(update_fields=["mapping"])


def keep(*, actor: Actor, now: datetime, snapshot_id: int) -> ExportReport:
    """Make a draft the newest of its kind: checks are answered by it, and how it was matched is kept for the next.

    Raises NotFound, NotPermitted, InvalidInput (columns that can't be used; no line in order), Conflict (a newer one is kept).
    """
    with unit_of_work(actor):
        hub_id = _hub_of(actor, now)
        row = draft(snapshot_id=snapshot_id, hub_id=hub_id)
        mapping = mapping_from(ExportKind(row.kind), row.mapping)
        checked = check_export(keeping.unsealed(row.content or b"", place=place_of(row)), mapping)
        _keep(row, checked, mapping, actor=actor, now=now)
        return _report(row, checked)


def drop(*, actor: Actor, now: datetime, snapshot_id: int) -> None:
    """Take a draft away: nothing of it stays. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        draft(snapshot_id=snapshot_id, hub_id=_hub_of(actor, now)).delete()


def import_export(
    *,
    actor: Actor,
    now: datetime,
    kind: ExportKind,
    content: bytes,
    file_name: str,
    taken_at: datetime,
    mapping: Mapping[str, object] | None = None,
    dry_run: bool = False,
) -> ExportReport:
    """The same in one call, for the command. `mapping` None: as the hub's exports of this kind were last matched.

    Raises as `receive`, `match` and `keep`. A dry run changes nothing.
    """
    with unit_of_work(actor), transaction.atomic():
        snapshot_id = receive(actor=actor, now=now, kind=kind, content=content, file_name=file_name, taken_at=taken_at)
        if mapping is not None:
            match(actor=actor, now=now, snapshot_id=snapshot_id, mapping=mapping)
        if not dry_run:
            return keep(actor=actor, now=now, snapshot_id=snapshot_id)
        row = draft(snapshot_id=snapshot_id, hub_id=actor.organisation.id)
        file = keeping.unsealed(row.content or b"", place=place_of(row))
        checked = check_export(file, mapping_from(kind, row.mapping))
        row.delete()
        return replace(_report(row, checked), snapshot_id=None)


def forget_drafts(now: datetime) -> None:
    """Drafts that nobody kept in a day go."""
    Snapshot.objects.filter(state=SnapshotState.DRAFT, received_at__lt=now - DRAFTS_STAND).delete()


def matching_of(*, hub_id: int, kind: ExportKind) -> ExportMapping:
    """How the hub's exports of this kind were last matched; the standard layout until somebody did."""
    saved = ExportMatching.objects.filter(hub_id=hub_id, kind=kind).first()
    return mapping_from(kind, saved.content) if saved else ExportMapping(kind)


def draft(*, snapshot_id: int, hub_id: int) -> Snapshot:
    row = Snapshot.objects.select_for_update().filter(pk=snapshot_id, hub_id=hub_id, state=SnapshotState.DRAFT).first()
    if row is None:
        raise NotFound(
            "There is no such file to match: it was kept, dropped, or a day has passed.",
            remedy="Look at the list of exports; import the file again if it is not there.",
            who_can="whoever may manage readiness at the hub",
        )
    return row


def place_of(row: Snapshot) -> str:
    return f"{row.hub_id}:{row.pk}"


def _hub_of(actor: Actor, now: datetime) -> int:
    """The hub whose exports these are: the actor's own. Readiness may be managed there."""
    permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
    queries.refuse_outside_hub(actor)
    hub = network_of_hub(hub_id=actor.organisation.id, day=london_date(now)).hub
    if not hub.runs_here:
        return hub.id
    raise Conflict(
        "This hub’s appointment book is kept here: no export can say more of it.",
        remedy="If that is wrong, change the system under Organisation first.",
        who_can="an administrator of the hub",
    )


def _file(
    kind: ExportKind, content: bytes, mapping: ExportMapping, taken_at: datetime, now: datetime
) -> tuple[ParsedFile, tuple[str, ...]]:
    problems = []
    if not now - OLDEST <= taken_at <= now + timedelta(minutes=5):
        remedy = "Give the day and time at which the other system exported it, not in the future."
        problems.append(Problem("taken_at", "out-of-range", "No export was taken then", remedy, taken_at.isoformat()))
    if len(content) > LARGEST_FILE:
        remedy = "Export fewer days: checks look a few weeks ahead, and ninety days back."
        problems.append(Problem("file", "too-large", "The file is larger than 20 MB", remedy))
    if problems:
        raise InvalidInput(problems)
    return without_patients(read_file(content, mapping=mapping), kind)


def _keep(row: Snapshot, checked: CheckedExport, mapping: ExportMapping, *, actor: Actor, now: datetime) -> None:
    if not checked.rows:
        remedy = "Match its columns, or mend it where it comes from, and import it again."
        raise InvalidInput(
            [Problem("file", "no-line", "No line of the file is in order", remedy, f"{checked.lines} lines")]
        )
    take_turn("elsewhere.keep", row.hub_id)
    standing = Snapshot.objects.filter(hub_id=row.hub_id, kind=row.kind, state=SnapshotState.KEPT).first()
    if standing is not None:
        if standing.taken_at > row.taken_at:
            raise Conflict(
                "A newer export of this kind is kept already.",
                remedy="Export again, or look whether the time at which this one was taken is right.",
            )
        standing.state, standing.rows = SnapshotState.SUPERSEDED, None
        standing.save(update_fields=["state", "rows"])
    row.state, row.content, row.kept_at = SnapshotState.KEPT, None, now
    row.rows, row.fields = keeping.written(checked.rows), list(checked.fields)
    row.lines, row.left_out = checked.lines, checked.left_out
    row.save(update_fields=["state", "content", "kept_at", "rows", "fields", "lines", "left_out"])
    ExportMatching.objects.update_or_create(
        hub_id=row.hub_id,
        kind=row.kind,
        defaults={"content": mapping.content(), "saved_at": now, "saved_by": actor.name},
    )
    record(
        actor=actor,
        now=now,
        action="elsewhere.kept",
        subject=Subject("export", row.pk),
        detail={"kind": row.kind, "lines": row.lines, "left_out": row.left_out, "sha256": row.sha256},
    )
    publish(
        actor=actor,
        now=now,
        fact="elsewhere.kept",
        key=str(row.pk),
        payload={"snapshot_id": row.pk, "hub_id": row.hub_id},
        organisation_id=row.hub_id,
    )


def _report(row: Snapshot, checked: CheckedExport) -> ExportReport:
    return ExportReport(
        snapshot_id=row.pk,
        kind=checked.kind,
        taken_at=row.taken_at,
        sha256=row.sha256,
        lines=checked.lines,
        kept=len(checked.rows),
        faults=checked.faults,
        withheld=tuple(row.withheld),
        unused=checked.unused,
        fields=checked.fields,
    )
