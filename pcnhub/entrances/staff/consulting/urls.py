from django.urls import path

from pcnhub.entrances.staff.consulting import in_error, keeping, views

urlpatterns = [
    path("bookings/<int:booking_id>/consultation", views.start, name="consultation-start"),
    path("consultations/<int:consultation_id>", views.consultation, name="consultation"),
    path("consultations/<int:consultation_id>/draft", keeping.keep_draft, name="consultation-draft"),
    path("consultations/<int:consultation_id>/in-error", in_error.in_error, name="consultation-in-error"),
    path("consultations/<int:consultation_id>/lost-words", views.lost_words, name="consultation-lost-words"),
    path("consultations/<int:consultation_id>/finish", views.finish, name="consultation-finish"),
    path("consultations/<int:consultation_id>/amend", views.amend, name="consultation-amend"),
]
