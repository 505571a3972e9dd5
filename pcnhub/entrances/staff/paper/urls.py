from django.urls import path

from pcnhub.entrances.staff.paper import views

urlpatterns = [
    path("paper-bookings", views.paper_sessions, name="paper-bookings"),
    path("paper-bookings/<int:session_id>", views.paper_sheet, name="paper-sheet"),
]
