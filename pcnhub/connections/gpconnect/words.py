"""The words of calling other systems."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """What an endpoint is listed for. Foundations stands behind the same service root (GP Connect 1.2.7)."""

    APPOINTMENTS = "appointments"
    STRUCTURED = "structured"


class State(StrEnum):
    """What is known of a booking elsewhere."""

    ASKING = "asking"  # written down, the call is on its way
    BOOKED = "booked"  # the other system said so
    REFUSED = "refused"  # it said no: nothing is booked
    NOT_BOOKED = "not-booked"  # nothing was sent, or we looked and there was nothing
    IN_DOUBT = "in-doubt"  # sent, and no clear answer
    CANCELLED = "cancelled"


class Deed(StrEnum):
    BOOK = "book"
    AMEND = "amend"
    CANCEL = "cancel"


OPEN_STATES = (State.ASKING, State.IN_DOUBT)
STATE_WORDS = {
    State.ASKING: "Being asked",
    State.BOOKED: "Booked",
    State.REFUSED: "Refused: not booked",
    State.NOT_BOOKED: "Not booked",
    State.IN_DOUBT: "Not known yet",
    State.CANCELLED: "Cancelled",
}
