"""Which of the two formats: `_format`, then Accept, then Content-Type, then JSON (GP Connect 1.2.7, general API guidance)."""

from __future__ import annotations

from enum import Enum


class Media(Enum):
    JSON = "application/fhir+json"
    XML = "application/fhir+xml"

    @property
    def content_type(self) -> str:
        """As a response states it: the character set explicit, no space before it."""
        return f"{self.value};charset=utf-8"


_NAMES = {
    "application/fhir+json": Media.JSON, "application/json+fhir": Media.JSON, "application/json": Media.JSON,
    "text/json": Media.JSON, "json": Media.JSON,
    "application/fhir+xml": Media.XML, "application/xml+fhir": Media.XML, "application/xml": Media.XML,
    "text/xml": Media.XML, "xml": Media.XML,
}  # fmt: skip
_ANYTHING = ("*/*", "application/*")


def named(text: str) -> Media | None:
    """The format of one name, parameters aside. `application/fhir json` is a plus sign that a URL turned into a space."""
    return _NAMES.get(text.partition(";")[0].strip().lower().replace(" ", "+"))


def negotiate(*, format: str | None = None, accept: str | None = None, content_type: str | None = None) -> Media | None:  # noqa: A002
    """The format of the answer; None where only formats are asked for that we don't write (415)."""
    if format and format.strip():
        return named(format)
    sent = named(content_type) if content_type and content_type.strip() else Media.JSON
    if not (accept and accept.strip()):
        return sent
    wanted = sorted(_weighed(accept), key=lambda each: -each[0])
    for weight, name in wanted:
        if weight <= 0:
            continue
        if name in _ANYTHING:
            return sent or Media.JSON
        if (media := named(name)) is not None:
            return media
    return None


def _weighed(accept: str) -> list[tuple[float, str]]:
    """Each name of an Accept header with its q, in the order given."""
    found = []
    for part in accept.split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if name:
            found.append((weight if 0 <= weight <= 1 else 0.0, name.lower()))
    return found
