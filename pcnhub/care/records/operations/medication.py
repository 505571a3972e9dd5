"""A drug that a copy brought goes into the practice's medication list, under the name of a prescriber there."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import own_registration
from pcnhub.care.records.models import Item
from pcnhub.care.records.rules import MENTIONED, ItemKind, Origin
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

IN_ERROR = "entered-in-error"


def enter_drug(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    source_key: str,
    code: str,
    term: str,
    directions: str,
    mentioned_at: datetime,
    mentioned_by: str,
    prescriber: str,
    is_confidential: bool = False,
) -> int:
    """Enter it into the acting practice's own record; the entry's id. Entered again, it is the same entry.

    `prescriber` is the practice's own, under whose name it stands; `mentioned_by` who wrote of it at the hub. Raises NotFound,
    NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        detail = {"directions": directions, "recorded by": mentioned_by, "entered under": prescriber}
        day = london_date(mentioned_at)
        row, _ = Item.objects.update_or_create(
            organisation_id=actor.organisation.id,
            patient_id=patient.id,
            source_key=source_key,
            defaults={
                "kind": ItemKind.MEDICATION,
                "code": code,
                "term": term,
                "status": MENTIONED,
                "starts_on": day,
                "recorded_on": day,
                "detail": {name: value for name, value in detail.items() if value},
                "is_confidential": is_confidential,
                "origin": Origin.WRITE_BACK,
                "recorded_at": now,
            },
        )
        _note(actor, now, "records.drug-entered", row, patient.nhs_number)
        return row.pk


def strike_drug(*, actor: Actor, now: datetime, patient_id: int, source_key: str) -> bool:
    """Mark it as entered in error, because the consultation no longer has it; never deleted. False: it isn't there."""
    return _change(actor, now, patient_id, source_key, "status", IN_ERROR, "records.drug-struck")


def mark_drug(*, actor: Actor, now: datetime, patient_id: int, source_key: str, is_confidential: bool) -> bool:
    """Follow the consultation, whose newest version holds the drug as confidential, or no longer. False: nothing changed."""
    return _change(actor, now, patient_id, source_key, "is_confidential", is_confidential, "records.drug-marked")


def _change(
    actor: Actor, now: datetime, patient_id: int, source_key: str, field: str, value: str | bool, action: str
) -> bool:
    """Set one field of the drug that a consultation brought; False when it isn't there, or has that value already."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        row = Item.objects.filter(
            organisation=actor.organisation.id, patient=patient.id, source_key=source_key, origin=Origin.WRITE_BACK
        ).first()
        if row is None or getattr(row, field) == value:
            return False
        setattr(row, field, value)
        row.save(update_fields=[field])
        _note(actor, now, action, row, patient.nhs_number)
        return True


def _note(actor: Actor, now: datetime, action: str, row: Item, nhs_number: str | None) -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("record item", row.pk, row.patient_id, nhs_number),
        detail={"code": row.code},
    )
