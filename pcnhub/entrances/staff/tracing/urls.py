from django.urls import path

from pcnhub.entrances.staff.tracing import runs, undoing, views

urlpatterns = [
    path("tracing", views.tracing, name="tracing"),
    path("tracing/<int:patient_id>", views.trace_patient, name="trace-patient"),
    path("tracing/<int:patient_id>/not-this-person", undoing.not_this_person, name="not-this-person"),
    path("tracing/run", runs.trace_everybody, name="trace-everybody"),
    path("tracing/runs/<int:run_id>", runs.trace_run, name="trace-run"),
]
