from django.urls import path

from pcnhub.entrances.staff.readiness import views

urlpatterns = [
    path("readiness", views.readiness, name="readiness"),
    path("readiness/go-live", views.go_live, name="readiness-go-live"),
    path("readiness/<str:check_id>/<int:organisation_id>", views.check, name="readiness-check"),
]
