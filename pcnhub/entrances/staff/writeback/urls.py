from django.urls import path

from pcnhub.entrances.staff.writeback import views

urlpatterns = [
    path("write-back", views.writeback, name="writeback"),
    path("write-back/copies/<int:copy_id>/retry", views.retry, name="writeback-retry"),
]
