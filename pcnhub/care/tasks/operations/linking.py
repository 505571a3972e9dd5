"""The documents that a task is about: the sender's own, of the task's patient."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pcnhub.care.documents.queries import DocumentView, documents_by_id, fingerprint
from pcnhub.care.tasks.models import Task, TaskDocument
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


def documents_for(*, actor: Actor, ids: Collection[int], patient_id: int | None) -> tuple[DocumentView, ...]:
    """Those documents, each of them the patient's. Raises InvalidInput with every one that isn't."""
    if not ids:
        return ()
    found = documents_by_id(actor=actor, ids=ids)
    problems = [
        Problem("documents", "not-theirs", "This is not a document of this patient here", "Leave it out", str(each))
        for each in ids
        if each not in found or found[each].patient_id != patient_id
    ]
    if problems:
        raise InvalidInput(problems)
    return tuple(found[each] for each in dict.fromkeys(ids))


def link(actor: Actor, task: Task, documents: Iterable[DocumentView]) -> None:
    TaskDocument.objects.bulk_create(
        TaskDocument(
            organisation_id=actor.organisation.id,
            task=task,
            document_id=each.id,
            title=each.title,
            sha256=fingerprint(actor=actor, document_id=each.id),
        )
        for each in documents
    )
