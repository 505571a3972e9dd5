from django.urls import path

from pcnhub.entrances.staff.failures import views

urlpatterns = [
    path("failures", views.failures, name="failures"),
    path("failures/<int:job_id>/retry", views.retry, name="failure-retry"),
    path("failures/<int:job_id>/drop", views.drop, name="failure-drop"),
]
