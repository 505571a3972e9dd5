"""The documents of one's own patients, listed; what other rooms ask about documents that they link to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.queries.views import DocumentPage, DocumentView, page_of, view_of, views_of
from pcnhub.care.documents.rules import DocumentKind, DocumentState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import own_registration, patients_by_id, same_person_ids
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


def permission_to_see(actor: Actor) -> Permission:
    """Clinicians see documents as they see records; whoever files them sees what they file."""
    manages = actor.may(Permission.MANAGE_DOCUMENTS) and not actor.may(Permission.VIEW_RECORD)
    return Permission.MANAGE_DOCUMENTS if manages else Permission.VIEW_RECORD


def documents_of(
    *, actor: Actor, now: datetime, patient_id: int, page: int = 1, with_old: bool = False
) -> DocumentPage:
    """The documents that the actor's organisation holds about one of its patients, newest first, put on record.

    `with_old`: replaced ones and those filed in error too. Raises NotFound (a protected patient too), NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=permission_to_see(actor), now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        ids = same_person_ids(actor=actor, patient_id=patient.id)
        rows = Document.objects.filter(organisation=actor.organisation.id, patient__in=ids)
        found = page_of((rows if with_old else current(rows)).order_by("-made_at", "-pk"), page)
        note_list(found, patient.id, patient.number, grant, actor=actor, now=now)
        return found


def document(*, actor: Actor, now: datetime, document_id: int) -> DocumentView:
    """What is said of one of the actor's organisation's own documents, on record, without its bytes. Raises NotFound,
    NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=permission_to_see(actor), now=now)
        row = own_document(actor=actor, document_id=document_id)
        note_description(row, grant, actor=actor, now=now)
        return view_of(row)


def documents_by_id(*, actor: Actor, ids: Collection[int]) -> dict[int, DocumentView]:
    """The actor's own documents of a list that names them, for pages whose opening is on record; those of patients whom the
    actor may not know about are left out."""
    with unit_of_work(actor):
        found = views_of(Document.objects.filter(organisation=actor.organisation.id, pk__in=ids))
        known = patients_by_id(actor=actor, ids={each.patient_id for each in found})
        return {each.id: each for each in found if each.patient_id in known}


def results_held(*, actor: Actor) -> tuple[DocumentView, ...]:
    """The results among the actor's own documents, oldest first: for counting what nobody has matched (CHK-67)."""
    with unit_of_work(actor):
        rows = Document.objects.filter(organisation=actor.organisation.id, kind=DocumentKind.RESULT)
        return views_of(current(rows).order_by("made_at", "pk"))


def fingerprint(*, actor: Actor, document_id: int) -> str:
    """The SHA-256 of one of the actor's own documents, for comparing. Raises NotFound."""
    with unit_of_work(actor):
        return own_document(actor=actor, document_id=document_id).sha256


def current(rows: QuerySet[Document]) -> QuerySet[Document]:
    """Without what another one replaces, and what was filed in error."""
    return rows.filter(replaced_by=None).exclude(state=DocumentState.IN_ERROR)


def own_document(*, actor: Actor, document_id: int) -> Document:
    """The table's row. Raises NotFound for another organisation's, and for those of patients whom the actor may not see."""
    rows = Document.objects.select_related("patient", "source_organisation")
    row = rows.filter(pk=document_id, organisation=actor.organisation.id).first()
    if row is None:
        raise no_such_document()
    try:
        own_registration(actor=actor, patient_id=row.patient_id)
    except NotFound:
        raise no_such_document() from None
    return row


def no_such_document() -> NotFound:
    """The same words of nothing, of another organisation's, and of a protected patient's."""
    return NotFound(
        "There is no such document here.",
        remedy="Open it from the patient's page: the list shows what you may see.",
        who_can="whoever may see protected records, or the practice that holds it",
    )


def note_description(row: Document, grant: Grant, *, actor: Actor, now: datetime) -> None:
    trail.record(
        actor=actor,
        now=now,
        action="documents.described",
        subject=trail.Subject("document", row.pk, row.patient_id, row.patient.nhs_number),
        data_organisation_id=grant.data_organisation_id,
        basis=grant.basis,
    )


def note_list(
    page: DocumentPage, patient_id: int, nhs_number: str, grant: Grant, *, actor: Actor, now: datetime
) -> None:
    trail.record(
        actor=actor,
        now=now,
        action="documents.listed",
        subject=trail.Subject("documents", None, patient_id, nhs_number),
        data_organisation_id=grant.data_organisation_id,
        basis=grant.basis,
        detail={"documents": [each.id for each in page.documents]},
    )
