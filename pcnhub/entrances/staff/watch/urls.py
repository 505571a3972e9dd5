from django.urls import path

from pcnhub.entrances.staff.watch import views

urlpatterns = [
    path("watch", views.watch, name="watch"),
    path("watch/print", views.watch_print, name="watch-print"),
    path("watch.csv", views.watch_csv, name="watch-csv"),
]
