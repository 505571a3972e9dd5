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
    services,
    slots,
)
from pcnhub.entrances.api.gpconnect.door import door
from pcnhub.entrances.api.gpconnect.structured import metadata as structured_metadata
from pcnhub.entrances.api.gpconnect.structured import record as structured_record

__all__ = [
    "appointments",
    "locations",
    "metadata",
    "organisations",
    "patients",
    "practitioners",
    "registering",
    "services",
    "slots",
    "structured_metadata",
    "structured_record",
    "urlpatterns",
]


# A line break, escaped in the path, too: a full stop would let it past the door, to an answer in HTML that is not on record.
_ANYTHING = r"[\s\S]*"


def _patterns(template: str) -> list[URLPattern]:
    """`template` is the service root's path, such as {ods}/STU3/1/gpconnect. Also in another case, and with another ending, it
    comes in at the door, so that what is wrong is said in FHIR."""
    before, _, after = template.partition("{ods}")
    first = after.split("/")[1]
    start = rf"^{_in_any_case(before)}(?P<ods_code>[^/]+)"
    return [
        re_path(rf"{start}{_in_any_case(after)}(?:/(?P<path>{_ANYTHING}))?$", door, name="gp-connect"),
        re_path(rf"{start}/{_in_any_case(first)}(?:/{_ANYTHING})?$", door, name="gp-connect-nowhere"),
    ]


def _in_any_case(text: str) -> str:
    """A pattern for the text, letter by letter: Django can't reverse any address beside one with an inline flag."""
    return "".join(f"[{each.upper()}{each.lower()}]" if each.isalpha() else re.escape(each) for each in text)


urlpatterns = _patterns(settings.GP_CONNECT_PATH)
