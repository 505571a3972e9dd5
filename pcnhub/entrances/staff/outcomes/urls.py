"""The addresses of this journey."""

from django.urls import path

from pcnhub.entrances.staff.outcomes import views

urlpatterns = [
    path("outcomes", views.outcomes, name="outcomes"),
    path("outcomes/new", views.new, name="outcome-new"),
    path("outcomes/<int:outcome_id>", views.rename, name="outcome"),
    path("outcomes/<int:outcome_id>/move/<str:way>", views.move, name="outcome-move"),
    path("outcomes/<int:outcome_id>/retire", views.retire, name="outcome-retire"),
    path("outcomes/<int:outcome_id>/bring-back", views.bring_back, name="outcome-bring-back"),
]
