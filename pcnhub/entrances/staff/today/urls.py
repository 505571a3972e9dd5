from django.urls import path

from pcnhub.entrances.staff.today import views

urlpatterns = [path("", views.today, name="today")]
