"""The URL table."""

import importlib.util

from django.urls import URLPattern, URLResolver, include, path

from pcnhub.config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
if (
    importlib.util.find_spec("pcnhub.entrances.staff.urls")
    if importlib.util.find_spec("pcnhub.entrances.staff")
    else None
):
    urlpatterns.append(path("", include("pcnhub.entrances.staff.urls")))
