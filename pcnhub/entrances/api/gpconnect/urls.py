"""The addresses of GP Connect: all beneath each organisation's service root. Importing the handlers registers them."""

from __future__ import annotations

import re

from django.conf import settings
from django.urls import URLPattern, re_path

from pcnhub.entrances.api.gpconnect import (
    appointments,
    locations,
    metadata,
    organisations,
    patients,
    practitioners,
    registering,
    slots,
)
from pcnhub.entrances.api.gpconnect.door import door

__all__ = [
    "appointments",
    "locations",
    "metadata",
    "organisations",
    "patients",
    "practitioners",
    "registering",
    "slots",
    "urlpatterns",
]


def _patterns(template: str) -> list[URLPattern]:
    """`template` is the service root's path, such as {ods}/STU3/1/gpconnect. Also in another case, and with another ending, it
    comes in at the door, so that what is wrong is said in FHIR."""
    before, _, after = template.partition("{ods}")
    first = after.split("/")[1]
    start = rf"^(?i:{re.escape(before)})(?P<ods_code>[^/]+)"
    return [
        re_path(rf"{start}(?i:{re.escape(after)})(?:/(?P<path>.*))?$", door, name="gp-connect"),
        re_path(rf"{start}/(?i:{re.escape(first)})(?:/.*)?$", door, name="gp-connect-nowhere"),
    ]


urlpatterns = _patterns(settings.GP_CONNECT_PATH)
