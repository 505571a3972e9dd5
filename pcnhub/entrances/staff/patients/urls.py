from django.urls import path

from pcnhub.entrances.staff.patients import imports, views

urlpatterns = [
    path("patients", views.patients, name="patients"),
    path("patients/<int:patient_id>", views.patient, name="patient"),
    path("patients/<int:patient_id>/audit", views.patient_audit, name="patient-audit"),
    path("imports", imports.import_list, name="imports"),
    path("imports/new", imports.import_new, name="import-new"),
    path("imports/<int:batch_id>", imports.import_report, name="import"),
    path("imports/<int:batch_id>/rejected-rows.csv", imports.import_rejections, name="import-rejections"),
]
