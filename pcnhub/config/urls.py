"""The URL table."""

from django.urls import URLPattern, URLResolver, include, path

from pcnhub.config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("", include("pcnhub.entrances.api.gpconnect.urls")),
    path("", include("pcnhub.entrances.public.urls")),
    path("", include("pcnhub.entrances.staff.urls")),
]

handler400 = "pcnhub.config.failing.bad_request"
handler403 = "pcnhub.config.failing.permission_denied"
handler404 = "pcnhub.config.failing.not_found"
handler500 = "pcnhub.config.failing.server_error"
