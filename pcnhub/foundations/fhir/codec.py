"""A body in, a struct out, and back: JSON and XML by the same element table.

`decode` is strict, for what we are sent: unknown elements, wrong types, missing required elements, doubled names and codes
outside their value set are refused, all of them at once. `read_answer` is for what another system answers: it takes what it
can and names what it left out. JSON's siblings of primitives (`_birthDate`) are unknown: no GP Connect message holds one.
"""

from __future__ import annotations

import decimal
import json
from typing import Any, NamedTuple, TypeVar

import msgspec

from pcnhub.foundations.fhir import xml
from pcnhub.foundations.fhir.abstract import Resource
from pcnhub.foundations.fhir.building import Builder
from pcnhub.foundations.fhir.media import Media
from pcnhub.foundations.fhir.refusals import MALFORMED, NotFhir, problem, refuse

__all__ = ["LARGEST_ANSWER", "LARGEST_REQUEST", "Answered", "Media", "NotFhir", "decode", "encode", "read_answer"]

LARGEST_REQUEST = 1_000_000  # bytes; the longest request of GP Connect is a few thousand
LARGEST_ANSWER = 50_000_000  # bytes; a long structured record is a few million
_DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>"
_encoder = msgspec.json.Encoder(decimal_format="number")
T = TypeVar("T", bound=Resource)


def encode(resource: Resource, media: Media) -> bytes:
    """A resource on the wire."""
    if media is Media.JSON:
        return _encoder.encode(resource)
    return _DECLARATION + xml.write(resource).encode()


def decode(body: bytes, media: Media, type_: type[T], *, largest: int = LARGEST_REQUEST) -> T:
    """The resource of `type_` in a body. Raises NotFhir (unreadable) or its subclasses with the paths of all that is wrong."""
    raw, reading = _raw(body, media, largest)
    builder = Builder()
    built = builder.resource(raw, type_, _root(raw))
    problems = [*(reading.problems if reading else ()), *builder.problems]
    if problems or not isinstance(built, type_):
        raise refuse(problems)
    return built


class Answered(NamedTuple):
    """A resource that another system sent, and the paths of what was left out of it."""

    resource: Resource
    left_out: tuple[str, ...]


def read_answer(body: bytes, media: Media, *, largest: int = LARGEST_ANSWER) -> Answered:
    """Whatever resource of the vocabulary a body holds. Raises NotFhir where none can be made of it."""
    raw, reading = _raw(body, media, largest)
    builder = Builder(lenient=True)
    built = builder.resource(raw, Resource, _root(raw))
    if built is None:
        raise refuse(builder.problems or [problem("", MALFORMED, "No resource that we know", value=builder.left_out)])
    doubled = [each.field for each in reading.problems] if reading else []
    return Answered(built, (*doubled, *builder.left_out))


def _root(raw: Any) -> str:
    named = raw.get("resourceType") if isinstance(raw, dict) else None
    return named[:64] if isinstance(named, str) else ""


def _raw(body: bytes, media: Media, largest: int) -> tuple[Any, xml.Reader | None]:
    if len(body) > largest:
        raise NotFhir([problem("", MALFORMED, f"The body is longer than {largest:,} bytes", "Send less at once.")])
    if media is Media.JSON:
        return _json(body), None
    reader = xml.Reader()
    return reader.document(body), reader


def _json(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_once, parse_float=_number, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise NotFhir([problem("", MALFORMED, "The body is not UTF-8", "Send UTF-8.")]) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotFhir([problem("", MALFORMED, f"This is not JSON ({where})", "Send well-formed JSON.")]) from None
    except (ValueError, RecursionError):  # a number too long, or brackets too deep
        raise NotFhir(
            [problem("", MALFORMED, "This JSON can't be read", "Send shorter numbers and less nesting.")]
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name, a reader who takes the first and one who takes the last see different bookings."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = sorted({name for name, _ in pairs if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
        raise NotFhir(
            [problem(name[:64], MALFORMED, "This name stands twice in one object", "Send it once.") for name in twice]
        )
    return found


def _number(text: str) -> decimal.Decimal:
    if len(text) > len("-123456789012345678901234567890.0e-123"):
        raise ValueError("too long")
    return decimal.Decimal(text)


def _no_constant(name: str) -> Any:
    raise ValueError(name)
