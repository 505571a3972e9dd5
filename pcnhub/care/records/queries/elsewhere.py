"""Where a patient's record is kept when it is not kept here, and whether it may be asked for there.

Nothing is asked here: care rooms never call out. A connection asks, once `viewable_elsewhere` has said that it may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.queries import organisation
from pcnhub.care.organisations.rules import ClinicalSystem, Permission
from pcnhub.care.patients.queries import PatientView, home_registration, own_registration, require_traced
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.records.queries.permission import require_permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted, NotShared, Refusal


@dataclass(frozen=True, slots=True)
class HomeElsewhere:
    """The practice that keeps the record on another system. `practice` is its row here, None where only its code is known."""

    ods_code: str
    name: str
    practice: OrganisationRef | None


class RecordWithheld(Refusal):
    """The person objects to sharing their record: nobody asks for it, and no reason overrides that."""

    code = "record-withheld"
    remedy = "Ask the patient. Only their practice records a change of mind."
    who_can = "the patient, at their practice"


def home_elsewhere(patient: PatientView) -> HomeElsewhere | None:
    """The practice of a temporary registration, where it keeps its records on another system than this one.

    A practice that keeps its record here is never one of these: its record is read here, under the agreement.
    """
    if patient.registration_type != RegistrationType.TEMPORARY:
        return None
    practice = patient.registered_practice
    if practice is None:
        ods = patient.traced_practice_ods
        return HomeElsewhere(ods, f"Practice {ods}", None) if ods else None
    if organisation(id=practice.id).system == ClinicalSystem.PCN_HUB:
        return None
    return HomeElsewhere(practice.ods_code, practice.name, practice)


def viewable_elsewhere(*, actor: Actor, now: datetime, patient_id: int) -> tuple[PatientView, HomeElsewhere]:
    """The patient and where their record may be asked for, on the actor's behalf, now.

    Raises NotPermitted, NotFound (no such patient, or their record is not kept elsewhere), NotTraced, NotShared (the
    registration has ended), RecordWithheld (they object to sharing), and what `require_permission` raises.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        require_traced(patient)
        home = home_elsewhere(patient)
        if home is None:
            raise NotFound("This patient's record is not kept on another system.", remedy="Open the record itself.")
        if why := why_not_elsewhere(actor, now, patient):
            raise why
        require_permission(actor=actor, now=now, patient=patient, holder_ods=home.ods_code, holder_name=home.name)
        return patient, home


def why_not_elsewhere(actor: Actor, now: datetime, patient: PatientView) -> Refusal | None:
    """What stands against asking for this patient's record anywhere, whatever the patient answers today."""
    if patient.is_sensitive:
        return NotPermitted(
            "This patient's details are protected: they are sent to no other system.",
            remedy="Telephone the practice.",
        )
    if not patient.is_active:
        return NotShared(
            "The patient's temporary registration here has ended.", remedy="A new booking renews it.",
            who_can="whoever books for the patient",
        )  # fmt: skip
    if patient.dissents_from_sharing or _is_withheld_here(actor, now, patient):
        return RecordWithheld("The person objects to sharing their record, or their practice does not show it.")
    return None


def _is_withheld_here(actor: Actor, now: datetime, patient: PatientView) -> bool:
    """Whether the practice shares its rows here, and yet does not show this person's: its word counts on every way. Where it
    shares nothing here, it says nothing of the person either, and its own system answers for it."""
    practice = patient.registered_practice
    if practice is None or patient.registered_patient_id is None:
        return False
    try:
        permit(
            actor=actor,
            permission=Permission.VIEW_RECORD,
            now=now,
            data_organisation_id=practice.id,
            agreement=AgreementKind.CARE_RECORD,
        )
    except NotShared:
        return False
    return home_registration(actor=actor, registration=patient) is None
