"""What a practice must tell the hubs that hold its patients, because they can't find it out by themselves.

A hub never sees the practice's row of who is protected or objects to sharing: not that it is so, nor that the person died or
left since. And of nobody's death does it learn while the care record agreement is not in effect.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.care.sharing.gate import effective_agreement, permit
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared


def tell_hubs(*, actor: Actor, now: datetime) -> int:
    """Bring the acting practice's protection, deaths and hidden leavers to its temporary registrations; how many changed.

    Acts under the appointments agreement, which lets a practice keep the hub's registrations of its own patients right. It is
    a duty, not a use of the hub's book: the agreement's job categories don't limit it. A hub without an agreement in effect
    keeps what it had, and is told with the first import after that. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        held_by_hubs = list(
            Patient.objects.filter(
                registration_type=RegistrationType.TEMPORARY, registered_practice=actor.organisation.id
            ).order_by("organisation_id", "id")
        )
        numbers = {held.nhs_number for held in held_by_hubs}
        links = [held.registered_patient_id for held in held_by_hubs if held.registered_patient_id]
        mine = Patient.objects.filter(organisation=actor.organisation.id)
        # Found by their number alone: beside a practice that the database has not counted yet, it would look at everybody there.
        known = Patient.objects.filter(nhs_number__in=numbers)
        own = {person.nhs_number: person for person in known if person.organisation_id == actor.organisation.id}
        linked = {patient.pk: patient for patient in mine.filter(pk__in=links)}  # a hub may know a newer number
        pairs = (
            (held, own.get(held.nhs_number) or linked.get(held.registered_patient_id or 0)) for held in held_by_hubs
        )
        return sum(_tell(held, home, actor, now) for held, home in pairs if home is not None)


def _tell(held: Patient, own: Patient, actor: Actor, now: datetime) -> bool:
    wanted = _wanted(own)
    wanted["is_sensitive"] = own.is_sensitive or held.pds_restricts  # which the practice's list may not know yet
    differing = sorted(name for name, value in wanted.items() if getattr(held, name) != value)
    if not differing:
        return False
    try:
        found = effective_agreement(
            kind=AgreementKind.APPOINTMENTS,
            mine=actor.organisation.id,
            theirs=held.organisation_id,
            side=Side.USES,
            day=london_date(now),
        )
    except NotShared:
        return False
    for name in differing:
        setattr(held, name, wanted[name])
    held.updated_at = now
    held.save(update_fields=[*differing, "updated_at"])
    closed = "registration_state" in differing
    trail.record(
        actor=actor,
        now=now,
        action="patients.closure-passed-on" if closed else "patients.protection-passed-on",
        subject=trail.Subject("patient", held.pk, held.pk, held.nhs_number),
        data_organisation_id=held.organisation_id,
        basis=trail.Basis(found.name, found.id),
        detail={"fields": differing},
    )
    return True


def _wanted(own: Patient) -> dict[str, Any]:
    """Of a leaver whom the hub sees, it learns by itself, together with where the person is registered now."""
    wanted: dict[str, Any] = {"dissents_from_sharing": own.dissents_from_sharing}
    hidden = own.is_sensitive or own.dissents_from_sharing
    died = own.registration_state == RegistrationState.DECEASED
    if died or (hidden and own.registration_state == RegistrationState.LEFT):
        wanted |= {"registration_state": own.registration_state, "left_on": own.left_on, "died_on": own.died_on}
    return wanted
