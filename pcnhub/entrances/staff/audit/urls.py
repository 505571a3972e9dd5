from django.urls import path

from pcnhub.entrances.staff.audit import views

urlpatterns = [path("audit", views.audit, name="audit")]
