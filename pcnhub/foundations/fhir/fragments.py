"""Resources encoded once and put together often: a searchset from its parts, without building a Bundle.

A slot search sends the same locations, practitioners and schedules again and again; only the slots differ, and of those only
their numbers and times: a mould is a resource encoded with holes in their place.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from pcnhub.foundations.fhir import codec, xml
from pcnhub.foundations.fhir.abstract import Resource
from pcnhub.foundations.fhir.datatypes import Meta
from pcnhub.foundations.fhir.exchange import Bundle
from pcnhub.foundations.fhir.media import Media

SEARCHSET_PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Searchset-Bundle-1"
EMPTY = Bundle(meta=Meta(profile=(SEARCHSET_PROFILE,)), type="searchset")
_EMPTY = {media: codec.encode(EMPTY, media) for media in Media}
_HOLE = f"hole-{secrets.token_hex(16)}-"  # what nobody could have typed into a name


def fragment(resource: Resource, media: Media) -> bytes:
    """One resource, as it will stand inside a bundle."""
    return codec.encode(resource, media) if media is Media.JSON else xml.write(resource, is_part=True).encode()


def hole(number: int) -> str:
    """Stands in a resource for a value that comes later, such as an id: text that needs no escaping in either format."""
    return f"{_HOLE}{number}."


def mould(resource: Resource, media: Media, formats: Sequence[bytes]) -> bytes:
    """The fragment of a resource with holes 0, 1, 2..., each in its place in the order of the wire, as a pattern for `%`.

    `formats` say how each is written: b"%d" a number, b"%b" ASCII text. Raises ValueError where they are not all there.
    """
    pattern = fragment(resource, media).replace(b"%", b"%%")
    places = [pattern.find(hole(number).encode()) for number in range(len(formats))]
    if -1 in places or places != sorted(places):
        raise ValueError(f"holes at {places}")
    for number, written in enumerate(formats):
        pattern = pattern.replace(hole(number).encode(), written)
    return pattern


def searchset(fragments: Iterable[bytes], media: Media, bundle: Bundle = EMPTY) -> bytes:
    """A searchset Bundle (GPConnect-Searchset-Bundle-1, no fullUrl) around fragments of that format; `bundle`: another one
    without entries."""
    empty = _EMPTY[media] if bundle is EMPTY else codec.encode(bundle, media)
    if media is Media.JSON:
        joined = b'},{"resource":'.join(fragments)
        return b'%s,"entry":[{"resource":%s}]}' % (empty[:-1], joined) if joined else empty
    joined = b"</resource></entry><entry><resource>".join(fragments)
    end = b"</Bundle>"
    return b"%s<entry><resource>%s</resource></entry>%s" % (empty[: -len(end)], joined, end) if joined else empty
