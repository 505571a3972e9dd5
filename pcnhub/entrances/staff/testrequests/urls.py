from django.urls import path

from pcnhub.entrances.staff.testrequests import asking, views

urlpatterns = [
    path("test-requests", views.test_requests, name="test-requests"),
    path("test-requests/<int:request_id>", views.test_request, name="test-request"),
    path("consultations/<int:consultation_id>/test-request", asking.test_request_new, name="test-request-new"),
]
