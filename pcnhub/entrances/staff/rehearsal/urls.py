from django.urls import path

from pcnhub.entrances.staff.rehearsal import views

urlpatterns = [
    path("rehearsals", views.rehearsals, name="rehearsals"),
    path("rehearsals/<int:run_id>", views.rehearsal, name="rehearsal"),
    path("rehearsals/<int:run_id>/<int:practice_id>/<str:step>", views.by_hand, name="rehearsal-by-hand"),
]
