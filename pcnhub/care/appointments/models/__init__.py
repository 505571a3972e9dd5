"""The room's tables."""

from pcnhub.care.appointments.models.book import (
    HubClosure,
    Session,
    SessionQuota,
    SessionTemplate,
    Slot,
    SlotType,
    TemplateException,
    TemplateQuota,
)
from pcnhub.care.appointments.models.booking import BookedSlot, Booking, BookingEvent
from pcnhub.care.appointments.models.mapping import NationalCategory, SlotTypeMapping
from pcnhub.care.appointments.models.own_link import OwnLink
from pcnhub.care.appointments.models.telling import PersonToTell

__all__ = [
    "BookedSlot",
    "Booking",
    "BookingEvent",
    "HubClosure",
    "NationalCategory",
    "OwnLink",
    "PersonToTell",
    "Session",
    "SessionQuota",
    "SessionTemplate",
    "Slot",
    "SlotType",
    "SlotTypeMapping",
    "TemplateException",
    "TemplateQuota",
]
