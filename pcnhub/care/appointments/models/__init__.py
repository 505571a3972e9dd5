"""The room's tables."""

from pcnhub.care.appointments.models.book import Session, SessionTemplate, Slot, SlotType
from pcnhub.care.appointments.models.booking import Booking, BookingEvent

__all__ = ["Booking", "BookingEvent", "Session", "SessionTemplate", "Slot", "SlotType"]
