"""What imports did to a person: told from the imports themselves, whose one event each is too large to name everybody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pcnhub.care.patients.models import ImportBatch, ImportChange, Patient
from pcnhub.care.patients.rules import ChangeKind
from pcnhub.foundations.kernel.actors import Actor

_CLOSING = (ChangeKind.LEFT, ChangeKind.DECEASED)


@dataclass(frozen=True, slots=True)
class ImportAct:
    """One act of an import on the person: when, by whom (a hub's own, perhaps), and why where it was an undo.

    `organisation_id`, role, basis and purpose are those of whoever asked for it; None and empty where an import kept none."""

    at: datetime
    name: str
    action: str
    batch_id: int
    organisation_id: int | None = None
    role: str = ""
    basis: str = ""
    purpose: str = ""
    is_system: bool = False
    reason: str = ""


def import_acts(*, actor: Actor, patient_ids: Collection[int]) -> list[ImportAct]:
    """Of the acting organisation's own imports, the newest first. In the running unit of work."""
    own = actor.organisation.id
    came = Patient.objects.filter(organisation=own, pk__in=patient_ids, made_in__isnull=False).select_related("made_in")
    acts = [act for row in came if row.made_in for act in _done(row.made_in, "patients.created")]
    changes = ImportChange.objects.filter(organisation=own, patient__in=patient_ids).exclude(kind=ChangeKind.NEW)
    for change in changes.filter(batch__imported_at__isnull=False).select_related("batch"):
        acts += _done(change.batch, "patients.closed" if change.kind in _CLOSING else "patients.changed")
        if not change.left_because:
            acts += _undone(change.batch)
    return sorted(acts, key=lambda act: (act.at, act.batch_id), reverse=True)


def _done(batch: ImportBatch, action: str) -> Iterator[ImportAct]:
    if batch.imported_at:
        yield _act(batch.imported_at, batch.imported_by, action, batch, batch.imported_as)


def _undone(batch: ImportBatch) -> Iterator[ImportAct]:
    if batch.undone_at:
        act = _act(batch.undone_at, batch.undone_by, "patients.import-undone", batch, batch.undone_as)
        yield replace(act, reason=batch.undo_reason)


def _act(at: datetime, name: str, action: str, batch: ImportBatch, asked: Mapping[str, Any]) -> ImportAct:
    return ImportAct(
        at=at,
        name=name,
        action=action,
        batch_id=batch.pk,
        organisation_id=asked.get("organisation"),
        role=asked.get("role", ""),
        basis=asked.get("basis", ""),
        purpose=asked.get("purpose", ""),
        is_system=asked.get("is_system", False),
    )
