from django.urls import path

from pcnhub.entrances.staff.links import views

urlpatterns = [
    path("patients/<int:patient_id>/links", views.patient_links, name="patient-links"),
    path(
        "patients/<int:patient_id>/links/<int:link_id>/withdraw",
        views.patient_link_withdraw,
        name="patient-link-withdraw",
    ),
    path("bookings/<int:booking_id>/links", views.booking_links, name="booking-links"),
    path(
        "bookings/<int:booking_id>/links/<int:link_id>/withdraw",
        views.booking_link_withdraw,
        name="booking-link-withdraw",
    ),
]
