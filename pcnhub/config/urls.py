"""The URL table."""

from django.urls import URLPattern, URLResolver, include, path

from pcnhub.config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("", include("pcnhub.entrances.api.gpconnect.urls")),
    path("", include("pcnhub.entrances.staff.urls")),
]

handler400 = "pcnhub.entrances.staff.refusals.bad_request"
handler403 = "pcnhub.entrances.staff.refusals.permission_denied"
handler404 = "pcnhub.entrances.staff.refusals.not_found"
handler500 = "pcnhub.entrances.staff.refusals.server_error"
