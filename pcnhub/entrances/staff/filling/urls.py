"""The addresses of this journey."""

from django.urls import path

from pcnhub.entrances.staff.filling import views

urlpatterns = [
    path("consultations/<int:consultation_id>/templates", views.templates, name="consultation-templates"),
    path("consultations/<int:consultation_id>/templates/<int:template_id>", views.fill, name="consultation-template"),
    path("consultations/<int:consultation_id>/letters", views.letters, name="consultation-letters"),
    path("consultations/<int:consultation_id>/letters/<int:template_id>", views.letter, name="consultation-letter"),
    path("consultations/<int:consultation_id>/letters/made/<int:deed_id>", views.made, name="consultation-letter-made"),
]
