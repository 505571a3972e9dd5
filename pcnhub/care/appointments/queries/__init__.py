"""Every read of the room."""

from pcnhub.care.appointments.queries.attended import attended_booking_ids
from pcnhub.care.appointments.queries.book import (
    session,
    sessions,
    slot_type,
    slot_types,
    template,
    templates,
)
from pcnhub.care.appointments.queries.bookings import (
    booking,
    bookings_for,
    bookings_in_doubt,
    clinic_list,
    open_booking,
    practice_bookings,
    session_bookings,
)
from pcnhub.care.appointments.queries.capacity import covering_slots, offered_slots
from pcnhub.care.appointments.queries.holders import HolderView, holders_of
from pcnhub.care.appointments.queries.mapping import national_words
from pcnhub.care.appointments.queries.slots import find_slot, free_slots, nearest_free, slots_of_session
from pcnhub.care.appointments.queries.views import (
    BookingEventView,
    BookingView,
    ClinicRow,
    ClinicSession,
    SessionView,
    SlotCriteria,
    SlotPage,
    SlotTypeView,
    SlotView,
    TemplateView,
)

__all__ = [
    "BookingEventView",
    "BookingView",
    "ClinicRow",
    "ClinicSession",
    "HolderView",
    "SessionView",
    "SlotCriteria",
    "SlotPage",
    "SlotTypeView",
    "SlotView",
    "TemplateView",
    "attended_booking_ids",
    "booking",
    "bookings_for",
    "bookings_in_doubt",
    "clinic_list",
    "covering_slots",
    "find_slot",
    "free_slots",
    "holders_of",
    "national_words",
    "nearest_free",
    "offered_slots",
    "open_booking",
    "practice_bookings",
    "session",
    "session_bookings",
    "sessions",
    "slot_type",
    "slot_types",
    "slots_of_session",
    "template",
    "templates",
]
