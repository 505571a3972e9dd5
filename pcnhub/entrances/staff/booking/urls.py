from django.urls import path

from pcnhub.entrances.staff.booking import changes, confirming, extra, preview, unregistered, views

urlpatterns = [
    path("slots", views.book_slots, name="book-slots"),
    path("patients/<int:patient_id>/appointments", views.patient_appointments, name="patient-appointments"),
    path("patients/<int:patient_id>/book", views.book_patient, name="book-patient"),
    path("patients/<int:patient_id>/book/<int:slot_id>", confirming.book_confirm, name="book-confirm"),
    path("patients/<int:patient_id>/book/extra", extra.extra_slots, name="book-extra"),
    path("patients/<int:patient_id>/book/<int:slot_id>/extra", extra.extra_confirm, name="book-extra-confirm"),
    path("unregistered", unregistered.unregistered_slots, name="book-unregistered"),
    path("unregistered/<int:slot_id>", unregistered.unregistered_confirm, name="unregistered-confirm"),
    path("rota/preview", preview.preview_as, name="preview"),
    path("bookings/<int:booking_id>", views.booking, name="booking"),
    path("bookings/<int:booking_id>/cancel", changes.booking_cancel, name="booking-cancel"),
    path("bookings/<int:booking_id>/rebook", changes.booking_rebook, name="booking-rebook"),
    path("bookings/<int:booking_id>/rebook/<int:slot_id>", changes.booking_move, name="booking-move"),
]
