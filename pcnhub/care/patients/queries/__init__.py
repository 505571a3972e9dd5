"""Every read of the room. Sensitive patients are not found by anyone without the permission to see them."""

from pcnhub.care.patients.queries.imports import BatchPage, BatchView, batch, batches, rejections_of
from pcnhub.care.patients.queries.patients import (
    PatientPage,
    PatientView,
    find_patients,
    id_of,
    open_patient,
    patient_label,
    patients_by_id,
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
    "find_patients",
    "id_of",
    "open_patient",
    "patient_label",
    "patients_by_id",
    "rejections_of",
    "who_saw",
]
