"""Resources encoded once and put together often: a searchset from its parts, without building a Bundle.

A slot search sends the same locations, practitioners and schedules again and again; only the slots differ.
"""

from __future__ import annotations

from collections.abc import Iterable

from pcnhub.foundations.fhir import codec, xml
from pcnhub.foundations.fhir.abstract import Resource
from pcnhub.foundations.fhir.datatypes import Meta
from pcnhub.foundations.fhir.exchange import Bundle
from pcnhub.foundations.fhir.media import Media

SEARCHSET_PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Searchset-Bundle-1"
EMPTY = Bundle(meta=Meta(profile=(SEARCHSET_PROFILE,)), type="searchset")
_EMPTY = {media: codec.encode(EMPTY, media) for media in Media}


def fragment(resource: Resource, media: Media) -> bytes:
    """One resource, as it will stand inside a bundle."""
    return codec.encode(resource, media) if media is Media.JSON else xml.write(resource).encode()


def searchset(fragments: Iterable[bytes], media: Media) -> bytes:
    """A searchset Bundle (GPConnect-Searchset-Bundle-1, no fullUrl) around fragments of that format."""
    empty = _EMPTY[media]
    if media is Media.JSON:
        joined = b'},{"resource":'.join(fragments)
        return b'%s,"entry":[{"resource":%s}]}' % (empty[:-1], joined) if joined else empty
    joined = b"</resource></entry><entry><resource>".join(fragments)
    end = b"</Bundle>"
    return b"%s<entry><resource>%s</resource></entry>%s" % (empty[: -len(end)], joined, end) if joined else empty
