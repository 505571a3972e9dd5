"""What imports did to a person: told from the imports themselves, whose one event each is too large to name everybody."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.patients.models import ImportBatch, ImportChange, Patient
from pcnhub.care.patients.rules import ChangeKind
from pcnhub.foundations.kernel.actors import Actor

_CLOSING = (ChangeKind.LEFT, ChangeKind.DECEASED)


@dataclass(frozen=True, slots=True)
class ImportAct:
    """One act of an import on the person: when, by whom, and why where it was an undo."""

    at: datetime
    name: str
    action: str
    batch_id: int
    reason: str = ""


def import_acts(*, actor: Actor, patient_ids: Collection[int]) -> list[ImportAct]:
    """Of the acting organisation's own imports, the newest first. In the running unit of work."""
    own = actor.organisation.id
    came = Patient.objects.filter(organisation=own, pk__in=patient_ids, made_in__isnull=False).select_related("made_in")
    acts = [act for row in came if row.made_in for act in _done(row.made_in, "patients.created")]
    changes = ImportChange.objects.filter(organisation=own, patient__in=patient_ids).exclude(kind=ChangeKind.NEW)
    for change in changes.filter(batch__imported_at__isnull=False).select_related("batch"):
        acts += _done(change.batch, "patients.closed" if change.kind in _CLOSING else "patients.changed")
        if change.batch.undone_at and not change.left_because:
            undone = change.batch
            acts.append(
                ImportAct(
                    change.batch.undone_at, undone.undone_by, "patients.import-undone", undone.pk, undone.undo_reason
                )
            )
    return sorted(acts, key=lambda act: (act.at, act.batch_id), reverse=True)


def _done(batch: ImportBatch, action: str) -> Iterator[ImportAct]:
    if batch.imported_at:
        yield ImportAct(batch.imported_at, batch.imported_by, action, batch.pk)
