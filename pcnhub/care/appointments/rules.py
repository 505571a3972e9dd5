"""The words of the appointment book."""

from __future__ import annotations

from enum import StrEnum


class DeliveryChannel(StrEnum):
    """GP Connect's fixed list (`domain.md` 5.1)."""

    IN_PERSON = "In-person"
    TELEPHONE = "Telephone"
    VIDEO = "Video"


class SessionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class SlotState(StrEnum):
    FREE = "free"
    BOOKED = "booked"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class BookingStatus(StrEnum):
    """`domain.md` R5. The telephone words stand beside the words of the waiting room."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    SENT_IN = "sent-in"
    LEFT = "left"
    CALL_STARTED = "call-started"
    CALL_COMPLETED = "call-completed"
    DID_NOT_ATTEND = "did-not-attend"
    NO_ANSWER = "no-answer"
    WALKED_OUT = "walked-out"
    CANCELLED = "cancelled"


class BookingSource(StrEnum):
    HUB = "hub"
    PRACTICE = "practice"
    GP_CONNECT = "gp-connect"
    NHS_111 = "111"
    ONLINE = "online"
