"""The addresses of this journey."""

from django.urls import path

from pcnhub.entrances.staff.definitions import views

urlpatterns = [
    path("templates-and-protocols", views.definitions, name="definitions"),
    path("templates-and-protocols/take-in", views.take_in, name="definition-take-in"),
    path("templates-and-protocols/examples/<slug:example>", views.take_example, name="definition-example"),
    path("templates-and-protocols/<int:definition_id>", views.definition, name="definition"),
    path("templates-and-protocols/<int:definition_id>/publish", views.publish, name="definition-publish"),
    path("templates-and-protocols/<int:definition_id>/retire", views.retire, name="definition-retire"),
    path("templates-and-protocols/<int:definition_id>/require", views.require, name="definition-require"),
    path("templates-and-protocols/<int:definition_id>/dry-run", views.try_out, name="definition-dry-run"),
]
