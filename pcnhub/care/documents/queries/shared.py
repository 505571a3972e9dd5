"""A practice's documents, seen from the hub that treats the person: under the care record agreement, both sides active.

The reader starts from a registration at their own organisation, as for the record (`records.queries.open_record`): a hub that
does not treat a person has no way in. The practice's own flags stand in the database's policy: a confidential document, a
protected patient and one who objects to sharing are not there at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.queries.asking import require_answer
from pcnhub.care.documents.queries.finding import current, no_such_document, note_list
from pcnhub.care.documents.queries.views import DocumentPage, page_of
from pcnhub.care.documents.rules import DocumentState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import (
    PatientView,
    home_registration,
    own_registration,
    registration_linked_to,
)
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound, NotShared, Refusal


@dataclass(frozen=True, slots=True)
class SharedDocuments:
    """The practice's documents; or, with `page` None, why they are not shown, what to do and who can."""

    practice: OrganisationRef
    page: DocumentPage | None
    notice: str = ""
    remedy: str = ""
    who_can: str = ""


def shared_documents_of(*, actor: Actor, now: datetime, patient_id: int, page: int = 1) -> SharedDocuments | None:
    """What the practice of whom the actor's organisation treats temporarily shares, newest first; None where there is no
    practice here to ask. Put on record, the refusal too. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        own = permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        practice = patient.registered_practice
        if patient.registration_type != RegistrationType.TEMPORARY or practice is None:
            return None
        try:
            grant, home = _home(actor, now, patient, practice)
        except Refusal as refusal:
            trail.record(
                actor=actor,
                now=now,
                action="documents.listing-refused",
                subject=trail.Subject("documents", None, patient.id, patient.number),
                data_organisation_id=practice.id,
                basis=own.basis,
                reason=refusal.code,
            )
            return SharedDocuments(practice, None, refusal.message, refusal.remedy, refusal.who_can)
        rows = current(Document.objects.filter(organisation=practice.id, patient=home.id, is_confidential=False))
        found = page_of(rows.filter(state="kept").order_by("-made_at", "-pk"), page)
        note_list(found, home.id, home.number, grant, actor=actor, now=now)
        return SharedDocuments(practice, found)


def shared_document(*, actor: Actor, now: datetime, document_id: int) -> tuple[Document, Grant, PatientView]:
    """A practice's document that the database shows the actor, for an opening that is put on record; with whom it is about, as
    registered at the actor's organisation. Raises NotFound, NotPermitted, NotShared."""
    row = Document.objects.select_related("patient", "content", "source_organisation").filter(pk=document_id).first()
    if row is None:
        raise no_such_document()
    permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
    holder, person = row.organisation_id, row.patient_id
    patient = registration_linked_to(actor=actor, practice_id=holder, practice_patient_id=person)
    # What the hub delivered there it sees in any state.
    is_shared = row.state == DocumentState.KEPT and not row.is_confidential
    if patient is None or patient.registered_practice is None or not is_shared:
        raise no_such_document()
    try:
        grant, home = _home(actor, now, patient, patient.registered_practice)
    except NotFound:
        raise no_such_document() from None
    if home.id != person:
        raise no_such_document()
    return row, grant, patient


def _home(actor: Actor, now: datetime, patient: PatientView, practice: OrganisationRef) -> tuple[Grant, PatientView]:
    """The ground for seeing what the practice holds, and whom it holds it about."""
    if patient.is_untraced:
        raise NotShared(
            "It is not known who this patient is, so nobody's documents are shown.",
            remedy="Trace the patient first.",
            who_can="whoever traces patients at the hub",
        )
    if not patient.is_active:
        raise NotShared(
            "The patient's temporary registration here has ended.",
            remedy="A new booking by the practice renews it.",
            who_can=f"the reception of {practice.name}",
        )
    grant = permit(
        actor=actor,
        permission=Permission.VIEW_RECORD,
        now=now,
        data_organisation_id=practice.id,
        agreement=AgreementKind.CARE_RECORD,
    )
    require_answer(actor, now, patient, practice, grant.basis.agreement_id)
    home = home_registration(actor=actor, registration=patient)
    if home is None:
        raise NotFound(
            f"{practice.name} does not share this person's documents: the person objects to sharing, their record is "
            "protected, or their registration there is no longer the one that was booked from.",
            remedy="Ask the patient, or telephone the practice.",
            who_can=practice.name,
        )
    return grant, home
