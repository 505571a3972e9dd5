"""The row that an act changes: a temporary registration of the acting organisation, locked, as it was looked at."""

from __future__ import annotations

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries.patients import known_to, no_such_patient
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, Refusal


class KeptElsewhere(Refusal):
    """A regular registration is kept in the practice's own system: a change made here would be undone by the next import."""

    code = "kept-in-practice-system"
    remedy = "Change it in the practice's own system and import the list again."
    who_can = "the practice"


class PatientChanged(Conflict):
    """The person's details changed between looking and acting."""

    code = "patient-changed"
    remedy = "Look at the patient as they are now, and do it again if it is still right."


def held_here(*, actor: Actor, patient_id: int) -> Patient:
    """The row itself, never the one that it was merged into. Raises NotFound (also for a protected person), KeptElsewhere."""
    rows = Patient.objects.select_for_update().filter(
        known_to(actor), organisation=actor.organisation.id, pk=patient_id
    )
    row = rows.first()
    if row is None:
        raise no_such_patient(actor)
    if row.registration_type != RegistrationType.TEMPORARY:
        raise KeptElsewhere("This registration is kept in the practice's own system.")
    return row


def refuse_other_version(row: Patient, version: int) -> None:
    if row.version != version:
        raise PatientChanged("This patient's details have changed since you looked at them.")
