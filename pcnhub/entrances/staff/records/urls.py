from django.urls import path

from pcnhub.entrances.staff.records import views

urlpatterns = [path("patients/<int:patient_id>/record", views.record, name="record")]
