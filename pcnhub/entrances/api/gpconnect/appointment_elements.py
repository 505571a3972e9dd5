"""Which elements of an Appointment are kept, those inside its parts too, so that one that would be dropped can be named.

Source: GP Connect 1.2.7, profile GPConnect-Appointment-1 and its samples. What is shown to people only (display, text) may come
along, service category and type as a whole: the hub says its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.datatypes import Wire

Kept: TypeAlias = Mapping[str, "Kept | None"]  # None: with whatever is in it


def _plain(*names: str) -> dict[str, Kept | None]:
    return dict.fromkeys(names)


_META: Kept = _plain("version_id", "last_updated", "profile")
_REFERENCE: Kept = _plain("reference", "display")
_IDENTIFIER: Kept = _plain("system", "value")
_CONCEPT: Kept = {**_plain("text"), "coding": _plain("system", "code", "display")}
_BOOKER: Kept = {
    **_plain("id", "name"),
    "meta": _META,
    "identifier": _IDENTIFIER,
    "type": _CONCEPT,
    "telecom": _plain("system", "value", "use"),
}
_EXTENSION: Kept = {
    **_plain("url", "value_code", "value_string"),
    "value_reference": _REFERENCE,
    "value_codeable_concept": _CONCEPT,
}
_APPOINTMENT: Kept = {
    **_plain("id", "status", "service_category", "service_type", "description", "start", "end", "created", "comment"),
    "meta": _META,
    "contained": _BOOKER,
    "extension": _EXTENSION,
    "identifier": _IDENTIFIER,
    "slot": _REFERENCE,
    "participant": {**_plain("status"), "actor": _REFERENCE},
}


def not_kept(sent: r.Appointment) -> list[str]:
    """The paths of the elements that would be dropped, each once, as the wire names them: participant.type."""
    return list(dict.fromkeys(_within(sent, _APPOINTMENT, "")))


def _within(part: Wire, kept: Kept, path: str) -> Iterator[str]:
    for name in part.__struct_fields__:
        given = getattr(part, name)
        here = path + _wire(name)
        if given is None or given == ():
            continue
        if name not in kept:
            yield here
        elif inner := kept[name]:
            for each in given if isinstance(given, tuple) else (given,):
                yield from _within(each, inner, f"{here}.")


def _wire(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
