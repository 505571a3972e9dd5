"""The one search parameter of Foundations: identifier=system|value, exactly once.

Source: GP Connect 1.2.7, find a patient/practitioner/organisation; the assurance tests for blank parts (INVALID_PARAMETER, not
INVALID_IDENTIFIER_...).
"""

from __future__ import annotations

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Call


def identifier_asked(call: Call, system: str) -> str:
    """The value asked for. Raises Refused. Parameters other than identifier are ignored."""
    given = call.query.getlist("identifier")
    if len(given) != 1:
        words = "missing (names of parameters are case-sensitive)" if not given else "given more than once"
        raise Refused(Spine.BAD_REQUEST, f"The parameter identifier is {words}. Send identifier={system}|VALUE once.")
    sent_system, bar, value = given[0].partition("|")
    if not bar or not sent_system.strip() or not value.strip():
        raise Refused(
            Spine.INVALID_PARAMETER, f"The parameter identifier needs a system and a value: identifier={system}|VALUE."
        )
    if sent_system != system:
        raise Refused(Spine.INVALID_IDENTIFIER_SYSTEM, f"Here one searches by {system} only.")
    return value
