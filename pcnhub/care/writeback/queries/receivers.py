"""Who receives a consultation, and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pcnhub.care.consultations.queries import FinishedVersion
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.queries import PatientView
from pcnhub.care.patients.rules import RegistrationType
from pcnhub.care.writeback.models import Copy, SendingRule
from pcnhub.care.writeback.rules import WINDOW, CopyState, Route
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Receiver:
    """The practice of a patient. `id` is None of one outside the network, of which the trace told the ODS code alone."""

    id: int | None
    ods_code: str
    route: Route


def receiver_of(actor: Actor, version: FinishedVersion) -> Receiver | None:
    """Where the first version was filed, there its amendments go; otherwise where the patient is registered today
    (`domain.md` 12.2 A18). None: nobody knows."""
    filed = Copy.objects.filter(
        consultation=version.consultation_id, state=CopyState.ACKNOWLEDGED, route=Route.RECORD
    ).values_list("target_id", flat=True)
    patient = standing_patient(actor, version.patient_id)
    if (stands := filed.first()) is not None:
        return _known(stands)
    if patient is not None and patient.registered_practice is not None:
        return _known(patient.registered_practice.id)
    if patient is not None and patient.traced_practice_ods:
        return Receiver(None, patient.traced_practice_ods, Route.MESH)
    return _known(version.practice_id) if version.practice_id is not None else None


def route_to(practice_id: int) -> Route:
    """Into the record where it is kept here, and by MESH to any other system."""
    practice = organisations.organisation(id=practice_id)
    return Route.RECORD if practice.system == ClinicalSystem.PCN_HUB else Route.MESH


def _known(practice_id: int) -> Receiver:
    return Receiver(practice_id, organisations.organisation_ref(id=practice_id).ods_code, route_to(practice_id))


@dataclass(frozen=True, slots=True)
class WayHome:
    """Where a consultation's copy goes when nothing stands in its way. `window` is None where it is filed at once."""

    practice: str
    window: timedelta | None


def way_home(*, actor: Actor, patient_id: int) -> WayHome | None:
    """Of a patient of the acting hub; None where no copy is owed, or nobody knows the practice (see `obstacles`)."""
    with unit_of_work(actor):
        patient = standing_patient(actor, patient_id)
        if patient is None or is_regular(patient):
            return None
        practice, window = patient.registered_practice, window_of(organisation_id=actor.organisation.id)
        if practice is not None:
            return WayHome(practice.name, None if route_to(practice.id) is Route.RECORD else window)
        ods_code = patient.traced_practice_ods
        return WayHome(f"the practice with the code {ods_code}", window) if ods_code else None


def is_regular_here(actor: Actor, patient_id: int) -> bool:
    """Whether the patient is the acting organisation's own, for good: nothing is owed to anybody else (SD-083)."""
    patient = standing_patient(actor, patient_id)
    return patient is not None and is_regular(patient)


def is_regular(patient: PatientView) -> bool:
    return patient.registration_type == RegistrationType.REGULAR


def standing_patient(actor: Actor, patient_id: int) -> PatientView | None:
    """The patient of a copy; of a row that was joined to another when the person was traced, that other one."""
    return patients.standing_patients(actor=actor, ids=[patient_id]).get(patient_id)


def window_of(*, organisation_id: int) -> timedelta:
    """How long an organisation's reports wait after the last edit."""
    minutes = SendingRule.objects.filter(organisation=organisation_id).values_list("window_minutes", flat=True).first()
    return WINDOW if minutes is None else timedelta(minutes=minutes)
