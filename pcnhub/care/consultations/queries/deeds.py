"""What was done in a consultation that a protocol may have asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.consultations.models import Deed as Row
from pcnhub.care.consultations.models.attachments import Attachment
from pcnhub.care.consultations.rules.protocols import Deed, DeedKind
from pcnhub.care.documents.rules import DocumentState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class DeedView:
    """One deed as a page shows it: `text` is the advice, the reason, or a document's title."""

    id: int
    deed: Deed
    text: str
    reference: str
    definition_id: int | None
    version: int | None
    sha256: str
    at: datetime
    by_name: str


def deeds_of(*, actor: Actor, consultation_ids: Collection[int]) -> dict[int, tuple[Deed, ...]]:
    """By consultation; a task that came back is none, nor a document that was taken off it again or marked as in error. For
    work inside the house: names nobody."""
    with unit_of_work(actor):
        rows = list(Row.objects.filter(consultation__in=consultation_ids).order_by("pk"))
        of_task = (DeedKind.TASK, DeedKind.TASK_BACK)
        last = {(row.consultation_id, row.reference): row.pk for row in rows if row.kind in of_task}
        filed = _filed({row.consultation_id for row in rows if row.kind == DeedKind.DOCUMENT})
        found: dict[int, tuple[Deed, ...]] = dict.fromkeys(consultation_ids, ())
        for row in rows:
            which = (row.consultation_id, row.reference)
            is_past = row.kind in of_task and last[which] != row.pk
            is_off = row.kind == DeedKind.DOCUMENT and which not in filed
            if not is_past and not is_off and row.kind != DeedKind.TASK_BACK:
                found[row.consultation_id] += (_deed(row),)
        return found


def _filed(consultation_ids: Collection[int]) -> set[tuple[int, str]]:
    """The documents that stand in these consultations, each with its consultation."""
    if not consultation_ids:
        return set()
    rows = Attachment.objects.filter(consultation__in=consultation_ids, detached_at=None)
    rows = rows.exclude(document__state=DocumentState.IN_ERROR)
    return {(consultation, str(document)) for consultation, document in rows.values_list("consultation", "document")}


def deeds(*, actor: Actor, consultation_id: int) -> tuple[DeedView, ...]:
    """The same of one consultation with who, when and what words, oldest first. Whoever shows it opened the consultation."""
    with unit_of_work(actor):
        rows = Row.objects.filter(consultation=consultation_id).select_related("definition").order_by("pk")
        return tuple(
            DeedView(
                row.pk,
                _deed(row),
                row.text,
                row.reference,
                row.definition_id,
                row.definition.number if row.definition else None,
                row.sha256,
                row.at,
                row.by_name,
            )
            for row in rows
        )


def _deed(row: Row) -> Deed:
    return Deed(DeedKind(row.kind), row.protocol, row.ask, row.what, row.priority)
