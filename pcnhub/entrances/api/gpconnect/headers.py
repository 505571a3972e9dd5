"""The Spine proxy's headers. All that is wrong with them is said at once.

Source: GP Connect 1.2.7, general API guidance. Header names are not case-sensitive (the assurance tests write
Ssp-InteractionId). Ssp-To is checked, and never chooses the organisation: the path does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.interactions import TABLE, Interaction

_PLAIN = re.compile(r"[!-~]{1,100}")  # what may go on record as an id: visible ASCII
_URNS = {row.urn for row in TABLE}


@dataclass(frozen=True, slots=True)
class SpineHeaders:
    """Who sent it to whom (ASIDs), which conversation it is, and which interaction it says it is."""

    trace_id: str
    sender: str
    receiver: str
    interaction: str


def claimed(request: HttpRequest) -> SpineHeaders:
    """The headers as sent, cut to what may be kept, unchecked: for the audit of a call that gets no further."""

    def given(name: str) -> str:
        value = request.headers.get(name, "")
        return value if _PLAIN.fullmatch(value) else ""

    return SpineHeaders(given("Ssp-TraceID"), given("Ssp-From"), given("Ssp-To"), given("Ssp-InteractionID"))


def problems_of(sent: SpineHeaders, *, asid: str, rows: list[Interaction]) -> list[str]:
    """What is wrong with the headers. `rows` are the interactions that verb and path may be; `asid` the provider's own, if it
    is known."""
    found = [
        f"{name} is missing, or has characters that no identifier has."
        for name, value in (("Ssp-TraceID", sent.trace_id), ("Ssp-From", sent.sender), ("Ssp-To", sent.receiver))
        if not value
    ]
    if asid and sent.receiver and sent.receiver != asid:
        found.append("Ssp-To is not the ASID of this organisation.")
    if not sent.interaction:
        found.append("Ssp-InteractionID is missing.")
    elif sent.interaction not in _URNS:
        found.append("Ssp-InteractionID is not an interaction that is known here.")
    elif rows and sent.interaction not in {row.urn for row in rows}:
        found.append("Ssp-InteractionID does not belong to this verb and path.")
    return found


_ETAG = re.compile(r'W/"([0-9]{1,18})"')


def if_match(request: HttpRequest) -> int | None:
    """The version in If-Match of a change; None when it isn't sent, or names any (*).

    Raises Refused when it can't be a version of ours: then it matches none (RFC 7232, 3.1). Reads have no use for it.
    """
    given = request.headers.get("If-Match", "").strip()
    if request.method != "PUT" or given in ("", "*"):
        return None
    found = _ETAG.fullmatch(given)
    if not found:
        raise Refused(
            Spine.FHIR_CONSTRAINT_VIOLATION,
            'If-Match is no version of this resource: those are weak entity tags with a number, such as W/"3".',
        )
    return int(found[1])


def wants_minimal(request: HttpRequest) -> bool:
    """Whether Prefer asks for an empty body after a write."""
    return any(
        part.strip().replace(" ", "").lower() == "return=minimal"
        for part in re.split(r"[,;]", request.headers.get("Prefer", ""))
    )
