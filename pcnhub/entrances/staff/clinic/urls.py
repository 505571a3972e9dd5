from django.urls import path

from pcnhub.entrances.staff.clinic import views

urlpatterns = [
    path("clinic", views.clinic_list, name="clinic-list"),
    path("clinic/on/<str:day>", views.clinic_on, name="clinic-on"),
    path("clinic/print", views.clinic_print, name="clinic-print"),
    path("clinic/bookings/<int:booking_id>/status", views.booking_status, name="booking-status"),
]
