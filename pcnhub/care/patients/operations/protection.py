"""A practice that learns that a person is protected, or objects to sharing, says so at once to the hubs that hold them.

The hub can't find out by itself: from that moment on the practice's row is out of its sight.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotShared

FLAGS = ("is_sensitive", "dissents_from_sharing")


def pass_on_protection(patients: Iterable[Patient], *, actor: Actor, now: datetime) -> int:
    """Set both flags of these patients of the actor's practice on their temporary registrations at hubs; how many changed.

    Acts under the appointments agreement, which lets a practice keep the hub's registrations of its own patients right; a
    hub without one in effect keeps what it had, and can't be told.
    """
    own = {patient.nhs_number: patient for patient in patients}
    registrations = Patient.objects.filter(
        registration_type=RegistrationType.TEMPORARY,
        registered_practice=actor.organisation.id,
        nhs_number__in=own,
    )
    changed = 0
    for held in registrations.order_by("organisation_id", "id"):
        patient = own[held.nhs_number]
        differing = [flag for flag in FLAGS if getattr(held, flag) != getattr(patient, flag)]
        if not differing:
            continue
        try:
            grant = permit(
                actor=actor,
                permission=Permission.IMPORT_PATIENTS,
                now=now,
                data_organisation_id=held.organisation_id,
                agreement=AgreementKind.APPOINTMENTS,
            )
        except NotShared:
            continue
        for flag in differing:
            setattr(held, flag, getattr(patient, flag))
        held.updated_at = now
        held.save(update_fields=[*differing, "updated_at"])
        trail.record(
            actor=actor,
            now=now,
            action="patients.protection-passed-on",
            subject=trail.Subject("patient", held.pk, held.pk, held.nhs_number),
            data_organisation_id=held.organisation_id,
            basis=grant.basis,
            detail={"fields": differing},
        )
        changed += 1
    return changed
