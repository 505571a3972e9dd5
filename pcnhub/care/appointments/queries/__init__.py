"""Every read of the room."""

from pcnhub.care.appointments.queries.ahead import ListsAhead, lists_ahead
from pcnhub.care.appointments.queries.appointment import AppointmentView, appointment, appointments_of
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
    times_already_booked,
)
from pcnhub.care.appointments.queries.calendar import (
    ClosureView,
    ExceptionView,
    closures,
    exceptions_of,
    hub_days,
    occurrences_of,
)
from pcnhub.care.appointments.queries.capacity import capacity_slots, contract_weeks, covering_slots
from pcnhub.care.appointments.queries.circumstances import Circumstances, circumstances_of
from pcnhub.care.appointments.queries.consumers import consumer_of
from pcnhub.care.appointments.queries.holders import HolderView, holders_of
from pcnhub.care.appointments.queries.mapping import (
    CategoryView,
    MappingView,
    mappings_of,
    national_categories,
    national_words,
)
from pcnhub.care.appointments.queries.offered import OfferedClinic, OfferedSlot, offered_slots
from pcnhub.care.appointments.queries.own_links import (
    LinkNotUsable,
    LinkView,
    OwnAppointment,
    PatientSlotType,
    links_of_booking,
    links_of_patient,
    own_appointment,
    own_slots,
    slot_types_for_patients,
)
from pcnhub.care.appointments.queries.paper import CheckedRow, CheckedSheet, check_paper, paper_session
from pcnhub.care.appointments.queries.seen import Seen, slots_seen
from pcnhub.care.appointments.queries.slots import find_slot, free_slots, nearest_free, slots_of_session
from pcnhub.care.appointments.queries.ties import ties
from pcnhub.care.appointments.queries.unlinked import (
    UnlinkedBooking,
    booked_count,
    live_bookings_of,
    number_to_trace,
    unlinked,
    unlinked_count,
)
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
from pcnhub.care.appointments.queries.visibility import Explanation, Obstacle, explain, preview, why_nothing

__all__ = [
    "AppointmentView",
    "BookingEventView",
    "BookingView",
    "CategoryView",
    "CheckedRow",
    "CheckedSheet",
    "Circumstances",
    "ClinicRow",
    "ClinicSession",
    "ClosureView",
    "ExceptionView",
    "Explanation",
    "HolderView",
    "LinkNotUsable",
    "LinkView",
    "ListsAhead",
    "MappingView",
    "Obstacle",
    "OfferedClinic",
    "OfferedSlot",
    "OwnAppointment",
    "PatientSlotType",
    "Seen",
    "SessionView",
    "SlotCriteria",
    "SlotPage",
    "SlotTypeView",
    "SlotView",
    "TemplateView",
    "UnlinkedBooking",
    "appointment",
    "appointments_of",
    "attended_booking_ids",
    "booked_count",
    "booking",
    "bookings_for",
    "bookings_in_doubt",
    "capacity_slots",
    "check_paper",
    "circumstances_of",
    "clinic_list",
    "closures",
    "consumer_of",
    "contract_weeks",
    "covering_slots",
    "exceptions_of",
    "explain",
    "find_slot",
    "free_slots",
    "holders_of",
    "hub_days",
    "links_of_booking",
    "links_of_patient",
    "lists_ahead",
    "live_bookings_of",
    "mappings_of",
    "national_categories",
    "national_words",
    "nearest_free",
    "number_to_trace",
    "occurrences_of",
    "offered_slots",
    "open_booking",
    "own_appointment",
    "own_slots",
    "paper_session",
    "practice_bookings",
    "preview",
    "session",
    "sessions",
    "slot_type",
    "slot_types",
    "slot_types_for_patients",
    "slots_of_session",
    "slots_seen",
    "template",
    "templates",
    "ties",
    "times_already_booked",
    "unlinked",
    "unlinked_count",
    "why_nothing",
]
