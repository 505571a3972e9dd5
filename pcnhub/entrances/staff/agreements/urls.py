"""The addresses of this journey."""

from django.urls import path

from pcnhub.entrances.staff.agreements import parties, views

urlpatterns = [
    path("agreements", views.agreements, name="agreements"),
    path("agreements/<int:agreement_id>", views.agreement, name="agreement"),
    path("agreements/<int:agreement_id>/activate", views.activate, name="agreement-activate"),
    path("agreements/<int:agreement_id>/deactivate", views.deactivate, name="agreement-deactivate"),
    path("agreements/<int:agreement_id>/settings", views.settings, name="agreement-settings"),
    path("agreements/<int:agreement_id>/permission-to-view", views.permission_to_view, name="agreement-permission"),
    path("agreements/<int:agreement_id>/edit", parties.edit, name="agreement-edit"),
    path("agreements/<int:agreement_id>/join/<int:organisation_id>", parties.join, name="agreement-join"),
    path("agreements/<int:agreement_id>/leave/<int:organisation_id>", parties.leave, name="agreement-leave"),
    path("agreements/new/<str:kind>", parties.new, name="agreement-new"),
]
