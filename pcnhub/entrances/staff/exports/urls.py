from django.urls import path

from pcnhub.entrances.staff.exports import views

urlpatterns = [
    path("readiness/exports", views.exports, name="exports"),
    path("readiness/exports/new", views.export_new, name="export-new"),
    path("readiness/exports/<int:snapshot_id>", views.export_match, name="export-match"),
    path("readiness/exports/<int:snapshot_id>/faults.csv", views.export_faults, name="export-faults"),
]
