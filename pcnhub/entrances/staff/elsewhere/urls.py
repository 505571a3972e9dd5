"""The addresses of this journey."""

from django.urls import path

from pcnhub.entrances.staff.elsewhere import bookings, directory, views

urlpatterns = [
    path("patients/<int:patient_id>/book-anywhere", views.all_slots, name="all-slots"),
    path("patients/<int:patient_id>/book-anywhere/<int:endpoint_id>", views.slots_of_one, name="slots-elsewhere"),
    path(
        "patients/<int:patient_id>/book-anywhere/<int:endpoint_id>/<str:day>/<str:slot_id>",
        bookings.book_elsewhere,
        name="book-elsewhere",
    ),
    path("patients/<int:patient_id>/elsewhere", bookings.patient_elsewhere, name="patient-elsewhere"),
    path("elsewhere/<int:booking_id>", bookings.booking, name="booking-elsewhere"),
    path("elsewhere/<int:booking_id>/look", bookings.look, name="booking-elsewhere-look"),
    path("elsewhere/<int:booking_id>/cancel", bookings.cancel, name="booking-elsewhere-cancel"),
    path("elsewhere/<int:booking_id>/amend", bookings.amend, name="booking-elsewhere-amend"),
    path("organisations/endpoints", directory.endpoints, name="endpoints"),
    path("organisations/endpoints/new", directory.endpoint_edit, name="endpoint-new"),
    path("organisations/endpoints/<int:endpoint_id>", directory.endpoint_edit, name="endpoint-edit"),
]
