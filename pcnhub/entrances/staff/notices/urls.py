from django.urls import path

from pcnhub.entrances.staff.notices import views

urlpatterns = [
    path("notices", views.notices, name="notices"),
    path("notices/letters/<int:letter_id>/retry", views.retry, name="letter-retry"),
]
