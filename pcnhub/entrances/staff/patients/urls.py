from django.urls import path

from pcnhub.entrances.staff.patients import changing, merging, views
from pcnhub.entrances.staff.patients.importing import urls as importing

urlpatterns = [
    path("patients", views.patients, name="patients"),
    path("patients/<int:patient_id>", views.patient, name="patient"),
    path("patients/<int:patient_id>/audit", views.patient_audit, name="patient-audit"),
    path("patients/<int:patient_id>/contact", changing.patient_contact, name="patient-contact"),
    path("patients/<int:patient_id>/end", changing.registration_end, name="registration-end"),
    path("patients/<int:patient_id>/reactivate", changing.registration_reactivate, name="registration-reactivate"),
    path("patients/<int:patient_id>/merge", merging.patient_merge, name="patient-merge"),
    path("patients/<int:patient_id>/merge/<int:other_id>", merging.patient_merge_confirm, name="patient-merge-confirm"),
    path("patients/<int:patient_id>/unmerge/<int:merged_id>", merging.patient_unmerge, name="patient-unmerge"),
    path("contact-offers/<int:offer_id>", changing.contact_offer, name="contact-offer"),
    *importing.urlpatterns,
]
