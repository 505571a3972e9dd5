"""Every read of the room. Sensitive patients are not found by anyone without the permission to see them."""

from pcnhub.care.patients.queries.imports import BatchPage, BatchView, batch, batches, newest_batches, rejections_of
from pcnhub.care.patients.queries.patients import (
    PatientPage,
    PatientView,
    find_active,
    find_patients,
    home_registration,
    id_of,
    numbers_held,
    open_patient,
    own_registration,
    patient_label,
    patients_by_id,
    registration_linked_to,
    registration_with,
    registrations_known,
)
from pcnhub.care.patients.queries.witnesses import WitnessPage, WitnessView, who_saw

__all__ = [
    "BatchPage",
    "BatchView",
    "PatientPage",
    "PatientView",
    "WitnessPage",
    "WitnessView",
    "batch",
    "batches",
    "find_active",
    "find_patients",
    "home_registration",
    "id_of",
    "newest_batches",
    "numbers_held",
    "open_patient",
    "own_registration",
    "patient_label",
    "patients_by_id",
    "registration_linked_to",
    "registration_with",
    "registrations_known",
    "rejections_of",
    "who_saw",
]
