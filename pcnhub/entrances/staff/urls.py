"""The addresses of the staff pages, one line for each journey."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("pcnhub.entrances.staff.signin.urls")),
    path("", include("pcnhub.entrances.staff.today.urls")),
    path("", include("pcnhub.entrances.staff.people.urls")),
    path("", include("pcnhub.entrances.staff.patients.urls")),
    path("", include("pcnhub.entrances.staff.tracing.urls")),
    path("", include("pcnhub.entrances.staff.documents.urls")),
    path("", include("pcnhub.entrances.staff.records.urls")),
    path("", include("pcnhub.entrances.staff.organisations.urls")),
    path("", include("pcnhub.entrances.staff.agreements.urls")),
    # before the cells of readiness, whose addresses would match
    path("", include("pcnhub.entrances.staff.exports.urls")),
    path("", include("pcnhub.entrances.staff.readiness.urls")),
    path("", include("pcnhub.entrances.staff.rehearsal.urls")),
    path("", include("pcnhub.entrances.staff.watch.urls")),
    path("", include("pcnhub.entrances.staff.booking.urls")),
    path("", include("pcnhub.entrances.staff.links.urls")),
    path("", include("pcnhub.entrances.staff.elsewhere.urls")),
    path("", include("pcnhub.entrances.staff.consulting.urls")),
    path("", include("pcnhub.entrances.staff.outcomes.urls")),
    path("", include("pcnhub.entrances.staff.definitions.urls")),
    path("", include("pcnhub.entrances.staff.filling.urls")),
    path("", include("pcnhub.entrances.staff.writeback.urls")),
    path("", include("pcnhub.entrances.staff.clinic.urls")),
    path("", include("pcnhub.entrances.staff.paper.urls")),
    path("", include("pcnhub.entrances.staff.rota.change_urls")),
    path("", include("pcnhub.entrances.staff.rota.urls")),
    path("", include("pcnhub.entrances.staff.tasks.urls")),
    path("", include("pcnhub.entrances.staff.testrequests.urls")),
    path("", include("pcnhub.entrances.staff.notices.urls")),
    path("", include("pcnhub.entrances.staff.failures.urls")),
    path("", include("pcnhub.entrances.staff.audit.urls")),
]
