from django.urls import path

from pcnhub.entrances.staff.consulting import views

urlpatterns = [
    path("bookings/<int:booking_id>/consultation", views.start, name="consultation-start"),
    path("consultations/<int:consultation_id>", views.consultation, name="consultation"),
    path("consultations/<int:consultation_id>/finish", views.finish, name="consultation-finish"),
    path("consultations/<int:consultation_id>/amend", views.amend, name="consultation-amend"),
]
