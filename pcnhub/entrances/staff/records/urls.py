"""The addresses of this journey."""

from django.urls import path

from pcnhub.entrances.staff.records import overrides, views

urlpatterns = [
    path("patients/<int:patient_id>/record", views.record, name="record"),
    path("patients/<int:patient_id>/record/elsewhere", views.elsewhere, name="record-elsewhere"),
    path("patients/<int:patient_id>/record/permission", views.permission, name="record-permission"),
    path("records/overrides", overrides.overrides, name="overrides"),
    path("records/overrides/<int:permission_id>", overrides.override, name="override"),
]
