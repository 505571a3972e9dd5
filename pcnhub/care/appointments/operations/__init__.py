"""Every change of the room."""

from pcnhub.care.appointments.operations.booking import Booked, BookingRequest, book, cancel, rebook
from pcnhub.care.appointments.operations.choosing import slot_to_book
from pcnhub.care.appointments.operations.refusals import (
    BookingMoved,
    KeyReused,
    NotAllowedNow,
    SessionHasPatients,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
)
from pcnhub.care.appointments.operations.rota import end_template, retire_slot_type, save_slot_type, save_template
from pcnhub.care.appointments.operations.sessions import (
    LeftAsDraft,
    SessionsMade,
    block_slot,
    cancel_session,
    change_session,
    make_session,
    make_sessions,
    publish_session,
    unblock_slot,
)
from pcnhub.care.appointments.operations.status import set_status
from pcnhub.care.appointments.rules.publishing import SessionDetails, SlotTypeDetails, TemplateDetails

__all__ = [
    "Booked",
    "BookingMoved",
    "BookingRequest",
    "KeyReused",
    "LeftAsDraft",
    "NotAllowedNow",
    "SessionDetails",
    "SessionHasPatients",
    "SessionsMade",
    "SlotTaken",
    "SlotTypeDetails",
    "SlotUnavailable",
    "SlotUnknown",
    "TemplateDetails",
    "block_slot",
    "book",
    "cancel",
    "cancel_session",
    "change_session",
    "end_template",
    "make_session",
    "make_sessions",
    "publish_session",
    "rebook",
    "retire_slot_type",
    "save_slot_type",
    "save_template",
    "set_status",
    "slot_to_book",
    "unblock_slot",
]
