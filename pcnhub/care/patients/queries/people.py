"""One person behind several rows or numbers of an organisation, and how to reach them as each source has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from pcnhub.care.patients.models import ContactOffer, FormerNumber, Merge, Patient
from pcnhub.care.patients.queries.patients import PatientView, own_row, view_of
from pcnhub.care.patients.rules import NumberEnd, OfferState
from pcnhub.care.patients.rules.contacts import ContactField, said_by, source_of
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact detail that is held: whose word it is, since when (None: as it came with the practice's row)."""

    field: ContactField
    value: str
    source: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class OfferView:
    """What another source has instead; a person is to decide."""

    id: int
    field: ContactField
    held: str
    value: str
    source: str
    offered_at: datetime


@dataclass(frozen=True, slots=True)
class MergedView:
    """A row that a person said is this one's person too."""

    patient: PatientView
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class FormerView:
    nhs_number: NhsNumber
    ended: NumberEnd
    since: datetime


def same_person_ids(*, actor: Actor, patient_id: int) -> frozenset[int]:
    """The ids of all rows of the actor's organisation that are the person of this one: itself, the one that it was merged
    into, and every other merged into that. What belongs to the person stands under any of them."""
    with unit_of_work(actor):
        mine = Patient.objects.filter(organisation=actor.organisation.id)
        row = mine.filter(pk=patient_id).values_list("merged_into", flat=True).first()
        root = row or patient_id
        return frozenset(mine.filter(Q(pk=root) | Q(merged_into=root)).values_list("pk", flat=True)) | {patient_id}


def contact_details(*, actor: Actor, patient_id: int) -> tuple[ContactView, ...]:
    """How to reach one of the actor's own patients, as it is held. The page that shows it has opened the patient on record.
    Raises NotFound."""
    with unit_of_work(actor):
        row = own_row(actor=actor, patient_id=patient_id)
        return tuple(
            ContactView(field, text, source_of(row.contact_sources, field), _since(row, field))
            for field, text in said_by(row).items()
        )


def open_offers(*, actor: Actor, patient_id: int) -> tuple[OfferView, ...]:
    """What other sources have for one of the actor's own patients that differs from what is held. Raises NotFound."""
    with unit_of_work(actor):
        row = own_row(actor=actor, patient_id=patient_id)
        held = said_by(row)
        asked = ContactOffer.objects.filter(patient=row.pk, organisation=actor.organisation.id, state=OfferState.OPEN)
        return tuple(
            OfferView(
                each.pk,
                ContactField(each.field),
                held[ContactField(each.field)],
                each.value,
                each.source,
                each.offered_at,
            )
            for each in asked.order_by("field", "pk")
        )


def former_numbers(*, actor: Actor, patient_id: int) -> tuple[FormerView, ...]:
    """The numbers that one of the actor's own patients had. Raises NotFound."""
    with unit_of_work(actor):
        row = own_row(actor=actor, patient_id=patient_id)
        rows = FormerNumber.objects.filter(patient=row.pk, organisation=actor.organisation.id).order_by("-since", "pk")
        return tuple(FormerView(NhsNumber(each.nhs_number), NumberEnd(each.ended), each.since) for each in rows)


def merged_into(*, actor: Actor, patient_id: int) -> tuple[MergedView, ...]:
    """The rows that were merged into one of the actor's own patients, newest first. Raises NotFound."""
    with unit_of_work(actor):
        row = own_row(actor=actor, patient_id=patient_id)
        standing = Merge.objects.filter(kept=row.pk, organisation=actor.organisation.id, undone_at__isnull=True)
        rows = standing.select_related("merged__registered_practice").order_by("-at", "-pk")
        return tuple(MergedView(view_of(each.merged), each.reason, each.at, each.by) for each in rows)


def _since(row: Patient, field: ContactField) -> datetime | None:
    at = row.contact_sources.get(field, {}).get("at")
    return datetime.fromisoformat(at) if at else None
